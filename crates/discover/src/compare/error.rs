//! What can be wrong with a question about measurements.

use domain::{Fault, Kind};

/// A leaderboard that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was measured for a task.
    #[error("no model was measured for the task `{task}`")]
    Task {
        /// The task.
        task: String,
        /// The tasks that something was measured for.
        known: Vec<String>,
    },
    /// Nothing was measured on a data set.
    #[error("no model was measured for `{task}` on `{data}`")]
    Data {
        /// The task.
        task: String,
        /// The data set.
        data: String,
        /// Those that something was measured on.
        known: Vec<String>,
    },
    /// A metric was not measured.
    #[error("`{metric}` was not measured on `{data}`")]
    Metric {
        /// The data set.
        data: String,
        /// The metric.
        metric: String,
        /// Those that were.
        known: Vec<String>,
    },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (Error::Task { known, .. } | Error::Data { known, .. } | Error::Metric { known, .. }) =
            &error;
        let known: Vec<_> = known.iter().map(|one| format!("`{one}`")).collect();
        let hint = match known.as_slice() {
            [] => "evaluate a model, or add published results: `modeldex catalog add-results FILE`"
                .to_owned(),
            known => format!("there is {}", known.join(", ")),
        };
        Self::wrap(Kind::NotFound, error).hint(hint)
    }
}
