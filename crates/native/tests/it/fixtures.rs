//! Where the fixtures are, how they are read and how numbers are compared.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// Returns a path below `tests/fixtures`.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Returns the folder of a tiny model.
pub(crate) fn model(name: &str) -> PathBuf {
    path("parity").join(name)
}

/// Reads a JSON file.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read(path).expect("the fixture is committed");
    serde_json::from_slice(&text).expect("the fixture has the expected fields")
}

/// Copies a tiny model, so that a test may damage it.
pub(crate) fn copy_of(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(model(name)).expect("the fixture is committed") {
        let from = entry.expect("an entry").path();
        if from.is_file() {
            let to = dir.path().join(from.file_name().expect("a name"));
            std::fs::copy(&from, to).expect("a copy");
        }
    }
    dir
}

/// Runs `f` with inputs as they are: multiplied as bf16 they are rounded, as in other engines, and
/// numbers that were computed with f32 are not met within the tolerances here.
pub(crate) fn precisely<T>(f: impl FnOnce() -> T) -> T {
    kernels::with_level(kernels::Level::Vnni, f)
}

/// Returns the cosine of the angle between two vectors.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Fails unless every number is within `tolerance` of its counterpart, relative to the largest.
pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
    for (index, (x, y)) in found.iter().zip(expected).enumerate() {
        let difference = (x - y).abs();
        assert!(difference <= tolerance * largest, "{what}, number {index}: {x}, expected {y}");
    }
}
