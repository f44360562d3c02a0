//! What people and programs read: tables, JSON, errors.

use std::io::Write;
use std::process::ExitCode;

use domain::{Fault, Kind};
use serde::Serialize;
use serde_json::json;

/// Prints one line on standard output. A closed pipe is no error: the reader has enough.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// Prints one JSON object on standard output.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(error) => note(format!("cannot write JSON: {error}")),
    }
}

/// Prints one line for people on standard error.
pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// Prints rows with aligned columns; the last column is not padded.
pub fn table(headings: &[&str], rows: &[Vec<String>]) {
    for text in layout(headings, rows) {
        line(text);
    }
}

fn layout(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(headings[column].chars().count())
    };
    let widths: Vec<_> = (0..headings.len()).map(width).collect();
    let write = |cells: &[String]| {
        let pad = |(cell, width): (&String, &usize)| format!("{cell:width$}");
        let row: Vec<_> = cells.iter().zip(&widths).map(pad).collect();
        row.join("  ").trim_end().to_owned()
    };
    let headings: Vec<_> = headings.iter().map(|text| (*text).to_uppercase()).collect();
    std::iter::once(write(&headings)).chain(rows.iter().map(|row| write(row))).collect()
}

/// Prints a fault and returns its exit code.
pub fn fail(fault: &Fault, as_json: bool) -> ExitCode {
    if as_json {
        let error = api::ErrorBody {
            code: fault.kind().code().to_owned(),
            message: fault.chain(),
            hint: fault.hint_text().map(str::to_owned),
            request_id: None,
        };
        json(&json!({ "error": error }));
    } else {
        note(format!("error: {}", fault.message()));
        let mut next = std::error::Error::source(fault);
        while let Some(cause) = next {
            note(format!("  caused by: {cause}"));
            next = cause.source();
        }
        if let Some(hint) = fault.hint_text() {
            note(format!("  hint: {hint}"));
        }
    }
    ExitCode::from(exit_code(fault.kind()))
}

/// Returns the exit code of a kind; 2 is also what a wrong command line gives.
pub fn exit_code(kind: Kind) -> u8 {
    match kind {
        Kind::Internal => 1,
        Kind::Invalid => 2,
        Kind::NotFound => 3,
        Kind::Exists => 4,
        Kind::Conflict => 5,
        Kind::Unsupported => 6,
        Kind::Denied => 7,
        Kind::Unauthenticated => 8,
        Kind::Busy => 9,
        Kind::Unavailable => 10,
    }
}

/// Writes a number of bytes for people.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// Writes a number of parameters for people.
pub fn parameters(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.0}K", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0}M", count as f64 / 1e6),
        _ => format!("{:.1}B", count as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align() {
        let rows = [vec!["a".into(), "é".into(), "z".into()], vec!["bbb".into(), "y".into()]];
        let text = layout(&["one", "two", "three"], &rows).join("\n");
        assert_eq!(text, "ONE  TWO  THREE\na    é    z\nbbb  y");
    }

    #[test]
    fn exit_codes_differ() {
        let codes: std::collections::BTreeSet<_> = Kind::ALL.into_iter().map(exit_code).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(!codes.contains(&0));
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_234_567), "1.2 MB");
        assert_eq!(parameters(22_713_216), "23M");
    }
}
