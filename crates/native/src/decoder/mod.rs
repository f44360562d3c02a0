//! Decoders: Llama, Mistral, Qwen2, Qwen3, Phi-3, Gemma 2 and 3, and what is built like them.
//!
//! Prompts and answers run over pages of keys and values, alone or many at once.

mod attention;
mod batch;
mod blocks;
mod body;
mod cache;
mod families;
mod feed_forward;
mod files;
mod predict;
mod rope;
mod shape;
mod step;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use domain::Clock;

use crate::facts::ModelFacts;
use crate::generate::chat::ChatTemplate;
use crate::generate::{Completion, Finish, GenerateRequest, Piece, Prompt, Writer};
use crate::lora::{Adapter, AdapterFiles};
use crate::tokenizer::TextTokenizer;
use crate::weights::Quantize;
use crate::{Error, Result};
use body::Body;
pub use cache::{KvKind, UnknownKvKind};
pub(crate) use cache::{KvStore, PAGE_TOKENS};
pub(crate) use files::DecoderFiles;
pub(crate) use step::Chunk;

pub use cache::KvCache;
pub use predict::Prediction;
pub use rope::{LongRope, Rope};
pub(crate) use rope::{stretched, yarn_scale};
pub use shape::{Activation, Biases, DecoderShape, Norms};

/// Rows whose scores are computed at once when a prompt is scored; with the largest
/// vocabularies these are about 20 MB.
const SCORED_ROWS: usize = 32;

/// A decoder with its tokenizer, ready to run.
#[derive(Debug)]
pub struct Decoder {
    facts: ModelFacts,
    tokenizer: TextTokenizer,
    template: Option<ChatTemplate>,
    ends: Vec<u32>,
    body: Body,
}

impl Decoder {
    /// Loads a model from its folder or its GGUF file; the weights stay on disk and are mapped.
    pub fn load(path: &Path) -> Result<Self> {
        Self::load_quantized(path, None)
    }

    /// Loads a model and rounds its matrices on the way; the files are then not needed any more.
    pub fn load_quantized(path: &Path, quantize: Option<Quantize>) -> Result<Self> {
        let DecoderFiles { facts, shape, weights, tokenizer, template, ends } =
            DecoderFiles::read(path)?;
        let body = Body::load(&weights.quantized(quantize), &shape)?;
        Ok(Self { facts, tokenizer, template, ends, body })
    }

