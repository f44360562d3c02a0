//! Cross-encoders: a query and a text read together by a head with one label.

use std::path::Path;

use native::Encoder;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use crate::fixtures::{copy_of, json as read_json};

const TYPES: &str = "bert.embeddings.token_type_embeddings.weight";

/// Makes a cross-encoder of the classifier: its first label alone, with other weights where asked.
fn ranker(change: impl Fn(&str, &mut Vec<u8>)) -> Encoder {
    let dir = copy_of("bert-classification");
    let path = dir.path().join("config.json");
    let mut config: Value = read_json(&path);
    config["id2label"] = json!({ "0": "LABEL_0" });
    config["label2id"] = json!({ "LABEL_0": 0 });
    config["num_labels"] = json!(1);
    std::fs::write(&path, config.to_string()).expect("written");
    rewrite(&dir.path().join("model.safetensors"), change);
    // The weights stay mapped when the folder is gone.
    Encoder::load(dir.path()).expect("the model loads")
}

fn rewrite(path: &Path, change: impl Fn(&str, &mut Vec<u8>)) {
    let bytes = std::fs::read(path).expect("the fixture is committed");
    let tensors = SafeTensors::deserialize(&bytes).expect("sound");
    let read = |(name, view): (String, TensorView<'_>)| {
        let (mut shape, mut data) = (view.shape().to_vec(), view.data().to_vec());
        if name.starts_with("classifier.") {
            data.truncate(data.len() / shape[0]);
            shape[0] = 1;
        }
        change(&name, &mut data);
        (name, view.dtype(), shape, data)
    };
    let parts: Vec<_> = tensors.tensors().into_iter().map(read).collect();
    let views = parts.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data).expect("the data fits");
        (name.as_str(), view)
    });
    let bytes = safetensors::serialize(views, None).expect("serialized");
    std::fs::write(path, bytes).expect("written");
}

const QUERY: &str = "where is my card";
const TEXTS: [&str; 3] = ["the card is lost", "a", "how do i pay with the card that is mine"];

#[test]
fn each_text_has_its_score_whoever_is_scored_beside_it() {
    let ranker = ranker(|_, _| ());
    let together = ranker.score_pairs(QUERY, &TEXTS).expect("scores");
    for (text, expected) in TEXTS.iter().zip(&together.scores) {
        let alone = ranker.score_pairs(QUERY, &[text]).expect("a score").scores[0];
        assert!((alone - expected).abs() < 1e-5, "{text}: {alone}, together {expected}");
        assert!((0.0..=1.0).contains(expected), "{expected}");
    }
    let swapped = ranker.score_pairs(TEXTS[0], &[QUERY]).expect("a score").scores[0];
    assert!((swapped - together.scores[0]).abs() > 1e-6, "the order of a pair counts");
}

#[test]
fn the_second_text_has_a_type_of_its_own() {
    let both_first = ranker(|name, data| {
        if name == TYPES {
            let half = data.len() / 2;
            data.copy_within(..half, half);
        }
    });
    let own = ranker(|_, _| ()).score_pairs(QUERY, &TEXTS).expect("scores").scores;
    let first = both_first.score_pairs(QUERY, &TEXTS).expect("scores").scores;
    assert!(own.iter().zip(&first).any(|(own, first)| (own - first).abs() > 1e-6), "{own:?}");
}

#[test]
fn a_classifier_of_several_labels_does_not_rank() {
    let dir = copy_of("bert-classification");
    let encoder = Encoder::load(dir.path()).expect("the model loads");
    let error = encoder.score_pairs(QUERY, &TEXTS).expect_err("no ranking").to_string();
    assert!(error.contains("labels does not rank"), "{error}");
}
