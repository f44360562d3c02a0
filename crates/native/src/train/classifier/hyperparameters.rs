//! How a classifier learns, and what is refused before it starts.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Which numbers are trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// All of them.
    Full,
    /// A low-rank addition to each projection of the blocks, and the new head. Hu et al. 2021.
    Lora {
        /// The rank of the additions.
        rank: usize,
        /// The additions are multiplied by `alpha / rank`.
        alpha: f32,
    },
}

/// How the learning rate goes down after it rose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Straight to zero.
    Linear,
    /// Along half a cosine to zero.
    Cosine,
    /// Not at all.
    Constant,
}

/// How to learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hyperparameters {
    /// How often everything is seen.
    pub epochs: u32,
    /// Examples that are computed together.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f32,
    /// What comes after the highest learning rate.
    pub schedule: Schedule,
    /// The share of the steps in which the learning rate rises.
    pub warmup_ratio: f32,
    /// How strongly matrices are pulled to zero.
    pub weight_decay: f32,
    /// The longest gradient; longer ones are shortened to it.
    pub clip_norm: f32,
    /// Batches of one step.
    pub accumulation: usize,
    /// Ends the training after as many epochs without a better result on the validation data.
    pub patience: Option<u32>,
    /// Where chance starts.
    pub seed: u64,
    /// The longest text in tokens; longer ones are cut.
    pub tokens_max: usize,
}

impl Default for Hyperparameters {
    fn default() -> Self {
        Self {
            epochs: 6,
            batch_size: 32,
            learning_rate: 2e-4,
            schedule: Schedule::Linear,
            warmup_ratio: 0.1,
            weight_decay: 0.01,
            clip_norm: 1.0,
            accumulation: 1,
            patience: None,
            seed: 0,
            tokens_max: 128,
        }
    }
}

impl Method {
    /// Returns a low-rank method that learns well on small encoders.
    pub fn lora() -> Self {
        Self::Lora { rank: 16, alpha: 32.0 }
    }

    /// Returns the learning rate that suits the method when nobody asks for another.
    pub fn learning_rate(&self) -> f32 {
        match self {
            Self::Full => 2e-4,
            Self::Lora { .. } => 2e-3,
        }
    }

    pub(super) fn check(&self, hidden: usize) -> Result<()> {
        let Self::Lora { rank, alpha } = *self else { return Ok(()) };
        if rank == 0 || rank > hidden {
            return Err(Error::input(format!(
                "`rank` is {rank}; it is at least 1 and at most the model's width, {hidden}"
            )));
        }
        check_number("alpha", alpha, alpha > 0.0, "above 0")
    }
}

impl Hyperparameters {
    pub(super) fn check(&self, validates: bool) -> Result<()> {
        let counts = [
            ("epochs", self.epochs as usize),
            ("batch_size", self.batch_size),
            ("accumulation", self.accumulation),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(Error::input(format!("`{name}` is 0; it is at least 1")));
        }
        let rate = self.learning_rate;
        check_number("learning_rate", rate, rate > 0.0, "above 0")?;
        let warmup = self.warmup_ratio;
        check_number("warmup_ratio", warmup, (0.0..=1.0).contains(&warmup), "from 0 to 1")?;
        check_number("weight_decay", self.weight_decay, self.weight_decay >= 0.0, "0 or more")?;
        check_number("clip_norm", self.clip_norm, self.clip_norm > 0.0, "above 0")?;
        match self.patience {
            Some(0) => Err(Error::input("`patience` is 0; it is at least 1")),
            Some(_) if !validates => Err(Error::input(
                "`patience` needs validation data, on which the model may get better or not",
            )),
            _ => Ok(()),
        }
    }

    /// Returns how many examples one step learns from.
    pub(super) fn examples_of_step(&self) -> usize {
        self.batch_size.saturating_mul(self.accumulation)
    }

