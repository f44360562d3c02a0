//! The encoder: a BERT of about half a million numbers that knows the intents in formal language.

use std::collections::BTreeSet;
use std::path::Path;

use native::Encoder;
use native::train::classifier::{self, ClassifierTraining, Example, Hyperparameters, Method};
use native::train::encoder::{self, EncoderConfig};
use serde_json::json;

use super::dataset::{DataSet, Row};
use super::grammar::Grammar;
use super::progress::Progress;
use super::{publish, vocabulary, write};

const CARD: &str = include_str!("cards/encoder.md");
const FILES: [&str; 7] = [
    "README.md",
    "config.json",
    "model.safetensors",
    "modules.json",
    "1_Pooling/config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];
const SEED: u64 = 30;
/// How the encoder learns before it is published.
const FORMAL: (u32, f32) = (12, 2e-4);
/// How the tour teaches it: epochs and the highest learning rate.
const CASUAL: (u32, f32) = (8, 5e-4);

/// Trains the model, puts it into `out`, and tells how well it does and how well it learns.
///
/// # Errors
/// Where it cannot be trained or written.
pub fn make(grammar: &Grammar, data: &DataSet, out: &Path) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let place = |name: &str| scratch.path().join(name);
    vocabulary::for_encoder(&vocabulary::text(grammar), &place("tokenizer.json"))
        .map_err(|error| format!("cannot train a tokenizer: {error}"))?;
    encoder::create(&config(), &place("tokenizer.json"), &place("blank"))
        .map_err(|error| error.to_string())?;
    let made = place("encoder");
    train(&place("blank"), &data.formal, FORMAL, &made)?;
    write_recipe(&made)?;
    write(&made.join("README.md"), CARD.as_bytes())?;
    publish(&made, &FILES, out)?;

    let before = accuracy(out, &data.test)?;
    train(out, &data.train, CASUAL, &place("taught"))?;
    let after = accuracy(&place("taught"), &data.test)?;
    eprintln!("encoder: accuracy on test.csv {before:.3}, after the tour's lesson {after:.3}");
    Ok(())
}

fn config() -> EncoderConfig {
    EncoderConfig {
        hidden: 128,
        layers: 2,
        heads: 4,
        intermediate: 512,
        context_max: 64,
        dropout: 0.1,
        seed: SEED,
    }
}

/// Trains every number of the encoder in `base` to tell the labels of the rows apart.
fn train(
    base: &Path,
    rows: &[Row],
    (epochs, learning_rate): (u32, f32),
    out: &Path,
) -> Result<(), String> {
    let labels: BTreeSet<String> = rows.iter().map(|row| row.label.clone()).collect();
    let labels: Vec<String> = labels.into_iter().collect();
    let example = |row: &Row| Example {
        text: row.text.clone(),
        label: labels.binary_search(&row.label).unwrap_or_default(),
    };
    let hyperparameters =
        Hyperparameters { epochs, learning_rate, seed: SEED, ..Hyperparameters::default() };
    let training = ClassifierTraining {
        base,
        labels: &labels,
        train: &rows.iter().map(example).collect::<Vec<_>>(),
        validation: &[],
        method: Method::Full,
        hyperparameters: &hyperparameters,
        checkpoints: &out.with_extension("checkpoints"),
        out,
    };
    classifier::run(&training, &mut Progress::new("encoder")).map_err(|error| error.to_string())?;
    Ok(())
}

/// Says how the model embeds: by the mean of its hidden states, as sentence-transformers spells it.
fn write_recipe(dir: &Path) -> Result<(), String> {
    let module = |number: usize, path: &str, kind: &str| {
        let kind = format!("sentence_transformers.models.{kind}");
        json!({ "idx": number, "name": number.to_string(), "path": path, "type": kind })
    };
    let modules = json!([module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")]);
    let pooling = json!({
        "word_embedding_dimension": config().hidden,
        "pooling_mode_mean_tokens": true,
    });
    write(&dir.join("modules.json"), format!("{modules:#}\n").as_bytes())?;
    write(&dir.join("1_Pooling/config.json"), format!("{pooling:#}\n").as_bytes())
}

/// Returns the share of rows whose best class is right.
fn accuracy(dir: &Path, rows: &[Row]) -> Result<f64, String> {
    let encoder = Encoder::load(dir).map_err(|error| error.to_string())?;
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let found = encoder.classify(&texts).map_err(|error| error.to_string())?;
    let best = |scores: &Vec<f32>| {
        let numbered = scores.iter().enumerate();
        numbered.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(number, _)| number)
    };
    let is_right = |(scores, row): &(&Vec<f32>, &Row)| encoder.labels()[best(scores)] == row.label;
    let right = found.iter().zip(rows).filter(is_right).count();
    Ok(right as f64 / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_model_leaves_room_to_learn() {
        let data = DataSet::make(&Grammar::library().unwrap());
        let dir = crate::samples::folder(&crate::root()).join("encoder");
        let formal = accuracy(&dir, &data.formal).unwrap();
        let casual = accuracy(&dir, &data.test).unwrap();
        assert!(formal > 0.95, "{formal}");
        assert!((0.4..0.75).contains(&casual), "{casual}");
    }

    #[test]
    fn the_committed_model_embeds_like_with_like() {
        let dir = crate::samples::folder(&crate::root()).join("encoder");
        let texts = [
            "I have lost my membership card.",
            "My card has been lost or stolen.",
            "What are the opening hours on friday?",
        ];
        let vectors = Encoder::load(&dir).unwrap().embed(&texts).unwrap().vectors;
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
        let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        let [near, far] = [1, 2].map(|other: usize| cosine(&vectors[0], &vectors[other]));
        assert!(near > far + 0.2, "{near}, {far}");
    }
}
