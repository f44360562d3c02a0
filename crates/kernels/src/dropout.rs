//! Dropout whose mask is computed from a key, so that the way back needs no memory of it.

use crate::dispatch::dispatched;
use crate::parallel::parts;

/// Sets numbers to zero by chance and scales the others up. Srivastava et al. 2014.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The share of numbers that become zero, below 1.
    pub rate: f32,
    /// Chooses the mask: the same key gives the same mask.
    pub key: u32,
}

impl Dropout {
    /// Hashes below this bound become zero.
    #[inline(always)]
    pub(crate) fn bound(&self) -> u32 {
        (f64::from(self.rate) * f64::from(u32::MAX)) as u32
    }

    /// What the others are multiplied by.
    #[inline(always)]
    pub(crate) fn scale(&self) -> f32 {
        1.0 / (1.0 - self.rate)
    }

    /// Returns the key of one row of many.
    #[inline(always)]
    pub(crate) fn of_row(&self, row: usize) -> Self {
        Self { rate: self.rate, key: mix(self.key ^ mix(row as u32)) }
    }
}

/// Spreads every bit over all of them. Wellons 2018, `lowbias32`.
#[inline(always)]
fn mix(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Applies the mask to numbers whose places count from `first`.
#[inline(always)]
pub(crate) fn mask(x: &mut [f32], dropout: Dropout, first: u32) {
    let (bound, scale) = (dropout.bound(), dropout.scale());
    for (index, x) in x.iter_mut().enumerate() {
        let place = first.wrapping_add(index as u32).wrapping_mul(0x9e37_79b9);
        let factor = if mix(place ^ dropout.key) < bound { 0.0 } else { scale };
        *x *= factor;
    }
}

/// Applies dropout in place: to numbers on the way forward, to their gradient on the way back.
pub fn dropout(x: &mut [f32], dropout: Dropout) {
    dispatched! {
        fn run(x: &mut [f32], dropout: Dropout, first: u32) {
            mask(x, dropout, first);
        }
    }
    parts(x, 1, |start, x| run(x, dropout, start as u32));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_zeros_is_the_rate_and_the_sum_stays() {
        for (rate, key) in [(0.1, 1), (0.5, 2), (0.9, 3)] {
            let mut x = vec![1.0; 100_000];
            dropout(&mut x, Dropout { rate, key });
            let zeros = x.iter().filter(|x| **x == 0.0).count() as f32 / x.len() as f32;
            assert!((zeros - rate).abs() < 0.01, "{rate}: {zeros}");
            let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
            assert!((mean - 1.0).abs() < 0.03, "{rate}: {mean}");
        }
    }

    #[test]
    fn a_key_gives_its_mask_and_no_other() {
        let of = |key| {
            let mut x = vec![1.0; 1000];
            dropout(&mut x, Dropout { rate: 0.3, key });
            x
        };
        assert_eq!(of(7), of(7));
        let alike = of(7).iter().zip(of(8)).filter(|(a, b)| **a == *b).count();
        assert!((480..680).contains(&alike), "chance makes 58 %: {alike}");
        assert_ne!(
            Dropout { rate: 0.3, key: 7 }.of_row(1),
            Dropout { rate: 0.3, key: 7 }.of_row(2)
        );
    }

    #[test]
    fn no_rate_changes_nothing() {
        let mut x = [1.0, -2.0, 3.0];
        dropout(&mut x, Dropout { rate: 0.0, key: 9 });
        assert_eq!(x, [1.0, -2.0, 3.0]);
    }
}
