//! The queue as rows.

mod ask;
mod read;
mod work;

pub(crate) use work::End;

use std::sync::Arc;

use db::Db;
use domain::{Clock, Millis};
use serde_json::Value;

use crate::Job;

/// The queue; clones share its database.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    clock: Arc<dyn Clock>,
}

/// A job that one worker may run while its lease lasts.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The job as it was claimed.
    pub job: Job,
    /// How long the lease lasts without a heartbeat.
    pub lease_ms: Millis,
}

impl Claim {
    /// Returns what the work needs to know.
    pub fn payload(&self) -> &Value {
        &self.job.payload
    }
}

impl Jobs {
    /// Keeps the queue in `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }
}
