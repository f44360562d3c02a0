//! A loaded model behind one task: the same for try-it, online and batch.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use domain::Task;
use native::{Decoder, Encoder, ModelFacts, Piece, Quantize};

use crate::{Error, Inputs, Outputs, Parameters, Question, reading};

/// A model that is loaded for one task.
pub enum Servable {
    /// Reads a text at once.
    Encoder(Box<Encoder>, Task),
    /// Writes a text token by token.
    Decoder(Arc<Decoder>, Task),
}

impl Servable {
    /// Loads the model in `dir` for `task`.
    ///
    /// # Errors
    /// Where the files cannot be loaded or the model does not do the task.
    pub fn load(dir: &Path, task: Task) -> Result<Self, Error> {
        Self::load_quantized(dir, task, None)
    }

    /// Loads the model in `dir` for `task`, with weights of so many bits.
    ///
    /// # Errors
    /// Where the files cannot be loaded or the model does not do the task.
    pub fn load_quantized(
        dir: &Path,
        task: Task,
        quantize: Option<Quantize>,
    ) -> Result<Self, Error> {
        let facts = native::inspect(dir)?;
        if !facts.tasks.contains(&task) {
            let does = facts.tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>();
            let model = facts.architecture;
            return Err(Error::Task { model, task: task.to_string(), does: does.join(", ") });
        }
        Ok(match task {
            Task::TextGeneration | Task::ChatCompletion => {
                Self::Decoder(Arc::new(Decoder::load_quantized(dir, quantize)?), task)
            }
            _ => Self::Encoder(Box::new(Encoder::load_quantized(dir, quantize)?), task),
        })
    }

    /// Returns what the files say about the model.
    pub fn facts(&self) -> &ModelFacts {
        match self {
            Self::Encoder(encoder, _) => encoder.facts(),
            Self::Decoder(decoder, _) => decoder.facts(),
        }
    }

    /// Returns the task that it was loaded for.
    pub fn task(&self) -> Task {
        match self {
            Self::Encoder(_, task) | Self::Decoder(_, task) => *task,
        }
    }

    /// Answers every input.
    ///
    /// # Errors
    /// Where the inputs do not fit the task or the model fails.
    pub fn run(&self, inputs: &Inputs, parameters: &Parameters) -> Result<Outputs, Error> {
        match (self, inputs) {
            (Self::Encoder(encoder, task), inputs) => {
                reading::run(encoder, *task, inputs, parameters)
            }
            (Self::Decoder(decoder, _), Inputs::Texts(_) | Inputs::Tokens(_) | Inputs::Chat(_)) => {
                let answer = |question: Question| {
                    let mut read = |_: &Piece| ControlFlow::Continue(());
                    Ok(question.answered(decoder.generate(&question.request, &mut read)?))
                };
                let questions = Question::of(inputs, parameters).into_iter();
                Ok(Outputs::Texts(questions.map(answer).collect::<Result<_, Error>>()?))
            }
            (Self::Decoder(_, task), Inputs::Pairs(..)) => {
                Err(Error::Shape { why: format!("`{task}` does not rank texts") })
            }
            (Self::Decoder(_, task), Inputs::Questions(_) | Inputs::Candidates(_)) => {
                Err(Error::Shape { why: format!("`{task}` takes texts") })
            }
        }
    }
}
