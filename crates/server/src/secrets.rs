//! Hub tokens that came with a request: kept in memory until the job's worker starts, never stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Tokens by job.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeMap<String, String>>>);

impl Secrets {
    /// Keeps the token of a job.
    pub fn put(&self, job: &str, token: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(job.to_owned(), token);
    }

    /// Returns the token of a job.
    pub fn get(&self, job: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(job).cloned()
    }

    /// Forgets the token of a job.
    pub fn forget(&self, job: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(job);
    }
}
