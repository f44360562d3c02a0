//! Softmax and cross-entropy over rows of scores.

use crate::dispatch::dispatched;
use crate::math::{exp, sum};
use crate::parallel::{GRAIN, Shared, each, parts};

/// A target that takes no part in the loss.
pub const IGNORED: u32 = u32::MAX;

/// Turns one row of scores into probabilities; returns the logarithm of their sum of powers.
#[inline(always)]
pub(crate) fn softmax_inline(x: &mut [f32]) -> f32 {
    let highest = x.iter().fold(f32::NEG_INFINITY, |high, x| high.max(*x));
    for x in x.iter_mut() {
        *x = exp(*x - highest);
    }
    let total = sum(x);
    let scale = 1.0 / total;
    for x in x.iter_mut() {
        *x *= scale;
    }
    highest + total.ln()
}

dispatched! {
    /// Turns one row of scores into probabilities; returns the logarithm of their sum of powers.
    pub(crate) fn softmax_row(x: &mut [f32]) -> f32 {
        softmax_inline(x)
    }
}

/// Turns each row of `width` scores into probabilities.
pub fn softmax_rows(x: &mut [f32], width: usize) {
    parts(x, width, |_, x| {
        x.chunks_exact_mut(width).for_each(|row| {
            softmax_row(row);
        });
    });
}

/// Turns scores into the gradient of their cross-entropy, in place, and returns the loss.
///
/// `logits` is `rows × classes`; a target of [`IGNORED`] gives a row of zeros. Loss and gradient
/// are sums over the rows: whoever wants a mean divides both.
pub fn softmax_cross_entropy(logits: &mut [f32], targets: &[u32], classes: usize) -> f64 {
    assert_eq!(logits.len(), targets.len() * classes, "cross entropy");
    let rows = (GRAIN / classes.max(1)).max(1);
    let parts = targets.len().div_ceil(rows);
    let mut losses = vec![0.0; parts];
    let (logits, sums) = (Shared::new(logits), Shared::new(&mut losses));
    each(parts, |part| {
        let first = part * rows;
        let targets = &targets[first..targets.len().min(first + rows)];
        // SAFETY: no other task has these rows, nor this sum.
        let (logits, sum) = unsafe {
            (logits.slice(first * classes, targets.len() * classes), sums.slice(part, 1))
        };
        let rows = logits.chunks_exact_mut(classes).zip(targets);
        sum[0] = rows.map(|(row, target)| loss_row(row, *target)).sum();
    });
    losses.iter().sum()
}

fn loss_row(row: &mut [f32], target: u32) -> f64 {
    if target == IGNORED {
        row.fill(0.0);
        return 0.0;
    }
    let target = target as usize;
    let score = row[target];
    let total = softmax_row(row);
    row[target] -= 1.0;
    f64::from(total) - f64::from(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_and_gradient_follow_the_formula() {
        let logits = [1.0_f32, 2.0, 0.5, -1.0, 0.0, 3.0];
        let mut gradient = logits;
        let loss = softmax_cross_entropy(&mut gradient, &[1, IGNORED], 3);
        let total: f64 = logits[..3].iter().map(|x| f64::from(*x).exp()).sum();
        assert!((loss - (total.ln() - 2.0)).abs() < 1e-6);
        for (index, value) in gradient[..3].iter().enumerate() {
            let one = f64::from(u8::from(index == 1));
            let expected = f64::from(logits[index]).exp() / total - one;
            assert!((f64::from(*value) - expected).abs() < 1e-6);
        }
        assert_eq!(gradient[3..], [0.0; 3]);
    }
}
