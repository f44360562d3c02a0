//! Comparing models by what was measured of them: ranks, the same data side by side, trade-offs.

mod error;
mod leaderboard;
mod measurement;
mod metric;
mod shared;
mod tradeoff;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use leaderboard::{Asked, Choice, Leaderboard, Ranked, leaderboard};
pub use measurement::{Measurement, measurements};
pub use metric::{Better, Metric};
pub use shared::{Shared, shared};
pub use tradeoff::{Candidate, pareto};
