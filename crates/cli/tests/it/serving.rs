//! Workers that serve: killed, restored, full, and gone.

use serde_json::{Value, json};

use super::bench::{Bench, Up, alive, post, signal, wait_for};

fn replica(bench: &Bench) -> Option<(u32, Value)> {
    let endpoint = bench.json(&["endpoints", "show", "mood"]);
    let replica = endpoint["deployments"][0]["replicas"][0].clone();
    let pid = replica["pid"].as_u64()?;
    Some((u32::try_from(pid).unwrap(), replica))
}

fn ready(bench: &Bench) -> (u32, Value) {
    wait_for(|| replica(bench).filter(|(_, replica)| replica["state"] == "ready"))
}

fn deploy(bench: &Bench, more: &[&str]) -> (u32, Value) {
    let args = ["deploy", "workspace/mood", "--endpoint", "mood"];
    let args: Vec<&str> = args.iter().chain(more).copied().collect();
    bench.json(&args);
    ready(bench)
}

fn bench_with_model() -> (Bench, Up) {
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    let up = bench.up(&[]);
    (bench, up)
}

#[test]
fn a_killed_worker_comes_back() {
    let (bench, _up) = bench_with_model();
    let (first, _) = deploy(&bench, &[]);
    let answer = bench.json(&["invoke", "mood", "--input", "hello"]);
    for restarts in 1..=2 {
        let (pid, _) = ready(&bench);
        signal(pid, "KILL");
        wait_for(|| (!alive(pid)).then_some(()));
        // The next request waits for the new worker and gets the same answer.
        assert_eq!(bench.json(&["invoke", "mood", "--input", "hello"]), answer);
        let (now, replica) = ready(&bench);
        assert_ne!(now, pid);
        assert_eq!(replica["restarts"], restarts);
    }
    assert!(!alive(first));
}

#[test]
fn a_killed_server_takes_its_workers_along_and_a_new_one_restores_them() {
    let (bench, up) = bench_with_model();
    let (before, _) = deploy(&bench, &["--replicas", "1"]);
    let answer = bench.json(&["invoke", "mood", "--input", "hello"]);
    up.kill();
    wait_for(|| (!alive(before)).then_some(()));
    let up = bench.up(&[]);
    assert_eq!(bench.json(&["invoke", "mood", "--input", "hello"]), answer);
    let (after, _) = ready(&bench);
    assert_ne!(before, after);
    up.stop();
    wait_for(|| (!alive(after)).then_some(()));
}

#[test]
fn a_deleted_deployment_gives_its_memory_back() {
    let (bench, _up) = bench_with_model();
    let (pid, replica) = deploy(&bench, &[]);
    assert!(replica["memory_bytes"].as_u64().unwrap() > 1 << 20);
    bench.json(&["endpoints", "delete", "mood"]);
    wait_for(|| (!alive(pid)).then_some(()));
    assert_eq!(bench.run(&["invoke", "mood", "--input", "hello"]).code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_answers_429_at_once() {
    let (bench, up) = bench_with_model();
    let (pid, _) = deploy(&bench, &["--queue-max", "2"]);
    let url = format!("{}/endpoints/mood/score", up.url);
    let body = json!({ "input_data": ["hello"] });
    // A worker that is stopped keeps one request in work and two waiting.
    signal(pid, "STOP");
    let ask = || {
        let (url, body) = (url.clone(), body.clone());
        tokio::spawn(async move { post(&url, &body).await })
    };
    let waiting: Vec<_> = (0..3).map(|_| ask()).collect();
    wait_for(|| replica(&bench).filter(|(_, replica)| replica["in_flight"] == 3));
    for _ in 0..3 {
        let (status, answer) = post(&url, &body).await;
        assert_eq!((status, &answer["error"]["code"]), (429, &json!("busy")), "{answer}");
    }
    let refused = bench.run(&["invoke", "mood", "--input", "hello"]);
    assert_eq!(refused.code, 9, "{refused:?}");
    assert!(refused.err.contains("the queue is full: 2 requests are waiting"), "{refused:?}");
    let openai = format!("{}/v1/embeddings", up.url);
    let (status, answer) = post(&openai, &json!({ "model": "mood", "input": "x" })).await;
    assert_eq!((status, &answer["error"]["type"]), (429, &json!("rate_limit_error")));
    signal(pid, "CONT");
    for answer in waiting {
        assert_eq!(answer.await.unwrap().0, 200);
    }
    assert_eq!(post(&url, &body).await.0, 200);
}

#[tokio::test]
async fn two_deployments_share_requests_as_told() {
    let (bench, up) = bench_with_model();
    deploy(&bench, &["--deployment", "blue"]);
    bench.json(&["deploy", "workspace/mood", "--endpoint", "mood", "--deployment", "green"]);
    let shared = bench.json(&["endpoints", "traffic", "mood", "blue=90", "green=10"]);
    assert_eq!(shared["deployments"][1]["traffic"], 10);
    let url = format!("{}/endpoints/mood/score", up.url);
    for _ in 0..100 {
        assert_eq!(post(&url, &json!({ "input_data": ["hello"] })).await.0, 200);
    }
    bench.json(&["invoke", "mood", "--input", "hello", "--deployment", "green"]);
    let endpoint = bench.json(&["endpoints", "show", "mood"]);
    let served =
        |number: usize| endpoint["deployments"][number]["replicas"][0]["served"].as_u64().unwrap();
    assert_eq!((served(0), served(1)), (90, 11));
}

#[tokio::test]
async fn adapters_are_asked_for_by_name_and_come_back_with_their_worker() {
    let bench = Bench::new();
    bench.import("decoder/llama", "mood");
    bench.import("adapters/llama-all", "poet");
    let up = bench.up(&[]);
    let (pid, _) = deploy(&bench, &["--adapter", "poet=workspace/poet"]);
    let ask = async |model: &str| {
        let url = format!("{}/v1/completions", up.url);
        let body = json!({ "model": model, "prompt": "the", "max_tokens": 9, "temperature": 0 });
        let (status, answer) = post(&url, &body).await;
        (status, answer["choices"][0]["text"].clone(), answer["model"].clone())
    };
    let (plain, adapted) = (ask("mood").await, ask("mood:poet").await);
    assert_eq!((plain.0, &plain.2), (200, &json!("mood")));
    assert_eq!((adapted.0, &adapted.2), (200, &json!("mood:poet")));
    assert_ne!(plain.1, adapted.1);
    signal(pid, "KILL");
    wait_for(|| (!alive(pid)).then_some(()));
    assert_eq!(ask("mood:poet").await, adapted);

    let change =
        async |verb: &str, body: Value| post(&format!("{}/v1/{verb}", up.url), &body).await;
    let (now, _) = ready(&bench);
    let bard = json!({ "lora_name": "bard", "lora_path": "workspace/poet" });
    assert_eq!(change("load_lora_adapter", bard.clone()).await.0, 200);
    assert_eq!(ask("mood:bard").await.1, adapted.1);
    assert_eq!(change("unload_lora_adapter", json!({ "lora_name": "poet" })).await.0, 200);
    assert_eq!(ask("mood:poet").await.0, 404);
    assert_eq!(ask("mood:bard").await.1, adapted.1);
    assert_eq!(ready(&bench).0, now, "no worker was started for that");
}
