//! The command as a process. It is in the worker's process group, dies with the worker, and
//! whatever it starts dies with the group.

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Duration;

use domain::{Fault, Kind};
use rustix::process::{Signal, getpgrp, kill_process_group};
use tokio::process::Child;

/// How long a command has to end by itself, once it was told to.
const END_TIME_MAX: Duration = Duration::from_secs(5);

/// A command that runs.
pub struct Command(Child);

impl Command {
    /// Starts a command; what it prints goes where this process complains.
    ///
    /// # Errors
    /// Where there is no process to be had.
    pub fn start(command: &[String]) -> Result<Self, Fault> {
        let failed = |error| Fault::new(Kind::Internal, "cannot start a process").because(error);
        let this = std::env::current_exe().map_err(failed)?;
        let child = tokio::process::Command::new(this)
            .args(["worker", "exec", "--parent", &std::process::id().to_string(), "--"])
            .args(command)
            .env_remove("MODELDEX_WORKER_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn();
        child.map(Self).map_err(failed)
    }

    /// Waits for its end, and says how it ended.
    pub async fn ended(&mut self) -> String {
        self.0.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Ends the command and all that it started, politely at first, and this process with them.
    ///
    /// # Errors
    /// Where the processes cannot be ended.
    pub async fn end_all(mut self) -> Result<(), Fault> {
        // This process has its own answer to the signal, and stays.
        let _ = kill_process_group(getpgrp(), Signal::TERM);
        let _ = tokio::time::timeout(END_TIME_MAX, self.0.wait()).await;
        let killed = kill_process_group(getpgrp(), Signal::KILL);
        killed.map_err(|error| Fault::wrap(Kind::Internal, error))
    }
}

/// Turns this process into a command that is killed when `parent`, which started it, dies.
///
/// The wish to die is kept over the change of program, so it needs no code between fork and exec.
///
/// # Errors
/// Always: where it does not return, this process is the command.
pub fn become_command(parent: u32, command: &[String]) -> Result<(), Fault> {
    die_with(parent)?;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Fault::new(Kind::Invalid, "there is no command"));
    };
    let error = std::process::Command::new(program).args(arguments).exec();
    Err(Fault::new(Kind::Unavailable, format!("cannot run `{program}`")).because(error))
}

/// Asks the system to kill this process when its parent dies, and makes sure that it lives.
#[cfg(target_os = "linux")]
fn die_with(parent: u32) -> Result<(), Fault> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| Fault::wrap(Kind::Internal, error))?;
    if std::os::unix::process::parent_id() == parent {
        return Ok(());
    }
    Err(Fault::new(Kind::Unavailable, "the worker of this command is gone"))
}

/// Elsewhere the worker's end of standard input has to do.
#[cfg(not(target_os = "linux"))]
fn die_with(_parent: u32) -> Result<(), Fault> {
    Ok(())
}
