//! Deaths at every point between two steps: nothing reported done is lost, nothing runs on after
//! it was taken over, nothing runs twice after it finished.

use db::testing::each_database;
use jobs::{Error, execute};
use serde_json::json;

use super::Bench;

/// Where the first worker dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    BeforeClaim,
    AfterClaim,
    AfterLogging,
}

#[tokio::test]
async fn a_job_outlives_its_workers() {
    each_database("outlives", async |db| {
        let bench = Bench::new(db);
        for death in [Death::BeforeClaim, Death::AfterClaim, Death::AfterLogging] {
            let job = bench.enqueue(2).await;
            die(&bench, &job.id, death).await;
            bench.jobs.reap().await.unwrap();
            assert_ne!(bench.state(&job.id).await, "failed", "{death:?}");
            bench.clock.advance(60_000);
            bench.jobs.reap().await.unwrap();
            bench.clock.advance(60_000);
            assert_eq!(bench.jobs.due(9).await.unwrap(), [job.id.as_str()], "{death:?}");
            let claim = bench.claim(&job.id).await.unwrap();
            let work = |_, _| async { Ok(json!("done")) };
            let done = execute(&bench.jobs, claim, bench.folder.path(), work).await.unwrap();
            assert_eq!(done.result, Some(json!("done")), "{death:?}");
            bench.clock.advance(1_000_000);
            bench.jobs.reap().await.unwrap();
            bench.jobs.worker_died(&job.id, "tester").await.unwrap();
            assert_eq!(bench.state(&job.id).await, "succeeded", "{death:?}");
            assert!(bench.claim(&job.id).await.is_none(), "{death:?} ran again");
        }
    })
    .await;
}

async fn die(bench: &Bench, id: &str, death: Death) {
    assert_eq!(bench.jobs.due(1).await.unwrap(), [id]);
    if let Death::BeforeClaim = death {
        return;
    }
    let claim = bench.claim(id).await.unwrap();
    if let Death::AfterLogging = death {
        // The task is dropped in the middle, as a process that is killed.
        let work = |ctx: jobs::Context, _| async move {
            ctx.log("half");
            std::future::pending::<()>().await;
            Ok(json!(null))
        };
        let running = execute(&bench.jobs, claim, bench.folder.path(), work);
        let logged = async {
            while bench.jobs.logs(id, 0).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = running => panic!("it cannot end"),
            () = logged => {}
        }
    }
}

#[tokio::test]
async fn a_worker_that_was_given_up_cannot_write() {
    each_database("fenced", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(2).await;
        let stale = bench.claim(&job.id).await.unwrap();
        bench.clock.advance(10_001);
        bench.jobs.reap().await.unwrap();
        let fresh = bench.claim(&job.id).await.unwrap();
        assert_eq!((stale.job.attempt, fresh.job.attempt), (1, 2));
        let late = |ctx: jobs::Context, _| async move {
            ctx.log("too late");
            Ok(json!("stale"))
        };
        let error = execute(&bench.jobs, stale, bench.folder.path(), late).await.unwrap_err();
        assert!(matches!(error, Error::LeaseLost { attempt: 1, .. }), "{error}");
        assert_eq!(bench.state(&job.id).await, "running");
        assert!(bench.jobs.logs(&job.id, 0).await.unwrap().is_empty());
        let work = |_, _| async { Ok(json!("fresh")) };
        let done = execute(&bench.jobs, fresh, bench.folder.path(), work).await.unwrap();
        assert_eq!(done.result, Some(json!("fresh")));
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_workers_all_die_fails_with_a_reason() {
    each_database("hopeless", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(1).await;
        for attempt in 1..=2 {
            assert!(bench.claim(&job.id).await.is_some(), "attempt {attempt}");
            bench.jobs.worker_died(&job.id, "tester").await.unwrap();
        }
        let job = bench.jobs.get(&job.id).await.unwrap();
        assert_eq!(job.state.as_str(), "failed");
        let error = job.error.unwrap();
        assert_eq!(error.message, "the worker died in attempt 2 of `job-1`");
        assert_eq!(bench.jobs.resume(&job.id).await.unwrap().state.as_str(), "queued");
    })
    .await;
}

#[tokio::test]
async fn the_death_of_a_worker_that_lost_its_job_disturbs_nobody() {
    each_database("lost_and_dead", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(2).await;
        bench.claim(&job.id).await.unwrap();
        bench.jobs.worker_died(&job.id, "another").await.unwrap();
        assert_eq!(bench.state(&job.id).await, "running");
        bench.jobs.worker_died(&job.id, "tester").await.unwrap();
        assert_eq!(bench.state(&job.id).await, "queued");
    })
    .await;
}

#[tokio::test]
async fn a_dead_worker_that_was_asked_to_stop_is_cancelled() {
    each_database("dead_cancel", async |db| {
        let bench = Bench::new(db);
        let job = bench.enqueue(2).await;
        bench.claim(&job.id).await.unwrap();
        bench.jobs.cancel(&job.id).await.unwrap();
        bench.clock.advance(10_001);
        bench.jobs.reap().await.unwrap();
        assert_eq!(bench.state(&job.id).await, "cancelled");
    })
    .await;
}
