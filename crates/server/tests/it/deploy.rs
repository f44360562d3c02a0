//! Endpoints as records, and what they answer while their workers cannot start.

use std::time::Duration;

use deploy::parity::{Outcome, Report};
use native::Quantize;
use native::parity::{DecoderParity, Parity};
use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Bench, config};

const CLASSIFIER: &str = "parity/bert-classification";

async fn deploy(bench: &Bench, deployment: &str) -> Value {
    let request =
        json!({ "model": "workspace/mood", "endpoint": "mood", "deployment": deployment });
    let answer = bench.post("/api/v1/deployments", request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn shares(endpoint: &Value) -> Vec<(String, u64)> {
    let share =
        |one: &Value| (one["name"].as_str().unwrap().to_owned(), one["traffic"].as_u64().unwrap());
    endpoint["deployments"].as_array().unwrap().iter().map(share).collect()
}

#[tokio::test]
async fn endpoints_share_their_traffic() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let endpoint = deploy(&bench, "blue").await;
    assert_eq!(endpoint["score_url"], "/endpoints/mood/score");
    assert_eq!(endpoint["deployments"][0]["model"], "workspace/mood@1");
    assert_eq!(shares(&endpoint), [("blue".to_owned(), 100)]);
    assert_eq!(shares(&deploy(&bench, "green").await), [("blue".into(), 100), ("green".into(), 0)]);

    let put = async |traffic: Value| {
        let body = Some(json!({ "traffic": traffic }));
        bench.send(Method::PUT, "/api/v1/endpoints/mood/traffic", body).await
    };
    let changed = put(json!({ "blue": 90, "green": 10 })).await;
    assert_eq!(shares(&changed.body), [("blue".into(), 90), ("green".into(), 10)]);
    put(json!({ "blue": 90 })).await.refuses(400, "invalid", "adds up to 90 percent");
    put(json!({ "red": 100 })).await.refuses(400, "invalid", "no such deployment");

    let path = "/api/v1/endpoints/mood/deployments/blue";
    assert_eq!(bench.send(Method::DELETE, path, None).await.status, 200);
    bench.send(Method::DELETE, path, None).await.refuses(404, "not_found", "no deployment `blue`");
    let left = bench.get("/api/v1/endpoints/mood").await.body;
    assert_eq!(shares(&left), [("green".into(), 100)]);
    let path = "/api/v1/endpoints/mood";
    assert_eq!(bench.send(Method::DELETE, path, None).await.status, 200);
    bench.get(path).await.refuses(404, "not_found", "there is no endpoint `mood`");
    assert_eq!(bench.get("/api/v1/endpoints").await.body, json!({ "endpoints": [] }));
}

#[tokio::test]
async fn a_wrong_deployment_is_refused() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let cases = [
        (json!({ "model": "workspace/mood", "endpoint": "a/b" }), 400, "is not a name"),
        (json!({ "model": "workspace/mood", "endpoint": "a", "traffic": 101 }), 400, "`traffic`"),
        (json!({ "model": "workspace/mood", "endpoint": "a", "replicas": 9 }), 400, "`replicas`"),
        (
            json!({ "model": "workspace/mood", "endpoint": "a", "task": "chat-completion" }),
            422,
            "cannot do `chat-completion`",
        ),
        (
            json!({ "model": "workspace/mood", "endpoint": "a", "engine": { "seconds_max": 9 } }),
            422,
            "`engine` is for models that write text",
        ),
        (
            json!({ "model": "workspace/mood", "endpoint": "a", "engine": { "kv_cache": "q2" } }),
            400,
            "`q2` is no way to keep keys and values: choose `f32`, `bf16` or `int8`",
        ),
        (
            json!({
                "model": "workspace/mood",
                "endpoint": "a",
                "engine": { "kv_cache_mib": u32::MAX },
            }),
            400,
            "MiB of memory",
        ),
        (json!({ "model": "workspace/none", "endpoint": "a" }), 404, "no model"),
        (json!({ "model": "curated/gpt2", "endpoint": "a" }), 422, "has no files here"),
    ];
    for (request, status, words) in cases {
        let answer = bench.post("/api/v1/deployments", request).await;
        let code = answer.body["error"]["code"].clone();
        answer.refuses(status, code.as_str().unwrap(), words);
    }
    assert_eq!(bench.get("/api/v1/endpoints").await.body, json!({ "endpoints": [] }));
}

#[tokio::test]
async fn a_deployment_whose_workers_die_fails_with_the_reason_and_stays_over_a_restart() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    deploy(&bench, "blue").await;
    let state = async |url: &str| -> Value {
        let url = format!("{url}/api/v1/endpoints/mood");
        let endpoint: Value = bench.http.get(url).send().await.unwrap().json().await.unwrap();
        endpoint["deployments"][0].clone()
    };
    let failed = async {
        while state(&bench.server.url()).await["state"] != "failed" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), failed).await.unwrap();
    let shown = state(&bench.server.url()).await;
    let message = shown["message"].as_str().unwrap();
    assert!(message.contains("cannot start `/nonexistent/modeldex`"), "{message}");
    let asked = bench.post("/endpoints/mood/score", json!({ "input_data": ["x"] })).await;
    asked.refuses(503, "unavailable", "no worker can serve the model");

    let Bench { server, folder, http } = bench;
    server.stop().await;
    let again = server::start(config(folder.path())).await.unwrap();
    let url = format!("{}/api/v1/endpoints/mood", again.url());
    let endpoint: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shares(&endpoint), [("blue".into(), 100)]);
    again.stop().await;
}

