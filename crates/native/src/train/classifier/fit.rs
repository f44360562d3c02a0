//! The loop: epochs of steps, validation, checkpoints.

use std::time::{Duration, Instant};

use super::checkpoint::{Best, Exact, Progress, Shelf};
use super::examples::Examples;
use super::learner::Learner;
use super::{Hyperparameters, Report};
use crate::Result;
use crate::train::observer::{Observer, Validation};

/// How long a training goes on without a checkpoint: what a crash costs at most. Writing one
/// takes about a second for each hundred megabytes of a slow disk.
pub(super) const SAVE_EVERY: Duration = Duration::from_secs(60);

/// A training that can go on from where it stands.
pub(super) struct Fit<'a> {
    pub(super) learner: Learner<'a>,
    pub(super) how: &'a Hyperparameters,
    pub(super) train: &'a Examples,
    pub(super) validation: &'a Examples,
    pub(super) shelf: Shelf,
    pub(super) save_every: Duration,
    pub(super) progress: Progress,
    /// The values of the best epoch; empty where none was validated.
    pub(super) best: Vec<f32>,
    pub(super) saved: Instant,
}

/// Returns how many steps an epoch has.
pub(super) fn steps_of_epoch(examples: usize, how: &Hyperparameters) -> usize {
    examples.div_ceil(how.examples_of_step())
}

impl Fit<'_> {
    /// Goes back to where an earlier run left off, if it did.
    pub(super) fn resume(&mut self) -> Result<()> {
        if let Some(found) = self.shelf.load(self.learner.arena.values.len())? {
            self.learner.arena.values = found.values;
            self.learner.first = found.first;
            self.learner.second = found.second;
            self.learner.made = found.progress.steps;
            self.best = found.best;
            self.progress = found.progress;
        }
        Ok(())
    }

    /// Trains to the end, or until the observer says no; leaves the best values in the arena.
    pub(super) fn run(&mut self, observer: &mut dyn Observer) -> Result<Report> {
        while self.progress.epochs < self.how.epochs && !self.progress.stopped_early {
            if !self.run_epoch(observer)? {
                self.save()?;
                return Ok(self.report(true));
            }
            self.end_epoch(observer);
            self.save()?;
        }
        if !self.best.is_empty() {
            self.learner.arena.values.copy_from_slice(&self.best);
        }
        Ok(self.report(false))
    }

    /// Makes the steps of an epoch that are left; `false` where the observer said no.
    fn run_epoch(&mut self, observer: &mut dyn Observer) -> Result<bool> {
        let order = self.train.order(self.how.seed, self.progress.epochs);
        let steps = order.chunks(self.how.examples_of_step()).skip(self.progress.within);
        for numbers in steps {
            if !observer.keep_going() {
                return Ok(false);
            }
            let learned = self.learner.step(self.train, numbers, self.progress.epochs + 1)?;
            self.progress.steps = learned.step.step;
            self.progress.within += 1;
            self.progress.loss_sum.0 += learned.loss_sum;
            observer.step(&learned.step);
            if self.saved.elapsed() >= self.save_every {
                self.save()?;
            }
        }
        Ok(true)
    }

    fn end_epoch(&mut self, observer: &mut dyn Observer) {
        let progress = &mut self.progress;
        progress.epochs += 1;
        progress.within = 0;
        progress.loss = Exact(progress.loss_sum.0 / self.train.len() as f64);
        progress.loss_sum = Exact(0.0);
        if self.validation.is_empty() {
            return;
        }
        let score = self.learner.validate(self.validation);
        let count = self.validation.len() as f64;
        let validation = Validation {
            epoch: self.progress.epochs,
            step: self.progress.steps,
            loss: (score.loss / count) as f32,
            accuracy: (score.right as f64 / count) as f32,
        };
        observer.validated(&validation);
        self.weigh(Best::of(&validation));
    }

    /// Keeps the values if they are the best so far, and ends the training if it is time.
    fn weigh(&mut self, now: Best) {
        let progress = &mut self.progress;
        if progress.best.is_none_or(|best| now.is_better_than(&best)) {
            progress.best = Some(now);
            progress.stale = 0;
            self.best.clone_from(&self.learner.arena.values);
        } else {
            progress.stale += 1;
        }
        let is_over = |patience| progress.stale >= patience;
        progress.stopped_early =
            self.how.patience.is_some_and(is_over) && progress.epochs < self.how.epochs;
    }

    fn save(&mut self) -> Result<()> {
        let Learner { arena, first, second, .. } = &self.learner;
        self.shelf.save(&self.progress, [&arena.values, first, second, &self.best])?;
        self.saved = Instant::now();
        Ok(())
    }

    fn report(&self, stopped: bool) -> Report {
        let Progress { steps, epochs, best, loss, stopped_early, .. } = &self.progress;
        Report {
            steps: *steps,
            epochs: *epochs,
            best_epoch: best.map_or(*epochs, |best| best.epoch),
            validation: best.map(|best| best.validation()),
            loss: loss.0,
            trainable: self.learner.arena.values.len() as u64,
            stopped,
            stopped_early: *stopped_early,
        }
    }
}
