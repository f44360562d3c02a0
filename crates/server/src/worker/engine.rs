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
const ANSWERING_MAX: usize = 64;
/// Requests that a decoder takes in at once: each keeps a processor busy with its texts, its
/// template or its schema, and the memory that this took stays with its thread for a while.
const READING_MAX: usize = 8;
/// Requests that may wait: as many as the longest queue of a deployment.
const WAITING_MAX: usize = 4_096;

/// Returns how many threads a worker with a model for a task computes requests on: one for each
/// turn. The runtime is not to start more, which each would keep what it took of memory.
pub fn threads_for(task: Task) -> usize {
    if task.generates_text() { READING_MAX } else { ANSWERING_MAX }
}

/// A loaded model that handlers share.
#[derive(Clone)]
pub struct Engine {
    task: Task,
    model: Model,
    /// Turns for as many requests as have a thread to compute on at once.
    turns: Arc<Semaphore>,
    /// What the model goes with; held, so that it stays in memory until all is answered.
    adapter: Option<Arc<Adapter>>,
}

#[derive(Clone)]
enum Model {
    Encoder(Arc<Servable>),
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
                let engine = native::serve::Engine::start(decoder, &options, clock)?;
                Model::Decoder(Arc::new(engine))
            }
            encoder => Model::Encoder(Arc::new(encoder)),
        };
        let turns = Arc::new(Semaphore::new(threads_for(task)));
        Ok(Self { task, model, turns, adapter: None })
    }

    /// Does work that computes on a thread made for that, when it is this request's turn.
    ///
    /// # Errors
    /// Those of the work, and where it panicked.
    pub async fn compute<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let engine = self.clone();
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        // Who stops waiting does not end the work, which has the turn until then.
        let work = move || {
            let _turn = turn;
            work(&engine)
        };
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }

    /// Has the model go with an adapter, which is loaded where it is not in memory.
    ///
    /// # Errors
    /// Where the model takes none, or it cannot be loaded.
    pub async fn with(mut self, Folder(dir): Folder) -> Result<Self, Fault> {
        if let Some(dir) = dir {
            let engine = Arc::clone(self.serving()?);
            let load = move |_: &Self| Ok::<_, Fault>(engine.adapter(&dir)?);
            self.adapter = Some(self.compute(load).await?);
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
            Model::Encoder(servable) => {
                let servable = Arc::clone(servable);
                self.compute(move |_| Ok(servable.run(&inputs, &parameters)?)).await
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

    /// Asks for an answer; what goes wrong comes as its end.
    fn ask(
        &self,
        engine: &Arc<native::serve::Engine>,
        request: GenerateRequest,
    ) -> mpsc::Receiver<Event> {
        // Turning a long text into tokens takes longer than a runtime's thread may be held.
        let (sender, receiver) = mpsc::channel(PIECES_MAX);
        let request = GenerateRequest { adapter: self.adapter.clone(), ..request };
        let (this, engine, client) = (self.clone(), Arc::clone(engine), Client(sender.clone()));
        tokio::spawn(async move {
            let submit = move |_: &Self| Ok::<_, Fault>(engine.submit(request, Box::new(client))?);
            if let Err(error) = this.compute(submit).await {
                let _ = sender.try_send(Event::End(Box::new(Err(error))));
            }
        });
        receiver
    }

    fn serving(&self) -> Result<&Arc<native::serve::Engine>, Fault> {
        match &self.model {
            Model::Decoder(engine) => Ok(engine),
            Model::Encoder(_) => {
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
