//! Pairs of texts of which one gives way where they are too long together.

use std::fmt;

use tokenizers::{Encoding, PostProcessor, PostProcessorWrapper, Tokenizer, TruncationDirection};

use crate::tokenizer::TextTokenizer;
use crate::{Error, Result};

/// Turns texts into tokens by themselves, and joins them with the marks that the model expects.
#[derive(Clone)]
pub(crate) struct PairTokenizer {
    /// Sets no marks and does not truncate.
    inner: Tokenizer,
    marks: Option<PostProcessorWrapper>,
}

/// Tokens of a text that overlap with those before, so that nothing at a border is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Tokens in a window.
    pub(crate) tokens: usize,
    /// Tokens that two windows share; fewer than they have.
    pub(crate) shared: usize,
}

impl PairTokenizer {
    /// Makes a tokenizer for pairs of one for texts.
    pub(crate) fn of(tokenizer: &TextTokenizer) -> Result<Self> {
        let mut inner = tokenizer.inner().clone();
        inner.with_truncation(None).map_err(Error::Tokenize)?;
        // Marks are set once, where texts are joined: some also move the places of tokens.
        let marks = inner.get_post_processor().cloned();
        inner.with_post_processor(None::<PostProcessorWrapper>);
        Ok(Self { inner, marks })
    }

    /// Turns a text into tokens that know their characters, without marks.
    pub(crate) fn encode(&self, text: &str) -> Result<Encoding> {
        self.inner.encode_char_offsets(text, false).map_err(Error::Tokenize)
    }

    /// Counts the marks around a pair.
    pub(crate) fn marks(&self) -> usize {
        self.marks.as_ref().map_or(0, |marks| marks.added_tokens(true))
    }

    /// Joins the tokens of two texts.
    pub(crate) fn join(&self, first: Encoding, second: Encoding) -> Result<Encoding> {
        match &self.marks {
            Some(marks) => marks.process(first, Some(second), true).map_err(Error::Tokenize),
            None => {
                let mut both = [first, second];
                for (number, encoding) in both.iter_mut().enumerate() {
                    encoding.set_sequence_id(number);
                    encoding.set_type_ids(vec![number as u32; encoding.len()]);
                }
                Ok(Encoding::merge(both, false))
            }
        }
    }
}

/// Keeps the first tokens of a text.
pub(crate) fn cut(encoding: &mut Encoding, tokens_max: usize) {
    encoding.truncate(tokens_max, 0, TruncationDirection::Right);
    drop(encoding.take_overflowing());
}

/// Cuts the tokens of a text into windows; a text without tokens has one, which is empty.
pub(crate) fn windows(mut encoding: Encoding, window: Window) -> Vec<Encoding> {
    encoding.truncate(window.tokens, window.shared, TruncationDirection::Right);
    let rest = encoding.take_overflowing();
    std::iter::once(encoding).chain(rest).collect()
}

impl fmt::Debug for PairTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairTokenizer").finish_non_exhaustive()
    }
}
