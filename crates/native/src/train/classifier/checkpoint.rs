//! Where a training stands, in a file that is whole or not there.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::train::observer::Validation;
use crate::weights::save::{Numbers, save};
use crate::{Error, Result};

const FILE: &str = "checkpoint.safetensors";
/// The field of the file's header that tells what the numbers do not.
const STATE: &str = "state";

/// Where a training stands, but for its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Steps made over all epochs.
    pub(super) steps: u64,
    /// Epochs that are complete.
    pub(super) epochs: u32,
    /// Steps made in the epoch after those.
    pub(super) within: usize,
    /// The sum of the losses of that epoch's examples so far.
    pub(super) loss_sum: Exact,
    /// The mean loss of the last complete epoch.
    pub(super) loss: Exact,
    pub(super) best: Option<Best>,
    /// Epochs since the best one.
    pub(super) stale: u32,
    /// No epoch will follow, because the model does not get better.
    pub(super) stopped_early: bool,
}

/// The best result on the validation data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    pub(super) epoch: u32,
    pub(super) step: u64,
    pub(super) loss: Exact,
    pub(super) accuracy: Exact,
}

/// A number that is written as its bits, so that it comes back exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub(super) struct Exact(pub(super) f64);

impl From<u64> for Exact {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Exact> for u64 {
    fn from(number: Exact) -> Self {
        number.0.to_bits()
    }
}

impl Best {
    pub(super) fn of(validation: &Validation) -> Self {
        Self {
            epoch: validation.epoch,
            step: validation.step,
            loss: Exact(f64::from(validation.loss)),
            accuracy: Exact(f64::from(validation.accuracy)),
        }
    }

    pub(super) fn validation(&self) -> Validation {
        Validation {
            epoch: self.epoch,
            step: self.step,
            loss: self.loss.0 as f32,
            accuracy: self.accuracy.0 as f32,
        }
    }

    /// Tells whether more examples are right, or as many with a lower loss.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        let by_accuracy = self.accuracy.0.total_cmp(&other.accuracy.0);
        by_accuracy.then(other.loss.0.total_cmp(&self.loss.0)).is_gt()
    }
}

/// Everything that a training goes on from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checkpoint {
    pub(super) progress: Progress,
    pub(super) values: Vec<f32>,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    /// The values of the best epoch, where there is one.
    pub(super) best: Vec<f32>,
}

/// What the file says beside the numbers.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// Of everything that the training depends on.
    fingerprint: u64,
    /// Of the progress and the numbers.
    digest: u64,
    progress: Progress,
}

/// The folder where a training leaves its checkpoint.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    fingerprint: u64,
}

impl Shelf {
    /// Opens a folder for the training with this fingerprint.
    pub(super) fn open(dir: &Path, fingerprint: u64) -> Result<Self> {
        fs::create_dir_all(dir).map_err(Error::write(dir))?;
        Ok(Self { path: dir.join(FILE), fingerprint })
    }

    /// Replaces the checkpoint.
    pub(super) fn save(&self, progress: &Progress, parts: [&[f32]; 4]) -> Result<()> {
        let state = State {
            fingerprint: self.fingerprint,
            digest: digest(progress, parts),
            progress: progress.clone(),
        };
        let wrong = |source| Error::Json { path: self.path.clone(), source };
        let state = serde_json::to_string(&state).map_err(wrong)?;
        let shapes = parts.map(|part| [part.len()]);
        let named = NAMES.iter().zip(parts).zip(&shapes);
        let tensors: Vec<Numbers<'_>> =
            named.map(|((name, values), shape)| Numbers { name, shape, values }).collect();
        save(&self.path, &tensors, HashMap::from([(STATE.to_owned(), state)]))
    }

