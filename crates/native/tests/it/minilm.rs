//! The real all-MiniLM-L6-v2, where it is at hand.

use std::io::Write;
use std::path::PathBuf;

use native::Encoder;
use serde::Deserialize;

use crate::fixtures::{cosine, json, path};

/// The folder of the model's files.
const DIR_VARIABLE: &str = "MODELDEX_TEST_MINILM";

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    embeddings: Vec<Vec<f32>>,
}

#[test]
fn minilm_embeds_as_sentence_transformers_does() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE).map(PathBuf::from) else {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {DIR_VARIABLE} does not name a folder with all-MiniLM-L6-v2"
        );
        return;
    };
    let encoder = Encoder::load(&dir).expect("the model loads");
    let expected: Expected = json(&path("minilm.json"));
    let texts: Vec<&str> = expected.texts.iter().map(String::as_str).collect();
    let found = encoder.embed(&texts).expect("embeddings");
    assert_eq!(found.vectors.len(), expected.embeddings.len());
    for ((text, found), expected) in texts.iter().zip(&found.vectors).zip(&expected.embeddings) {
        let cosine = cosine(found, expected);
        assert!(cosine >= 0.9999, "cosine {cosine} for `{text}`");
    }
}
