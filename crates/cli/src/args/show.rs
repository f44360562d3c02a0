//! Options of `show`.

use clap::Args;

/// Options of `show`.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// `collection/name[@version]`.
    pub model: String,
    /// Tell what it takes, for each type of its weights, and whether it fits.
    #[arg(long)]
    pub fit: bool,
    /// Memory of the machine that it is to fit; the server's by default.
    #[arg(long, requires = "fit", value_name = "GIB")]
    pub memory_gib: Option<f64>,
    /// GPUs of that machine, each with that memory.
    #[arg(long, requires = "fit", value_name = "N")]
    pub gpus: Option<u32>,
    /// Tokens of each sequence.
    #[arg(long, requires = "fit", value_name = "TOKENS")]
    pub context: Option<u64>,
    /// Sequences at once.
    #[arg(long, requires = "fit", value_name = "N")]
    pub streams: Option<u64>,
    /// Tell what differs between two versions, such as `1..2`.
    #[arg(long, conflicts_with = "fit", value_name = "FROM..TO")]
    pub diff: Option<String>,
}
