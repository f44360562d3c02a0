//! One model, one request at a time: the kernels use every core for each.

use std::ops::ControlFlow;
use std::sync::Arc;

use deploy::{Error, Inputs, Outputs, Parameters, Servable};
use domain::{Fault, Kind, Task};
use native::{Completion, Decoder, GenerateRequest, Piece};
use tokio::sync::{Semaphore, mpsc};

/// Pieces that may wait for a slow client before generation waits for it.
const PIECES_MAX: usize = 64;

/// A loaded model that handlers share.
#[derive(Clone)]
pub struct Engine {
    servable: Arc<Servable>,
    turn: Arc<Semaphore>,
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
    pub fn start(servable: Servable) -> Self {
        Self { servable: Arc::new(servable), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Returns the task that the model was loaded for.
    pub fn task(&self) -> Task {
        self.servable.task()
    }

    /// Answers every input when it is this request's turn.
    ///
    /// # Errors
    /// Where the inputs do not fit or the model fails.
    pub async fn run(&self, inputs: Inputs, parameters: Parameters) -> Result<Outputs, Fault> {
        let servable = Arc::clone(&self.servable);
        let _turn = self.turn.acquire().await.map_err(stopped)?;
        let work = move || servable.run(&inputs, &parameters);
        Ok(tokio::task::spawn_blocking(work).await.map_err(stopped)??)
    }

    /// Generates piece by piece; dropping the receiver ends the generation.
    ///
    /// # Errors
    /// Where the model does not generate text.
    pub fn generate(&self, request: GenerateRequest) -> Result<mpsc::Receiver<Event>, Fault> {
        self.decoder()?;
        let (sender, receiver) = mpsc::channel(PIECES_MAX);
        let engine = self.clone();
        tokio::spawn(async move {
            let Ok(_turn) = engine.turn.acquire().await else { return };
            let work = {
                let (engine, sender) = (engine.clone(), sender.clone());
                move || engine.generate_blocking(&request, &sender)
            };
            let result = tokio::task::spawn_blocking(work).await.map_err(stopped);
            let _ = sender.send(Event::End(Box::new(result.and_then(|result| result)))).await;
        });
        Ok(receiver)
    }

    fn generate_blocking(
        &self,
        request: &GenerateRequest,
        sender: &mpsc::Sender<Event>,
    ) -> Result<Completion, Fault> {
        let mut send = |piece: &Piece| match sender.blocking_send(Event::Piece(piece.clone())) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        if sender.is_closed() {
            return Err(Fault::new(Kind::Unavailable, "the client left"));
        }
        Ok(self.decoder()?.generate(request, &mut send).map_err(Error::from)?)
    }

    /// Returns the model where it generates text.
    ///
    /// # Errors
    /// Where it does not.
    pub fn decoder(&self) -> Result<&Decoder, Fault> {
        match &*self.servable {
            Servable::Decoder(decoder, _) => Ok(decoder),
            Servable::Encoder(..) => {
                let task = self.task();
                let message = format!("the deployed model does `{task}`, not text generation");
                Err(Fault::new(Kind::Unsupported, message))
            }
        }
    }
}

fn stopped(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::new(Kind::Internal, "the model stopped while it was answering").because(error)
}
