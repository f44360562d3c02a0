//! Runs the generations of one request: several prompts, several answers to each.

use std::pin::Pin;

use domain::{Fault, Kind};
use futures::stream::{self, Stream, StreamExt};
use native::{Completion, Error, GenerateRequest, Piece, Prompt};

use super::engine::{self, Engine, Event};
use super::openai::OpenAiError;
use super::side_by_side;

/// Generations of one request that run at once; the others wait, so that one request with a
/// thousand prompts does not fill the engine's queue.
const AT_ONCE: usize = 16;

/// What comes of a generation while it runs, with the generation's place in the request.
#[derive(Debug)]
pub enum Step {
    /// The next piece.
    Piece(usize, Piece),
    /// The end.
    End(usize, Box<Completion>),
}

/// The steps of several generations, as they come.
pub type Steps = Pin<Box<dyn Stream<Item = Result<Step, Fault>> + Send>>;

/// Turns prompts into tokens.
///
/// # Errors
/// Where the model does not generate text, or a prompt does not fit; `param` is then named.
pub async fn tokens(
    engine: &Engine,
    prompts: Vec<Prompt>,
    param: &'static str,
) -> Result<Vec<Vec<u32>>, OpenAiError> {
    engine.decoder()?;
    let work = move |engine: &Engine| {
        let decoder = engine.decoder()?;
        let of = |prompt: &Prompt| decoder.prompt_tokens(prompt).map_err(|e| refused(e, param));
        prompts.iter().map(of).collect()
    };
    engine.compute(work).await
}

fn refused(error: Error, param: &'static str) -> OpenAiError {
    match error {
        error @ Error::Context { .. } => {
            OpenAiError::from(error).about(param).code("context_length_exceeded")
        }
        error @ Error::Unsupported { .. } => OpenAiError::from(error),
        error => OpenAiError::from(error).about(param),
    }
}

/// Runs generations to their ends; the answers are in the order of the requests.
///
/// # Errors
/// Where one of them fails.
pub async fn whole(
    engine: &Engine,
    requests: Vec<GenerateRequest>,
) -> Result<Vec<Completion>, Fault> {
    let answers = requests.into_iter().map(|request| answer(engine, request)).collect();
    side_by_side::all(AT_ONCE, answers).await
}

async fn answer(engine: &Engine, request: GenerateRequest) -> Result<Completion, Fault> {
    engine::completion(&mut engine.generate(request)?).await
}

/// Runs generations and hands out their steps as they come. Waits for the first one, so that a
/// failure before the first token is a real error.
///
/// # Errors
/// Where the first step fails.
pub async fn steps(engine: &Engine, requests: Vec<GenerateRequest>) -> Result<Steps, Fault> {
    let engine = engine.clone();
    let numbered = stream::iter(requests.into_iter().enumerate());
    let start = move |(number, request)| Box::pin(run(engine.clone(), number, request));
    let mut steps = numbered.map(start).flatten_unordered(AT_ONCE);
    let first = steps.next().await.ok_or_else(ended_early)??;
    Ok(Box::pin(stream::iter([Ok(first)]).chain(steps)))
}

fn run(
    engine: Engine,
    number: usize,
    request: GenerateRequest,
) -> impl Stream<Item = Result<Step, Fault>> + Send {
    async_stream::stream! {
        let mut events = match engine.generate(request) {
            Ok(events) => events,
            Err(fault) => {
                yield Err(fault);
                return;
            }
        };
        loop {
            match events.recv().await {
                Some(Event::Piece(piece)) => yield Ok(Step::Piece(number, piece)),
                Some(Event::End(result)) => {
                    yield (*result).map(|completion| Step::End(number, Box::new(completion)));
                    return;
                }
                None => {
                    yield Err(ended_early());
                    return;
                }
            }
        }
    }
}

fn ended_early() -> Fault {
    Fault::new(Kind::Unavailable, "the generation ended early")
}
