//! Many connections that ask one endpoint for little: what the server itself costs.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::endpoint::Deployed;
use super::http::{Connection, call};
use super::latency::{self, Latency};
use super::say;
use super::server::Server;

/// The endpoint that is asked.
const ENDPOINT: &str = "load";
/// A queue for every connection, and one that refuses most of them.
const QUEUES: [(&str, u32); 2] = [("room for all", 4_096), ("room for 8", 7)];

/// How many connections, and for how long.
#[derive(Args)]
pub struct Load {
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Of each row.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// The server's program; the one beside this where none is named.
    #[arg(long)]
    pub program: Option<PathBuf>,
}

/// Starts a server with the sample's encoder, asks it for embeddings and prints a table.
///
/// # Errors
/// Where the server does not start, or answers with anything but embeddings and 429.
pub fn run(options: &Load, root: &Path) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let server = match &options.program {
        Some(program) => Server::start_program(program, scratch.path())?,
        None => Server::start(scratch.path())?,
    };
    let address = server.address();
    let model = root.join("crates/cli/samples/encoder");
    let task = "feature-extraction";
    Deployed::start(address, ENDPOINT, &model, json!({ "task": task, "queue_max": 1 }))?;
    say(format_args!("{HEAD}"));
    for (what, queue_max) in QUEUES {
        let deployment = json!({ "model": format!("workspace/{ENDPOINT}"), "endpoint": ENDPOINT,
            "task": task, "queue_max": queue_max });
        call(address, "POST", "/api/v1/deployments", &deployment)?;
        // Waits for the worker.
        call(address, "POST", PATH, &asked())?;
        let counts = ask_all(options, address)?;
        say(format_args!("{}", counts.line(what, options)));
    }
    server.stop()
}

const PATH: &str = "/v1/embeddings";
const HEAD: &str = "| | answers/s | p50 / p99 / max | refusals/s | p50 / p99 / max |\n\
                    |---|--:|--:|--:|--:|";

fn asked() -> Value {
    json!({ "model": ENDPOINT, "input": "where can I print a page" })
}

/// How long answers and refusals took.
#[derive(Debug, Default)]
struct Counts {
    answers: Vec<Duration>,
    refusals: Vec<Duration>,
}

impl Counts {
    fn line(self, what: &str, options: &Load) -> String {
        let cells = [self.answers, self.refusals].map(|durations| {
            let per_second = durations.len() as f64 / options.seconds as f64;
            let times = Latency::of(durations, false).map_or("–".to_owned(), |times| {
                [times.p50, times.p99, times.max].map(latency::text).join(" / ")
            });
            format!("{per_second:.0} | {times}")
        });
        format!("| {} connections, {what} | {} |", options.connections, cells.join(" | "))
    }
}

/// Asks from every connection until the time is up.
fn ask_all(options: &Load, address: &str) -> Result<Counts, String> {
    let end = Instant::now() + Duration::from_secs(options.seconds);
    std::thread::scope(|scope| {
        let client = || ask(address, end).map_err(|error| format!("an answer broke off: {error}"));
        let clients: Vec<_> = (0..options.connections).map(|_| scope.spawn(client)).collect();
        let mut all = Counts::default();
        for client in clients {
            let counts = client.join().map_err(|_| "a client died".to_owned())??;
            all.answers.extend(counts.answers);
            all.refusals.extend(counts.refusals);
        }
        Ok(all)
    })
}

/// Asks over one connection, again as soon as there is an answer.
fn ask(address: &str, end: Instant) -> io::Result<Counts> {
    let mut connection = Connection::open(address)?;
    let (mut counts, body) = (Counts::default(), asked().to_string());
    while Instant::now() < end {
        let began = Instant::now();
        connection.send("POST", PATH, &body, 1.0)?;
        let mut head = connection.head()?;
        while !connection.read(&mut head, 1 << 14)?.is_empty() {}
        match head.status {
            200 => counts.answers.push(began.elapsed()),
            429 => counts.refusals.push(began.elapsed()),
            status => return Err(io::Error::other(format!("the status is {status}"))),
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_refusals_are_counted_apart() {
        let options = Load { connections: 64, seconds: 2, program: None };
        let answers = vec![Duration::from_millis(3); 10];
        let line = Counts { answers, refusals: Vec::new() }.line("room for all", &options);
        let times = "3.00 ms / 3.00 ms / 3.00 ms";
        assert_eq!(line, format!("| 64 connections, room for all | 5 | {times} | 0 | – |"));
    }
}
