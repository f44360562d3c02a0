//! Splitting work between threads so that each writes its own part.

use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};

/// Elements below which a second thread costs more than it brings.
pub(crate) const GRAIN: usize = 16_384;

/// Runs `f` over equal parts of `x`, which begin at multiples of `width`.
pub(crate) fn parts(x: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = (GRAIN / width.max(1)).max(1);
    if x.len() <= rows * width {
        return f(0, x);
    }
    x.par_chunks_mut(rows * width).enumerate().for_each(|(part, x)| f(part * rows, x));
}

/// A pointer that threads may share because they write disjoint places.
#[derive(Clone, Copy)]
pub(crate) struct Shared(*mut f32, usize);

// SAFETY: whoever slices promises that no two threads slice overlapping places.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(crate) fn new(x: &mut [f32]) -> Self {
        Self(x.as_mut_ptr(), x.len())
    }

    /// Returns the `len` elements from `start`.
    ///
    /// # Safety
    /// While the slice lives, nobody else may hold one that overlaps it, and the slice that this
    /// was made from must outlive it.
    #[expect(clippy::mut_from_ref, reason = "disjoint parts of one output are the purpose")]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [f32] {
        assert!(start + len <= self.1, "out of the shared slice");
        // SAFETY: in bounds by the assertion; alone by the promise of the caller.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
}
