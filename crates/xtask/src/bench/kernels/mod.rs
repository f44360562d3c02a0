//! Every kernel's time, and how much of the machine it uses.

mod attention;
mod products;

use clap::Args;

use super::limits::Limits;
use super::{best_of, say};

/// How the kernels are measured.
#[derive(Args)]
pub struct Kernels {
    /// Times that each is run; the best counts.
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Threads at work.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// What a kernel is held to.
#[derive(Clone, Copy)]
enum Amount {
    /// Bytes that it has to read.
    Bytes(f64),
    /// Operations on f32.
    F32(f64),
    /// Operations, held to the peak of bf16.
    Bf16(f64),
}

/// Where lines of the table go.
struct Table {
    limits: Limits,
    rounds: usize,
}

/// Measures and prints a table.
pub fn run(options: &Kernels) {
    kernels::with_threads(options.threads, || {
        let limits = Limits::measure(options.rounds);
        limits.print(kernels::threads());
        let table = Table { limits, rounds: options.rounds };
        say(format_args!(
            "\n| kernel | shape | time | rate | of the machine |\n|---|---|--:|--:|--:|"
        ));
        products::decode(&table);
        products::prefill(&table);
        products::back(&table);
        products::quantize(&table);
        attention::all(&table);
        region(&table);
    });
}

impl Table {
    /// Measures `f` for each of `all` in turn, adds up the best times, and prints a line.
    fn line<T>(
        &self,
        (name, shape): (&str, &str),
        amount: Amount,
        all: &[T],
        f: impl FnMut(&T),
    ) -> f64 {
        let seconds = best_of(self.rounds, all, f);
        let (rate, unit, limit) = match amount {
            Amount::Bytes(bytes) => (bytes / seconds, "GB/s", self.limits.bandwidth),
            Amount::F32(operations) => (operations / seconds, "GFLOP/s", self.limits.f32),
            Amount::Bf16(operations) => (operations / seconds, "GOP/s", self.limits.bf16),
        };
        let share =
            if limit > 0.0 { format!("{:.0} %", 100.0 * rate / limit) } else { "–".into() };
        let (micros, rate) = (seconds * 1e6 / all.len() as f64, rate / 1e9);
        say(format_args!("| {name} | {shape} | {micros:.1} µs | {rate:.1} {unit} | {share} |"));
        seconds
    }
}

/// Products of one token of a model with 24 blocks.
const PRODUCTS: f64 = 24.0 * 7.0;
/// Bytes of a model of half a billion weights in 8 bits.
const TOKEN: f64 = 0.5e9 * 8.5 / 8.0;

fn region(table: &Table) {
    let seconds = best_of(100 * table.rounds, &[()], |()| {
        (0..20).for_each(|_| kernels::machine::region());
    }) / 20.0;
    let token = TOKEN / table.limits.bandwidth;
    let share = 100.0 * PRODUCTS * seconds / token;
    say(format_args!(
        "| parallel region | {} threads | {:.2} µs | | {share:.2} % of a token (0.5B, Q8) |",
        kernels::threads(),
        seconds * 1e6
    ));
}

/// Numbers between -1 and 1 that depend only on their place.
fn numbers(len: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}
