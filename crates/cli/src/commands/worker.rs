//! `modeldex worker`: the processes that a server starts.

use domain::{Fault, Kind};
use server::ServeOptions;

use crate::args::{Global, Worker};
use crate::{output, settings};

/// Runs a worker process.
///
/// # Errors
/// Where the model cannot be served or the job cannot be run.
pub async fn run(global: &Global, command: Worker) -> Result<(), Fault> {
    match command {
        Worker::Serve { model_dir, task, quantize } => {
            let task = task
                .parse()
                .map_err(|error: domain::UnknownTask| Fault::wrap(Kind::Invalid, error))?;
            let token = std::env::var("MODELDEX_WORKER_TOKEN").unwrap_or_default();
            let quantize = quantize.map(|text| text.parse::<server::Quantize>()).transpose();
            let quantize = quantize.map_err(|error| Fault::wrap(Kind::Invalid, error))?;
            let options = ServeOptions { model_dir, task, quantize, token };
            server::serve_worker(options, |line| output::line(line)).await
        }
        Worker::Job { id } => server::run_job(settings::config(global)?, &id).await,
    }
}
