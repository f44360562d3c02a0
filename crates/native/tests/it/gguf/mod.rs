//! GGUF files: what is read, what is refused, and that it computes what safetensors compute.

mod blocks;
pub(crate) mod convert;
mod hostile;
mod parity;
mod refused;
mod split;
mod tokenizer;
pub(crate) mod writer;

use std::ffi::OsString;
use std::io::Write;

/// A Python that has the packages `gguf` and `numpy`.
const PYTHON_VARIABLE: &str = "MODELDEX_TEST_PYTHON";

/// Returns the Python that has the packages, or says that a test is skipped.
fn python() -> Option<OsString> {
    let python = std::env::var_os(PYTHON_VARIABLE);
    if python.is_none() {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {PYTHON_VARIABLE} does not name a Python with gguf and numpy"
        );
    }
    python
}