    /// Returns the learning rate of a step of `total`; steps count from zero.
    pub(super) fn rate(&self, step: u64, total: u64) -> f32 {
        let rising = (total as f64 * f64::from(self.warmup_ratio)).round();
        let made = step as f64;
        let share = if made < rising {
            (made + 1.0) / rising
        } else {
            let done = (made - rising) / (total as f64 - rising).max(1.0);
            match self.schedule {
                Schedule::Linear => 1.0 - done,
                Schedule::Cosine => (1.0 + (std::f64::consts::PI * done).cos()) / 2.0,
                Schedule::Constant => 1.0,
            }
        };
        (f64::from(self.learning_rate) * share) as f32
    }
}

fn check_number(name: &str, value: f32, fits: bool, range: &str) -> Result<()> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(Error::input(format!("`{name}` is {value}; it is {range}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_and_falls() {
        let check = |schedule, expected: [f32; 6]| {
            let how = Hyperparameters {
                schedule,
                learning_rate: 1.0,
                warmup_ratio: 0.2,
                ..Hyperparameters::default()
            };
            for (step, expected) in [0, 1, 2, 4, 6, 9].into_iter().zip(expected) {
                let rate = how.rate(step, 10);
                assert!((rate - expected).abs() < 1e-3, "{schedule:?}, step {step}: {rate}");
            }
        };
        check(Schedule::Linear, [0.5, 1.0, 1.0, 0.75, 0.5, 0.125]);
        check(Schedule::Cosine, [0.5, 1.0, 1.0, 0.854, 0.5, 0.038]);
        check(Schedule::Constant, [0.5, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn no_step_is_without_a_rate() {
        for (warmup_ratio, total) in [(0.0, 1), (1.0, 1), (1.0, 7), (0.1, 3), (0.5, 2)] {
            let how = Hyperparameters { warmup_ratio, ..Hyperparameters::default() };
            let rates: Vec<f32> = (0..total).map(|step| how.rate(step, total)).collect();
            let fits = |rate: &f32| *rate > 0.0 && *rate <= how.learning_rate;
            assert!(rates.iter().all(fits), "{warmup_ratio} of {total}: {rates:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let check = |change: fn(&mut Hyperparameters), expected: &str| {
            let mut how = Hyperparameters::default();
            change(&mut how);
            let refusal = how.check(false).expect_err(expected).to_string();
            assert_eq!(refusal, expected);
        };
        check(|how| how.epochs = 0, "`epochs` is 0; it is at least 1");
        check(|how| how.batch_size = 0, "`batch_size` is 0; it is at least 1");
        check(|how| how.accumulation = 0, "`accumulation` is 0; it is at least 1");
        check(|how| how.learning_rate = 0.0, "`learning_rate` is 0; it is above 0");
        check(|how| how.learning_rate = f32::NAN, "`learning_rate` is NaN; it is above 0");
        check(|how| how.learning_rate = f32::INFINITY, "`learning_rate` is inf; it is above 0");
        check(|how| how.warmup_ratio = 1.5, "`warmup_ratio` is 1.5; it is from 0 to 1");
        check(|how| how.weight_decay = -1.0, "`weight_decay` is -1; it is 0 or more");
        check(|how| how.clip_norm = 0.0, "`clip_norm` is 0; it is above 0");
        check(|how| how.patience = Some(0), "`patience` is 0; it is at least 1");
        check(
            |how| how.patience = Some(2),
            "`patience` needs validation data, on which the model may get better or not",
        );
        let lora = |rank, alpha| Method::Lora { rank, alpha }.check(8).map_err(|e| e.to_string());
        assert_eq!(
            lora(9, 1.0),
            Err("`rank` is 9; it is at least 1 and at most the model's width, 8".to_owned())
        );
        assert_eq!(lora(4, 0.0), Err("`alpha` is 0; it is above 0".to_owned()));
        assert_eq!(lora(8, 16.0), Ok(()));
    }
}
