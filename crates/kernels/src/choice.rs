//! What choosing a token asks of a row of scores, one of each word that a model knows.

use crate::dispatch::dispatched;
use crate::math::{exp, fold};

/// Lanes that are compared and summed side by side.
const LANES: usize = 16;
/// Numbers of a block of [`block_sums`].
pub const SUM_BLOCK: usize = 1024;

/// Returns the place of the highest number, the first of several; what is not a number is passed
/// over. Returns 0 where there is none.
pub fn argmax(x: &[f32]) -> usize {
    let highest = highest(x);
    let near = x.chunks(SUM_BLOCK).position(|block| holds(block, highest)).unwrap_or(0);
    let block = x.chunks(SUM_BLOCK).nth(near).unwrap_or(&[]);
    near * SUM_BLOCK + block.iter().position(|x| *x == highest).unwrap_or(0)
}

dispatched! {
    fn highest(x: &[f32]) -> f32 {
        let mut lanes = [f32::NEG_INFINITY; LANES];
        let (blocks, rest) = x.as_chunks::<LANES>();
        for block in blocks {
            for (lane, x) in lanes.iter_mut().zip(block) {
                *lane = if *x > *lane { *x } else { *lane };
            }
        }
        lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, x| most.max(*x))
    }

    fn holds(x: &[f32], number: f32) -> bool {
        x.iter().fold(false, |found, x| found | (*x == number))
    }

    /// Computes out = e^(scale · (x - highest)); what is minus infinity becomes zero.
    pub fn powers(out: &mut [f32], x: &[f32], highest: f32, scale: f32) {
        for (out, x) in out.iter_mut().zip(x) {
            let power = exp((*x - highest) * scale);
            *out = if *x == f32::NEG_INFINITY { 0.0 } else { power };
        }
    }

    /// Returns the sums of the numbers from `least` on, a sum for each block.
    pub fn block_sums(x: &[f32], least: f32) -> Vec<f32> {
        let block_sum = |block: &[f32]| {
            let (chunks, rest) = block.as_chunks::<LANES>();
            let mut lanes = [0.0_f32; LANES];
            for chunk in chunks {
                for (lane, x) in lanes.iter_mut().zip(chunk) {
                    *lane += if *x >= least { *x } else { 0.0 };
                }
            }
            fold(lanes) + rest.iter().filter(|x| **x >= least).sum::<f32>()
        };
        x.chunks(SUM_BLOCK).map(block_sum).collect()
    }

    /// Returns the logarithm of the sum of the powers of e; `highest` is the highest of them.
    pub fn log_sum_exp(x: &[f32], highest: f32) -> f32 {
        let block_sum = |block: &[f32]| {
            let (chunks, rest) = block.as_chunks::<LANES>();
            let mut lanes = [0.0_f32; LANES];
            for chunk in chunks {
                for (lane, x) in lanes.iter_mut().zip(chunk) {
                    *lane += exp(*x - highest);
                }
            }
            let rest: f32 = rest.iter().map(|x| exp(*x - highest)).sum();
            f64::from(fold(lanes) + rest)
        };
        let total: f64 = x.chunks(SUM_BLOCK).map(block_sum).sum();
        highest + total.ln() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, with_level};

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| (at as f32 * 0.37).sin() * 9.0).collect()
    }

    fn at_all_levels(check: impl Fn()) {
        Level::ALL.into_iter().for_each(|level| with_level(level, &check));
    }

    #[test]
    fn the_first_of_the_highest_is_found() {
        at_all_levels(|| {
            for count in [1, 15, 16, 17, 1023, 1024, 1025, 5000] {
                for place in [0, count / 2, count - 1] {
                    let mut x = numbers(count);
                    x[place] = 10.0;
                    assert_eq!(argmax(&x), place, "{place} of {count}");
                    x[count - 1] = 10.0;
                    assert_eq!(argmax(&x), place);
                }
            }
            assert_eq!(argmax(&[]), 0);
            assert_eq!(argmax(&[f32::NEG_INFINITY; 3]), 0);
            assert_eq!(argmax(&[f32::NAN, 1.0, f32::NAN, 2.0]), 3);
        });
    }

    #[test]
    fn powers_and_sums_follow_their_formulas() {
        at_all_levels(|| {
            let mut x = numbers(3000);
            x[7] = f32::NEG_INFINITY;
            let highest = x[argmax(&x)];
            let mut out = vec![1.0; 3000];
            powers(&mut out, &x, highest, 0.5);
            for (out, x) in out.iter().zip(&x) {
                let exact = (0.5 * f64::from(x - highest)).exp();
                assert!((f64::from(*out) - exact).abs() < 1e-6, "{x}");
            }
            let sums = block_sums(&out, 0.25);
            assert_eq!(sums.len(), 3);
            for (sum, block) in sums.iter().zip(out.chunks(SUM_BLOCK)) {
                let exact: f64 = block.iter().filter(|x| **x >= 0.25).map(|x| f64::from(*x)).sum();
                assert!((f64::from(*sum) - exact).abs() < 1e-3);
            }
            let exact = x.iter().map(|x| f64::from(x - highest).exp()).sum::<f64>().ln();
            let found = f64::from(log_sum_exp(&x, highest) - highest);
            assert!((found - exact).abs() < 1e-5, "{found} {exact}");
        });
    }
}
