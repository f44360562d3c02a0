//! What a caller asked for, for as long as a closure runs; threads of the pool take it over.

use std::cell::Cell;

use crate::dispatch::Level;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    /// Use no more than this of the processor.
    pub(crate) level: Option<Level>,
    /// Use no more threads than this.
    pub(crate) threads: Option<usize>,
}

thread_local! {
    static SCOPE: Cell<Scope> = const { Cell::new(Scope { level: None, threads: None }) };
}

/// Returns what was asked for on this thread.
#[inline]
pub(crate) fn get() -> Scope {
    SCOPE.get()
}

/// Runs `f` with `scope` on this thread, and puts back what was before, whatever happens.
pub(crate) fn within<T>(scope: Scope, f: impl FnOnce() -> T) -> T {
    struct Before(Scope);
    impl Drop for Before {
        fn drop(&mut self) {
            SCOPE.set(self.0);
        }
    }
    let _before = Before(SCOPE.replace(scope));
    f()
}
