//! Steps along the gradient: clipping, the learning rate, AdamW.

use std::time::Instant;

use rayon::prelude::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use super::Hyperparameters;
use super::model::{Gradients, Pass};
use super::parameters::{Parameter, Parameters};
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

/// The factors of one step.
struct Factors {
    rate: f32,
    decay: f32,
    clip: f32,
    unbias: [f32; 2],
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
        self.gradients.iter_mut().for_each(|gradient| gradient.fill(0.0));
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

    fn apply(&mut self, parameters: &mut Parameters, rate: f32, grad_norm: f32) {
        let age = self.made as f64;
        let factors = Factors {
            rate,
            decay: self.how.weight_decay,
            clip: (self.how.clip_norm / grad_norm.max(f32::MIN_POSITIVE)).min(1.0),
            unbias: KEPT.map(|kept| (1.0 - f64::from(kept).powf(age)).recip() as f32),
        };
        let tensors = parameters.all.par_iter_mut().zip(&self.gradients).zip(&mut self.moments);
        tensors.for_each(|((parameter, gradient), moments)| {
            moments.update(parameter, gradient, &factors);
        });
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

impl Moments {
    fn update(&mut self, parameter: &mut Parameter, gradient: &[f32], factors: &Factors) {
        // Norms are not pulled to zero.
        let decay = if parameter.shape.len() > 1 { factors.rate * factors.decay } else { 0.0 };
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, gradient), (first, second)) in
            parameter.values.iter_mut().zip(gradient).zip(moments)
        {
            let gradient = gradient * factors.clip;
            *first += (1.0 - KEPT[0]) * (gradient - *first);
            *second += (1.0 - KEPT[1]) * (gradient * gradient - *second);
            let scale = (*second * factors.unbias[1]).sqrt() + EPSILON;
            *value -= decay * *value + factors.rate * *first * factors.unbias[0] / scale;
        }
    }
}

fn norm(gradients: &Gradients) -> f32 {
    let square = |gradient: &Vec<f32>| -> f64 { gradient.iter().map(|x| f64::from(x * x)).sum() };
    gradients.iter().map(square).sum::<f64>().sqrt() as f32
}
