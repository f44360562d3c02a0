//! The gradient of packed attention; probabilities are computed again instead of kept.

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::attention::{Attention, Head, with_scores};
use crate::dispatch::dispatched;
use crate::loss::softmax_row;
use crate::math::{add_scaled, dot};
use crate::parallel::Shared;

/// Gradients of queries, keys and values; what was in them is replaced.
pub struct AttentionGrad<'a> {
    /// `tokens × (heads · head_dim)`.
    pub dq: &'a mut [f32],
    /// `tokens × (kv_heads · head_dim)`.
    pub dk: &'a mut [f32],
    /// As `dk`.
    pub dv: &'a mut [f32],
}

/// Computes the gradients of [`crate::attention`] from `dout`, the gradient of its result.
pub fn attention_grad(
    grad: AttentionGrad<'_>,
    dout: &[f32],
    (q, k, v): (&[f32], &[f32], &[f32]),
    offsets: &[usize],
    attention: &Attention,
) {
    let (width, kv_width) = (attention.width(), attention.kv_width());
    assert_eq!((grad.dq.len(), grad.dk.len(), grad.dv.len()), (q.len(), k.len(), v.len()));
    assert_eq!(dout.len(), q.len(), "attention_grad");
    grad.dk.fill(0.0);
    grad.dv.fill(0.0);
    let (dq, dk, dv) = (Shared::new(grad.dq), Shared::new(grad.dk), Shared::new(grad.dv));
    let groups = attention.kv_heads;
    let group = attention.heads / groups;
    let head_dim = attention.head_dim;
    // A task has all heads that share one head of keys, so that it alone adds to its gradient.
    (0..offsets.len().saturating_sub(1) * groups).into_par_iter().for_each(|task| {
        let (sequence, kv_head) = (task / groups, task % groups);
        let first = offsets[sequence];
        let len = offsets[sequence + 1] - first;
        let k = Head::new(k, first, kv_width, (kv_head, head_dim));
        let v = Head::new(v, first, kv_width, (kv_head, head_dim));
        for head in kv_head * group..(kv_head + 1) * group {
            let q = Head::new(q, first, width, (head, head_dim));
            let dout = Head::new(dout, first, width, (head, head_dim));
            with_scores(2 * len, |scores| {
                for row in 0..len {
                    let seen = if attention.causal { row + 1 } else { len };
                    let (weights, slopes) = scores.split_at_mut(len);
                    let (weights, slopes) = (&mut weights[..seen], &mut slopes[..seen]);
                    let one = Row { q: q.row(row), dout: dout.row(row), k, v };
                    slopes_of(weights, slopes, &one, attention.scale);
                    let start = (first + row) * width + head * head_dim;
                    // SAFETY: no other task has this row of this head.
                    let dq = unsafe { dq.slice(start, head_dim) };
                    spread(dq, slopes, k);
                    for (seen, (weight, slope)) in weights.iter().zip(slopes).enumerate() {
                        let start = (first + seen) * kv_width + kv_head * head_dim;
                        // SAFETY: no other task has this head of keys and values.
                        let (dk, dv) =
                            unsafe { (dk.slice(start, head_dim), dv.slice(start, head_dim)) };
                        add_two(dk, dv, (*slope, one.q), (*weight, one.dout));
                    }
                }
            });
        }
    });
}

/// One query, the gradient of its result, and what it looks at.
struct Row<'a> {
    q: &'a [f32],
    dout: &'a [f32],
    k: Head<'a>,
    v: Head<'a>,
}

dispatched! {
    /// Computes the probabilities of a row again and the gradients of its scores.
    fn slopes_of(weights: &mut [f32], slopes: &mut [f32], row: &Row<'_>, scale: f32) {
        for (seen, weight) in weights.iter_mut().enumerate() {
            *weight = dot(row.q, row.k.row(seen)) * scale;
        }
        softmax_row(weights);
        for (seen, slope) in slopes.iter_mut().enumerate() {
            *slope = dot(row.dout, row.v.row(seen));
        }
        let mean = dot(weights, slopes);
        for (slope, weight) in slopes.iter_mut().zip(weights.iter()) {
            *slope = weight * (*slope - mean) * scale;
        }
    }

    /// Computes the gradient of a query.
    fn spread(dq: &mut [f32], slopes: &[f32], k: Head<'_>) {
        dq.fill(0.0);
        for (seen, slope) in slopes.iter().enumerate() {
            add_scaled(dq, *slope, k.row(seen));
        }
    }

    /// Adds to the gradients of a key and a value.
    fn add_two(dk: &mut [f32], dv: &mut [f32], for_k: (f32, &[f32]), for_v: (f32, &[f32])) {
        add_scaled(dk, for_k.0, for_k.1);
        add_scaled(dv, for_v.0, for_v.1);
    }
}
