//! What happens to a job when nothing dies.

use db::testing::each_database;
use domain::{Fault, Kind};
use jobs::{Error, execute};
use serde_json::json;

use super::{Bench, unavailable};

#[tokio::test]
async fn a_job_runs_and_leaves_its_log_metrics_and_result() {
    each_database("runs", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(0).await;
        assert_eq!((job.id.as_str(), job.state.as_str()), ("job-1", "queued"));
        assert_eq!(bench.jobs.due(5).await.unwrap(), ["job-1"]);
        let claim = bench.claim("job-1").await.unwrap();
        assert!(bench.claim("job-1").await.is_none(), "claimed twice");
        let done = execute(&bench.jobs, claim, bench.folder.path(), |ctx, payload| async move {
            assert!(ctx.scratch().is_dir());
            ctx.log("one");
            ctx.log("two");
            ctx.metric("loss", 3, 0.5);
            ctx.progress(7, Some(9), "rows");
            Ok(json!({ "n": payload["n"] }))
        })
        .await
        .unwrap();
        assert_eq!(done.state.as_str(), "succeeded");
        assert_eq!(done.result, Some(json!({ "n": 1 })));
        assert_eq!(done.progress.unwrap().done, 7);
        let lines = bench.jobs.logs("job-1", 0).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.line.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(bench.jobs.logs("job-1", 1).await.unwrap().len(), 1);
        assert_eq!(bench.jobs.metrics("job-1", 0).await.unwrap()[0].value, 0.5);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_picked_in_order_and_held_back_while_a_worker_starts() {
    each_database("order", async |db| {
        let bench = Bench::new(db);
        for _ in 0..3 {
            bench.enqueue(0).await;
        }
        let mut first = bench.jobs.due(2).await.unwrap();
        first.sort();
        assert_eq!(first, ["job-1", "job-2"]);
        assert_eq!(bench.jobs.due(2).await.unwrap(), ["job-3"]);
        assert!(bench.jobs.due(2).await.unwrap().is_empty());
        bench.clock.advance(15_001);
        assert_eq!(bench.jobs.due(9).await.unwrap().len(), 3, "workers that never started");
    })
    .await;
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_with_growing_pauses() {
    each_database("retry", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(1).await;
        let fail = |_, _| async { Err(unavailable()) };
        let claim = bench.claim(&job.id).await.unwrap();
        let job = execute(&bench.jobs, claim, bench.folder.path(), fail).await.unwrap();
        assert_eq!(job.state.as_str(), "queued");
        assert!(bench.jobs.due(1).await.unwrap().is_empty(), "too early");
        bench.clock.advance(1_000);
        assert_eq!(bench.jobs.due(1).await.unwrap(), [job.id.as_str()]);
        let claim = bench.claim(&job.id).await.unwrap();
        let job = execute(&bench.jobs, claim, bench.folder.path(), fail).await.unwrap();
        assert_eq!((job.state.as_str(), job.attempt), ("failed", 2));
        let error = job.error.unwrap();
        assert_eq!(
            (error.code.as_str(), error.hint.as_deref()),
            ("unavailable", Some("try later"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_wrong_request_and_a_panic_fail_at_once() {
    each_database("fails", async |db| {
        let bench = Bench::new(db);
        for (number, code) in [(0, "invalid"), (1, "internal")] {
            let job = bench.enqueue(5).await;
            let claim = bench.claim(&job.id).await.unwrap();
            let done = execute(&bench.jobs, claim, bench.folder.path(), move |_, _| async move {
                assert!(number == 0, "planned");
                Err(Fault::new(Kind::Invalid, "no"))
            })
            .await
            .unwrap();
            assert_eq!(done.state.as_str(), "failed");
            assert_eq!(done.error.unwrap().code, code);
        }
    })
    .await;
}

#[tokio::test]
async fn cancelling_stops_a_queued_job_at_once_and_a_running_one_at_its_next_step() {
    each_database("cancel", async |db| {
        let bench = Bench::new(db);
        let queued = bench.enqueue(0).await;
        assert_eq!(bench.jobs.cancel(&queued.id).await.unwrap().state.as_str(), "cancelled");
        let running = bench.enqueue(0).await;
        let claim = bench.claim(&running.id).await.unwrap();
        let (jobs, id) = (bench.jobs.clone(), running.id.clone());
        let done = execute(&bench.jobs, claim, bench.folder.path(), |ctx, _| async move {
            assert_eq!(jobs.cancel(&id).await.unwrap().state.as_str(), "cancelling");
            while !ctx.cancelled() {
                ctx.progress(1, None, "steps");
                tokio::task::yield_now().await;
            }
            Err(Fault::new(Kind::Conflict, "stopped"))
        })
        .await
        .unwrap();
        assert_eq!(done.state.as_str(), "cancelled");
        assert!(matches!(bench.jobs.cancel(&done.id).await, Err(Error::State { .. })));
        assert_eq!(bench.jobs.resume(&done.id).await.unwrap().state.as_str(), "queued");
        assert!(matches!(bench.jobs.get("job-9").await, Err(Error::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn purging_takes_logs_and_metrics_along() {
    each_database("purge", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(0).await;
        let claim = bench.claim(&job.id).await.unwrap();
        let work = |ctx: jobs::Context, _| async move {
            ctx.log("x");
            Ok(json!(null))
        };
        execute(&bench.jobs, claim, bench.folder.path(), work).await.unwrap();
        let kept = bench.enqueue(0).await;
        assert_eq!(bench.jobs.purge(2_000).await.unwrap(), [job.id.as_str()]);
        assert!(bench.jobs.logs(&job.id, 0).await.unwrap().is_empty());
        assert_eq!(bench.state(&kept.id).await, "queued");
    })
    .await;
}
