//! MPNet's learned bias of attention, which depends on how far two tokens are apart.

use kernels::DistanceBias;

use crate::Result;
use crate::encoder::shape::EncoderShape;
use crate::weights::WeightFiles;

/// Buckets that the reference implementation uses, whatever the table's size.
const BUCKETS: usize = 32;
/// Distances from here on share the last bucket.
const DISTANCE_MAX: f64 = 128.0;
/// The table's name, after the body's prefix.
pub(crate) const TABLE: &str = "encoder.relative_attention_bias.weight";

/// The bias for each head and distance.
#[derive(Debug)]
pub(crate) struct RelativeBias {
    numbers: Vec<f32>,
    reach: usize,
}

impl RelativeBias {
    /// Loads the table of the body with this prefix.
    pub(super) fn load(files: &WeightFiles, prefix: &str, shape: &EncoderShape) -> Result<Self> {
        let table = files.tensor(&format!("{prefix}{TABLE}"), &table_shape(shape))?.to_f32();
        Ok(Self::unfold(&table, shape.heads, shape.context_max))
    }

    /// Spreads the buckets of a table, `buckets × heads`, over the distances below `reach`.
    pub(crate) fn unfold(table: &[f32], heads: usize, reach: usize) -> Self {
        let by_head = |head: usize| {
            distances(reach).map(move |distance| table[bucket(distance) * heads + head])
        };
        Self { numbers: (0..heads).flat_map(by_head).collect(), reach }
    }

    /// Returns the bias as the kernels take it.
    pub(crate) fn view(&self) -> DistanceBias<'_> {
        DistanceBias { numbers: &self.numbers, reach: self.reach }
    }
}

/// Adds gradients for distances to those of their buckets: the transpose of unfolding.
pub(crate) fn fold_gradient(table: &mut [f32], numbers: &[f32], heads: usize, reach: usize) {
    for (head, numbers) in numbers.chunks(2 * reach - 1).enumerate() {
        for (distance, number) in distances(reach).zip(numbers) {
            table[bucket(distance) * heads + head] += number;
        }
    }
}

/// Returns rows and columns of the table.
pub(crate) fn table_shape(shape: &EncoderShape) -> [usize; 2] {
    [shape.relative_buckets.max(BUCKETS), shape.heads]
}

fn distances(reach: usize) -> std::ops::Range<isize> {
    1 - reach as isize..reach as isize
}

/// Returns the bucket of a distance: exact when near, logarithmic when far, by direction.
fn bucket(distance: isize) -> usize {
    let half = BUCKETS / 2;
    let exact = half / 2;
    let direction = if distance > 0 { half } else { 0 };
    let near = distance.unsigned_abs();
    if near < exact {
        return direction + near;
    }
    let ratio = (near as f64 / exact as f64).ln() / (DISTANCE_MAX / exact as f64).ln();
    let far = exact + (ratio * (half - exact) as f64) as usize;
    direction + far.min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_exact_when_near_and_shared_when_far() {
        let check = |distance, expected| assert_eq!(bucket(distance), expected, "{distance}");
        check(0, 0);
        check(-1, 1);
        check(1, 17);
        check(-7, 7);
        check(8, 24);
        check(-11, 8);
        check(-12, 9);
        check(64, 30);
        check(128, 31);
        check(-5000, 15);
    }

    #[test]
    fn folding_is_the_transpose_of_unfolding() {
        let (heads, reach) = (2, 40);
        let table: Vec<f32> = (0..BUCKETS * heads).map(|x| (x as f32 * 0.7).sin()).collect();
        let numbers = RelativeBias::unfold(&table, heads, reach).numbers;
        let gradient: Vec<f32> = (0..numbers.len()).map(|x| (x as f32 * 0.3).cos()).collect();
        let mut folded = vec![0.0; table.len()];
        fold_gradient(&mut folded, &gradient, heads, reach);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        assert!((dot(&numbers, &gradient) - dot(&table, &folded)).abs() < 1e-3);
    }
}
