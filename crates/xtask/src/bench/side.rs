//! One engine: a process that loads a model and answers questions, a line of JSON each.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::process::Memory;

/// How long an engine may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an engine says when its model is loaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loaded {
    /// Its name and version.
    pub version: String,
    /// Seconds from the path of the model to the first answer.
    pub seconds: f64,
}

/// An engine that waits for a question.
pub struct Side {
    child: Child,
    /// Until it is to end.
    asks: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    /// What the table calls it.
    pub name: &'static str,
    /// What it said when it was there.
    pub loaded: Loaded,
    /// KiB in memory after loading.
    pub resident: u64,
}

impl Side {
    /// Starts an engine and waits until its model is loaded.
    ///
    /// # Errors
    /// Where it cannot run or says something else.
    pub fn start(name: &'static str, mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {name}: {error}"))?;
        let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{name} has no pipes"));
        };
        let mut answers = BufReader::new(answers).lines();
        let loaded = hear(&mut answers, name)?;
        let resident = Memory::of(child.id()).resident;
        Ok(Self { child, asks: Some(asks), answers, name, loaded, resident })
    }

    /// Asks a question and waits for the answer.
    ///
    /// # Errors
    /// Where the engine ended.
    pub fn ask<A: DeserializeOwned>(&mut self, question: &impl Serialize) -> Result<A, String> {
        let line = serde_json::to_string(question).map_err(|error| error.to_string())?;
        let asked = match &mut self.asks {
            Some(asks) => writeln!(asks, "{line}").and_then(|()| asks.flush()),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        };
        asked.map_err(|error| format!("cannot ask {}: {error}", self.name))?;
        hear(&mut self.answers, self.name)
    }

    /// Returns the KiB that it has in memory now.
    pub fn resident_now(&self) -> u64 {
        Memory::of(self.child.id()).resident
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // Without more questions it ends by itself, with what it started.
        drop(self.asks.take());
        let began = Instant::now();
        while began.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            park_timeout(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what starts this program as an engine, with a command of the bench.
///
/// # Errors
/// Where this program does not know where it is itself.
pub fn ours(command: &str, threads: usize) -> Result<Command, String> {
    let here = env::current_exe().map_err(|error| format!("cannot start the engine: {error}"))?;
    let mut whole = bound(&here, threads);
    whole.args(["bench", command]);
    Ok(whole)
}

/// Returns what starts a script as an engine.
pub fn theirs(python: &Path, script: &str, threads: usize) -> Command {
    let mut whole = bound(python, threads);
    whole.arg(script).env("OMP_NUM_THREADS", threads.to_string());
    whole
}

/// Runs a script to its end.
///
/// # Errors
/// Where it fails; `packages` are what Python needs for it.
pub fn run_script(
    python: &Path,
    script: &str,
    arguments: &[&OsStr],
    packages: &str,
) -> Result<(), String> {
    let shown = python.display();
    let status = Command::new(python).arg(script).args(arguments).status();
    let status = status.map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{shown}` could not make the models; its reason is above\n{}", advice(packages)))
}

/// Says how to make a Python that has some packages.
pub fn advice(packages: &str) -> String {
    format!(
        "make one that can: python3 -m venv V && V/bin/pip install {packages}\n\
         and pass it: --python V/bin/python"
    )
}

/// Starts a program on as many cores as it may have threads.
fn bound(program: &Path, threads: usize) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &format!("0-{}", threads.saturating_sub(1))]).arg(program);
    command
}

/// Answers a question of the bench, or says that the model is loaded.
///
/// # Errors
/// Where nobody listens.
pub fn say_line(value: &impl Serialize) -> Result<(), String> {
    let line = serde_json::to_string(value).map_err(|error| error.to_string())?;
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

fn hear<T: DeserializeOwned>(
    lines: &mut Lines<BufReader<ChildStdout>>,
    name: &str,
) -> Result<T, String> {
    for line in lines {
        let line = line.map_err(|error| format!("cannot hear {name}: {error}"))?;
        // Libraries greet on standard output.
        if line.starts_with('{') {
            let value = serde_json::from_str(&line);
            return value.map_err(|error| format!("{name} said `{line}`: {error}"));
        }
    }
    Err(format!("{name} ended early; its last words are above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_heard_and_asked() {
        let says = r#"echo greeting; echo '{"version":"a 1","seconds":0.5}'; cat"#;
        let mut command = Command::new("sh");
        command.args(["-c", says]);
        let mut side = Side::start("shell", command).unwrap();
        assert_eq!((&*side.loaded.version, side.loaded.seconds), ("a 1", 0.5));
        let answer: Loaded = side.ask(&Loaded { version: "b".into(), seconds: 2.0 }).unwrap();
        assert_eq!(answer.seconds, 2.0);
        let error = Side::start("nobody", Command::new("true")).err().unwrap();
        assert_eq!(error, "nobody ended early; its last words are above");
    }
}
