//! The engines that are compared, and how each is started.

use std::path::PathBuf;

use super::models::Models;
use super::ours::Through;
use super::workload::{Answer, Question, Workload};
use super::{Bits, Serve};
use crate::bench::side::{self, Side};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/serve_peer.py");

/// An engine with the file that it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// What loads the model.
    engine: Engine,
    model: PathBuf,
    /// Whether it can answer prompts of different lengths, or with a beginning in common.
    pub mixes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Ours(Through),
    Peer(&'static str),
}

impl Contender {
    fn ours(name: &'static str, model: PathBuf) -> Self {
        Self { name, engine: Engine::Ours(Through::Engine), model, mixes: true }
    }

    fn peer(name: &'static str, script: &'static str, model: PathBuf, mixes: bool) -> Self {
        Self { name, engine: Engine::Peer(script), model, mixes }
    }

    /// Starts it and waits until its model is loaded.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn start(&self, options: &Serve) -> Result<Side, String> {
        let threads = options.threads;
        let mut command = match self.engine {
            Engine::Ours(_) => side::ours("serve-side", threads)?,
            Engine::Peer(_) => side::theirs(&options.python, SCRIPT, threads),
        };
        match self.engine {
            Engine::Ours(through) => command.arg(&self.model).arg("--through").arg(through.name()),
            Engine::Peer(engine) => command.arg(engine).arg(&self.model).arg(threads.to_string()),
        };
        Side::start(self.name, command)
    }

    /// Asks a question; there is no answer where it cannot be asked such a one.
    ///
    /// # Errors
    /// Where the engine ended.
    pub fn ask(
        &self,
        side: &mut Side,
        workload: &Workload,
        round: usize,
    ) -> Result<Option<Answer>, String> {
        if !self.mixes && !workload.is_plain() {
            return Ok(None);
        }
        side.ask(&Question { workload: workload.clone(), round }).map(Some)
    }
}

/// Returns who serves weights of so many bits.
pub fn all(options: &Serve, models: &Models) -> Vec<Contender> {
    let gguf = |kind| models.gguf(kind);
    if options.http {
        let model = match options.bits {
            Bits::Half => models.folder(),
            bits => gguf(bits),
        };
        let through = |name, through| {
            let model = model.clone();
            Contender { name, engine: Engine::Ours(through), model, mixes: true }
        };
        return vec![through("Modeldex", Through::Drawn), through("over HTTP", Through::Http)];
    }
    match options.bits {
        Bits::Q8 | Bits::Q4 | Bits::Q4K => vec![
            Contender::ours("Modeldex", gguf(options.bits)),
            Contender::peer("llama.cpp", "llama_cpp", gguf(options.bits), true),
        ],
        Bits::Half => vec![
            Contender::ours("Modeldex", models.folder()),
            Contender::peer("llama.cpp", "llama_cpp", gguf(Bits::Half), true),
            Contender::peer("OpenVINO", "openvino", gguf(Bits::Half), false),
            Contender::peer("torch", "torch", models.folder(), false),
        ],
    }
}
