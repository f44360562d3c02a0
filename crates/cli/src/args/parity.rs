//! Options of `parity`.

use std::path::PathBuf;

use clap::Args;

/// Options of `parity`.
#[derive(Clone, Debug, Args)]
pub struct Parity {
    /// `collection/name[@version]`.
    pub model: String,
    /// How many bits the weights would have: `bf16`, `int8` or `q4`.
    #[arg(long)]
    pub quantize: String,
    /// A text of your own: plain, or JSONL, JSON, CSV or TSV; a built-in one by default.
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Field to column: `text=utterance`.
    #[arg(long, requires = "data", value_name = "FIELD=COLUMN,…")]
    pub map: Option<String>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}
