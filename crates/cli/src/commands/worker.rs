//! `modeldex worker`: the processes that a server starts.

use domain::{Fault, Kind, Task};
use server::{ProcessOptions, ProcessPlan, ServeOptions};

use crate::args::{Global, Worker};
use crate::{output, settings};

/// Runs a worker process.
///
/// # Errors
/// Where the model cannot be served or the job cannot be run.
pub async fn run(global: &Global, command: Worker) -> Result<(), Fault> {
    let token = std::env::var("MODELDEX_WORKER_TOKEN").unwrap_or_default();
    match command {
        Worker::Serve { model_dir, task, quantize, engine } => {
            let quantize = quantize.as_deref().map(parse_quantize).transpose()?;
            let engine = engine.map(|text| serde_json::from_str(&text)).transpose();
            let engine = engine.map_err(|error| Fault::wrap(Kind::Invalid, error))?;
            let (task, engine) = (parse_task(&task)?, engine.unwrap_or_default());
            let options = ServeOptions { model_dir, task, quantize, engine, token };
            server::serve_worker(options, |line| output::line(line)).await
        }
        Worker::Process { model_dir, task, name, protocol, ready, start_timeout_s, command } => {
            let protocol = protocol.parse::<server::Protocol>()?;
            let plan = ProcessPlan { command, protocol, ready, start_timeout_s };
            let task = parse_task(&task)?;
            let options = ProcessOptions { model_dir, task, name, plan, token };
            server::run_process(options, |line| output::line(line)).await
        }
        Worker::Exec { parent, command } => server::become_command(parent, &command),
        Worker::Parity { model_dir, quantize } => {
            let report = server::compare_worker(model_dir, parse_quantize(&quantize)?).await?;
            output::json(&report);
            Ok(())
        }
        Worker::Job { id } => server::run_job(settings::config(global)?, &id).await,
    }
}

fn parse_quantize(text: &str) -> Result<server::Quantize, Fault> {
    text.parse().map_err(|error: server::UnknownQuantize| Fault::wrap(Kind::Invalid, error))
}

fn parse_task(text: &str) -> Result<Task, Fault> {
    text.parse().map_err(|error: domain::UnknownTask| Fault::wrap(Kind::Invalid, error))
}
