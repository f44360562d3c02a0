//! Files and requests that were changed on purpose: each is used or refused, in bounded memory
//! and time, and none ends the process.

mod files;
mod form;
mod gguf;
mod template;
mod tokenizer;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use native::{ChatMessage, Constraint, Decoder, Encoder, Form, GenerateRequest, Prompt, inspect};
use testkit::Confined;

/// Texts that tokenizers meet.
const TEXTS: [&str; 6] = [
    "",
    "the river is high",
    "ÄÖ\u{301}🦀\u{202e}日本",
    "<s></s>[MASK]<|im_end|>",
    "\0\u{fffd}",
    "aaaa ",
];

/// Confines cases to what a small model takes many times over.
fn confined(test: &'static str, cases: u64) -> Confined {
    Confined { test, memory_mib: 2_048, case_time: Duration::from_secs(60), cases }
}

/// Copies a fixture with its folders, so that a test may damage it.
fn copy_of(fixture: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    copy(&crate::fixtures::path(fixture), dir.path());
    dir
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the fixture is committed") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&to).expect("a folder");
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Asks a model whatever it can be asked.
fn ask(dir: &Path) {
    let _ = inspect(dir);
    if let Ok(encoder) = Encoder::load(dir) {
        let _ = encoder.embed(&TEXTS);
        let _ = encoder.classify(&TEXTS);
        let _ = encoder.score_pairs("river", &TEXTS);
        let _ = encoder.fill_mask(&["the [MASK] is <mask>"], 3);
    }
    if let Ok(decoder) = Decoder::load(dir) {
        write(&decoder, Prompt::Text(TEXTS[1].into()), None);
        write(&decoder, Prompt::Chat(vec![ChatMessage::new("user", TEXTS[2])].into()), None);
    }
}

/// Writes some tokens, in a form where one is given.
fn write(decoder: &Decoder, prompt: Prompt, form: Option<&Form>) {
    let compile =
        |form| Constraint::compile(form, decoder.tokenizer(), decoder.ending_tokens()).ok();
    let constraint = form.map(compile);
    if let Some(None) = constraint {
        return;
    }
    let request = GenerateRequest {
        tokens_max: 8,
        temperature: 1.0,
        constraint: constraint.flatten(),
        ..GenerateRequest::new(prompt)
    };
    let _ = decoder.generate(&request, &mut |_| ControlFlow::Continue(()));
}
