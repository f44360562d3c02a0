//! Our server as a side of the bench: what clients get of the engine through HTTP.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ours::prompts;
use super::workload::{Answer, Question};
use crate::bench::endpoint::Deployed;
use crate::bench::http::Connection;
use crate::bench::server::Server;

/// The endpoint that is asked.
const ENDPOINT: &str = "bench";

/// A server that runs a model.
pub struct OverHttp {
    server: Server,
    /// Tokens that end an answer: they are not to come.
    ending: Vec<u32>,
    _scratch: tempfile::TempDir,
}

impl OverHttp {
    /// Starts a server and waits until its model has answered once.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(model: &Path) -> Result<Self, String> {
        let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
        let server = Server::start(scratch.path())?;
        let decoder = native::Decoder::load(model).map_err(|error| error.to_string())?;
        let ending = decoder.ending_tokens().to_vec();
        drop(decoder);
        let deployment = json!({ "task": "text-generation", "queue_max": 64 });
        Deployed::start(server.address(), ENDPOINT, model, deployment)?;
        let this = Self { server, ending, _scratch: scratch };
        this.ask_all(vec![vec![1, 2, 3, 4, 5, 6, 7, 8]], 1)?;
        Ok(this)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// Where an answer breaks off.
    pub fn answer(&self, question: &Question) -> Result<Answer, String> {
        let prompts = prompts(question);
        if question.workload.cached {
            self.ask_all(vec![prompts[0].clone()], 1)?;
        }
        self.ask_all(prompts, question.workload.tokens)
    }

    /// Asks from one connection for each prompt.
    fn ask_all(&self, prompts: Vec<Vec<u32>>, tokens: usize) -> Result<Answer, String> {
        let start = Instant::now();
        std::thread::scope(|scope| {
            let client = |prompt| scope.spawn(move || self.ask(prompt, tokens, start));
            let clients: Vec<_> = prompts.into_iter().map(client).collect();
            let (mut first, mut last) = (Duration::ZERO, Duration::ZERO);
            for client in clients {
                let times = client.join().map_err(|_| "a client died".to_owned())?;
                let times = times.map_err(|error| format!("an answer broke off: {error}"))?;
                (first, last) = (first.max(times[0]), last.max(times[1]));
            }
            Ok(Answer { first: first.as_secs_f64(), rest: (last - first).as_secs_f64() })
        })
    }

    /// Returns when an answer began and ended.
    fn ask(&self, prompt: Vec<u32>, tokens: usize, start: Instant) -> io::Result<[Duration; 2]> {
        let bias: serde_json::Map<String, Value> =
            self.ending.iter().map(|token| (token.to_string(), json!(-100))).collect();
        let body = json!({
            "model": ENDPOINT, "prompt": prompt, "max_tokens": tokens, "temperature": 1,
            "stream": true, "logit_bias": bias,
        });
        let mut connection = Connection::open(self.server.address())?;
        connection.send("POST", "/v1/completions", &body.to_string(), 1.0)?;
        let mut head = connection.head()?;
        let (mut began, mut said) = (None, Vec::new());
        loop {
            let bytes = connection.read(&mut head, 1 << 14)?;
            if bytes.is_empty() {
                break;
            }
            began.get_or_insert_with(|| start.elapsed());
            said.extend(bytes);
        }
        let is_whole = head.status == 200 && said.trim_ascii_end().ends_with(b"data: [DONE]");
        match began {
            Some(began) if is_whole => Ok([began, start.elapsed()]),
            _ => Err(io::Error::other(String::from_utf8_lossy(&said).into_owned())),
        }
    }
}
