//! Attention with MPNet's learned bias, which depends on how far two tokens are apart.

use std::ops::Range;

use kernels::{Attention, Dims, Weights};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::Result;
use crate::encoder::shape::EncoderShape;
use crate::weights::WeightFiles;

/// Buckets that the reference implementation uses, whatever the table's size.
const BUCKETS: usize = 32;
/// Distances from here on share the last bucket.
const DISTANCE_MAX: f64 = 128.0;

/// The bias for each head and distance.
#[derive(Debug)]
pub(super) struct RelativeBias {
    /// For each head, the bias for distances `-(reach - 1)..reach`.
    by_distance: Vec<Vec<f32>>,
    reach: usize,
}

impl RelativeBias {
    /// Loads the table of the body with this prefix and unfolds its buckets.
    pub(super) fn load(
        files: &WeightFiles,
        prefix: &str,
        buckets: usize,
        shape: &EncoderShape,
    ) -> Result<Self> {
        let name = format!("{prefix}encoder.relative_attention_bias.weight");
        let table = files.tensor(&name, &[buckets.max(BUCKETS), shape.heads])?.to_f32();
        let reach = shape.context_max as isize;
        let unfold = |head: usize| {
            let bias = |distance| table[bucket(distance) * shape.heads + head];
            (1 - reach..reach).map(bias).collect()
        };
        Ok(Self { by_distance: (0..shape.heads).map(unfold).collect(), reach: shape.context_max })
    }

    /// Attends within each sequence; `inputs` are queries, keys and values.
    pub(super) fn attend(
        &self,
        out: &mut [f32],
        inputs: [&[f32]; 3],
        offsets: &[usize],
        attention: &Attention,
    ) {
        let width = attention.heads * attention.head_dim;
        let sequences = split_sequences(out, offsets, width);
        sequences.into_par_iter().for_each(|(rows, out)| {
            let sequence = inputs.map(|input| &input[rows.clone()]);
            let by_head = |head: usize| {
                let parts = sequence.map(|input| gather(input, head, attention));
                self.attend_head(head, &parts, attention)
            };
            let results: Vec<Vec<f32>> =
                (0..attention.heads).into_par_iter().map(by_head).collect();
            for (head, result) in results.iter().enumerate() {
                scatter(out, result, head, attention);
            }
        });
    }

    fn attend_head(&self, head: usize, parts: &[Vec<f32>; 3], attention: &Attention) -> Vec<f32> {
        let [query, key, value] = parts;
        let head_dim = attention.head_dim;
        let len = query.len() / head_dim;
        let mut scores = vec![0.0; len * len];
        let dims = Dims { m: len, n: len, k: head_dim };
        kernels::linear(&mut scores, query, Weights::F32(key), None, dims);
        for (from, row) in scores.chunks_mut(len).enumerate() {
            let bias = &self.by_distance[head][self.reach - 1 - from..];
            row.iter_mut().zip(bias).for_each(|(x, bias)| *x = *x * attention.scale + bias);
        }
        kernels::softmax_rows(&mut scores, len);
        let mut out = vec![0.0; len * head_dim];
        kernels::linear_grad_input(&mut out, &scores, Weights::F32(value), dims, false);
        out
    }
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

/// Cuts a packed matrix into its sequences, each with its range of numbers.
fn split_sequences<'a>(
    mut packed: &'a mut [f32],
    offsets: &[usize],
    width: usize,
) -> Vec<(Range<usize>, &'a mut [f32])> {
    let mut sequences = Vec::with_capacity(offsets.len());
    for ends in offsets.windows(2) {
        let range = ends[0] * width..ends[1] * width;
        let (sequence, rest) = packed.split_at_mut(range.len());
        sequences.push((range, sequence));
        packed = rest;
    }
    sequences
}

fn gather(input: &[f32], head: usize, attention: &Attention) -> Vec<f32> {
    let width = attention.heads * attention.head_dim;
    let start = head * attention.head_dim;
    input.chunks(width).flat_map(|row| &row[start..start + attention.head_dim]).copied().collect()
}

fn scatter(out: &mut [f32], result: &[f32], head: usize, attention: &Attention) {
    let width = attention.heads * attention.head_dim;
    let start = head * attention.head_dim;
    for (row, part) in out.chunks_mut(width).zip(result.chunks(attention.head_dim)) {
        row[start..start + attention.head_dim].copy_from_slice(part);
    }
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
}
