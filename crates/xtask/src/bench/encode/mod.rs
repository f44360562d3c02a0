//! Embeddings by our engine and by others, with the same weights, tokens and threads.

mod ours;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use native::Quantize;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::say;
use super::side::{self, Side};
pub use ours::Ours;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/encode_models.py");
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/encode_peer.py");

/// What is computed, and beside what.
#[derive(Args)]
pub struct Encode {
    /// The shape of the model; its weights are random.
    #[arg(long, value_enum, default_value_t = Shape::Minilm)]
    shape: Shape,
    /// Where models are made, or found from the last time.
    #[arg(long)]
    dir: PathBuf,
    /// A Python that has numpy, tokenizers, torch, transformers, onnx, onnxscript, onnxruntime
    /// and openvino.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Times that each question is asked.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Threads of each engine.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Ask only these engines.
    #[arg(long)]
    only: Vec<String>,
}

/// The shape of an encoder that people serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// MiniLM-L6: 6 blocks of 384.
    Minilm,
    /// BERT-base: 12 blocks of 768.
    BertBase,
    /// Two small blocks, to try the bench itself.
    Tiny,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::Minilm => "minilm",
            Self::BertBase => "bert-base",
            Self::Tiny => "tiny-bert",
        }
    }

    /// Counts the weights of all blocks.
    fn weights(self) -> f64 {
        let (layers, hidden) = match self {
            Self::Minilm => (6.0, 384.0),
            Self::BertBase => (12.0, 768.0),
            Self::Tiny => (2.0, 128.0),
        };
        12.0 * layers * hidden * hidden
    }
}

/// Sequences that are asked for at once: how many tokens each has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    lengths: Vec<usize>,
    round: usize,
}

/// How long a batch took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Took {
    seconds: f64,
}

/// The engines: ours with weights as in the file, rounded to bf16 and to 8 bits, and the others.
const ENGINES: [(&str, Option<&str>); 9] = [
    ("Modeldex f32", None),
    ("Modeldex bf16", None),
    ("Modeldex int8", None),
    ("onnxruntime f32", Some("onnxruntime")),
    ("onnxruntime int8", Some("onnxruntime-int8")),
    ("OpenVINO f32", Some("openvino-f32")),
    ("OpenVINO bf16", Some("openvino-bf16")),
    ("torch f32", Some("torch-f32")),
    ("torch bf16", Some("torch-bf16")),
];

/// Measures and prints a table.
///
/// # Errors
/// Where an engine cannot be started or does not answer.
pub fn run(options: &Encode) -> Result<(), String> {
    make(options)?;
    let limits = kernels::with_threads(options.threads, || Limits::measure(options.rounds));
    limits.print(options.threads);
    let mut sides = ENGINES
        .iter()
        .filter(|(name, _)| options.only.is_empty() || options.only.iter().any(|one| one == name))
        .map(|engine| start(options, *engine))
        .collect::<Result<Vec<_>, _>>()?;
    let mixed: Vec<usize> = (0..32).map(|number| 8 + number * 120 / 31).collect();
    let mut rates = Vec::new();
    for (name, lengths) in [("32 × 128", vec![128; 32]), ("32 × 8 to 128", mixed)] {
        let tokens: usize = lengths.iter().sum();
        let mut best = vec![f64::INFINITY; sides.len()];
        for round in 0..options.rounds {
            for (side, best) in sides.iter_mut().zip(&mut best) {
                let took: Took = side.ask(&Batch { lengths: lengths.clone(), round })?;
                *best = best.min(took.seconds);
            }
        }
        rates.push((name, lengths.len(), tokens, best));
    }
    print(options, &limits, &sides, &rates);
    Ok(())
}

fn make(options: &Encode) -> Result<(), String> {
    let arguments = [options.dir.as_os_str(), options.shape.name().as_ref()];
    let packages = "numpy tokenizers torch transformers onnx onnxscript onnxruntime openvino";
    side::run_script(&options.python, MODELS, &arguments, packages)
}

fn start(
    options: &Encode,
    (name, peer): (&'static str, Option<&'static str>),
) -> Result<Side, String> {
    let base = options.dir.join(options.shape.name());
    let mut command = match peer {
        None => side::ours("encode-side", options.threads)?,
        Some(peer) => {
            let mut command = side::theirs(&options.python, PEER, options.threads);
            command.arg(peer);
            command
        }
    };
    command.arg(base.join("f32")).arg(options.threads.to_string());
    let ours = name.strip_prefix("Modeldex ").and_then(|bits| bits.parse::<Quantize>().ok());
    if let Some(bits) = ours {
        command.args(["--quantize", bits.as_str()]);
    }
    Side::start(name, command)
}

/// Sequences, tokens and the best seconds of every engine for a batch.
type Rates = (&'static str, usize, usize, Vec<f64>);

fn print(options: &Encode, limits: &Limits, sides: &[Side], rates: &[Rates]) {
    let heads: String = rates.iter().map(|(name, ..)| format!(" {name} | tokens/s |")).collect();
    say(format_args!("\n| engine |{heads} first answer | memory |"));
    say(format_args!("|---|{}--:|--:|", "--:|--:|".repeat(rates.len())));
    for (place, side) in sides.iter().enumerate() {
        let cell = |(_, sequences, tokens, best): &Rates| {
            let (each, all) = (*sequences as f64 / best[place], *tokens as f64 / best[place]);
            format!(" {each:.1}/s | {all:.0} |")
        };
        let cells: String = rates.iter().map(cell).collect();
        let (seconds, memory) = (side.loaded.seconds, side.resident_now() >> 10);
        say(format_args!("| {} |{cells} {seconds:.2} s | {memory} MiB |", side.name));
    }
    let floor = |peak: f64| peak / (2.0 * options.shape.weights());
    say(format_args!(
        "\nfloors, products with weights alone: f32 {:.0} tokens/s, bf16 {:.0}; kernels: {:?}",
        floor(limits.f32),
        floor(limits.bf16),
        kernels::Level::best()
    ));
    sides.iter().for_each(|side| say(format_args!("{}: {}", side.name, side.loaded.version)));
}
