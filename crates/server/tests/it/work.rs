//! Starting work: what is checked at once, and what is written into the queue.

use serde_json::{Value, json};

use super::bench::{Bench, no_digest};

const CLASSIFIER: &str = "parity/bert-classification";

#[tokio::test]
async fn files_come_back_under_their_digest() {
    let bench = Bench::start().await;
    let source = bench.upload("a.csv", "text,label\nx,y\n").await;
    let digest = source["digest"].as_str().unwrap();
    let stored = bench.get(&format!("/api/v1/files/{digest}")).await;
    assert_eq!((stored.status, stored.body), (200, json!("text,label\nx,y\n")));
    bench.get(&format!("/api/v1/files/{}", no_digest())).await.refuses(
        404,
        "not_found",
        "was uploaded",
    );
    bench.get("/api/v1/files/x").await.refuses(400, "invalid", "x");
    let url = format!("{}/api/v1/files/empty.csv", bench.server.url());
    let refused = bench.http.put(url).body("").send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("`empty.csv` is empty"));
}

#[tokio::test]
async fn an_evaluation_is_queued_with_a_fixed_version_and_task() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let data = bench.upload("test.csv", "text,label\nx,calm\n").await;
    let request = json!({ "model": "workspace/mood", "data": data, "map": { "text": "text" } });
    let answer = bench.post("/api/v1/evaluations", request).await;
    assert_eq!(answer.status, 202);
    let job = answer.body;
    assert_eq!((&job["kind"], &job["state"]), (&json!("evaluate"), &json!("queued")));
    assert_eq!(job["payload"]["model"], "workspace/mood@1");
    assert_eq!(job["payload"]["task"], "text-classification");
    assert_eq!(job["title"], "evaluate workspace/mood@1 on test.csv");
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_queued() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    bench.add_model("words", "parity/bert-masked-lm").await;
    let data = bench.upload("a.csv", "text,label\nx,calm\n").await;
    let absent = json!({ "digest": no_digest(), "name": "a.csv" });
    let model = |name: &str, more: Value| {
        let mut body = json!({ "model": format!("workspace/{name}") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let quantize = |text: &str| json!({ "quantize": text });
    let cases = [
        ("evaluations", json!({ "model": "workspace/moo", "data": data }), 404, "no model"),
        ("evaluations", json!({ "model": "mood", "data": data }), 400, "`collection/name`"),
        ("evaluations", json!({ "model": "workspace/mood@9", "data": data }), 404, "no version"),
        ("evaluations", json!({ "model": "workspace/mood", "data": absent }), 404, "no file"),
        (
            "evaluations",
            json!({ "model": "workspace/mood", "data": data, "task": "fill-mask" }),
            422,
            "cannot do `fill-mask`: it does `text-classification`",
        ),
        (
            "evaluations",
            json!({ "model": "workspace/mood", "data": data, "task": "singing" }),
            400,
            "`singing` is not a task",
        ),
        (
            "evaluations",
            json!({ "model": "curated/bert-base-uncased", "data": data }),
            422,
            "has no files here",
        ),
        ("finetunes", model("mood", json!({ "data": data, "name": "a b" })), 400, "only letters"),
        ("finetunes", model("mood", json!({ "data": absent, "name": "a" })), 404, "no file"),
        (
            "finetunes",
            json!({ "model": "workspace/mood", "data": data, "name": "a", "task": "fill-mask" }),
            422,
            "cannot be fine-tuned for `fill-mask`",
        ),
        ("batches", json!({ "target": "nobody", "data": data }), 404, "no endpoint `nobody`"),
        ("batches", json!({ "target": "workspace/moo", "data": data }), 404, "no model"),
        (
            "batches",
            json!({ "target": "workspace/mood", "data": data, "parameters": { "top_p": "x" } }),
            400,
            "`parameters`",
        ),
        ("parities", model("moo", quantize("q4")), 404, "no model"),
        ("parities", model("mood", quantize("q5")), 400, "choose `bf16`, `int8` or `q4`"),
        ("imports", json!({ "source": " " }), 400, "no source"),
        ("imports", json!({ "source": "curated/bert-base-uncase" }), 404, "no model"),
    ];
    for (path, request, status, words) in cases {
        let answer = bench.post(&format!("/api/v1/{path}"), request).await;
        let code = answer.body["error"]["code"].clone();
        answer.refuses(status, code.as_str().unwrap(), words);
    }
    let jobs = bench.get("/api/v1/jobs").await.body;
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(0), "{jobs}");
    let near = bench.post("/api/v1/evaluations", json!({ "model": "workspace/moo", "data": data }));
    near.await.hints("workspace/mood");
}

#[tokio::test]
async fn a_body_that_is_no_request_says_why() {
    let bench = Bench::start().await;
    for (body, words) in [("{", "EOF"), ("{}", "missing field `model`"), ("[]", "")] {
        let url = format!("{}/api/v1/evaluations", bench.server.url());
        let request = bench.http.post(url).header("content-type", "application/json").body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let envelope: Value = response.json().await.unwrap();
        assert_eq!(envelope["error"]["code"], "invalid", "{body}");
        assert!(envelope["error"]["message"].as_str().unwrap().contains(words), "{envelope}");
    }
}

#[tokio::test]
async fn an_import_keeps_its_token_out_of_the_queue() {
    let bench = Bench::start().await;
    let request = json!({ "source": "acme/tiny", "token": "hf_secret", "hub_url": "http://h" });
    let job = bench.post("/api/v1/imports", request).await;
    assert_eq!(job.status, 202);
    assert!(!job.body.to_string().contains("hf_secret"), "{}", job.body);
    assert_eq!(job.body["title"], "import acme/tiny");
}

#[tokio::test]
async fn a_listed_model_is_imported_from_its_hub_at_its_pinned_revision() {
    let bench = Bench::start().await;
    let job = bench.post("/api/v1/imports", json!({ "source": "curated/bert-base-uncased" })).await;
    let payload = &job.body["payload"];
    assert_eq!((job.status, &payload["name"]), (202, &json!("bert-base-uncased")));
    assert!(payload["revision"].as_str().is_some_and(|text| text.len() == 40), "{payload}");
}

#[tokio::test]
async fn an_offline_server_reaches_out_for_nothing() {
    let bench = Bench::start_with(|config| config.offline = true).await;
    let answer = bench.post("/api/v1/imports", json!({ "source": "acme/tiny" })).await;
    answer.refuses(503, "unavailable", "the server is offline");
    answer.hints("import a folder");
    let folder = bench.post("/api/v1/imports", json!({ "source": "/somewhere" })).await;
    assert_eq!(folder.status, 202);
}

#[tokio::test]
async fn a_comparison_with_fewer_bits_is_queued_with_a_fixed_version() {
    let bench = Bench::start().await;
    bench.add_model("writer", "decoder/qwen2").await;
    let absent = json!({ "digest": no_digest(), "name": "a.txt" });
    let request = json!({ "model": "workspace/writer", "quantize": "q4", "data": absent });
    bench.post("/api/v1/parities", request).await.refuses(404, "not_found", "no file");
    let request = json!({ "model": "workspace/writer", "quantize": "q4" });
    let job = bench.post("/api/v1/parities", request).await;
    assert_eq!((job.status, &job.body["kind"]), (202, &json!("parity")));
    assert_eq!(job.body["title"], "compare workspace/writer@1 with itself in q4");
    assert_eq!(job.body["payload"]["model"], "workspace/writer@1");
}

#[tokio::test]
async fn a_fine_tuning_and_a_batch_are_queued() {
    let bench = Bench::start().await;
    let model = bench.add_model("mood", CLASSIFIER).await;
    let data = bench.upload("a.csv", "text,label\nx,calm\n").await;
    let request = json!({ "model": model, "data": data, "name": "better" });
    let job = bench.post("/api/v1/finetunes", request).await;
    assert_eq!((job.status, &job.body["kind"]), (202, &json!("finetune")));
    assert_eq!(job.body["title"], "finetune workspace/mood@1 as better");
    let job = bench.post("/api/v1/batches", json!({ "target": model, "data": data })).await;
    assert_eq!(
        (job.status, &job.body["title"]),
        (202, &json!("batch workspace/mood@1 over a.csv"))
    );
}
