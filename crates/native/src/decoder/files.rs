//! What a decoder is made of: from a folder as `transformers` writes it, or from a GGUF file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::shape::DecoderShape;
use crate::config::ConfigFile;
use crate::facts::{self, ModelFacts};
use crate::generate::chat::ChatTemplate;
use crate::gguf::{self, GgufFile};
use crate::tokenizer::TextTokenizer;
use crate::weights::WeightFiles;
use crate::{Result, files};

/// Everything but the weights in memory.
pub(crate) struct DecoderFiles {
    pub(crate) facts: ModelFacts,
    pub(crate) shape: DecoderShape,
    pub(crate) weights: WeightFiles,
    pub(crate) tokenizer: TextTokenizer,
    pub(crate) template: Option<ChatTemplate>,
    pub(crate) ends: Vec<u32>,
}

impl DecoderFiles {
    /// Reads a folder, or a GGUF file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        match gguf::find(path)? {
            Some(file) => Self::of_gguf(&GgufFile::open(&file)?),
            None => Self::of_folder(path),
        }
    }

    fn of_folder(dir: &Path) -> Result<Self> {
        let config = ConfigFile::read(dir)?;
        let shape = DecoderShape::read(&config)?;
        let weights = WeightFiles::open(dir)?;
        let facts = facts::from_config(dir, &config, weights.headers())?;
        let tokenizer = TextTokenizer::load_unbounded(dir)?;
        let ends = ending_tokens(dir, &config, &tokenizer)?;
        let template = ChatTemplate::load(dir)?;
        Ok(Self { facts, shape, weights, tokenizer, template, ends })
    }

    /// Reads a GGUF file.
    pub(crate) fn of_gguf(file: &GgufFile) -> Result<Self> {
        let config = file.config()?;
        let mut shape = DecoderShape::read(&config)?;
        // The files hold what norms multiply by, whatever the family adds to it.
        shape.norms.offset = 0.0;
        let weights = file.weights()?;
        weights.headers().check_read()?;
        let tokens = file.tokenizer()?;
        let template = file.chat_template()?.map(|source| {
            ChatTemplate::of(file.path().to_owned(), source, tokens.specials.clone())
        });
        let facts = facts::of_decoder(&config, weights.headers(), template.is_some())?;
        let (tokenizer, ends) = (tokens.tokenizer, tokens.ends);
        Ok(Self { facts, shape, weights, tokenizer, template, ends })
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
