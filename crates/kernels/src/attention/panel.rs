//! Products of matrices that are too small for packed products: the heads of attention.
//!
//! One factor lies in panels: sixteen columns side by side, one row after the other.

use super::Head;

/// Columns of a panel: one 512-bit vector.
pub(crate) const LANES: usize = 16;
/// Rows that are computed together, so that sums do not wait for each other.
const ROWS: usize = 4;

/// Returns `n` rounded up to whole panels.
#[inline(always)]
pub(crate) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANES)
}

/// Lays rows into panels of their columns; `panels` is `padded(columns) × rows`.
#[inline(always)]
pub(crate) fn pack(panels: &mut [f32], x: Head<'_>, first: usize, rows: usize) {
    for (number, panel) in panels.chunks_exact_mut(rows * LANES).enumerate() {
        let start = number * LANES;
        for (row, lanes) in panel.chunks_exact_mut(LANES).enumerate() {
            let part = &x.row(first + row)[start..];
            if let (Some(part), Some(lanes)) =
                (part.first_chunk(), lanes.first_chunk_mut::<LANES>())
            {
                *lanes = *part;
            } else {
                let count = part.len().min(LANES);
                lanes[..count].copy_from_slice(&part[..count]);
                lanes[count..].fill(0.0);
            }
        }
    }
}

/// Lays rows into panels as if they were columns; `panels` is `padded(rows) × columns`.
#[inline(always)]
pub(crate) fn pack_transposed(panels: &mut [f32], x: Head<'_>, rows: usize) {
    let columns = panels.len() / padded(rows);
    for (number, panel) in panels.chunks_exact_mut(columns * LANES).enumerate() {
        for lane in 0..LANES {
            let row = number * LANES + lane;
            if row < rows {
                for (column, value) in x.row(row).iter().enumerate() {
                    panel[column * LANES + lane] = *value;
                }
            } else {
                (0..columns).for_each(|column| panel[column * LANES + lane] = 0.0);
            }
        }
    }
}

/// The factor that lies in panels of `depth` rows, and how many panels count.
#[derive(Clone, Copy)]
pub(crate) struct Panels<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) depth: usize,
    pub(crate) count: usize,
}

/// Computes `rows` rows of a product into `out`, whose rows are `stride` apart.
///
/// A row of the left factor may be shorter than the panels are deep: the rest counts as zeros.
#[inline(always)]
pub(crate) fn product<'a>(
    out: &mut [f32],
    stride: usize,
    row: impl Fn(usize) -> &'a [f32],
    rows: usize,
    panels: Panels<'_>,
) {
    for number in 0..panels.count {
        let start = number * panels.depth * LANES;
        let panel = &panels.data[start..start + panels.depth * LANES];
        let mut first = 0;
        while first + ROWS <= rows {
            let group = [row(first), row(first + 1), row(first + 2), row(first + 3)];
            for (offset, sums) in tile(group, panel).iter().enumerate() {
                let at = (first + offset) * stride + number * LANES;
                out[at..at + LANES].copy_from_slice(sums);
            }
            first += ROWS;
        }
        for index in first..rows {
            let [sums] = tile([row(index)], panel);
            let at = index * stride + number * LANES;
            out[at..at + LANES].copy_from_slice(&sums);
        }
    }
}

/// Multiplies a few rows with one panel.
#[inline(always)]
fn tile<const R: usize>(rows: [&[f32]; R], panel: &[f32]) -> [[f32; LANES]; R] {
    let depth = rows[0].len();
    let rows = rows.map(|row| &row[..depth]);
    let mut sums = [[0.0_f32; LANES]; R];
    for (index, lanes) in panel.chunks_exact(LANES).take(depth).enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let factor = row[index];
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                *sum += factor * lane;
            }
        }
    }
    sums
}
