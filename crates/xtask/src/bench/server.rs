//! The server that people run, as a process of its own.

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The server's program, ended when it is dropped.
pub(super) struct Server {
    child: Child,
    address: String,
    /// Kept open: the server may still say something.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the program that lies beside this one on a data directory.
    ///
    /// # Errors
    /// Where it does not start.
    pub(super) fn start(data_dir: &Path) -> Result<Self, String> {
        let here =
            std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
        Self::start_program(&here.with_file_name("modeldex"), data_dir)
    }

    /// Starts a program on a data directory.
    ///
    /// # Errors
    /// Where it does not start.
    pub(super) fn start_program(program: &Path, data_dir: &Path) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args(["--json", "--data-dir"])
            .arg(data_dir)
            .args(["up", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                let program = program.display();
                format!("cannot run `{program}`: {error}; make it with `cargo build --release`")
            })?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut output = BufReader::new(output);
        match Self::read_address(&mut output) {
            Ok(address) => Ok(Self { child, address, _output: output }),
            Err(error) => {
                end(&mut child);
                Err(error)
            }
        }
    }

    /// Returns where it answers, as `HOST:PORT`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Returns its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads where it answers: the first JSON that it prints.
    fn read_address(output: &mut impl Read) -> Result<String, String> {
        let mut said = serde_json::Deserializer::from_reader(output).into_iter::<Value>();
        let said = said.next().ok_or("the server ended before it began")?;
        let said = said.map_err(|error| format!("cannot read where the server is: {error}"))?;
        let address = said["url"].as_str().and_then(|url| url.strip_prefix("http://"));
        address.map(str::to_owned).ok_or_else(|| format!("the server said `{said}`"))
    }

    /// Asks it to stop, as a person would, and waits until it has.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub(super) fn stop(mut self) -> Result<(), String> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").arg(&id).status();
        asked.map_err(|error| format!("cannot stop the server: {error}"))?;
        let ended = self.child.wait();
        ended.map(drop).map_err(|error| format!("cannot wait for the server: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
