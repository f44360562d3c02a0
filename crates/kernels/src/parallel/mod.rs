//! Splitting work between threads so that each writes its own part.

mod pool;

use crate::scope;

/// Elements below which a second thread costs more than it brings.
pub(crate) const GRAIN: usize = 16_384;

/// Returns how many threads work on what this thread asks for.
pub fn threads() -> usize {
    let most = pool::threads();
    scope::get().threads.map_or(most, |asked| asked.clamp(1, most))
}

/// Runs `f` with no more than `count` threads at work for it.
pub fn with_threads<T>(count: usize, f: impl FnOnce() -> T) -> T {
    scope::within(scope::Scope { threads: Some(count), ..scope::get() }, f)
}

/// Runs `f` for every number below `tasks`, shared between threads, and returns when all are done.
///
/// Which thread runs which task is left to chance, so no result may depend on it.
pub(crate) fn each(tasks: usize, f: impl Fn(usize) + Sync) {
    pool::run(tasks, threads(), &f);
}

/// Runs `f` for every number below `tasks` on this thread, or shared where `is_large`.
pub(crate) fn each_if(is_large: bool, tasks: usize, f: impl Fn(usize) + Sync) {
    if is_large { each(tasks, f) } else { (0..tasks).for_each(f) }
}

/// Runs `f` over equal parts of `x`, which begin at multiples of `width`.
pub(crate) fn parts(x: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = (GRAIN / width.max(1)).max(1);
    chunks(x, rows * width, |part, x| f(part * rows, x));
}

/// Runs `f` over chunks of `len`, of which the last may be shorter, with their numbers.
pub(crate) fn chunks<T: Send>(x: &mut [T], len: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    if x.len() <= len {
        return f(0, x);
    }
    let (all, whole) = (Shared::new(x), x.len());
    each(whole.div_ceil(len), |part| {
        let start = part * len;
        // SAFETY: chunks do not overlap, and `x` is borrowed until all are done.
        f(part, unsafe { all.slice(start, len.min(whole - start)) });
    });
}

/// A pointer that threads may share because they write disjoint places.
pub(crate) struct Shared<T = f32>(*mut T, usize);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

// SAFETY: whoever slices promises that no two threads slice overlapping places.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn new(x: &mut [T]) -> Self {
        Self(x.as_mut_ptr(), x.len())
    }

    /// Returns the `len` elements from `start`.
    ///
    /// # Safety
    /// While the slice lives, nobody else may hold one that overlaps it, and the slice that this
    /// was made from must outlive it.
    #[expect(clippy::mut_from_ref, reason = "disjoint parts of one output are the purpose")]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        assert!(start <= self.1 && len <= self.1 - start, "out of the shared slice");
        // SAFETY: in bounds by the assertion; alone by the promise of the caller.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }

    /// Returns where the element `start` lies, for parts that are not contiguous.
    ///
    /// What is reached from there must be inside of the slice and nobody else's.
    pub(crate) fn at(&self, start: usize) -> *mut T {
        assert!(start <= self.1, "out of the shared slice");
        self.0.wrapping_add(start)
    }
}
