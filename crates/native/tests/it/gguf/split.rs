//! Models in several files compute what they compute in one; what is missing or foreign is named.

use std::path::Path;

use native::{Decoder, inspect};

use super::convert::{Written, convert};
use super::writer::{Gguf, Meta};

const PARTS: usize = 3;

fn name(part: usize) -> String {
    format!("tiny-{part:05}-of-{PARTS:05}.gguf")
}

/// Cuts a file as `llama-gguf-split` does: the first part has the metadata.
fn split(whole: &Gguf) -> Vec<Gguf> {
    let each = whole.tensors.len().div_ceil(PARTS);
    let mut rest = whole.tensors.chunks(each);
    (0..PARTS)
        .map(|part| {
            let metadata = if part == 0 { whole.metadata.clone() } else { Vec::new() };
            let tensors = rest.next().unwrap_or_default().to_vec();
            let mut made = Gguf { metadata, tensors };
            let short = |number: usize| Meta::Raw(2, (number as u16).to_le_bytes().into());
            made.set("split.no", short(part)).set("split.count", short(PARTS));
            made.set("split.tensors.count", Meta::I32(whole.tensors.len() as i32));
            made
        })
        .collect()
}

fn save(parts: &[Gguf]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (part, gguf) in parts.iter().enumerate() {
        std::fs::write(dir.path().join(name(part + 1)), gguf.bytes()).expect("written");
    }
    dir
}

fn scores(path: &Path) -> Vec<f32> {
    Decoder::load(path).expect("the model loads").scores(&[3, 14, 15, 9, 2, 6]).expect("scores")
}

#[test]
fn parts_are_the_model() {
    for (model, written) in [("llama", Written::F32), ("qwen2", Written::Q8_0)] {
        let whole = convert(model, written);
        let (one, parts) = (whole.save(), save(&split(&whole)));
        let expected = scores(one.path());
        assert_eq!(scores(parts.path()), expected, "{model}: a folder of parts");
        for part in 1..=PARTS {
            assert_eq!(scores(&parts.path().join(name(part))), expected, "{model}: part {part}");
        }
        let (one, parts) = [one, parts].map(|dir| inspect(dir.path()).expect("facts")).into();
        assert_eq!((one.parameters, one.tasks), (parts.parameters, parts.tasks));
        assert!(parts.size_bytes > one.size_bytes, "the sizes of all parts count");
    }
}

#[test]
fn a_factor_may_lie_in_any_part() {
    let mut whole = convert("phi3-long", Written::F32);
    // The factors come last, as they would where the file's tensors are in another order.
    whole.tensors.sort_by_key(|tensor| tensor.name.starts_with("rope_factors"));
    let parts = save(&split(&whole));
    assert_eq!(scores(parts.path()), scores(whole.save().path()));
}

/// Changes parts of a Llama and checks how it is refused, by inspection and by loading.
fn check(change: impl FnOnce(&mut Vec<Gguf>, &Path), expected: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut parts = split(&convert("llama", Written::F32));
    change(&mut parts, dir.path());
    for (part, gguf) in parts.iter().enumerate() {
        std::fs::write(dir.path().join(name(part + 1)), gguf.bytes()).expect("written");
    }
    let inspected = inspect(dir.path()).expect_err(expected).to_string();
    let loaded = Decoder::load(dir.path()).expect_err(expected).to_string();
    assert_eq!(inspected, loaded);
    assert_eq!(inspected.replace(&dir.path().display().to_string(), "DIR"), expected);
}

#[test]
fn what_is_missing_or_foreign_is_named() {
    check(
        |parts, _| {
            parts.pop();
        },
        "part 3 of 3 is missing: `tiny-00003-of-00003.gguf` is not in `DIR`",
    );
    check(
        |parts, _| parts.swap(1, 2),
        "`split.no` of `DIR/tiny-00002-of-00003.gguf` is 2, and by its name 1",
    );
    check(
        |parts, _| {
            parts[2].set("split.count", Meta::U32(4));
        },
        "`split.count` of `DIR/tiny-00003-of-00003.gguf` is 4, and by its name 3",
    );
    check(
        |parts, _| {
            parts[1].without("split.no");
        },
        "`split.no` of `DIR/tiny-00002-of-00003.gguf` is missing, and by its name 1",
    );
    check(
        |parts, _| {
            let twice = parts[0].tensors[0].clone();
            parts[2].tensors.push(twice);
        },
        "`output.weight` of `DIR/tiny-00001-of-00003.gguf` is in several parts",
    );
    check(
        |parts, _| {
            parts[2].tensors.pop();
        },
        "`split.tensors.count` of `DIR/tiny-00001-of-00003.gguf` is 21, and the parts have 20",
    );
    check(
        |_, dir| std::fs::write(dir.join("other.gguf"), "GGUF").expect("written"),
        "`DIR` has several GGUF files: `other.gguf`, `tiny-00001-of-00003.gguf` and more",
    );
}
