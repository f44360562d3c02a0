//! Every encoder family computes what `transformers` computes.

use native::Encoder;
use serde::Deserialize;

use crate::fixtures::{assert_close, cosine, json, model, precisely};

/// How far numbers may be apart, relative to the largest.
const TOLERANCE: f32 = 2e-3;

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    #[serde(default, alias = "mean")]
    embeddings: Vec<Vec<f32>>,
    #[serde(default)]
    probabilities: Vec<Vec<f32>>,
    #[serde(default)]
    masked: Vec<Masked>,
}

#[derive(Deserialize)]
struct Masked {
    text: String,
    token_ids: Vec<u32>,
    scores: Vec<f32>,
}

fn load(name: &str) -> (Encoder, Expected) {
    let dir = model(name);
    (Encoder::load(&dir).expect("the model loads"), json(&dir.join("expected.json")))
}

fn texts(expected: &Expected) -> Vec<&str> {
    expected.texts.iter().map(String::as_str).collect()
}

#[test]
fn embeddings_equal_those_of_transformers() {
    let check = |name: &str| {
        let (encoder, expected) = load(name);
        let found = encoder.embed(&texts(&expected)).expect("embeddings");
        assert_eq!(found.vectors.len(), expected.embeddings.len());
        for (found, expected) in found.vectors.iter().zip(&expected.embeddings) {
            assert_close(found, expected, TOLERANCE, name);
            assert!(cosine(found, expected) >= 0.9999, "{name}");
        }
    };
    check("bert-base");
    check("roberta-base");
    check("distilbert-base");
    check("distilbert-relu");
    check("mpnet-base");
    check("bert-sentence-cls");
    check("bert-sentence-mean");
}

#[test]
fn class_probabilities_equal_those_of_transformers() {
    let check = |name: &str| {
        let (encoder, expected) = load(name);
        assert_eq!(encoder.labels(), ["calm", "busy", "odd"]);
        let texts = texts(&expected);
        let found = precisely(|| encoder.classify(&texts)).expect("probabilities");
        assert_eq!(found.len(), expected.probabilities.len());
        for (found, expected) in found.iter().zip(&expected.probabilities) {
            assert_close(found, expected, TOLERANCE, name);
        }
    };
    check("bert-classification");
    check("roberta-classification");
    check("distilbert-classification");
    check("mpnet-classification");
    check("bert-bf16");
    check("bert-f16");
    check("bert-sharded");
    check("bert-multi-label");
    check("bert-own-mean");
    check("bert-own-cls");
}

#[test]
fn masked_tokens_equal_those_of_transformers() {
    let check = |name: &str| {
        let (encoder, expected) = load(name);
        for case in expected.masked {
            let found = encoder.fill_mask(&[&case.text], 5).expect("candidates").remove(0);
            let ids: Vec<u32> = found.iter().map(|candidate| candidate.token_id).collect();
            let scores: Vec<f32> = found.iter().map(|candidate| candidate.score).collect();
            assert_eq!(ids, case.token_ids, "{name}: {}", case.text);
            assert_close(&scores, &case.scores, TOLERANCE, name);
        }
    };
    check("bert-masked-lm");
    check("bert-untied");
    check("roberta-masked-lm");
    check("distilbert-masked-lm");
    check("mpnet-masked-lm");
}

#[test]
fn a_candidate_shows_the_filled_text() {
    let encoder = Encoder::load(&model("roberta-masked-lm")).expect("the model loads");
    let found = encoder.fill_mask(&["the <mask> is high"], 2).expect("candidates").remove(0);
    let other = encoder.fill_mask(&["the [MASK] is high"], 2).expect("candidates").remove(0);
    assert_eq!(found, other, "another family's way to write it");
    for candidate in found {
        let expected = format!("the {} is high", candidate.token);
        assert_eq!(candidate.sequence.replace("  ", " "), expected);
    }
}

#[test]
fn results_do_not_depend_on_company_or_order() {
    let (encoder, expected) = load("mpnet-classification");
    let texts = texts(&expected);
    let many: Vec<&str> = texts.iter().rev().cycle().take(500).copied().collect();
    let together = encoder.classify(&many).expect("probabilities");
    for (text, found) in many.iter().zip(&together) {
        let index = texts.iter().position(|known| known == text).expect("a known text");
        assert_close(found, &expected.probabilities[index], TOLERANCE, text);
    }
}

#[test]
fn a_long_text_is_cut_to_the_context() {
    let (encoder, _) = load("bert-sentence-cls");
    let long = "the river is high after the rain ".repeat(50);
    let cut = encoder.embed(&[&long]).expect("an embedding");
    assert_eq!(cut.tokens, 12);
    let (encoder, _) = load("roberta-base");
    assert_eq!(encoder.embed(&[&long]).expect("an embedding").tokens, 62);
}

#[test]
fn no_texts_give_no_results() {
    let (encoder, _) = load("bert-classification");
    assert!(encoder.classify(&[]).expect("no results").is_empty());
    assert!(encoder.embed(&[]).expect("no results").vectors.is_empty());
}

#[test]
fn a_model_without_the_head_says_so() {
    let (encoder, _) = load("bert-base");
    let classify = encoder.classify(&["a"]).expect_err("no head");
    assert_eq!(classify.to_string(), "`BertModel` does not have a classification head");
    let fill = encoder.fill_mask(&["a"], 1).expect_err("no head");
    assert_eq!(fill.to_string(), "`BertModel` does not have a head for masked tokens");
}

#[test]
fn a_gap_is_asked_for_when_it_is_missing() {
    let (encoder, _) = load("bert-masked-lm");
    let error = encoder.fill_mask(&["the [MASK]", "the river"], 1).expect_err("no gap");
    assert_eq!(error.to_string(), "text 2 has no `[MASK]` to fill");
}
