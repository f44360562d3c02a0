//! The chat model: a Llama of less than a million numbers that knows the help desk's answers.

use std::ops::ControlFlow;
use std::path::Path;

use native::train::decoder::{self, DecoderConfig, DecoderTraining, Hyperparameters, Material};
use native::{ChatMessage, Decoder, GenerateRequest, Prompt};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::grammar::Grammar;
use super::progress::Progress;
use super::{conversation, publish, vocabulary, write};

const CARD: &str = include_str!("cards/chat.md");
const FILES: [&str; 6] = [
    "README.md",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
];
const MARKS: [&str; 2] = ["<|im_start|>", "<|im_end|>"];
/// The widespread layout of conversations known as ChatML.
const TEMPLATE: &str = "{% for message in messages %}\
    {{ '<|im_start|>' + message.role + '\\n' + message.content | trim + '<|im_end|>\\n' }}\
    {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const CONVERSATIONS: usize = 4_000;
const SEED: u64 = 20;
/// Asked when it is done, for whoever made it to read.
const QUESTIONS: [&str; 6] = [
    "how do I sign up",
    "Can I keep the paper kite until friday?",
    "my card is gone",
    "what does a copy cost?",
    "is the small room free on sunday",
    "Who won the match?",
];

/// Trains the model and puts it into `out`.
///
/// # Errors
/// Where it cannot be trained or written.
pub fn make(grammar: &Grammar, out: &Path) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let tokenizer_json = scratch.path().join("tokenizer.json");
    vocabulary::for_chat(&vocabulary::text(grammar), &MARKS, &tokenizer_json)
        .map_err(|error| format!("cannot train a tokenizer: {error}"))?;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let conversations: Vec<Vec<ChatMessage>> =
        (0..CONVERSATIONS).map(|_| conversation::draw(grammar, &mut random)).collect();
    let made = scratch.path().join("chat");
    let training = DecoderTraining {
        config: &config(),
        tokenizer_json: &tokenizer_json,
        material: Material::Answers(&conversations),
        hyperparameters: &hyperparameters(),
        out: &made,
    };
    decoder::run(&training, &mut Progress::new("chat")).map_err(|error| error.to_string())?;
    write(&made.join("README.md"), CARD.as_bytes())?;
    for question in QUESTIONS {
        eprintln!("chat: {question}\n      {}", ask(&made, question)?);
    }
    publish(&made, &FILES, out)
}

fn config() -> DecoderConfig {
    DecoderConfig {
        hidden: 128,
        layers: 3,
        heads: 4,
        kv_heads: 2,
        intermediate: 352,
        context_max: 512,
        end_token: MARKS[1].to_owned(),
        chat_template: Some(TEMPLATE.to_owned()),
        ..DecoderConfig::default()
    }
}

fn hyperparameters() -> Hyperparameters {
    Hyperparameters { epochs: 8, batch_tokens: 1024, seed: SEED, ..Hyperparameters::default() }
}

fn ask(dir: &Path, question: &str) -> Result<String, String> {
    let decoder = Decoder::load(dir).map_err(|error| error.to_string())?;
    let request = GenerateRequest {
        tokens_max: 64,
        ..GenerateRequest::new(Prompt::Chat(vec![ChatMessage::new("user", question)].into()))
    };
    let answer = decoder.generate(&request, &mut |_| ControlFlow::Continue(()));
    answer.map(|answer| answer.text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_model_knows_its_desk() {
        let dir = crate::samples::folder(&crate::root()).join("chat");
        let check = |question: &str, part: &str| {
            let answer = ask(&dir, question).unwrap();
            assert!(answer.contains(part), "{question}: {answer}");
        };
        check("how do I sign up", "Joining is free");
        check("can I keep the paper kite until friday", "the paper kite until friday");
        check("my card is gone", "blocked");
        check("is the small room free on sunday", "on sunday");
        check("thanks", "You are welcome.");
    }
}
