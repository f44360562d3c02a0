//! The real all-MiniLM-L6-v2, where it is at hand.

use std::io::Write;
use std::path::PathBuf;

use native::{Encoder, Quantize};
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
    let expected: Expected = json(&path("minilm.json"));
    let texts: Vec<&str> = expected.texts.iter().map(String::as_str).collect();
    for (quantize, least) in [(None, 0.9999), (Some(Quantize::Int8), 0.998)] {
        let encoder = Encoder::load_quantized(&dir, quantize).expect("the model loads");
        let found = encoder.embed(&texts).expect("embeddings");
        assert_eq!(found.vectors.len(), expected.embeddings.len());
        let both = found.vectors.iter().zip(&expected.embeddings);
        for (text, (found, expected)) in texts.iter().zip(both) {
            let cosine = cosine(found, expected);
            assert!(cosine >= least, "cosine {cosine} for `{text}` with {quantize:?}");
        }
    }
}
