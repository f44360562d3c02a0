//! Every level of the processor passes the same suite.

use kernels::{Level, with_level};

/// Runs a check at every level that this processor has; the portable one is always there.
pub(crate) fn at_each_level(check: impl Fn(Level)) {
    for level in Level::ALL.into_iter().filter(|level| *level <= Level::best()) {
        with_level(level, || check(level));
    }
}
