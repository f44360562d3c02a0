//! Whatever a library writes is read back, with the line where each row begins.

use data::LabelledText;
use proptest::prelude::*;
use serde_json::json;

use super::Bench;

/// Texts with all that needs quoting; never blank, which is refused.
fn text() -> impl Strategy<Value = String> {
    "[a-z\"',;:\t\r\n äß🎈\\\\{}\\[\\]]{0,12}[a-z\"{,]"
}

fn rows() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((text(), text()), 1..20)
}

fn newlines(text: &str) -> u64 {
    text.matches('\n').count() as u64
}

/// Returns the rows with their lines, where each row ends its line.
fn with_lines(rows: &[(String, String)], first: u64, breaks: bool) -> Vec<LabelledText> {
    let mut line = first;
    let place = |(text, label): &(String, String)| {
        let row = LabelledText { line, text: text.clone(), label: label.clone() };
        line += 1 + if breaks { newlines(text) + newlines(label) } else { 0 };
        row
    };
    rows.iter().map(place).collect()
}

fn delimited(rows: &[(String, String)], delimiter: u8, terminator: csv::Terminator) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(terminator)
        .from_writer(Vec::new());
    writer.write_record(["text", "label"]).unwrap();
    for (text, label) in rows {
        writer.write_record([text, label]).unwrap();
    }
    writer.into_inner().unwrap()
}

fn in_utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

proptest! {
    #[test]
    fn delimited_files_are_read_back(rows in rows(), crlf: bool, tabs: bool, wide: bool) {
        let (name, delimiter) = if tabs { ("a.tsv", b'\t') } else { ("a.csv", b',') };
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut content = delimited(&rows, delimiter, terminator);
        if wide {
            content = in_utf_16(std::str::from_utf8(&content).unwrap());
        }
        let read = Bench::new(name, content).labelled("").unwrap();
        prop_assert_eq!(read, with_lines(&rows, 2, true));
    }

    #[test]
    fn json_files_are_read_back(rows in rows(), array: bool, crlf: bool) {
        let objects = rows.iter().map(|(text, label)| json!({ "text": text, "label": label }));
        let objects: Vec<String> = objects.map(|object| object.to_string()).collect();
        let end = if crlf { "\r\n" } else { "\n" };
        let (name, content, first) = if array {
            ("a.json", format!("[{end}{}{end}]", objects.join(&format!(",{end}"))), 2)
        } else {
            ("a.jsonl", objects.join(end), 1)
        };
        let read = Bench::new(name, content).labelled("").unwrap();
        prop_assert_eq!(read, with_lines(&rows, first, false));
    }

    #[test]
    fn no_bytes_make_the_readers_panic(content: Vec<u8>, ending in 0..4_usize) {
        let name = ["a.csv", "a.tsv", "a.json", "a.jsonl"][ending];
        let bench = Bench::new(name, [b"text,label\n".as_slice(), &content].concat());
        let _ = bench.labelled("");
        let _ = Bench::new(name, &content).labelled("");
    }
}
