//! Text generation by our engine and by others, with the same weights and threads.
//!
//! Every engine is a process of its own, which loads its model, says so, and then answers one
//! question after the other; only one has a question at a time. Rounds go over all engines in
//! turn, so that a machine that slows down slows down all.

mod contender;
mod models;
mod ours;
mod over_http;
mod report;
mod workload;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::limits::Limits;
use super::say;
use super::side::Side;
use contender::Contender;
pub use ours::Ours;
use workload::Workload;

/// What is served, and beside what.
#[derive(Args)]
pub struct Serve {
    /// The shape of the model; its weights are random.
    #[arg(long, value_enum, default_value_t = Shape::Qwen05)]
    shape: Shape,
    /// Bits of a weight.
    #[arg(long, value_enum, default_value_t = Bits::Q8)]
    bits: Bits,
    /// Where models are made, or found from the last time.
    #[arg(long)]
    dir: PathBuf,
    /// A Python that has numpy, safetensors, gguf, tokenizers and `llama_cpp`; and for 16 bits
    /// torch, transformers and `openvino_genai`.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Times that each question is asked.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Threads of each engine.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Ask only this engine.
    #[arg(long)]
    only: Vec<String>,
    /// Ask our engine alone and through the server, instead of others.
    #[arg(long)]
    http: bool,
    /// Ask only the questions whose names contain one of these.
    #[arg(long)]
    question: Vec<String>,
}

/// The shape of a model that people serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Qwen2.5-0.5B: 24 blocks of 896.
    Qwen05,
    /// Llama-3.2-1B: 16 blocks of 2048.
    Llama1b,
    /// Two small blocks, to try the bench itself.
    Tiny,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::Qwen05 => "qwen05",
            Self::Llama1b => "llama1b",
            Self::Tiny => "tiny",
        }
    }
}

/// Bits of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bits {
    /// `Q8_0`.
    Q8,
    /// `Q4_0`.
    Q4,
    /// `Q4_K`, mixed as llama.cpp mixes it.
    Q4K,
    /// bf16 or f16.
    Half,
}

/// Measures and prints tables.
///
/// # Errors
/// Where an engine cannot be started or does not answer.
pub fn run(options: &Serve) -> Result<(), String> {
    let models = models::make(options)?;
    let mut limits =
        kernels::with_threads(options.threads, || Limits::measure(options.rounds.into()));
    limits.print(options.threads);
    let contenders = contender::all(options, &models);
    let wanted = |contender: &&Contender| {
        options.only.is_empty() || options.only.iter().any(|name| *name == contender.name)
    };
    let contenders: Vec<&Contender> = contenders.iter().filter(wanted).collect();
    let mut sides: Vec<Side> =
        contenders.iter().map(|one| one.start(options)).collect::<Result<_, _>>()?;
    report::sides(&sides);
    let named = |workload: &Workload| {
        options.question.is_empty()
            || options.question.iter().any(|part| workload.name.contains(part.as_str()))
    };
    for workload in workload::all(options.shape).iter().filter(|one| named(one)) {
        let mut answers = vec![Vec::new(); sides.len()];
        let mut bandwidths = Vec::new();
        for round in 0..options.rounds {
            bandwidths.push(kernels::with_threads(options.threads, || Limits::bandwidth(4)));
            for ((one, side), answers) in contenders.iter().zip(&mut sides).zip(&mut answers) {
                answers.extend(one.ask(side, workload, round.into())?);
            }
        }
        bandwidths.sort_by(f64::total_cmp);
        limits.bandwidth = bandwidths[bandwidths.len() / 2];
        report::workload(workload, &sides, &answers, (&models, &limits));
    }
    report::memory(&sides, &models);
    say(format_args!("kernels: {:?}", kernels::Level::best()));
    Ok(())
}
