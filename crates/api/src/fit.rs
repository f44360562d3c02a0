//! Whether a model fits a machine.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a model takes, for each type of its weights, against a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FitView {
    /// `collection/name[@version]`.
    pub model: String,
    /// What it is to run on.
    pub machine: MachineView,
    /// Tokens of each sequence.
    pub context: u64,
    /// Sequences at once.
    pub streams: u64,
    /// How many numbers its weights have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Running it, the widest type first.
    pub running: Vec<FitRow>,
    /// Teaching it: every weight, and an adapter.
    pub finetuning: Vec<FitRow>,
    /// What it takes on the disk.
    pub disk: Vec<FitPart>,
    /// The least machines that its publisher names, and whether this one has as much.
    pub publisher: Vec<PublisherFit>,
    /// What was taken for granted.
    pub notes: Vec<String>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MachineView {
    /// Bytes of memory; of each GPU where there are some.
    pub memory_bytes: u64,
    /// Processor cores; 0 where they are not known.
    pub cpus: u32,
    /// Graphics processors.
    pub gpus: u32,
    /// Whether it is the one that the server runs on.
    pub this_machine: bool,
}

/// One way of using a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FitRow {
    /// `f32`, `bf16`, `int8`, `int4`, `full` or `lora`.
    pub name: String,
    /// The name for headings.
    pub title: String,
    /// Whether this build does it; the other ways are there to compare.
    pub here: bool,
    /// Whether its files are of this type.
    pub published: bool,
    /// What it is made of.
    pub parts: Vec<FitPart>,
    /// Bytes of all parts that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// `fits`, `tight`, `does not fit` or `not known`.
    pub verdict: String,
    /// The verdict's reason.
    pub reason: String,
}

/// One part of what a model takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FitPart {
    /// What it is, such as `weights`.
    pub name: String,
    /// Bytes; absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The sum in words, such as `22.7 M × 2 bytes = 45.4 MB`.
    pub sum: String,
}

/// What a publisher asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublisherFit {
    /// `run`, `evaluate` or `finetune`.
    pub purpose: String,
    /// The machine, such as `4 CPUs, 14 GiB memory`.
    pub wants: String,
    /// Whether the machine has as much.
    pub enough: bool,
}
