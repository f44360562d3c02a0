//! One worker process: its command line, its first line, its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use domain::Task;
use native::Quantize;
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// A model of a few hundred gigabytes loads in this time from a disk that deserves the name.
const LOAD_TIME_MAX: Duration = Duration::from_secs(600);
/// How much of a dead worker's last words is kept.
const LAST_WORDS_MAX: usize = 2_000;

/// How to start a worker.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program: `modeldex`.
    pub program: PathBuf,
    /// The model's files.
    pub model_dir: PathBuf,
    /// The task.
    pub task: Task,
    /// How many bits the weights have, where fewer than in the files.
    pub quantize: Option<Quantize>,
}

/// The line that a worker prints once it answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Where it answers.
    pub listening: SocketAddr,
}

/// A worker that answers.
pub struct Running {
    /// The process; it ends with its handle.
    pub child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// What requests must show.
    pub token: String,
    /// The worker ends when this does: with the server, whatever kills it.
    pub lifeline: Option<ChildStdin>,
    /// Collects what it writes to its standard error.
    pub words: tokio::task::JoinHandle<String>,
}

/// Starts a worker and waits until it answers.
///
/// # Errors
/// A sentence with the worker's last words, for people.
pub async fn start(launch: &Launch, mut pid: impl FnMut(Option<u32>)) -> Result<Running, String> {
    let token = secret()?;
    let mut child = Command::new(&launch.program)
        .args(["worker", "serve", "--task", launch.task.tag(), "--model-dir"])
        .arg(&launch.model_dir)
        .args(launch.quantize.iter().flat_map(|quantize| ["--quantize", quantize.as_str()]))
        .env("MODELDEX_WORKER_TOKEN", &token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {error}", launch.program.display()))?;
    pid(child.id());
    // Taken out, as waiting for a child closes what is left in it.
    let lifeline = child.stdin.take();
    let words = tokio::spawn(last_words(child.stderr.take()));
    match tokio::time::timeout(LOAD_TIME_MAX, hello(&mut child)).await {
        Ok(Some(hello)) => Ok(Running { child, address: hello.listening, token, lifeline, words }),
        Ok(None) => {
            let status = child.wait().await.map(|status| status.to_string()).unwrap_or_default();
            let words = words.await.unwrap_or_default();
            Err(format!("the worker ended while loading ({status}): {}", words.trim()))
        }
        Err(_) => Err("the worker did not finish loading in ten minutes".to_owned()),
    }
}

async fn hello(child: &mut Child) -> Option<Hello> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let line = lines.next_line().await.ok()??;
    let hello = serde_json::from_str(&line).ok()?;
    // The pipe is read to its end, or a worker that prints would stop.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(hello)
}

/// Reads to the end, keeping the tail.
async fn last_words(stderr: Option<tokio::process::ChildStderr>) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let mut tail = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        tail.extend_from_slice(&buffer[..count]);
        let surplus = tail.len().saturating_sub(LAST_WORDS_MAX);
        tail.drain(..surplus);
    }
    String::from_utf8_lossy(&tail).into_owned()
}

fn secret() -> Result<String, String> {
    let mut bytes = [0; 16];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| format!("the system gives no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