    /// Returns the checkpoint, if there is one of this training whose numbers are as many and
    /// as they were written; another one is of no use and is passed over.
    pub(super) fn load(&self, numbers: usize) -> Result<Option<Checkpoint>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&self.path).map_err(Error::read(&self.path))?;
        let found = self.parse(&bytes).filter(|found| {
            let trained = [&found.values, &found.first, &found.second];
            trained.iter().all(|part| part.len() == numbers)
        });
        if found.is_none() {
            let path = self.path.display();
            tracing::warn!(%path, "the checkpoint is not of this training: starting anew");
        }
        Ok(found)
    }

    fn parse(&self, bytes: &[u8]) -> Option<Checkpoint> {
        let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
        let state = header.metadata().as_ref()?.get(STATE)?;
        let state: State = serde_json::from_str(state).ok()?;
        let tensors = SafeTensors::deserialize(bytes).ok()?;
        let part = |name: &str| -> Option<Vec<f32>> {
            let bytes = tensors.tensor(name).ok()?.data();
            Some(bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect())
        };
        let [values, first, second, best] = NAMES.map(part);
        let (values, first, second, best) = (values?, first?, second?, best?);
        let progress = state.progress;
        let is_whole = state.digest == digest(&progress, [&values, &first, &second, &best]);
        let is_ours = state.fingerprint == self.fingerprint;
        (is_whole && is_ours).then_some(Checkpoint { progress, values, first, second, best })
    }
}

/// The parts of a checkpoint in the order of [`Shelf::save`].
const NAMES: [&str; 4] = ["values", "first", "second", "best"];

/// A hash of a checkpoint. Another version of the standard library may hash otherwise: then a
/// training starts anew.
fn digest(progress: &Progress, parts: [&[f32]; 4]) -> u64 {
    let mut hasher = DefaultHasher::new();
    // A debug form tells every field and differs where numbers differ.
    hasher.write(format!("{progress:?}").as_bytes());
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(bytemuck::cast_slice(part));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        let best = Best { epoch: 2, step: 9, loss: Exact(0.1 + 0.2), accuracy: Exact(1.0 / 3.0) };
        Checkpoint {
            progress: Progress {
                steps: 12,
                epochs: 2,
                within: 3,
                loss_sum: Exact(std::f64::consts::PI * 1e-9),
                loss: Exact(f64::MIN_POSITIVE),
                best: Some(best),
                stale: 1,
                stopped_early: false,
            },
            values: vec![1.0, -0.0, f32::MIN_POSITIVE / 8.0],
            first: vec![0.1, 0.2, 0.3],
            second: vec![4.0, 5.0, 6.0],
            best: vec![7.0, 8.0, 9.0],
        }
    }

    fn save_to(shelf: &Shelf, one: &Checkpoint) {
        let parts = [&one.values[..], &one.first, &one.second, &one.best];
        shelf.save(&one.progress, parts).expect("a checkpoint");
    }

    #[test]
    fn a_checkpoint_comes_back_exactly() {
        let dir = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::open(dir.path(), 5).expect("a shelf");
        assert_eq!(shelf.load(3).expect("nothing yet"), None);
        save_to(&shelf, &sample());
        assert_eq!(shelf.load(3).expect("a checkpoint"), Some(sample()));
        let later = Checkpoint { best: Vec::new(), ..sample() };
        save_to(&shelf, &later);
        assert_eq!(shelf.load(3).expect("a checkpoint"), Some(later));
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn another_training_or_a_damaged_file_is_passed_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::open(dir.path(), 5).expect("a shelf");
        save_to(&shelf, &sample());
        assert_eq!(shelf.load(4).expect("other numbers"), None);
        let other = Shelf::open(dir.path(), 6).expect("a shelf");
        assert_eq!(other.load(3).expect("another training"), None);
        let whole = fs::read(&shelf.path).expect("the file");
        for position in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[position] ^= 4;
            fs::write(&shelf.path, &damaged).expect("the file");
            let found = shelf.load(3).expect("a file");
            // A different letter of `__metadata__` or of spaces may not matter; numbers must.
            assert!(found.is_none() || found == Some(sample()), "byte {position}");
        }
        for length in 0..whole.len() {
            fs::write(&shelf.path, &whole[..length]).expect("the file");
            assert_eq!(shelf.load(3).expect("a file"), None, "{length} bytes");
        }
    }

    #[test]
    fn accuracy_comes_before_loss() {
        let of = |accuracy, loss| Best {
            epoch: 1,
            step: 1,
            loss: Exact(loss),
            accuracy: Exact(accuracy),
        };
        assert!(of(0.9, 5.0).is_better_than(&of(0.8, 0.1)));
        assert!(of(0.8, 0.1).is_better_than(&of(0.8, 0.2)));
        assert!(!of(0.8, 0.2).is_better_than(&of(0.8, 0.2)));
        assert!(!of(0.7, 0.1).is_better_than(&of(0.8, 0.2)));
    }
}
