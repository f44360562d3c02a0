//! Jobs as clients follow them; the test is their worker.

use domain::{Fault, Kind};
use futures::StreamExt;
use jobs::{Context, NewJob};
use serde_json::{Value, json};

use super::bench::{Bench, Stores};

async fn enqueue(stores: &Stores) -> String {
    let new = NewJob {
        kind: "test".into(),
        title: "a job".into(),
        payload: json!({ "n": 1 }),
        retries_max: 0,
    };
    stores.jobs.enqueue(new).await.unwrap().id
}

/// Runs a job to its end as a worker does.
async fn work(bench: &Bench, id: &str, outcome: Result<Value, Fault>) {
    let stores = bench.stores().await;
    let claim = stores.jobs.claim(id, "tester", 60_000).await.unwrap().unwrap();
    let handler = |context: Context, _| async move {
        context.log("one");
        context.log("two");
        context.metric("train/loss", 3, 0.5);
        context.progress(4, Some(8), "rows");
        outcome
    };
    jobs::execute(&stores.jobs, claim, bench.folder.path(), handler).await.unwrap();
}

#[tokio::test]
async fn a_job_shows_what_it_did() {
    let bench = Bench::start().await;
    let stores = bench.stores().await;
    let id = enqueue(&stores).await;
    work(&bench, &id, Ok(json!({ "made": 1 }))).await;
    let job = bench.get(&format!("/api/v1/jobs/{id}")).await.body;
    assert_eq!((&job["state"], &job["result"]), (&json!("succeeded"), &json!({ "made": 1 })));
    assert_eq!(job["progress"]["done"], 4);
    let lines = bench.get(&format!("/api/v1/jobs/{id}/logs?after=1")).await.body;
    assert_eq!(lines["lines"][0]["line"], "two");
    let metrics = bench.get(&format!("/api/v1/jobs/{id}/metrics")).await.body;
    assert_eq!(metrics, json!([{ "seq": 1, "name": "train/loss", "step": 3, "value": 0.5 }]));
    let all = bench.get("/api/v1/jobs").await.body;
    assert_eq!(all["jobs"][0]["id"], json!(id));
    for path in ["", "/logs", "/metrics", "/events"] {
        let answer = bench.get(&format!("/api/v1/jobs/job-99{path}")).await;
        answer.refuses(404, "not_found", "there is no job `job-99`");
    }
}

#[tokio::test]
async fn a_stream_tells_everything_and_ends_with_the_job() {
    let bench = Bench::start().await;
    let id = enqueue(&bench.stores().await).await;
    let url = format!("{}/api/v1/jobs/{id}/events", bench.server.url());
    let response = bench.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut bytes = response.bytes_stream();
    let first = bytes.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("\"queued\""));
    let fault = Fault::new(Kind::Invalid, "line 7 is broken").hint("mend it");
    work(&bench, &id, Err(fault)).await;
    let mut text = String::new();
    while let Some(piece) = bytes.next().await {
        text.push_str(&String::from_utf8_lossy(&piece.unwrap()));
    }
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data.map(|data| serde_json::from_str(data).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    let lines: Vec<_> = of("log").iter().map(|event| event["line"]["line"].clone()).collect();
    assert_eq!(lines, ["one", "two"]);
    assert_eq!(of("metric").len(), 1);
    let last = events.last().unwrap();
    assert_eq!(last["job"]["state"], "failed");
    assert_eq!(
        last["job"]["error"],
        json!({ "code": "invalid", "message": "line 7 is broken", "hint": "mend it" })
    );
}

#[tokio::test]
async fn a_job_is_cancelled_and_resumed() {
    let bench = Bench::start().await;
    let id = enqueue(&bench.stores().await).await;
    let ask = async |what: &str| bench.post(&format!("/api/v1/jobs/{id}/{what}"), json!({})).await;
    ask("resume").await.refuses(409, "conflict", "cannot resume `job-1`: its state is `queued`");
    assert_eq!(ask("cancel").await.body["state"], "cancelled");
    ask("cancel").await.refuses(409, "conflict", "cannot cancel `job-1`: its state is `cancelled`");
    assert_eq!(ask("resume").await.body["state"], "queued");
}
