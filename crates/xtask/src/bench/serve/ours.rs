//! Our engine as a side of the bench: scheduler, pages and writers as the server runs them.

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use domain::ManualClock;
use native::serve::{Engine, Reader, Room, ServeOptions};
use native::{Completion, Decoder, GenerateRequest, Piece, Prompt};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::over_http::OverHttp;
use super::workload::{Answer, Question};
use crate::bench::side::{Loaded, say_line};

/// What our side serves.
#[derive(Args)]
pub struct Ours {
    model: PathBuf,
    /// Whom the questions are put to.
    #[arg(long, value_enum, default_value_t = Through::Engine)]
    through: Through,
}

/// What is between a question and the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Through {
    /// Nothing; answers are the likeliest ones.
    Engine,
    /// Nothing; answers are drawn, as over HTTP, where there is no telling it not to guess.
    Drawn,
    /// The server and its worker.
    Http,
}

impl Through {
    /// Returns how it is named on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Drawn => "drawn",
            Self::Http => "http",
        }
    }
}

/// Tokens of the vocabulary that prompts are made of: none of them is special.
const WORDS: u32 = 4000;

impl Ours {
    /// Loads the model and answers the questions on standard input.
    ///
    /// # Errors
    /// Where the model cannot be loaded, or a question not answered.
    pub fn run(&self) -> Result<(), String> {
        let start = Instant::now();
        match self.through {
            Through::Http => {
                let server = OverHttp::start(&self.model)?;
                answer_all(start, |question| server.answer(question))
            }
            through => {
                let engine = self.engine()?;
                let temperature = if through == Through::Drawn { 1.0 } else { 0.0 };
                ask(&engine, vec![vec![1, 2, 3, 4, 5, 6, 7, 8]], 1, temperature)?;
                answer_all(start, |question| answer(&engine, question, temperature))
            }
        }
    }

    fn engine(&self) -> Result<Engine, String> {
        let said = |error: native::Error| error.to_string();
        let decoder = Arc::new(Decoder::load(&self.model).map_err(said)?);
        // Random weights repeat themselves: guessing would look better than it is.
        let options = ServeOptions { guesses: false, ..ServeOptions::default() };
        Engine::start(decoder, &options, Arc::new(ManualClock::default())).map_err(said)
    }
}

/// Says that the model is loaded, and answers the questions on standard input.
fn answer_all(
    start: Instant,
    answer: impl Fn(&Question) -> Result<Answer, String>,
) -> Result<(), String> {
    let version = concat!("Modeldex ", env!("CARGO_PKG_VERSION")).to_owned();
    say_line(&Loaded { version, seconds: start.elapsed().as_secs_f64() })?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        say_line(&answer(&serde_json::from_str(&line).map_err(|error| error.to_string())?)?)?;
    }
    Ok(())
}

fn answer(engine: &Engine, question: &Question, temperature: f32) -> Result<Answer, String> {
    let prompts = prompts(question);
    if question.workload.cached {
        // Whoever comes first pays for what is in common.
        ask(engine, vec![prompts[0].clone()], 1, temperature)?;
    }
    ask(engine, prompts, question.workload.tokens, temperature)
}

/// Makes the prompts of a question.
pub(super) fn prompts(question: &Question) -> Vec<Vec<u32>> {
    let workload = &question.workload;
    let seed = (question.round as u64) << 32 | workload.prompts.len() as u64;
    let mut random = ChaCha8Rng::seed_from_u64(seed + u64::from(workload.cached));
    let mut tokens =
        |count| -> Vec<u32> { (0..count).map(|_| random.random_range(0..WORDS)).collect() };
    let common = tokens(workload.shared);
    let prompt = |length: &usize| {
        // What must not be known has another first token, so nothing behind it is.
        let mut prompt = if workload.cached { common.clone() } else { tokens(workload.shared) };
        prompt.extend(tokens(length - workload.shared));
        prompt
    };
    workload.prompts.iter().map(prompt).collect()
}

/// Asks for answers to all prompts at once, and waits for them.
fn ask(
    engine: &Engine,
    prompts: Vec<Vec<u32>>,
    tokens: usize,
    temperature: f32,
) -> Result<Answer, String> {
    let (events, received) = channel();
    let start = Instant::now();
    let count = prompts.len();
    for prompt in prompts {
        let mut request = GenerateRequest::new(Prompt::Tokens(prompt));
        request.tokens_max = tokens as u32;
        request.temperature = temperature;
        // An answer is as long as the question says, whatever the weights would have.
        let ends = engine.decoder().ending_tokens().iter();
        request.logit_bias = ends.map(|token| (*token, -1e9)).collect();
        let reader = Timed { events: events.clone(), has_begun: false };
        engine.submit(request, Box::new(reader)).map_err(|error| error.to_string())?;
    }
    drop(events);
    collect(&received, start, count)
}

fn collect(received: &Receiver<Event>, start: Instant, count: usize) -> Result<Answer, String> {
    let (mut first, mut last, mut ended) = (Duration::ZERO, Duration::ZERO, 0);
    for event in received {
        let now = start.elapsed();
        match event {
            Event::Begun => first = now,
            Event::Ended(Ok(())) => (last, ended) = (now, ended + 1),
            Event::Ended(Err(error)) => return Err(error),
        }
    }
    if ended < count {
        return Err(format!("{ended} of {count} answers came"));
    }
    Ok(Answer { first: first.as_secs_f64(), rest: last.saturating_sub(first).as_secs_f64() })
}

enum Event {
    Begun,
    Ended(Result<(), String>),
}

/// Tells when an answer begins and ends.
struct Timed {
    events: Sender<Event>,
    has_begun: bool,
}

impl Reader for Timed {
    fn room(&self) -> Room {
        Room::Free
    }

    fn piece(&mut self, _: Piece) {
        if !self.has_begun {
            self.has_begun = true;
            let _ = self.events.send(Event::Begun);
        }
    }

    fn end(self: Box<Self>, result: native::Result<Completion>) {
        let result = result.map(drop).map_err(|error| error.to_string());
        let _ = self.events.send(Event::Ended(result));
    }
}
