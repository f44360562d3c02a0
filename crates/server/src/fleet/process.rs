//! One worker process: its command line, its first line, its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use deploy::{EngineOptions, ProcessPlan};
use domain::Task;
use native::Quantize;
use rand::TryRngCore;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::environment;
use super::log::Log;

/// A model of a few hundred gigabytes loads in this time from a disk that deserves the name.
const LOAD_TIME_MAX: Duration = Duration::from_secs(600);
/// What a command's worker may take beyond the command's own time, to say what was wrong.
const SAYING_TIME_MAX: Duration = Duration::from_secs(30);
/// How much of a dead worker's last words is kept.
const LAST_WORDS_MAX: usize = 2_000;
/// How many lines of it people are shown.
const LAST_LINES_MAX: usize = 5;

/// What a worker runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// The engine of this build.
    Native {
        /// How many bits the weights have, where fewer than in the files.
        quantize: Option<Quantize>,
        /// What is said of the engine.
        engine: EngineOptions,
    },
    /// A command that serves the model.
    Process {
        /// The name under which it is asked.
        name: String,
        /// The command.
        plan: ProcessPlan,
    },
}

/// How to start a worker.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program: `modeldex`.
    pub program: PathBuf,
    /// The model's files.
    pub model_dir: PathBuf,
    /// The task.
    pub task: Task,
    /// What runs in it.
    pub runtime: Runtime,
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
    /// All processes of the worker; they end with it.
    pub leash: Leash,
    /// Where it answers.
    pub address: SocketAddr,
    /// What requests must show.
    pub token: String,
    /// The worker ends when this does: with the server, whatever kills it.
    pub lifeline: Option<ChildStdin>,
    /// Collects what it writes to its standard error.
    pub words: tokio::task::JoinHandle<String>,
}

/// Kills what is left of a worker's process group when it is dropped.
pub struct Leash(Option<Pid>);

impl Leash {
    fn on(child: &Child) -> Self {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        Self(pid.and_then(Pid::from_raw))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Mostly there is nobody left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Launch {
    /// Returns the command line of the worker.
    fn command(&self, token: &str) -> Command {
        let mut command = Command::new(&self.program);
        let verb = match &self.runtime {
            Runtime::Native { .. } => "serve",
            Runtime::Process { .. } => "process",
        };
        command.args(["worker", verb, "--task", self.task.tag(), "--model-dir"]);
        command.arg(&self.model_dir);
        match &self.runtime {
            Runtime::Native { quantize, engine } => {
                command.args(quantize.iter().flat_map(|bits| ["--quantize", bits.as_str()]));
                if !engine.is_usual() {
                    let text = serde_json::to_string(engine).unwrap_or_default();
                    command.args(["--engine", &text]);
                }
            }
            Runtime::Process { name, plan } => {
                let seconds = plan.start_timeout_s.to_string();
                command.env_clear().envs(environment::seen());
                command.args(["--name", name, "--protocol", plan.protocol.as_str()]);
                command.args(plan.ready.iter().flat_map(|path| ["--ready", path.as_str()]));
                command.args(["--start-timeout-s", &seconds, "--"]).args(&plan.command);
            }
        }
        command.env("MODELDEX_WORKER_TOKEN", token);
        command
    }

    fn load_time_max(&self) -> Duration {
        match &self.runtime {
            Runtime::Native { .. } => LOAD_TIME_MAX,
            Runtime::Process { plan, .. } => {
                Duration::from_secs(plan.start_timeout_s.into()) + SAYING_TIME_MAX
            }
        }
    }
}

/// Starts a worker and waits until it answers.
///
/// # Errors
/// A sentence with the worker's last words, for people.
pub async fn start(
    launch: &Launch,
    log: &Log,
    mut pid: impl FnMut(Option<u32>),
) -> Result<Running, String> {
    let token = secret()?;
    let mut child = launch
        .command(&token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {error}", launch.program.display()))?;
    pid(child.id());
    let leash = Leash::on(&child);
    // Taken out, as waiting for a child closes what is left in it.
    let lifeline = child.stdin.take();
    let words = tokio::spawn(last_words(child.stderr.take(), log.clone()));
    let time_max = launch.load_time_max();
    match tokio::time::timeout(time_max, hello(&mut child)).await {
        Ok(Some(Hello { listening: address })) => {
            Ok(Running { child, leash, address, token, lifeline, words })
        }
        Ok(None) => {
            let status = child.wait().await.map(|status| status.to_string()).unwrap_or_default();
            // What it started may hold its output open.
            drop(leash);
            let words = words.await.unwrap_or_default();
            Err(format!("the worker ended while loading ({status}): {words}"))
        }
        Err(_) => {
            Err(format!("the worker did not finish loading in {} seconds", time_max.as_secs()))
        }
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

/// Reads to the end into the log, keeping the tail.
async fn last_words(stderr: Option<tokio::process::ChildStderr>, log: Log) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let mut lines = log.lines();
    let mut tail = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        lines.push(&buffer[..count]);
        tail.extend_from_slice(&buffer[..count]);
        let surplus = tail.len().saturating_sub(LAST_WORDS_MAX);
        tail.drain(..surplus);
    }
    last_lines(&String::from_utf8_lossy(&tail)).to_owned()
}

/// Returns the end of a text, from the beginning of a line on: a program that fails says why last,
/// and the log has the rest.
fn last_lines(text: &str) -> &str {
    let text = text.trim();
    let start = text.rmatch_indices('\n').nth(LAST_LINES_MAX - 1).map_or(0, |(end, _)| end + 1);
    &text[start..]
}

fn secret() -> Result<String, String> {
    let mut bytes = [0; 16];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| format!("the system gives no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_whole_lines() {
        let check = |text: &str, expected: &str| assert_eq!(last_lines(text), expected);
        check("", "");
        check("\nboom\n", "boom");
        check("cut\n1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5");
        check("1\n2\n3\n4\n5", "1\n2\n3\n4\n5");
    }
}
