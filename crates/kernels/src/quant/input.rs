//! Inputs rounded to 8 bits, a scale for each 32 numbers of a row.

use std::cell::RefCell;

use super::{BLOCK, Format};
use crate::dispatch::dispatched;
use crate::parallel::{self, Shared};

/// Rows that are multiplied with a tile at once: eighteen sums and eight vectors of a tile leave
/// registers for what is between, and two tiles take them by sixes.
pub(super) const GROUP: usize = 18;

/// 32 numbers of a row: `scale · numbers`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(super) struct InputBlock {
    pub(super) numbers: [i8; BLOCK],
    pub(super) scale: f32,
    /// The scaled sum of the numbers, which minima are multiplied by.
    pub(super) total: f32,
    /// What undoes that weights are stored without sign, -zero · sum: of each half where
    /// [`Input::with`] is asked for halves, else all of it in the first.
    pub(super) starts: [i32; 2],
}

const EMPTY: InputBlock =
    InputBlock { numbers: [0; BLOCK], scale: 0.0, total: 0.0, starts: [0; 2] };

/// Rows in groups of nearly equal size; a group has the first blocks of all its rows, then the
/// second ones, and so on.
pub(super) struct Input<'a> {
    blocks: &'a [InputBlock],
    rows: usize,
}

/// The rows of a group.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) blocks: &'a [InputBlock],
}

thread_local! {
    static ROOM: RefCell<Vec<InputBlock>> = const { RefCell::new(Vec::new()) };
}

impl Input<'_> {
    /// Rounds rows of `k` numbers and lends them to `f`.
    pub(super) fn with<T>(
        x: &[f32],
        k: usize,
        format: Format,
        f: impl FnOnce(&Input<'_>) -> T,
    ) -> T {
        let (rows, per_row) = (x.len() / k, k.div_ceil(BLOCK));
        let mut room = ROOM.take();
        room.resize(rows * per_row, EMPTY);
        let groups = groups(rows);
        let shared = Shared::new(&mut room);
        parallel::each_if(x.len() >= parallel::GRAIN, groups, |group| {
            let (first, end) = bounds(rows, group);
            // SAFETY: no other task has this group.
            let blocks = unsafe { shared.slice(first * per_row, (end - first) * per_row) };
            round(blocks, &x[first * k..end * k], k, format);
        });
        let result = f(&Input { blocks: &room, rows });
        ROOM.set(room);
        result
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Rows<'_>> {
        let per_row = self.blocks.len() / self.rows;
        (0..groups(self.rows)).map(move |group| {
            let (first, end) = bounds(self.rows, group);
            let blocks = &self.blocks[first * per_row..end * per_row];
            Rows { first, count: end - first, blocks }
        })
    }
}

fn groups(rows: usize) -> usize {
    rows.div_ceil(GROUP)
}

/// Returns the first row of a group and the first behind it.
fn bounds(rows: usize, group: usize) -> (usize, usize) {
    let groups = groups(rows);
    (group * rows / groups, (group + 1) * rows / groups)
}

dispatched! {
    /// Rounds the rows of one group.
    fn round(blocks: &mut [InputBlock], x: &[f32], k: usize, format: Format) {
        let count = x.len() / k;
        for (row, x) in x.chunks_exact(k).enumerate() {
            let (whole, rest) = x.as_chunks::<BLOCK>();
            for (at, numbers) in whole.iter().enumerate() {
                blocks[at * count + row] = rounded(numbers, format);
            }
            if !rest.is_empty() {
                let mut padded = [0.0_f32; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                blocks[whole.len() * count + row] = rounded(&padded, format);
            }
        }
    }
}

/// Rounds to multiples of 1/127 of the largest. What is not finite becomes not a number.
#[inline(always)]
fn rounded(x: &[f32; BLOCK], format: Format) -> InputBlock {
    // Without their signs, floats are ordered as their bits are, and what is not finite is above.
    let largest = x.iter().map(|x| x.abs().to_bits()).fold(0, u32::max);
    let largest = f32::from_bits(largest);
    let scale = largest / 127.0 + largest * 0.0;
    // What is too small to tell apart counts as zero.
    let inverse = 127.0 / largest;
    let inverse = if inverse.is_normal() { inverse } else { 0.0 };
    // Adding it leaves no digits behind the point, rounded to even.
    const ROUND: f32 = 12_582_912.0;
    let mut numbers = [0_i8; BLOCK];
    for (number, x) in numbers.iter_mut().zip(x) {
        let shifted = x * inverse + ROUND;
        *number = (shifted.to_bits().wrapping_sub(ROUND.to_bits())) as i8;
    }
    let sum_of = |numbers: &[i8]| numbers.iter().map(|x| i32::from(*x)).sum::<i32>();
    let (low, high) = numbers.split_at(BLOCK / 2);
    let sums = [sum_of(low), sum_of(high)];
    let sum = sums[0] + sums[1];
    let parts = if format == Format::Q8Fine { sums } else { [sum, 0] };
    let starts = parts.map(|sum| -i32::from(format.zero()) * sum);
    InputBlock { numbers, scale, total: scale * sum as f32, starts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_all_rows_in_order() {
        for rows in 1..100 {
            let all: Vec<_> = (0..groups(rows)).map(|group| bounds(rows, group)).collect();
            assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0));
            assert!(all.iter().all(|(first, end)| (1..=GROUP).contains(&(end - first))));
            assert_eq!((all[0].0, all[all.len() - 1].1), (0, rows));
        }
    }

    #[test]
    fn rounding_is_within_half_a_step() {
        let x: [f32; BLOCK] = std::array::from_fn(|i| (i as f32 - 13.3) * 0.17);
        let block = rounded(&x, Format::Q4);
        for (x, number) in x.iter().zip(block.numbers) {
            assert!((x - block.scale * f32::from(number)).abs() <= 0.501 * block.scale);
        }
        let sum: i32 = block.numbers.iter().map(|x| i32::from(*x)).sum();
        assert_eq!(block.starts.iter().sum::<i32>(), -8 * sum);
        assert!((block.total - block.scale * sum as f32).abs() < 1e-6);
        assert_eq!(rounded(&[0.0; BLOCK], Format::Q8), EMPTY);
    }

    #[test]
    fn what_is_not_finite_stays_visible() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = [1.0; BLOCK];
            x[7] = bad;
            assert!(rounded(&x, Format::Q8).scale.is_nan(), "{bad}");
        }
    }
}
