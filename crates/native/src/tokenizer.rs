//! Text to tokens and back, by the model's own `tokenizer.json`.

mod charsmap;
mod grammars;
mod pairs;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use llguidance::ParserFactory;
use serde_json::Value;
use tokenizers::{Decoder, Encoding, ModelWrapper, PostProcessor, Tokenizer, TruncationParams};

use crate::config::ConfigFile;
use crate::decoder::stretched;
use crate::encoder::batch::Sequence;
use crate::files;
use crate::{Error, Result};

pub(crate) use pairs::{PairTokenizer, Window, cut, windows};

const FILE: &str = "tokenizer.json";
const HINT: &str = "save the tokenizer with `AutoTokenizer.from_pretrained(…).save_pretrained(…)`, \
                    which writes `tokenizer.json`";

/// A model's tokenizer; never pads, and truncates to the context it was loaded with.
#[derive(Clone)]
pub struct TextTokenizer {
    inner: Tokenizer,
    path: PathBuf,
    mask: Option<String>,
    unknown: Option<String>,
    grammars: Arc<OnceLock<ParserFactory>>,
}

impl TextTokenizer {
    /// Loads a tokenizer that truncates to `tokens_max` tokens, special ones included.
    pub fn load(dir: &Path, tokens_max: usize) -> Result<Self> {
        let mut tokenizer = Self::load_unbounded(dir)?;
        tokenizer.truncate(tokens_max)?;
        Ok(tokenizer)
    }

