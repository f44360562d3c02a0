//! A worker whose model is served by a command: starts it, waits until it answers, passes
//! requests on to it, and ends it with the server.

mod child;
mod gateway;
mod refusal;
mod score;
mod startup;
mod upstream;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use deploy::ProcessPlan;
use deploy::process::Filling;
use domain::{Fault, Kind, Task};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::serve::parent_gone;
use crate::fleet::Hello;
use child::Command;
use upstream::Upstream;

pub use child::become_command;
pub use refusal::refuse;

/// What a worker runs.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// The model's files.
    pub model_dir: PathBuf,
    /// The task.
    pub task: Task,
    /// The name under which the model is asked.
    pub name: String,
    /// The command.
    pub plan: ProcessPlan,
    /// What requests must show.
    pub token: String,
}

/// Runs a command behind a loopback port until it ends, or standard input does.
///
/// # Errors
/// Where the command cannot be started, does not get ready, or ends.
pub async fn run_process(options: ProcessOptions, mut say: impl FnMut(&str)) -> Result<(), Fault> {
    // Signals are for the whole group: this process ends as the last of it.
    let terminated = signal(SignalKind::terminate());
    let mut terminated = terminated.map_err(|error| Fault::wrap(Kind::Internal, error))?;
    let port = free_port().await?;
    let filling = filling(&options, port);
    let mut command = Command::start(&options.plan.filled(&filling))?;
    let gone = parent_gone();
    tokio::pin!(gone);
    let started = tokio::select! {
        started = startup::ready(&options.plan, port) => started,
        status = command.ended() => Err(ended("before it was ready", &status)),
        () = &mut gone => return command.end_all().await,
        _ = terminated.recv() => return command.end_all().await,
    };
    started?;
    let upstream = Upstream::find(port, options.plan.protocol, &options.name).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
    let hello = Hello { listening: listener.local_addr().map_err(no_port)? };
    say(&serde_json::to_string(&hello).unwrap_or_default());
    let router = gateway::router(upstream, options.task, options.token);
    tokio::select! {
        served = axum::serve(listener, router) => served
            .map_err(|error| Fault::new(Kind::Internal, "the worker stopped").because(error)),
        status = command.ended() => Err(ended("while it was serving", &status)),
        () = &mut gone => command.end_all().await,
        _ = terminated.recv() => command.end_all().await,
    }
}

fn filling(options: &ProcessOptions, port: u16) -> Filling {
    Filling {
        port,
        model: model_path(&options.model_dir).display().to_string(),
        name: options.name.clone(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    }
}

/// Returns the file of a model that is one, or the first of its parts; else the folder.
fn model_path(folder: &std::path::Path) -> PathBuf {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_gguf = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "gguf");
    let first = entries.map(|entry| entry.path()).filter(is_gguf).min();
    first.unwrap_or_else(|| folder.to_owned())
}

/// Finds a port that nobody has. Another program may take it before the command does: then the
/// command fails, and is started again on another one.
async fn free_port() -> Result<u16, Fault> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
    Ok(listener.local_addr().map_err(no_port)?.port())
}

fn no_port(error: std::io::Error) -> Fault {
    Fault::new(Kind::Unavailable, "cannot take a loopback port").because(error)
}

fn ended(when: &str, status: &str) -> Fault {
    Fault::new(Kind::Unavailable, format!("the command ended {when} ({status})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_its_file_where_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, expected: &str| {
            std::fs::write(folder.path().join(name), "").unwrap();
            assert_eq!(model_path(folder.path()), folder.path().join(expected), "{name}");
        };
        check("config.json", "");
        check("b-00002-of-00002.gguf", "b-00002-of-00002.gguf");
        check("b-00001-of-00002.gguf", "b-00001-of-00002.gguf");
    }
}
