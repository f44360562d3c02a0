//! The loop: batches, gradients, steps.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::learner::Learner;
use super::parameters::Parameters;
use super::sequences::{self, Batch, Sequence};
use super::{Hyperparameters, Report};
use crate::Result;
use crate::decoder::DecoderShape;
use crate::train::observer::Observer;

/// Learns from the sequences and returns the trained numbers.
pub(super) fn fit(
    shape: &DecoderShape,
    sequences: &[Sequence],
    how: &Hyperparameters,
    observer: &mut dyn Observer,
) -> Result<(Parameters, Report)> {
    let mut parameters = Parameters::random(shape, how.seed)?;
    let mut chance = ChaCha8Rng::seed_from_u64(how.seed ^ 1);
    let plan: Vec<Vec<Vec<usize>>> = (0..how.epochs)
        .map(|_| sequences::shuffled(sequences, how.batch_tokens, &mut chance))
        .collect();
    let total = plan.iter().map(|groups| groups.len() as u64).sum();
    observer.started(total);
    let mut learner = Learner::new(&parameters, how, total);
    let mut report = Report { steps: 0, tokens: 0, loss: 0.0, stopped: false };
    for (epoch, groups) in (1..).zip(&plan) {
        let (mut loss, mut tokens) = (0.0, 0);
        for group in groups {
            if !observer.keep_going() {
                report.stopped = true;
                return Ok((parameters, report));
            }
            let batch = Batch::new(group.iter().map(|&number| &sequences[number]));
            let step = learner.step(&mut parameters, &batch, epoch);
            loss += f64::from(step.loss) * batch.learned() as f64;
            tokens += batch.learned() as u64;
            report.steps = step.step;
            observer.step(&step);
        }
        report.tokens += tokens;
        report.loss = loss / tokens.max(1) as f64;
    }
    Ok((parameters, report))
}