#[tokio::test]
async fn what_fewer_bits_change_is_shown_wherever_the_version_serves_with_them() {
    let bench = Bench::start().await;
    bench.add_model("writer", "decoder/qwen2").await;
    let deploy = async |endpoint: &str, quantize: Option<&str>| {
        let request =
            json!({ "model": "workspace/writer", "endpoint": endpoint, "quantize": quantize });
        let answer = bench.post("/api/v1/deployments", request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    deploy("plain", None).await;
    deploy("chat", Some("q4")).await;
    let parity = async |endpoint: &str| -> Option<Value> {
        let endpoint = bench.get(&format!("/api/v1/endpoints/{endpoint}")).await.body;
        endpoint["deployments"][0].get("parity").cloned()
    };
    let gone = async |endpoint: &str| {
        let over = async {
            // Its worker never starts, so that it waits no longer than until that is known.
            while parity(endpoint).await.is_some_and(|shown| shown["state"] == "measuring") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), over).await.unwrap();
    };
    gone("chat").await;
    assert_eq!(parity("chat").await, None, "its worker never answered");
    let model = "workspace/writer@1".parse().unwrap();
    let reports = bench.stores().await.reports;
    let why = "it takes 9.0 GiB of memory, and 4.0 GiB are free".to_owned();
    reports.put(&model, Quantize::Q4, &Outcome::Absent { why }).await.unwrap();
    deploy("again", Some("q4")).await;
    gone("again").await;
    let shown = parity("chat").await.unwrap();
    assert_eq!((&shown["state"], &shown["quantize"]), (&json!("absent"), &json!("q4")));
    let summary = "q4: not compared with the original: it takes 9.0 GiB of memory, and 4.0 GiB \
                   are free";
    assert_eq!(shown["summary"], summary);

    let measured = Parity::Decoder(DecoderParity {
        tokens: 1_024,
        perplexity: 12.31,
        perplexity_quantized: 12.68,
        agreement: 0.9414,
        difference: 0.08,
    });
    let report =
        Report { quantize: Quantize::Q4, data: None, parity: measured, milliseconds: 12_345 };
    reports.put(&model, Quantize::Q4, &Outcome::Measured(report)).await.unwrap();
    deploy("other", Some("q4")).await;
    gone("other").await;
    let shown = parity("chat").await.unwrap();
    assert_eq!((&shown["state"], &shown["tokens"]), (&json!("measured"), &json!(1_024)));
    let summary =
        "q4: perplexity 12.31 → 12.68 (+3.0 %), same first choice at 94.1 % of 1,024 tokens";
    assert_eq!(shown["summary"], summary);
    let page = bench.get("/endpoints").await.body;
    assert!(page.as_str().unwrap().contains(summary), "{page}");
    assert_eq!(parity("plain").await, None);
    assert_eq!(parity("other").await, Some(shown));
    deploy("eight", Some("int8")).await;
    assert_ne!(parity("eight").await.map(|shown| shown["state"].clone()), Some(json!("measured")));
}

#[tokio::test]
async fn unknown_endpoints_are_refused_in_the_shape_of_the_client() {
    let bench = Bench::start().await;
    let asked = bench.post("/endpoints/nobody/score", json!({ "input_data": ["x"] })).await;
    asked.refuses(404, "not_found", "there is no endpoint `nobody`");
    for path in ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"] {
        let asked = bench.post(path, json!({ "model": "nobody", "input": "x" })).await;
        assert_eq!(asked.status, 404, "{path}");
        let error = &asked.body["error"];
        assert_eq!(error["code"], "model_not_found", "{path}");
        assert_eq!((&error["type"], &error["param"]), (&json!("not_found_error"), &json!("model")));
        let wrong = bench.post(path, json!({ "input": "x" })).await;
        assert_eq!(
            (wrong.status, &wrong.body["error"]["type"]),
            (400, &json!("invalid_request_error"))
        );
    }
    for verb in ["chat/completions", "completions", "embeddings"] {
        let path = format!("/openai/deployments/nobody/{verb}?api-version=2024-10-21");
        let asked = bench.post(&path, json!({ "model": "other", "input": "x" })).await;
        assert_eq!(
            (asked.status, &asked.body["error"]["code"]),
            (404, &json!("DeploymentNotFound"))
        );
        assert!(asked.body["error"]["message"].as_str().unwrap().contains("`nobody`"), "{path}");
        let asked = bench.post(&format!("/openai/v1/{verb}"), json!({ "model": "nobody" })).await;
        assert_eq!((asked.status, &asked.body["error"]["code"]), (404, &json!("model_not_found")));
    }
    for base in ["/v1", "/openai", "/openai/v1"] {
        assert_eq!(bench.get(&format!("{base}/models")).await.body["object"], "list");
        assert_eq!(bench.get(&format!("{base}/models/nobody")).await.status, 404);
    }
}
