//! The queue on both databases: order, leases, fencing, crashes.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod crash;
mod flow;

use std::sync::Arc;

use db::Db;
use domain::{Fault, Kind, ManualClock};
use jobs::{Job, Jobs, NewJob};
use serde_json::json;

/// A queue with a clock that the test moves.
struct Bench {
    jobs: Jobs,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(db: Db) -> Self {
        let clock = Arc::new(ManualClock::new(1_000));
        let jobs = Jobs::new(db, clock.clone());
        Self { jobs, clock, folder: tempfile::tempdir().unwrap() }
    }

    async fn enqueue(&self, retries_max: u32) -> Job {
        let title = "a job".to_owned();
        let new = NewJob { kind: "test".into(), title, payload: json!({ "n": 1 }), retries_max };
        self.jobs.enqueue(new).await.unwrap()
    }

    async fn claim(&self, id: &str) -> Option<jobs::Claim> {
        self.jobs.claim(id, "tester", 10_000).await.unwrap()
    }

    async fn state(&self, id: &str) -> &'static str {
        self.jobs.get(id).await.unwrap().state.as_str()
    }
}

fn unavailable() -> Fault {
    Fault::new(Kind::Unavailable, "the hub is away").hint("try later")
}
