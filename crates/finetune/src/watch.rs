//! What a training tells, handed on to the job: progress, curves, and a line for each epoch.

use jobs::Context;
use native::train::observer::{Observer, Step, Validation};

/// Points of a curve; a screen shows no more, and the job's row stays small.
const POINTS_MAX: u64 = 1_000;

/// Hands on what a training tells.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    context: &'a Context,
    epochs: u32,
    total_steps: u64,
    epoch: Epoch,
}

/// What was told of an epoch so far.
#[derive(Debug, Default)]
struct Epoch {
    number: u32,
    steps: u64,
    loss_sum: f64,
}

impl<'a> Watch<'a> {
    /// Watches a training of `epochs` epochs for a job.
    pub(crate) fn new(context: &'a Context, epochs: u32) -> Self {
        Self { context, epochs, total_steps: 0, epoch: Epoch::default() }
    }

    /// Writes the line of an epoch that nothing was said about yet.
    pub(crate) fn end_epoch(&mut self, validation: Option<&Validation>) {
        let epoch = std::mem::take(&mut self.epoch);
        // Without steps in between, the line was written.
        if epoch.steps == 0 {
            return;
        }
        let loss = epoch.loss_sum / epoch.steps as f64;
        let mut line = format!("epoch {} of {}: loss {loss:.4}", epoch.number, self.epochs);
        if let Some(Validation { loss, accuracy, .. }) = validation {
            line += &format!(", validation loss {loss:.4}, accuracy {accuracy:.4}");
        }
        self.context.log(line);
    }

    fn is_drawn(&self, step: u64) -> bool {
        let every = self.total_steps.div_ceil(POINTS_MAX).max(1);
        step == 1 || step == self.total_steps || step.is_multiple_of(every)
    }
}

impl Observer for Watch<'_> {
    fn started(&mut self, total_steps: u64) {
        self.total_steps = total_steps;
        self.context.stage(0, Some(total_steps), "steps", "training");
    }

    fn step(&mut self, step: &Step) {
        if step.epoch != self.epoch.number {
            self.end_epoch(None);
            self.epoch.number = step.epoch;
        }
        self.epoch.steps += 1;
        self.epoch.loss_sum += f64::from(step.loss);
        let stage = format!("epoch {} of {}", step.epoch, self.epochs);
        self.context.stage(step.step, Some(self.total_steps), "steps", &stage);
        if self.is_drawn(step.step) {
            self.context.metric("train/loss", step.step, step.loss.into());
            self.context.metric("train/learning_rate", step.step, step.learning_rate.into());
        }
    }

    fn validated(&mut self, validation: &Validation) {
        self.end_epoch(Some(validation));
        self.context.metric("validation/loss", validation.step, validation.loss.into());
        self.context.metric("validation/accuracy", validation.step, validation.accuracy.into());
    }

    fn keep_going(&mut self) -> bool {
        !self.context.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64, epoch: u32, loss: f32) -> Step {
        Step {
            step,
            epoch,
            loss,
            learning_rate: 0.5,
            grad_norm: 1.0,
            tokens: 10,
            examples_per_second: 3.0,
        }
    }

    #[test]
    fn a_job_hears_of_steps_epochs_and_validation() {
        let context = Context::detached("scratch");
        let mut watch = Watch::new(&context, 3);
        watch.started(6);
        for (number, epoch, loss) in [(1, 1, 4.0), (2, 1, 2.0)] {
            watch.step(&step(number, epoch, loss));
        }
        watch.validated(&Validation { epoch: 1, step: 2, loss: 1.5, accuracy: 0.25 });
        for (number, epoch) in [(3, 2), (4, 2), (5, 3)] {
            watch.step(&step(number, epoch, 1.0));
        }
        watch.end_epoch(None);
        watch.end_epoch(None);
        let told = context.take();
        let progress = told.progress.unwrap();
        assert_eq!((progress.done, progress.total), (5, Some(6)));
        assert_eq!(progress.message, "epoch 3 of 3");
        assert_eq!(
            told.lines,
            [
                "epoch 1 of 3: loss 3.0000, validation loss 1.5000, accuracy 0.2500",
                "epoch 2 of 3: loss 1.0000",
                "epoch 3 of 3: loss 1.0000",
            ]
        );
        let of = |name: &str| told.metrics.iter().filter(|(n, _, _)| n == name).count();
        assert_eq!((of("train/loss"), of("train/learning_rate")), (5, 5));
        assert!(told.metrics.contains(&("validation/accuracy".into(), 2, 0.25)));
        assert!(told.metrics.contains(&("validation/loss".into(), 2, 1.5)));
    }

    #[test]
    fn a_long_training_draws_a_thousand_points_and_its_end() {
        let context = Context::detached("scratch");
        let mut watch = Watch::new(&context, 1);
        watch.started(5_003);
        (1..=5_003).for_each(|number| watch.step(&step(number, 1, 1.0)));
        let points = context.take().metrics;
        let drawn: Vec<u64> = points.iter().map(|(_, step, _)| *step).collect();
        assert!(drawn.len() <= 2 * (POINTS_MAX as usize + 2), "{}", drawn.len());
        assert_eq!((drawn[0], drawn[drawn.len() - 1]), (1, 5_003));
    }

    #[test]
    fn a_cancelled_job_is_asked_to_stop() {
        let context = Context::detached("scratch");
        let mut watch = Watch::new(&context, 1);
        assert!(watch.keep_going());
        context.cancel();
        assert!(!watch.keep_going());
    }
}
