//! The model of a worker: it answers many requests at once.

use std::path::Path;
use std::sync::Arc;

use deploy::{EngineOptions, Inputs, Outputs, Parameters, Question, Servable};
use domain::{Fault, Kind, Task};
use native::serve::{Reader, Room, ServeOptions};
use native::{Adapter, Completion, Decoder, GenerateRequest, Piece};
use tokio::sync::{Semaphore, mpsc};

use super::adapter::Folder;
use super::side_by_side;
use crate::clock::SystemClock;
use crate::machine;

/// Pieces that may wait for a slow client before its generation waits for it.
const PIECES_MAX: usize = 64;
/// The share of the machine's memory that keys and values may take.
const CACHE_SHARE: u64 = 4;
/// The share that adapters may take.
const ADAPTER_SHARE: u64 = 16;
/// Requests that an encoder answers at once: their texts share passes, which short ones fill only
/// together. Each holds a thread, so that there are not many more than help.
const READING_MAX: usize = 64;
/// Requests that may wait: as many as the longest queue of a deployment.
const WAITING_MAX: usize = 4_096;

/// A loaded model that handlers share.
#[derive(Clone)]
pub struct Engine {
    task: Task,
    model: Model,
    /// What the model goes with; held, so that it stays in memory until all is answered.
    adapter: Option<Arc<Adapter>>,
}

#[derive(Clone)]
enum Model {
    /// With turns for as many requests as are read at once.
    Encoder(Arc<Servable>, Arc<Semaphore>),
    Decoder(Arc<native::serve::Engine>),
}

/// What a generation sends while it runs.
#[derive(Debug)]
pub enum Event {
    /// The next piece.
    Piece(Piece),
    /// The end.
    End(Box<Result<Completion, Fault>>),
}

impl Engine {
    /// Shares a loaded model.
    ///
    /// # Errors
    /// Where the system has no thread for it.
    pub fn start(servable: Servable, options: &EngineOptions) -> Result<Self, Fault> {
        let task = servable.task();
        let model = match servable {
            Servable::Decoder(decoder, _) => {
                let usual = serve_options(machine::this_machine().memory_bytes);
                let options = options.over(usual);
                let clock = Arc::new(SystemClock);
                Model::Decoder(Arc::new(native::serve::Engine::start(decoder, &options, clock)?))
            }
            encoder => Model::Encoder(Arc::new(encoder), Arc::new(Semaphore::new(READING_MAX))),
        };
        Ok(Self { task, model, adapter: None })
    }

    /// Has the model go with an adapter, which is loaded where it is not in memory.
    ///
    /// # Errors
    /// Where the model takes none, or it cannot be loaded.
    pub async fn with(mut self, Folder(dir): Folder) -> Result<Self, Fault> {
        if let Some(dir) = dir {
            let engine = Arc::clone(self.serving()?);
            let load = move || engine.adapter(&dir);
            self.adapter = Some(tokio::task::spawn_blocking(load).await.map_err(stopped)??);
        }
        Ok(self)
    }

    /// Lets go of an adapter.
    ///
    /// # Errors
    /// Where the model takes none.
    pub fn forget_adapter(&self, dir: &Path) -> Result<(), Fault> {
        self.serving().map(|engine| engine.forget_adapter(dir))
    }

    /// Returns the task that the model was loaded for.
    pub fn task(&self) -> Task {
        self.task
    }

    /// Answers every input, when it is this request's turn.
    ///
    /// # Errors
    /// Where the inputs do not fit or the model fails.
    pub async fn run(&self, inputs: Inputs, parameters: Parameters) -> Result<Outputs, Fault> {
        match &self.model {
            Model::Encoder(servable, turn) => {
                let servable = Arc::clone(servable);
                let _turn = turn.acquire().await.map_err(stopped)?;
                let work = move || servable.run(&inputs, &parameters);
                Ok(tokio::task::spawn_blocking(work).await.map_err(stopped)??)
            }
            Model::Decoder(engine) => {
                let questions = Question::of(&inputs, &parameters);
                let answer = |question: Question| async move {
                    let mut events = self.ask(engine, question.request.clone());
                    Ok::<_, Fault>(question.answered(completion(&mut events).await?))
                };
                let at_once = ServeOptions::default().running_max;
                let answers = questions.into_iter().map(answer).collect();
                Ok(Outputs::Texts(side_by_side::all(at_once, answers).await?))
            }
        }
    }

    /// Generates piece by piece; dropping the receiver ends the generation.
    ///
    /// # Errors
    /// Where the model does not generate text.
    pub fn generate(&self, request: GenerateRequest) -> Result<mpsc::Receiver<Event>, Fault> {
        Ok(self.ask(self.serving()?, request))
    }

    /// Returns the model where it generates text.
    ///
    /// # Errors
    /// Where it does not.
    pub fn decoder(&self) -> Result<&Decoder, Fault> {
        self.serving().map(|engine| engine.decoder())
    }

    fn ask(
        &self,
        engine: &Arc<native::serve::Engine>,
        request: GenerateRequest,
    ) -> mpsc::Receiver<Event> {
        ask(engine, GenerateRequest { adapter: self.adapter.clone(), ..request })
    }

    fn serving(&self) -> Result<&Arc<native::serve::Engine>, Fault> {
        match &self.model {
            Model::Decoder(engine) => Ok(engine),
            Model::Encoder(..) => {
                let task = self.task();
                let message = format!("the deployed model does `{task}`, not text generation");
                Err(Fault::new(Kind::Unsupported, message))
            }
        }
    }
}

fn serve_options(memory_bytes: u64) -> ServeOptions {
    let options = ServeOptions { waiting_max: WAITING_MAX, ..ServeOptions::default() };
    match (memory_bytes / CACHE_SHARE, memory_bytes / ADAPTER_SHARE) {
        (0, _) | (_, 0) => options,
        (cache_bytes, adapter_bytes) => ServeOptions { cache_bytes, adapter_bytes, ..options },
    }
}

/// Asks for an answer; what goes wrong comes as its end.
fn ask(engine: &Arc<native::serve::Engine>, request: GenerateRequest) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    let engine = Arc::clone(engine);
    // Turning a long text into tokens takes longer than a runtime's thread may be held.
    tokio::task::spawn_blocking(move || {
        let reader = Box::new(Client(sender.clone()));
        if let Err(error) = engine.submit(request, reader) {
            let _ = sender.try_send(Event::End(Box::new(Err(error.into()))));
        }
    });
    receiver
}

/// Reads to the end of a generation.
///
/// # Errors
/// Where the model fails.
pub async fn completion(events: &mut mpsc::Receiver<Event>) -> Result<Completion, Fault> {
    while let Some(event) = events.recv().await {
        if let Event::End(result) = event {
            return *result;
        }
    }
    Err(Fault::new(Kind::Unavailable, "the generation ended early"))
}

/// A client that reads pieces from a channel.
struct Client(mpsc::Sender<Event>);

impl Reader for Client {
    fn room(&self) -> Room {
        match self.0.capacity() {
            _ if self.0.is_closed() => Room::Gone,
            0 => Room::Full,
            _ => Room::Free,
        }
    }

    fn piece(&mut self, piece: Piece) {
        // A client that left in this moment is noticed at the next look.
        let _ = self.0.try_send(Event::Piece(piece));
    }

    fn end(self: Box<Self>, result: native::Result<Completion>) {
        let result = result.map_err(Fault::from);
        let _ = self.0.try_send(Event::End(Box::new(result)));
    }
}

fn stopped(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::new(Kind::Internal, "the model stopped while it was answering").because(error)
}

#[cfg(test)]
mod tests;
