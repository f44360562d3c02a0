//! Tokenizers for the samples: byte pairs, trained on the text of the library.
//!
//! Not word pieces: their trainer numbers them by the order of a hash table, which differs from
//! run to run.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::normalizers::Lowercase;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::PostProcessorWrapper;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Result, TokenizerBuilder, TokenizerImpl};

use super::grammar::{Grammar, Register, Talk};

/// Marks of the encoder, in the order of their numbers.
const ENCODER_MARKS: [&str; 4] = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"];
/// Enough for the words of the library to be tokens of their own.
const TOKENS: usize = 1_200;
/// Sentences of each intent and register; enough for every word to come often.
const SENTENCES: usize = 400;
const SEED: u64 = 10;

/// Returns sentences that have every word which a model may have read before it is published.
pub fn text(grammar: &Grammar) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut text = Vec::new();
    for intent in grammar.intents() {
        for register in [Register::Formal, Register::Casual, Register::Answer] {
            for _ in 0..SENTENCES {
                let filling = grammar.filling(&mut random);
                text.push(grammar.sentence(intent, register, &filling, &mut random).text);
            }
        }
    }
    let of_talk = |talk: &Talk| [talk.questions.clone(), vec![talk.answer.clone()]].concat();
    text.extend(grammar.talks().iter().flat_map(of_talk));
    text
}

/// Trains a tokenizer that ignores case and puts marks around a text, as BERT wants.
///
/// # Errors
/// Where the library cannot train or write it.
pub fn for_encoder(text: &[String], path: &Path) -> Result<()> {
    let around = TemplateProcessing::builder()
        .try_single("[CLS] $A [SEP]")?
        .try_pair("[CLS] $A [SEP] $B:1 [SEP]:1")?
        .special_tokens(vec![("[CLS]", 1), ("[SEP]", 2)])
        .build()?;
    let (bytes, around) = (ByteLevel::new(true, true, true), PostProcessorWrapper::from(around));
    let builder = TokenizerBuilder::new()
        .with_normalizer(Some(Lowercase))
        .with_pre_tokenizer(Some(bytes))
        .with_post_processor(Some(around));
    train(builder, text, &ENCODER_MARKS, path)
}

/// Trains a tokenizer that keeps every character, with the marks of a chat.
///
/// # Errors
/// Where the library cannot train or write it.
pub fn for_chat(text: &[String], marks: &[&str], path: &Path) -> Result<()> {
    let bytes = ByteLevel::new(false, false, true);
    let builder = TokenizerBuilder::new()
        .with_pre_tokenizer(Some(bytes))
        .with_post_processor(Some(PostProcessorWrapper::from(bytes)));
    train(builder, text, marks, path)
}

type Builder = TokenizerBuilder<BPE, Lowercase, ByteLevel, PostProcessorWrapper, ByteLevel>;

fn train(builder: Builder, text: &[String], marks: &[&str], path: &Path) -> Result<()> {
    let mut trainer = BpeTrainerBuilder::new()
        .vocab_size(TOKENS)
        .min_frequency(2)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(marks.iter().map(|mark| AddedToken::from(*mark, true)).collect())
        .build();
    let mut tokenizer: TokenizerImpl<_, _, _, _, _> =
        builder.with_model(BPE::default()).with_decoder(Some(ByteLevel::default())).build()?;
    tokenizer.train(&mut trainer, text.iter())?;
    tokenizer.save(path, false)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokenizers::Tokenizer;

    use super::*;

    fn made(make: impl Fn(&[String], &Path) -> Result<()>) -> (Vec<u8>, Tokenizer) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokenizer.json");
        make(&text(&Grammar::library().unwrap()), &path).unwrap();
        (std::fs::read(&path).unwrap(), Tokenizer::from_file(&path).unwrap())
    }

    #[test]
    fn the_encoders_ignores_case_and_puts_marks_around() {
        let (_, tokenizer) = made(for_encoder);
        let tokens = |text: &str| {
            let encoding = tokenizer.encode(text, true).unwrap();
            encoding.get_tokens().to_vec()
        };
        let expected = ["[CLS]", "Ġmy", "Ġcard", "Ġis", "Ġgone", "[SEP]"];
        assert_eq!(tokens("my card is gone"), expected);
        assert_eq!(tokens("My CARD is gone"), expected);
    }

    #[test]
    fn the_chats_keeps_every_character() {
        let (_, tokenizer) = made(|text, path| for_chat(text, &["<end>"], path));
        assert_eq!(tokenizer.token_to_id("<end>"), Some(0));
        for text in ["Your loan is renewed.", "  Größe 漢 🙂\n", "<end>"] {
            let encoding = tokenizer.encode(text, true).unwrap();
            assert_eq!(tokenizer.decode(encoding.get_ids(), false).unwrap(), text);
        }
    }

    #[test]
    fn equal_texts_give_equal_tokenizers() {
        assert!(made(for_encoder).0 == made(for_encoder).0);
    }
}
