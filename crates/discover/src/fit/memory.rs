//! The sums: weights, keys and values, activations, training, disk.

use super::words::{bytes_in_words, count_in_words};
use super::{Body, Precision, Shape};

/// What is asked of a model at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Tokens of each sequence.
    pub context: u64,
    /// Sequences at once.
    pub streams: u64,
}

/// One part of an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How much it takes; `None` where that is not known.
    pub bytes: Option<u64>,
    /// The sum in words, or why there is none.
    pub sum: String,
}

/// Everything that one use of a model takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The parts; the first is the weights.
    pub parts: Vec<Part>,
}

impl Estimate {
    /// Returns the bytes of all known parts; `None` where not even the weights are known.
    pub fn known_bytes(&self) -> Option<u64> {
        self.parts.first()?.bytes?;
        Some(self.parts.iter().filter_map(|part| part.bytes).fold(0, u64::saturating_add))
    }

    /// Returns the names of the parts that are not known.
    pub fn missing(&self) -> Vec<&'static str> {
        self.parts.iter().filter(|part| part.bytes.is_none()).map(|part| part.name).collect()
    }
}

/// This build keeps keys and values in 32 bits, and computes in them.
const COMPUTED_BYTES: u64 = 4;

/// Estimates running a model with weights of a type.
pub fn run(shape: &Shape, precision: Precision, load: Load) -> Estimate {
    let mut parts = vec![weights(shape, precision)];
    if shape.body.is_none_or(|body| body.writes) {
        parts.push(cache(shape.body.as_ref(), load));
    }
    parts.push(activations(shape.body.as_ref(), load));
    Estimate { parts }
}

/// Parameters × bytes of one; the files' own size where they are of that type.
fn weights(shape: &Shape, precision: Precision) -> Part {
    let name = "weights";
    if let (true, Some(bytes)) = (shape.precision == Some(precision), shape.file_bytes) {
        let sum = format!("{} of files, as they are published", bytes_in_words(bytes));
        return Part { name, bytes: Some(bytes), sum };
    }
    let width = shape.body.map(|body| body.hidden);
    let Some(count) = shape.parameters else {
        return Part { name, bytes: None, sum: "the number of parameters is not known".to_owned() };
    };
    let bytes = precision.bytes(count, width);
    let each = precision.each(width);
    let sum = format!("{} × {each} = {}", count_in_words(count), bytes_in_words(bytes));
    Part { name, bytes: Some(bytes), sum }
}

/// 2 × layers × heads of keys × their width × bytes × tokens × sequences.
///
/// Pope et al., *Efficiently Scaling Transformer Inference*, 2022, §2; heads of keys may be fewer
/// than those of queries (Ainslie et al., *GQA*, 2023).
fn cache(body: Option<&Body>, load: Load) -> Part {
    let name = "keys and values";
    let Some(body) = body else {
        return Part { name, bytes: None, sum: UNKNOWN_BODY.to_owned() };
    };
    let factors =
        [2, body.layers, body.kv_heads, body.head_dim, COMPUTED_BYTES, load.context, load.streams];
    let bytes = product(&factors);
    let sum = format!(
        "2 × {} layers × {} heads × {} numbers × {COMPUTED_BYTES} bytes × {} tokens × {} = {}",
        body.layers,
        body.kv_heads,
        body.head_dim,
        load.context,
        streams(load.streams),
        bytes_in_words(bytes)
    );
    Part { name, bytes: Some(bytes), sum }
}

fn streams(count: u64) -> String {
    if count == 1 { "1 stream".to_owned() } else { format!("{count} streams") }
}

/// Why a sum needs `config.json`.
const UNKNOWN_BODY: &str = "its layers are not known before its files are here";

/// Sequences × tokens × the numbers that one block holds at once × bytes, and a score for each
/// token that it knows.
///
/// One block's room is used by all of them, as nothing is kept for a way back: the hidden states
/// before and after it and the sum between (3 × hidden), queries, keys and values, and both halves
/// of the feed-forward block (2 × intermediate). Scores of attention exist for a few queries at a
/// time only (Dao et al., *FlashAttention*, 2022), and are not counted.
fn activations(body: Option<&Body>, load: Load) -> Part {
    let name = "activations";
    let Some(body) = body else {
        return Part { name, bytes: None, sum: UNKNOWN_BODY.to_owned() };
    };
    let width = 3 * body.hidden + body.query_width + 2 * body.key_width() + 2 * body.intermediate;
    let scores =
        if body.writes { product(&[load.streams, body.vocabulary, COMPUTED_BYTES]) } else { 0 };
    let bytes =
        product(&[load.streams, load.context, width, COMPUTED_BYTES]).saturating_add(scores);
    let mut sum = format!(
        "{} × {} tokens × {width} numbers × {COMPUTED_BYTES} bytes",
        streams(load.streams),
        load.context
    );
    if body.writes {
        sum += &format!(" + {} scores × {COMPUTED_BYTES} bytes", count_in_words(body.vocabulary));
    }
    sum += &format!(" = {}", bytes_in_words(bytes));
    Part { name, bytes: Some(bytes), sum }
}

