//! Our engine as a side of the bench.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use native::{Encoder, Quantize};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Batch, Took};
use crate::bench::side::{Loaded, say_line};

/// What our side computes with.
#[derive(Args)]
pub struct Ours {
    model: PathBuf,
    threads: usize,
    /// How many bits the weights have, where fewer than in the files.
    #[arg(long)]
    quantize: Option<Quantize>,
}

/// Tokens of the vocabulary that sequences are made of.
const WORDS: u32 = 900;

impl Ours {
    /// Loads the model and answers the questions on standard input.
    ///
    /// # Errors
    /// Where the model cannot be loaded, or a question not answered.
    pub fn run(&self) -> Result<(), String> {
        kernels::with_threads(self.threads, || self.serve())
    }

    fn serve(&self) -> Result<(), String> {
        let start = Instant::now();
        let encoder = Encoder::load_quantized(&self.model, self.quantize)
            .map_err(|error| error.to_string())?;
        let embed = |sequences: &[Vec<u32>]| {
            encoder.embed_tokens(sequences).map_err(|error| error.to_string())
        };
        embed(&[vec![5; 8]])?;
        let version = concat!("Modeldex ", env!("CARGO_PKG_VERSION")).to_owned();
        say_line(&Loaded { version, seconds: start.elapsed().as_secs_f64() })?;
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|error| error.to_string())?;
            let batch: Batch = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            let mut random = ChaCha8Rng::seed_from_u64(batch.round as u64);
            let sequence = |length: &usize| {
                (0..*length).map(|_| random.random_range(5..WORDS)).collect::<Vec<u32>>()
            };
            let sequences: Vec<Vec<u32>> = batch.lengths.iter().map(sequence).collect();
            let start = Instant::now();
            embed(&sequences)?;
            say_line(&Took { seconds: start.elapsed().as_secs_f64() })?;
        }
        Ok(())
    }
}
