//! Runs the program on a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long to wait for what must happen: two cores may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// A data directory and a folder for files.
pub struct Bench {
    folder: tempfile::TempDir,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A server process; it is killed where it is dropped.
pub struct Up {
    child: Child,
    pub url: String,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the path of a file of this bench.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Writes the tiny encoder and returns its folder.
    pub fn tiny_encoder(&self) -> String {
        for (name, bytes) in testkit::tiny_encoder(1) {
            self.file(&format!("tiny/{name}"), bytes);
        }
        self.path("tiny").display().to_string()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_modeldex"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("MODELDEX_DATA_DIR", self.data_dir())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command with `--json` that must succeed.
    pub fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let ran = self.run(&args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Imports the model of a fixture of `native`.
    pub fn import(&self, fixture: &str, name: &str) -> String {
        let folder = fixture_dir(fixture);
        let made = self.json(&["import", &folder, "--name", name]);
        made["model"].as_str().unwrap().to_owned()
    }

    /// Starts a server on any free port.
    pub fn up(&self, more: &[&str]) -> Up {
        self.up_with(more, &[])
    }

    /// Starts a server on any free port, in an environment with more variables.
    pub fn up_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Up {
        let args: Vec<&str> =
            ["up", "--listen", "127.0.0.1:0", "--json"].iter().chain(more).copied().collect();
        let mut command = self.command(&args);
        command.envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            text.push_str(&lines.next().unwrap().unwrap());
        }
        let said: Value = serde_json::from_str(&text).unwrap();
        Up { child, url: said["url"].as_str().unwrap().to_owned() }
    }

    /// Waits until a job is over, and returns it.
    pub fn finished(&self, id: &str) -> Value {
        let followed = self.run(&["jobs", "logs", id, "--follow"]);
        assert_eq!(followed.code, 0, "{followed:?}");
        self.json(&["jobs", "show", id])
    }

    /// Returns the processes that run a job of this bench.
    pub fn workers_of(&self, job: &str) -> Vec<u32> {
        let data_dir = self.data_dir().display().to_string();
        let wanted = format!("\0worker\0job\0{job}\0");
        processes(|line| line.contains(&wanted) && line.contains(&data_dir))
    }
}

impl Ran {
    /// Writes the transcript of a command, with what differs from run to run left out.
    pub fn transcript(&self, args: &[&str]) -> String {
        let mut text = format!("$ modeldex {}\n", args.join(" "));
        for (name, said) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !said.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", said.trim_end()));
            }
        }
        text + &format!("--- exit {}", self.code)
    }
}

impl Up {
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the server as a person does.
    pub fn stop(mut self) {
        signal(self.child.id(), "TERM");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `look` finds something.
pub fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "it never happened");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).output();
    assert!(sent.is_ok(), "{sent:?}");
}

pub fn alive(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    // A zombie is dead already.
    status.is_ok_and(|text| !text.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}

fn processes(wanted: impl Fn(&str) -> bool) -> Vec<u32> {
    let numbers = std::fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|pid: &u32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            wanted(&String::from_utf8_lossy(&line))
        })
        .collect()
}

pub fn fixture_dir(name: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures");
    fixtures.canonicalize().unwrap().join(name).display().to_string()
}

/// Rows of two classes that the tiny encoder's words can tell apart.
pub fn rows(count: usize, seed: usize) -> String {
    let lost = ["where is my card", "my card is lost", "lost my card ?", "the card is lost"];
    let pay = ["how do i pay", "i pay the money", "pay money ?", "do i pay a account"];
    let mut text = String::from("text,label\n");
    for row in 0..count {
        let (sentence, label) = match (row + seed) % 2 {
            0 => (lost[(row / 2 + seed) % lost.len()], "lost"),
            _ => (pay[(row / 2 + seed) % pay.len()], "pay"),
        };
        text.push_str(&format!("{sentence} {},{label}\n", "the ".repeat(row % 3)));
    }
    text
}

/// Gets what a server shows; quicker than a command.
pub fn get(url: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shown = async { reqwest::get(url).await?.json().await };
    runtime.block_on(shown).unwrap()
}

/// Sends a form as a browser does; returns the page.
pub async fn send_form(url: &str, fields: &[(&str, &str)]) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let shown = reqwest::Client::new().post(url).form(fields).send().await.unwrap();
    shown.text().await.unwrap()
}

/// Asks a server; returns status and body.
pub async fn post(url: &str, body: &Value) -> (u16, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::Client::new().post(url).json(body).send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)))
}
