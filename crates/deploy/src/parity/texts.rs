//! The text that is measured on: one of our own, or a person's.

use std::fs::File;
use std::io::Read;

use data::{DataFile, Format, Mapping};

use crate::Error;

/// Prose, a list, a dialogue, code, sums, a letter, questions: written for this, so that no model
/// was taught it. Some 1,200 tokens, a few more than are read.
pub(super) const BUILT_IN: &str = include_str!("text.txt");

/// How much of a person's text is read: a token has rarely more than 64 bytes.
pub(super) const BYTES_MAX: usize = native::parity::TOKENS_MAX * 64;

/// Reads the beginning of a file: rows with a column `text`, or plain text.
pub(super) fn read(file: &DataFile, mapping: &Mapping) -> Result<Vec<String>, Error> {
    if Format::of(&file.name).is_err() {
        return Ok(vec![plain(file)?]);
    }
    let (mut texts, mut bytes) = (Vec::new(), 0);
    for row in data::texts(file, mapping)? {
        let text = row?.text;
        bytes += text.len();
        texts.push(text);
        if bytes >= BYTES_MAX {
            break;
        }
    }
    Ok(texts)
}

fn plain(file: &DataFile) -> Result<String, Error> {
    let wrong = |why: String| Error::Text { name: file.name.clone(), why };
    let unreadable = |error: std::io::Error| wrong(error.to_string());
    let mut bytes = Vec::new();
    let opened = File::open(&file.path).map_err(unreadable)?;
    opened.take(BYTES_MAX as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() && bytes.len() == BYTES_MAX => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err(wrong("it is not text in UTF-8".to_owned())),
    };
    match text.trim_start_matches('\u{feff}') {
        blank if blank.trim().is_empty() => Err(wrong("it is empty".to_owned())),
        text => Ok(text.to_owned()),
    }
}
