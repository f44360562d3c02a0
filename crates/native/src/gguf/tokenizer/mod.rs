//! The tokenizer of a GGUF file, as the `tokenizer.json` that says the same.

mod byte_level;
mod sentence_piece;
mod vocabulary;

use serde_json::{Value, json};

use super::GgufFile;
use crate::tokenizer::TextTokenizer;
use crate::{Error, Result};
use vocabulary::Vocabulary;

const MODEL: &str = "tokenizer.ggml.model";

/// Endings of answers that files do not always declare, by their usual spellings.
const ENDINGS: [&str; 7] = [
    "<|eot_id|>",
    "<|eom_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
];

/// What a file says about its tokens.
pub(crate) struct GgufTokenizer {
    /// Turns text into tokens and back.
    pub(crate) tokenizer: TextTokenizer,
    /// Tokens that end an answer.
    pub(crate) ends: Vec<u32>,
    /// `bos_token` and its like, for chat templates.
    pub(crate) specials: Vec<(String, String)>,
}

impl GgufFile {
    /// Makes the tokenizer.
    pub(crate) fn tokenizer(&self) -> Result<GgufTokenizer> {
        let vocabulary = Vocabulary::read(self)?;
        let parts = match self.text(MODEL)? {
            Some("gpt2") => byte_level::parts(self, &vocabulary)?,
            Some("llama") => sentence_piece::parts(self, &vocabulary)?,
            Some(other) => {
                return Err(Error::unsupported(
                    format!("tokenizers of the sort `{other}` are not read from GGUF files"),
                    "supported are gpt2 and llama; or import the original safetensors",
                ));
            }
            None => return Err(self.wrong(MODEL, "is missing")),
        };
        let tokenizer = TextTokenizer::of_json(self.path(), &whole(parts, &vocabulary))?;
        let mut ends = vocabulary.ends();
        ends.extend(ENDINGS.iter().filter_map(|ending| vocabulary.control(ending)));
        ends.sort_unstable();
        ends.dedup();
        Ok(GgufTokenizer { tokenizer, ends, specials: vocabulary.specials() })
    }
}

/// What differs between the sorts of tokenizers.
struct Parts {
    model: Value,
    normalizer: Value,
    pre_tokenizer: Value,
    decoder: Value,
}

fn whole(parts: Parts, vocabulary: &Vocabulary<'_>) -> Value {
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": vocabulary.added(),
        "normalizer": parts.normalizer,
        "pre_tokenizer": parts.pre_tokenizer,
        "post_processor": vocabulary.template(),
        "decoder": parts.decoder,
        "model": parts.model,
    })
}