    /// Lets the chat template ask for the time.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.template = self.template.map(|template| template.with_clock(clock));
        self
    }

    /// Returns what is known of the model.
    pub fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    /// Returns the tokenizer.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// Returns the tokens by which the model ends an answer.
    pub fn ending_tokens(&self) -> &[u32] {
        &self.ends
    }

    /// Loads an adapter of this model from its folder.
    pub fn adapter(&self, dir: &Path) -> Result<Adapter> {
        self.adapter_files(dir)?.load()
    }

    /// Opens the folder of an adapter and checks that it goes with this model.
    pub(crate) fn adapter_files(&self, dir: &Path) -> Result<AdapterFiles> {
        AdapterFiles::open(dir, self.body.shape())
    }

    /// Turns a prompt into tokens and checks that the model knows them and has room for them.
    pub fn prompt_tokens(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        let tokens = match prompt {
            Prompt::Text(text) => self.tokenizer.encode(text)?,
            Prompt::Tokens(tokens) => tokens.clone(),
            Prompt::Chat(messages) => {
                let template = self.template.as_ref().ok_or_else(|| self.lacks_template())?;
                self.tokenizer.encode_plain(&template.render_prompt(messages)?)?
            }
        };
        self.check_prompt(&tokens)?;
        Ok(tokens)
    }

    /// Writes an answer, and hands out each piece of it as soon as it is there.
    pub fn generate(
        &self,
        request: &GenerateRequest,
        reader: &mut dyn FnMut(&Piece) -> ControlFlow<()>,
    ) -> Result<Completion> {
        request.check()?;
        let prompt = self.prompt_tokens(&request.prompt)?;
        let ending = self.ending(request, &prompt);
        let mut writer = Writer::new(&self.tokenizer, request, &prompt, ending)?;
        let mut cache = self.adapted_cache(request.adapter.clone())?;
        let hidden = self.body.extend(&mut cache, &prompt);
        if request.echo && self.echo(&mut writer, &prompt, &hidden, reader)?.is_break() {
            return Ok(writer.finish());
        }
        if ending.tokens_max > 0 {
            let last = &hidden[hidden.len() - self.body.width()..];
            self.write(&mut writer, &mut cache, self.body.scores(last).to_vec(), reader)?;
        }
        Ok(writer.finish())
    }

    /// Makes an empty cache for one sequence.
    pub fn cache(&self) -> KvCache {
        KvCache::new(self.body.shape())
    }

    /// Makes an empty cache for one sequence that goes with an adapter.
    pub fn adapted_cache(&self, adapter: Option<Arc<Adapter>>) -> Result<KvCache> {
        self.check_adapter(adapter.as_deref())?;
        Ok(self.cache().adapted(adapter))
    }

    /// Takes in tokens and returns the scores for the one after them.
    pub fn prefill(&self, cache: &mut KvCache, tokens: &[u32]) -> Result<Vec<f32>> {
        self.check_tokens(tokens)?;
        self.check_room(cache.tokens() + tokens.len())?;
        let hidden = self.body.extend(cache, tokens);
        Ok(self.body.scores(&hidden[hidden.len() - self.body.width()..]).to_vec())
    }

    /// Takes in one token and returns the scores for the one after it.
    pub fn step(&self, cache: &mut KvCache, token: u32) -> Result<Vec<f32>> {
        self.prefill(cache, &[token])
    }

    /// Returns the scores after each of the tokens, one row for each.
    pub fn scores(&self, tokens: &[u32]) -> Result<Vec<f32>> {
        self.check_prompt(tokens)?;
        Ok(self.body.scores(&self.body.extend(&mut self.cache(), tokens)).to_vec())
    }

    fn write(
        &self,
        writer: &mut Writer<'_>,
        cache: &mut KvCache,
        mut scores: Vec<f32>,
        reader: &mut dyn FnMut(&Piece) -> ControlFlow<()>,
    ) -> Result<()> {
        while let ControlFlow::Continue(token) = writer.write(&scores, reader)? {
            scores = self.step(cache, token)?;
        }
        Ok(())
    }

    /// Repeats the prompt, with log-probabilities where they are asked for.
    fn echo(
        &self,
        writer: &mut Writer<'_>,
        prompt: &[u32],
        hidden: &[f32],
        reader: &mut dyn FnMut(&Piece) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Finish>> {
        let Some((first, rest)) = prompt.split_first() else {
            return Ok(ControlFlow::Continue(()));
        };
        let mut flow = writer.echo(*first, None, reader)?;
        let rows = hidden.chunks(SCORED_ROWS * self.body.width());
        for (tokens, rows) in rest.chunks(SCORED_ROWS).zip(rows) {
            let scores = writer.wants_logprobs().then(|| self.body.scores(rows));
            let mut rows = scores.iter().flat_map(|all| all.chunks(self.body.shape().vocabulary));
            for token in tokens {
                if flow.is_break() {
                    return Ok(flow);
                }
                flow = writer.echo(*token, rows.next(), reader)?;
            }
        }
        Ok(flow)
    }

    fn check_prompt(&self, tokens: &[u32]) -> Result<()> {
        self.check_tokens(tokens)?;
        self.check_room(tokens.len())
    }

    fn check_tokens(&self, tokens: &[u32]) -> Result<()> {
        let known = self.body.shape().vocabulary;
        if tokens.is_empty() {
            return Err(Error::input("the prompt has no tokens"));
        }
        match tokens.iter().find(|token| **token as usize >= known) {
            Some(token) => {
                let why = format!("token {token} is not one of the {known} that the model knows");
                Err(Error::input(why))
            }
            None => Ok(()),
        }
    }

    /// Checks that an adapter was loaded for a model of these sizes.
    pub(crate) fn check_adapter(&self, adapter: Option<&Adapter>) -> Result<()> {
        match adapter.is_none_or(|adapter| adapter.fits(self.body.shape())) {
            true => Ok(()),
            false => Err(Error::input("the adapter was loaded for a model of other sizes")),
        }
    }

    fn check_room(&self, tokens: usize) -> Result<()> {
        let tokens_max = self.facts.context_max as usize;
        if tokens > tokens_max { Err(Error::Context { tokens, tokens_max }) } else { Ok(()) }
    }

    fn lacks_template(&self) -> Error {
        Error::unsupported(
            format!("this `{}` model has no chat template", self.facts.architecture),
            "ask for a completion of a text instead of a chat",
        )
    }
}

#[cfg(test)]
mod tests;
