//! What the machine can do at most, measured before and with the same threads.

use kernels::machine::{Arithmetic, compute, read};

use super::{best_of, say};

/// Operations and bytes a second.
pub(super) struct Limits {
    pub(super) bandwidth: f64,
    pub(super) f32: f64,
    pub(super) bf16: f64,
    int8: f64,
}

/// Numbers that are read: 256 MiB, which no cache holds.
const MEMORY: usize = 1 << 25;
/// Numbers of one stretch that is timed alone.
const STRETCH: usize = 1 << 20;
/// Turns of the arithmetic: a few milliseconds.
const TURNS: usize = 5_000;

impl Limits {
    pub(super) fn measure(rounds: usize) -> Self {
        let peak = |what| {
            let operations = compute(what, TURNS).unwrap_or(0.0);
            operations
                / best_of(4 * rounds, &[()], |()| {
                    compute(what, TURNS);
                })
        };
        Self {
            bandwidth: Self::bandwidth(rounds),
            f32: peak(Arithmetic::F32),
            bf16: peak(Arithmetic::Bf16),
            int8: peak(Arithmetic::Int8),
        }
    }

    /// Measures how many bytes of memory can be read in a second just now: on a machine that is
    /// shared it changes from minute to minute.
    pub(super) fn bandwidth(rounds: usize) -> f64 {
        let memory = vec![1_u64; MEMORY];
        let stretches: Vec<&[u64]> = memory.chunks(STRETCH).collect();
        (8 * MEMORY) as f64 / best_of(rounds, &stretches, |stretch| read(stretch))
    }

    pub(super) fn print(&self, threads: usize) {
        say(format_args!(
            "{threads} threads: memory {:.1} GB/s; f32 {:.0}, bf16 {:.0} GFLOP/s, int8 {:.0} GOP/s",
            self.bandwidth / 1e9,
            self.f32 / 1e9,
            self.bf16 / 1e9,
            self.int8 / 1e9
        ));
    }
}
