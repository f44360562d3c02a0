//! The files of a model's folder.

use std::fs;
use std::path::Path;

use serde_json::Value;
use testkit::Mutator;

use super::{ask, confined, copy_of};
use crate::fixtures::json;

/// Fixtures with the file that is changed.
const FILES: [(&str, &str); 11] = [
    ("parity/bert-classification", "config.json"),
    ("parity/roberta-masked-lm", "config.json"),
    ("parity/mpnet-base", "config.json"),
    ("parity/bert-sharded", "model.safetensors.index.json"),
    ("parity/bert-sentence-cls", "modules.json"),
    ("parity/bert-sentence-cls", "1_Pooling/config.json"),
    ("decoder/llama", "config.json"),
    ("decoder/gemma3", "config.json"),
    ("decoder/phi3-long", "config.json"),
    ("decoder/llama", "generation_config.json"),
    ("decoder/llama", "tokenizer_config.json"),
];

#[test]
fn a_folder_with_another_file_is_used_or_refused() {
    let models = FILES.map(|(fixture, file)| {
        let dir = copy_of(fixture);
        let sound: Value = json(&dir.path().join(file));
        (dir, file, sound)
    });
    confined("fuzz::files::a_folder_with_another_file_is_used_or_refused", 2_200).run(|seed| {
        let (dir, file, sound) = &models[seed as usize % models.len()];
        let path = dir.path().join(file);
        fs::write(&path, Mutator::new(seed).json(sound).to_string()).expect("written");
        ask(dir.path());
        fs::write(&path, sound.to_string()).expect("restored");
    });
}

#[test]
fn weights_with_another_header_are_used_or_refused() {
    let dirs = ["parity/bert-classification", "decoder/llama"].map(copy_of);
    let file = |dir: &Path| dir.join("model.safetensors");
    let sound = [0, 1].map(|at: usize| fs::read(file(dirs[at].path())).expect("read"));
    confined("fuzz::files::weights_with_another_header_are_used_or_refused", 1_500).run(|seed| {
        let (dir, sound) = (&dirs[seed as usize % 2], &sound[seed as usize % 2]);
        let changed = with_other_header(&mut Mutator::new(seed), sound);
        fs::write(file(dir.path()), changed).expect("written");
        ask(dir.path());
    });
}

fn with_other_header(mutator: &mut Mutator, sound: &[u8]) -> Vec<u8> {
    let (length, rest) = sound.split_first_chunk::<8>().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header = match mutator.below(3) {
        0 => mutator.bytes(header),
        _ => {
            let header: Value = serde_json::from_slice(header).expect("JSON");
            mutator.json(&header).to_string().into_bytes()
        }
    };
    let length = header.len() as u64;
    let claimed =
        *mutator.pick(&[length, length, length, length, 0, length + 1, 1 << 40, u64::MAX]);
    [&claimed.to_le_bytes(), &*header, data].concat()
}
