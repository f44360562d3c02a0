//! Steps along the gradient: batches of one step, clipping, AdamW.

use std::time::Instant;

use kernels::{AdamW, Moments};

use super::Hyperparameters;
use super::arena::Arena;
use super::examples::Examples;
use super::model::Model;
use super::noise::Rates;
use super::pass::{Pass, Score};
use super::room::Room;
use crate::encoder::batch::{self, Packed};
use crate::train::observer::Step;
use crate::{Error, Result};

/// How much of the mean gradient and of its mean square is kept from step to step; the usual
/// numbers, as are those of `torch`.
const KEPT: [f32; 2] = [0.9, 0.999];
/// Keeps the division by the mean square finite.
const EPSILON: f32 = 1e-8;
/// Tokens that run at once. At 1,024 the products are near their full speed, and what the
/// blocks of a base model keep for the way back stays below 700 MB.
const TOKENS_MAX: usize = 1024;

/// A model that learns, and what is remembered from step to step.
pub(super) struct Learner<'a> {
    pub(super) model: Model,
    pub(super) arena: Arena,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    /// Steps made.
    pub(super) made: u64,
    how: &'a Hyperparameters,
    rates: Rates,
    total: u64,
    gradients: Vec<f32>,
    room: Room,
}

/// A step and what its examples add to the loss of the epoch.
pub(super) struct Learned {
    pub(super) step: Step,
    pub(super) loss_sum: f64,
}

impl<'a> Learner<'a> {
    pub(super) fn new(
        (model, arena): (Model, Arena),
        how: &'a Hyperparameters,
        rates: Rates,
        total: u64,
    ) -> Self {
        let zeros = || vec![0.0; arena.values.len()];
        let (first, second, gradients) = (zeros(), zeros(), zeros());
        let room = Room::default();
        Self { model, arena, first, second, made: 0, how, rates, total, gradients, room }
    }

    /// Learns from the examples of one step.
    pub(super) fn step(
        &mut self,
        examples: &Examples,
        numbers: &[usize],
        epoch: u32,
    ) -> Result<Learned> {
        let start = Instant::now();
        let share = 1.0 / numbers.len() as f32;
        let (mut loss_sum, mut tokens) = (0.0, 0);
        for (pass, group) in passes(examples, numbers, self.how.batch_size).iter().enumerate() {
            let noise = self.rates.of_pass(self.how.seed, self.made, pass);
            let (packed, labels) = pack(examples, group);
            let pass = Pass::new(&self.model, &self.arena, &packed).with_noise(noise);
            pass.forward(&mut self.room);
            loss_sum += pass.score(&mut self.room, &labels).loss;
            pass.backward(&mut self.room, share, &mut self.gradients);
            tokens += packed.tokens.len() as u64;
        }
        let learning_rate = self.how.rate(self.made, self.total);
        let grad_norm = kernels::sum_of_squares(&self.gradients).sqrt() as f32;
        let loss = (loss_sum * f64::from(share)) as f32;
        self.made += 1;
        if !loss.is_finite() || !grad_norm.is_finite() {
            let loss = if loss.is_finite() { grad_norm } else { loss };
            return Err(Error::Diverged { step: self.made, loss, learning_rate });
        }
        self.apply(learning_rate, grad_norm);
        let examples_per_second = numbers.len() as f32 / start.elapsed().as_secs_f32();
        let step = self.made;
        let step =
            Step { step, epoch, loss, learning_rate, grad_norm, tokens, examples_per_second };
        Ok(Learned { step, loss_sum })
    }

    fn apply(&mut self, rate: f32, grad_norm: f32) {
        let clip = (self.how.clip_norm / grad_norm.max(f32::MIN_POSITIVE)).min(1.0);
        let decay = self.how.weight_decay;
        let age = self.made;
        let of = |decay| AdamW { rate, decay, clip, kept: KEPT, epsilon: EPSILON, age };
        let at = self.arena.decayed;
        let (values, plain_values) = self.arena.values.split_at_mut(at);
        let (gradients, plain_gradients) = self.gradients.split_at_mut(at);
        let (first, plain_first) = self.first.split_at_mut(at);
        let (second, plain_second) = self.second.split_at_mut(at);
        kernels::adamw(values, gradients, Moments { first, second }, &of(decay));
        let moments = Moments { first: plain_first, second: plain_second };
        kernels::adamw(plain_values, plain_gradients, moments, &of(0.0));
    }

    /// Scores examples without learning from them.
    pub(super) fn validate(&mut self, examples: &Examples) -> Score {
        let mut total = Score { loss: 0.0, right: 0 };
        for group in batch::groups(&examples.lengths(), TOKENS_MAX) {
            let (packed, labels) = pack(examples, &group);
            let pass = Pass::new(&self.model, &self.arena, &packed);
            pass.forward(&mut self.room);
            let score = pass.score(&mut self.room, &labels);
            total.loss += score.loss;
            total.right += score.right;
        }
        total
    }
}

/// Cuts the examples of a step into batches, and batches with many tokens into several passes.
fn passes(examples: &Examples, numbers: &[usize], batch_size: usize) -> Vec<Vec<usize>> {
    let length = |number: usize| examples.get(number).tokens.len();
    let mut passes = Vec::new();
    for batch in numbers.chunks(batch_size) {
        let lengths: Vec<usize> = batch.iter().map(|&number| length(number)).collect();
        let groups = batch::groups(&lengths, TOKENS_MAX).into_iter();
        passes.extend(groups.map(|group| group.iter().map(|&at| batch[at]).collect()));
    }
    passes
}

fn pack(examples: &Examples, numbers: &[usize]) -> (Packed, Vec<u32>) {
    let of = |&number: &usize| examples.get(number);
    let packed = Packed::new(numbers.iter().map(of).map(|one| one.tokens.as_slice()));
    (packed, numbers.iter().map(of).map(|one| one.label).collect())
}
