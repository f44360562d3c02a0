//! Decoders: Llama, Mistral, Qwen2, Qwen3 and what is built like them.
//!
//! A prompt runs as one packed sequence, an answer token by token over a cache.

mod blocks;
mod body;
mod cache;
mod rope;
mod shape;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use domain::Clock;
use serde_json::Value;

use crate::config::ConfigFile;
use crate::facts::{self, ModelFacts};
use crate::generate::chat::ChatTemplate;
use crate::generate::{Completion, Ending, Finish, GenerateRequest, Piece, Prompt, Writer};
use crate::tokenizer::TextTokenizer;
use crate::weights::WeightFiles;
use crate::{Error, Result, files};
use body::Body;

pub use cache::KvCache;
pub use shape::{Biases, DecoderShape};

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
    /// Loads a model from its folder; the weights stay on disk and are mapped.
    pub fn load(dir: &Path) -> Result<Self> {
        let config = ConfigFile::read(dir)?;
        let shape = DecoderShape::read(&config)?;
        let files = WeightFiles::open(dir)?;
        let mut facts = facts::from_config(dir, &config, files.headers())?;
        facts.context_max = shape.context_max as u32;
        let tokenizer = TextTokenizer::load_unbounded(dir)?;
        let ends = ending_tokens(dir, &config, &tokenizer)?;
        let template = ChatTemplate::load(dir)?;
        Ok(Self { facts, tokenizer, template, ends, body: Body::load(&files, &shape)? })
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
        let room = self.facts.context_max as usize - prompt.len();
        // The last token that is written needs no place in the context.
        let ending =
            Ending { tokens: &self.ends, tokens_max: (request.tokens_max as usize).min(room + 1) };
        let mut writer = Writer::new(&self.tokenizer, request, &prompt, ending)?;
        let mut cache = self.cache();
        let hidden = self.body.forward(&mut cache, &prompt);
        if request.echo && self.echo(&mut writer, &prompt, &hidden, reader)?.is_break() {
            return Ok(writer.finish());
        }
        if ending.tokens_max > 0 {
            let last = &hidden[hidden.len() - self.body.width()..];
            self.write(&mut writer, &mut cache, self.body.scores(last), reader)?;
        }
        Ok(writer.finish())
    }

    /// Makes an empty cache for one sequence.
    pub fn cache(&self) -> KvCache {
        KvCache::new(self.body.shape().layers)
    }

    /// Takes in tokens and returns the scores for the one after them.
    pub fn prefill(&self, cache: &mut KvCache, tokens: &[u32]) -> Result<Vec<f32>> {
        self.check_tokens(tokens)?;
        self.check_room(cache.tokens() + tokens.len())?;
        let hidden = self.body.forward(cache, tokens);
        Ok(self.body.scores(&hidden[hidden.len() - self.body.width()..]))
    }

    /// Takes in one token and returns the scores for the one after it.
    pub fn step(&self, cache: &mut KvCache, token: u32) -> Result<Vec<f32>> {
        self.prefill(cache, &[token])
    }

    /// Returns the scores after each of the tokens, one row for each.
    pub fn scores(&self, tokens: &[u32]) -> Result<Vec<f32>> {
        self.check_prompt(tokens)?;
        Ok(self.body.scores(&self.body.forward(&mut self.cache(), tokens)))
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

/// Finds the ending tokens: those of `generation_config.json` and `config.json`, and the
/// tokenizer's.
fn ending_tokens(dir: &Path, config: &ConfigFile, tokenizer: &TextTokenizer) -> Result<Vec<u32>> {
    let generation: Option<Value> =
        files::read_json_if_present(&dir.join("generation_config.json"))?;
    let named = |value: &Value| -> Vec<u32> {
        let numbers = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        numbers.iter().filter_map(|number| u32::try_from(number.as_u64()?).ok()).collect()
    };
    let mut ends = BTreeSet::new();
    ends.extend(
        generation.as_ref().map(|fields| named(&fields["eos_token_id"])).unwrap_or_default(),
    );
    ends.extend(config.field("eos_token_id").map(named).unwrap_or_default());
    let own: Option<Value> = files::read_json_if_present(&dir.join("tokenizer_config.json"))?;
    let spelling = own.as_ref().and_then(|fields| {
        let token = &fields["eos_token"];
        token.get("content").unwrap_or(token).as_str()
    });
    ends.extend(spelling.and_then(|spelling| tokenizer.number(spelling)));
    Ok(ends.into_iter().collect())
}

#[cfg(test)]
mod tests;
