//! What a training tells while it runs, and how it is asked to stop.

use serde::{Deserialize, Serialize};

/// Watches a training.
pub trait Observer {
    /// The training begins; it will make at most this many steps.
    fn started(&mut self, total_steps: u64);
    /// A step was made.
    fn step(&mut self, step: &Step);
    /// An epoch ended and the validation data was scored.
    fn validated(&mut self, validation: &Validation);
    /// Asked before each step; `false` ends the training there.
    fn keep_going(&mut self) -> bool;
}

/// One step of the optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Counts from one over all epochs.
    pub step: u64,
    /// Counts from one.
    pub epoch: u32,
    /// The mean loss of the batch.
    pub loss: f32,
    /// The learning rate of this step.
    pub learning_rate: f32,
    /// The length of the gradient before it was clipped.
    pub grad_norm: f32,
    /// Tokens in the batch.
    pub tokens: u64,
    /// Examples in a second, this step alone.
    pub examples_per_second: f32,
}

/// How well the model does on the validation data after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The epoch that ended; counts from one.
    pub epoch: u32,
    /// Steps made so far.
    pub step: u64,
    /// The mean loss of an example.
    pub loss: f32,
    /// The share of examples whose best class is right.
    pub accuracy: f32,
}
