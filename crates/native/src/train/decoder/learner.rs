//! Steps along the gradient: clipping, the learning rate, AdamW.

use std::time::Instant;

use kernels::AdamW;

use super::Hyperparameters;
use super::model::{Gradients, Pass};
use super::parameters::Parameters;
use super::sequences::Batch;
use crate::train::observer::Step;

/// How much of the mean gradient and of its mean square is kept from step to step. The second
/// is lower than usual: small models learn in few steps.
const KEPT: [f32; 2] = [0.9, 0.95];
/// Keeps the division by the mean square finite.
const EPSILON: f32 = 1e-8;
/// The share of the highest learning rate that is left at the end.
const RATE_END: f64 = 0.1;

/// What is remembered from step to step.
pub(super) struct Learner<'a> {
    how: &'a Hyperparameters,
    total: u64,
    made: u64,
    gradients: Gradients,
    moments: Vec<Moments>,
}

/// The running means of one tensor's gradient and of its square.
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl<'a> Learner<'a> {
    pub(super) fn new(parameters: &Parameters, how: &'a Hyperparameters, total: u64) -> Self {
        let gradients = parameters.zeros();
        let moments = |zeros: &Vec<f32>| Moments { first: zeros.clone(), second: zeros.clone() };
        let moments = gradients.iter().map(moments).collect();
        Self { how, total, made: 0, gradients, moments }
    }

    /// Learns from one batch.
    pub(super) fn step(&mut self, parameters: &mut Parameters, batch: &Batch, epoch: u32) -> Step {
        let start = Instant::now();
        let loss = Pass::new(parameters, batch).learn(&mut self.gradients);
        self.made += 1;
        let grad_norm = norm(&self.gradients);
        let learning_rate = self.rate();
        self.apply(parameters, learning_rate, grad_norm);
        Step {
            step: self.made,
            epoch,
            loss: loss as f32,
            learning_rate,
            grad_norm,
            tokens: batch.tokens.len() as u64,
            examples_per_second: batch.sequences() as f32 / start.elapsed().as_secs_f32(),
        }
    }

    /// Moves every tensor, and leaves zeros in its gradient for the next step.
    fn apply(&mut self, parameters: &mut Parameters, rate: f32, grad_norm: f32) {
        let clip = (self.how.clip_norm / grad_norm.max(f32::MIN_POSITIVE)).min(1.0);
        let tensors = parameters.all.iter_mut().zip(&mut self.gradients).zip(&mut self.moments);
        for ((parameter, gradient), moments) in tensors {
            // Norms are not pulled to zero.
            let decay = if parameter.shape.len() > 1 { self.how.weight_decay } else { 0.0 };
            let step = AdamW { rate, decay, clip, kept: KEPT, epsilon: EPSILON, age: self.made };
            let moments =
                kernels::Moments { first: &mut moments.first, second: &mut moments.second };
            kernels::adamw(&mut parameter.values, gradient, moments, &step);
        }
    }

    /// Returns the learning rate of the step that is made.
    fn rate(&self) -> f32 {
        let rising = (self.total as f64 * f64::from(self.how.warmup_ratio)).ceil();
        let made = self.made as f64;
        let share = if made < rising {
            made / rising
        } else {
            let done = (made - rising) / (self.total as f64 - rising).max(1.0);
            RATE_END + (1.0 - RATE_END) * (1.0 + (std::f64::consts::PI * done).cos()) / 2.0
        };
        (f64::from(self.how.learning_rate) * share) as f32
    }
}

fn norm(gradients: &Gradients) -> f32 {
    let squares = gradients.iter().map(|gradient| kernels::sum_of_squares(gradient));
    squares.sum::<f64>().sqrt() as f32
}