    /// Loads a tokenizer that does not truncate.
    pub fn load_unbounded(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Err(Error::MissingFile { dir: dir.to_owned(), file: FILE, hint: HINT });
        }
        let mut tokenizer = Self::of_bytes(&path, &files::read(&path)?)?;
        tokenizer.mask = tokenizer.special(dir, "mask_token", ["[MASK]", "<mask>"])?;
        tokenizer.unknown = tokenizer.special(dir, "unk_token", ["[UNK]", "<unk>"])?;
        Ok(tokenizer)
    }

    /// Makes a tokenizer of what another file says in the form of `tokenizer.json`.
    pub(crate) fn of_json(path: &Path, json: &Value) -> Result<Self> {
        Self::of_bytes(path, json.to_string().as_bytes())
    }

    fn of_bytes(path: &Path, json: &[u8]) -> Result<Self> {
        let wrong = |source| Error::Tokenizer { path: path.to_owned(), source };
        let mut inner =
            guarded(|| charsmap::check(json).and_then(|()| Tokenizer::from_bytes(json)))
                .map_err(wrong)?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(wrong)?;
        Ok(Self {
            inner,
            path: path.to_owned(),
            mask: None,
            unknown: None,
            grammars: Arc::default(),
        })
    }

    /// Finds a special token: what `tokenizer_config.json` says, else one of the usual spellings.
    fn special(&self, dir: &Path, field: &str, usual: [&str; 2]) -> Result<Option<String>> {
        let config: Option<Value> =
            files::read_json_if_present(&dir.join("tokenizer_config.json"))?;
        let named = config.as_ref().and_then(|config| match &config[field] {
            Value::Object(token) => token.get("content")?.as_str(),
            other => other.as_str(),
        });
        let mut candidates = named.into_iter().chain(usual);
        let found = candidates.find(|spelling| self.number(spelling).is_some());
        Ok(found.map(str::to_owned))
    }

    /// Truncates to `tokens_max` tokens from now on; there must be room for more than the special
    /// ones.
    pub fn truncate(&mut self, tokens_max: usize) -> Result<()> {
        // The library subtracts without looking.
        let special = self.inner.get_post_processor().map_or(0, |post| post.added_tokens(false));
        if tokens_max <= special {
            let why = format!("inputs of {tokens_max} tokens leave no room beside {special} marks");
            return Err(Error::input(why));
        }
        let limit = TruncationParams { max_length: tokens_max, ..TruncationParams::default() };
        let wrong = |source| Error::Tokenizer { path: self.path.clone(), source };
        self.inner.with_truncation(Some(limit)).map_err(wrong)?;
        Ok(())
    }

    /// Turns a text into tokens, with the special ones that the model expects around it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        self.encode_with(text, true)
    }

    /// Turns a text into tokens and adds nothing; for texts that hold their special tokens.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>> {
        self.encode_with(text, false)
    }

    fn encode_with(&self, text: &str, special: bool) -> Result<Vec<u32>> {
        let encoding =
            guarded(|| self.inner.encode_fast(text, special)).map_err(Error::Tokenize)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Turns texts into tokens, on all cores.
    pub fn encode_batch(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>> {
        let encodings = guarded(|| self.inner.encode_batch_fast(texts.to_vec(), true));
        let encodings = encodings.map_err(Error::Tokenize)?;
        Ok(encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }

    /// Turns texts into tokens, on all cores, that know their characters in the text.
    pub(crate) fn encode_places(&self, texts: &[&str]) -> Result<Vec<Encoding>> {
        let encodings = guarded(|| self.inner.encode_batch_char_offsets(texts.to_vec(), true));
        encodings.map_err(Error::Tokenize)
    }

    /// Turns pairs of texts into tokens, on all cores; tells which belong to the second text.
    pub(crate) fn encode_pairs(&self, pairs: Vec<(&str, &str)>) -> Result<Vec<Sequence>> {
        let encodings = guarded(|| self.inner.encode_batch_fast(pairs, true));
        let encodings = encodings.map_err(Error::Tokenize)?;
        Ok(encodings.iter().map(Sequence::of_pair).collect())
    }

    /// Turns tokens into text, without the special ones.
    pub fn decode(&self, tokens: &[u32]) -> Result<String> {
        guarded(|| self.inner.decode(tokens, true)).map_err(Error::Tokenize)
    }

    /// Turns tokens into text, special ones included.
    pub fn decode_all(&self, tokens: &[u32]) -> Result<String> {
        guarded(|| self.inner.decode(tokens, false)).map_err(Error::Tokenize)
    }

    /// Returns the spelling of one token, as the vocabulary has it.
    pub fn spelling(&self, token: u32) -> Option<String> {
        self.inner.id_to_token(token)
    }

    /// Returns the number of a token.
    pub fn number(&self, spelling: &str) -> Option<u32> {
        self.inner.token_to_id(spelling)
    }

    /// Counts the tokens, added ones included.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Returns the spelling and number of the token that stands for a gap.
    pub fn mask(&self) -> Option<(&str, u32)> {
        let spelling = self.mask.as_deref()?;
        Some((spelling, self.number(spelling)?))
    }

    /// Returns the number of the token that stands for what the vocabulary lacks.
    pub(crate) fn unknown(&self) -> Option<u32> {
        self.number(self.unknown.as_deref()?)
    }

    /// Tells whether the spelling of a token shows that it goes on with a word.
    pub(crate) fn marks_pieces(&self) -> bool {
        match self.inner.get_model() {
            ModelWrapper::WordPiece(model) => !model.continuing_subword_prefix.is_empty(),
            ModelWrapper::BPE(model) => {
                model.continuing_subword_prefix.as_ref().is_some_and(|prefix| !prefix.is_empty())
            }
            ModelWrapper::WordLevel(_) | ModelWrapper::Unigram(_) => false,
        }
    }

    /// Joins the spellings of tokens into a text.
    pub(crate) fn join(&self, spellings: Vec<String>) -> Result<String> {
        match self.inner.get_decoder() {
            Some(decoder) => decoder.decode(spellings).map_err(Error::Tokenize),
            None => Ok(spellings.join(" ")),
        }
    }

    /// Returns what makes grammars for these tokens; `ends` are the model's ending tokens, the
    /// same at every call. Prepared at the first call.
    pub(crate) fn grammars(&self, ends: &[u32]) -> Result<&ParserFactory> {
        if let Some(ready) = self.grammars.get() {
            return Ok(ready);
        }
        let prepared = grammars::prepare(&self.inner, ends)?;
        Ok(self.grammars.get_or_init(|| prepared))
    }

    /// Returns the library's tokenizer, for what this type does not offer.
    pub fn inner(&self) -> &Tokenizer {
        &self.inner
    }
}

/// Runs the library, which panics at some data of damaged files instead of refusing them.
fn guarded<T>(work: impl FnOnce() -> tokenizers::Result<T>) -> tokenizers::Result<T> {
    let why = "the library gave up on the data of the file";
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(why.into()))
}

impl fmt::Debug for TextTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextTokenizer").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Returns the longest input in tokens that a model's positions allow.
pub fn context_max(config: &ConfigFile) -> Result<usize> {
    let positions = config.count(&["max_position_embeddings", "n_positions"])?;
    match config.text("model_type") {
        // These count positions from the padding token's number plus one.
        Some("roberta" | "xlm-roberta" | "camembert" | "mpnet") => {
            let padding = config.count_if_present(&["pad_token_id"])?.unwrap_or(1);
            let first = padding + 1;
            let why = format!("is {positions}, which leaves no place after the padding");
            let wrong = || config.wrong("max_position_embeddings", &why);
            positions.checked_sub(first).filter(|rest| *rest > 0).ok_or_else(wrong)
        }
        _ if positions == 0 => Err(config.wrong("max_position_embeddings", "is 0")),
        _ => Ok(stretched(config).map_or(positions, |stretched| stretched.max(positions))),
    }
}

#[cfg(test)]
mod tests;