/// Bytes that AdamW keeps for each trained number: the number, its gradient and two moments, of
/// four bytes each (Rajbhandari et al., *ZeRO*, 2020, §3.1).
const TRAINED_BYTES: u64 = 16;

/// Estimates teaching every weight.
pub fn finetune_full(shape: &Shape, load: Load) -> Estimate {
    let weights = match shape.parameters {
        None => Part { name: "weights", bytes: None, sum: NO_PARAMETERS.to_owned() },
        Some(count) => part("weights", count, 4, "weights in 32 bits"),
    };
    let mut parts = vec![weights];
    if let Some(count) = shape.parameters {
        parts.push(part("gradients", count, 4, "one for each weight"));
        parts.push(part("moments", count, TRAINED_BYTES - 8, "two of AdamW for each weight"));
    }
    parts.push(kept_activations(shape.body.as_ref(), load));
    Estimate { parts }
}

const NO_PARAMETERS: &str = "the number of parameters is not known";

fn part(name: &'static str, count: u64, each: u64, what: &str) -> Part {
    let bytes = count.saturating_mul(each);
    let sum =
        format!("{} × {each} bytes = {} ({what})", count_in_words(count), bytes_in_words(bytes));
    Part { name, bytes: Some(bytes), sum }
}

/// The rank that the recipe takes where nobody asks for another.
const RANK: u64 = 16;

/// Estimates teaching an adapter of low rank beside every matrix of the blocks.
///
/// Hu et al., *LoRA*, 2021, §4.2: the weights stay as they are, and each matrix of `n × k` gets
/// `rank × (n + k)` trained numbers.
pub fn finetune_lora(shape: &Shape, load: Load) -> Estimate {
    let stored = shape.precision.unwrap_or(Precision::Bf16);
    let mut parts = vec![weights(shape, stored)];
    parts.push(match &shape.body {
        None => Part { name: "adapter", bytes: None, sum: UNKNOWN_BODY.to_owned() },
        Some(body) => {
            let count = adapter(body);
            let what = format!("rank {RANK} beside every matrix, with AdamW");
            part("adapter", count, TRAINED_BYTES, &what)
        }
    });
    parts.push(kept_activations(shape.body.as_ref(), load));
    Estimate { parts }
}

/// Counts the numbers of an adapter: queries, keys, values, output, and the feed-forward block,
/// whose gate only models that write have.
fn adapter(body: &Body) -> u64 {
    let halves = if body.writes { 3 } else { 2 };
    let widths = 2 * (body.hidden + body.query_width)
        + 2 * (body.hidden + body.key_width())
        + halves * (body.hidden + body.intermediate);
    product(&[body.layers, RANK, widths])
}

/// Layers × tokens of a step × the numbers that a block keeps for the way back × bytes.
///
/// A block keeps its input, queries, keys, values, the answer of attention, the sum and the normed
/// sum after it, and the sum at its end (8 × hidden), and both halves of the feed-forward block;
/// probabilities are computed again. With a feed-forward block four times as wide as the hidden
/// states that is 64 bytes a token and hidden number: Korthikanti et al., *Reducing Activation
/// Recomputation*, 2022, eq. 2 without attention, has 34 for numbers of half the size.
fn kept_activations(body: Option<&Body>, load: Load) -> Part {
    let name = "activations";
    let Some(body) = body else {
        return Part { name, bytes: None, sum: UNKNOWN_BODY.to_owned() };
    };
    let width = 8 * body.hidden + 2 * body.intermediate;
    let bytes = product(&[body.layers, load.streams, load.context, width, COMPUTED_BYTES]);
    let sum = format!(
        "{} layers × {} texts × {} tokens × {width} numbers × {COMPUTED_BYTES} bytes = {}",
        body.layers,
        load.streams,
        load.context,
        bytes_in_words(bytes)
    );
    Part { name, bytes: Some(bytes), sum }
}

/// Estimates the disk: the files, and what a fine-tuned version and its last checkpoint add.
pub fn disk(shape: &Shape) -> Vec<Part> {
    let stored = shape.precision.unwrap_or(Precision::Bf16);
    let files = match (shape.file_bytes, shape.parameters) {
        (Some(bytes), _) => {
            let sum = format!("{}, as listed", bytes_in_words(bytes));
            Part { name: "files", bytes: Some(bytes), sum }
        }
        (None, Some(_)) => Part { name: "files", ..weights(shape, stored) },
        (None, None) => Part { name: "files", bytes: None, sum: NO_PARAMETERS.to_owned() },
    };
    let mut parts = vec![files];
    if let Some(count) = shape.parameters {
        parts.push(part("a fine-tuned version", count, 4, "saved in 32 bits"));
        parts.push(part("a checkpoint", count, 12, "weights and two moments while it is taught"));
    }
    parts
}

fn product(factors: &[u64]) -> u64 {
    factors.iter().copied().fold(1, u64::saturating_mul)
}
