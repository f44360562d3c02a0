//! Tokens to text, piece by piece.

use crate::Result;
use crate::tokenizer::TextTokenizer;

/// What stands for bytes that are not a character, or not yet.
const REPLACEMENT: char = '\u{fffd}';
/// An unfinished character has at most this many bytes, each shown as one replacement at most.
const UNFINISHED_MAX: usize = 3;

/// How many tokens of a prompt are looked back at; a character has four at most.
const CONTEXT_TOKENS: usize = 5;

/// Turns tokens into text as they come; a character in several tokens comes with the last.
#[derive(Debug)]
pub(super) struct Detokenizer<'a> {
    tokenizer: &'a TextTokenizer,
    /// The tokens that the next text depends on: decoders look at what is before a token.
    window: Vec<u32>,
    /// How many tokens of the window came before the last text.
    context: usize,
    /// Bytes of the window's text that were handed out.
    shown: usize,
}

impl<'a> Detokenizer<'a> {
    /// Starts after a prompt: the first word keeps the space in front of it.
    pub(super) fn after(tokenizer: &'a TextTokenizer, prompt: &[u32]) -> Result<Self> {
        let window = prompt[prompt.len().saturating_sub(CONTEXT_TOKENS)..].to_vec();
        let shown = certain_bytes(&tokenizer.decode(&window)?);
        Ok(Self { tokenizer, context: window.len(), window, shown })
    }

    /// Takes a token in and returns the text that is certain now.
    pub(super) fn push(&mut self, token: u32) -> Result<String> {
        self.window.push(token);
        let text = self.tokenizer.decode(&self.window)?;
        let certain = certain_bytes(&text);
        let new = text.get(self.shown..certain).unwrap_or_default().to_owned();
        self.shown = self.shown.max(certain);
        if !new.is_empty() && certain == text.len() {
            self.slide()?;
        }
        Ok(new)
    }

    /// Returns what is left at the end, with replacements for what never became a character.
    pub(super) fn finish(&mut self) -> Result<String> {
        let text = self.tokenizer.decode(&self.window)?;
        let rest = text.get(self.shown..).unwrap_or_default().to_owned();
        self.shown = text.len();
        Ok(rest)
    }

    /// Drops the tokens before the last text, so that a long answer takes linear time.
    fn slide(&mut self) -> Result<()> {
        self.window.drain(..self.context);
        self.context = self.window.len();
        self.shown = self.tokenizer.decode(&self.window)?.len();
        Ok(())
    }
}

/// Counts the bytes that later tokens cannot change.
fn certain_bytes(text: &str) -> usize {
    let unfinished = text.chars().rev().take(UNFINISHED_MAX).take_while(|c| *c == REPLACEMENT);
    text.len() - unfinished.count() * REPLACEMENT.len_utf8()
}

/// Returns the text of one token alone; its spelling where it holds a part of a character.
pub(super) fn token_text(tokenizer: &TextTokenizer, token: u32) -> Result<String> {
    let spelling = tokenizer.spelling(token).unwrap_or_default();
    // A decoder would drop the space in front of a first word.
    if spelling.starts_with('\u{2581}') {
        return Ok(spelling.replace('\u{2581}', " "));
    }
    let text = tokenizer.decode_all(&[token])?;
    Ok(if text.contains(REPLACEMENT) { spelling } else { text })
}

#[cfg(test)]
mod tests;
