//! What is said about files that are wrong.

use data::{ROW_BYTES_MAX, labelled};

use super::{Bench, mapping};

/// Reads a file with a mapping and compares what a person is told.
fn check(name: &str, content: impl AsRef<[u8]>, map: &str, expected: &str) {
    assert_eq!(Bench::new(name, content).complaint(map), expected, "{name}");
}

#[test]
fn a_missing_column_names_those_that_are_there_and_the_way_out() {
    let cases = [
        (
            "a.csv",
            "text,category\nhi,a\n",
            "",
            "`a.csv` has no column `label`: its columns are `text`, `category` → if `category` is \
             meant: `--map label=category`",
        ),
        (
            "a.tsv",
            "a\tb\tc\nhi\ta\tb\n",
            "text=a",
            "`a.tsv` has no column `label`: its columns are `a`, `b`, `c` → say which column holds \
             it: `--map label=COLUMN`",
        ),
        (
            "a.jsonl",
            "{\"text\":\"hi\",\"intent\":\"a\",\"n\":1}\n",
            "label=intend",
            "`a.jsonl` has no column `intend`: its columns are `text`, `intent`, `n` → if `intent` \
             is meant: `--map label=intent`",
        ),
        (
            "a.csv",
            "text,label\nhi,a\n",
            "txt=text",
            "there is no field `txt` to map: the fields are `text`, `label`",
        ),
    ];
    for (name, content, map, expected) in cases {
        check(name, content, map, expected);
    }
}

#[test]
fn a_file_without_rows_says_so() {
    for (name, content, expected) in [
        ("a.csv", "", "`a.csv` is empty"),
        ("a.csv", "\u{feff}", "`a.csv` is empty"),
        ("a.csv", "\n\r\n", "`a.csv` is empty"),
        ("a.csv", "text,label\n", "`a.csv` has no rows: only a header"),
        ("a.tsv", "text\tlabel\r\n\r\n", "`a.tsv` has no rows: only a header"),
        ("a.jsonl", "\n \n", "`a.jsonl` has no rows"),
        ("a.json", "[ ]", "`a.json` has no rows"),
        ("a.json", " ", "`a.json` is empty"),
    ] {
        check(name, content, "", expected);
    }
}

#[test]
fn an_unknown_ending_lists_the_known_ones() {
    for name in ["rows.xlsx", "rows", "csv"] {
        let expected = format!(
            "cannot tell the format of `{name}`: the known endings are `.jsonl`, `.ndjson`, \
             `.json`, `.csv`, `.tsv` → rename the file so that its ending tells what it is"
        );
        check(name, "text,label\nhi,a\n", "", &expected);
    }
}

#[test]
fn a_file_that_is_not_there_is_not_found() {
    let mut bench = Bench::new("a.csv", "");
    bench.file.path.set_file_name("gone");
    let fault = domain::Fault::from(bench.labelled("").unwrap_err());
    assert_eq!(fault.kind(), domain::Kind::NotFound);
    assert_eq!(fault.message(), "cannot open `a.csv`");
}

#[test]
fn broken_json_names_its_line_and_column() {
    let six = "{\"text\":\"hi\",\"label\":\"a\"}\n".repeat(6);
    let broken = [
        ("{\"text\":\"hi\",\"label\":}", "broken JSON: expected value at column 22"),
        ("{\"text\":\"hi\"", "broken JSON: EOF while parsing an object at column 12"),
        ("[1]", "a row is an object of columns, this is a list"),
        ("\"text\"", "a row is an object of columns, this is a text"),
    ];
    for (line, expected) in broken {
        let expected = format!("`a.jsonl`, line 7: {expected}");
        check("a.jsonl", format!("{six}{line}\n{six}"), "", &expected);
    }
}

#[test]
fn a_broken_array_names_its_line() {
    let row = "{\"text\":\"hi\",\"label\":\"a\"}";
    let cases = [
        (format!("[{row},\n{row},\n{{\"text\":\n}}]"), 4, "expected value at column 1"),
        (format!("[{row}\n{row}]"), 2, "expected `,` or `]` after a row"),
        (format!("[{row},\n\n]"), 3, "expected a row, found `]`"),
        (format!("[{row},\n"), 2, "the file ends inside the array"),
        (format!("[{row}\n"), 2, "the file ends inside the array"),
        (format!("[{row}]\n{row}"), 2, "something follows the end of the array"),
    ];
    for (content, line, expected) in cases {
        check("a.json", content, "", &format!("`a.json`, line {line}: broken JSON: {expected}"));
    }
    let expected = "`a.json`, line 2: a row is an object of columns, this is a number";
    check("a.json", format!("[{row},\n1]"), "", expected);
    let expected = "`a.json` is not an array of objects: it begins with `{` → a file with one \
                    object a line is called `.jsonl`";
    check("a.json", row, "", expected);
}

#[test]
fn rows_of_another_length_than_the_header_name_what_is_missing() {
    let cases = [
        (
            "text,label\nhi,a\n\nho\n",
            "`a.csv`, line 4: 1 field where the header has 2: `label` missing",
        ),
        (
            "text,label\nhi,a,b\n",
            "`a.csv`, line 2: 3 fields where the header has 2 → put a value that holds the \
             separator into quotes",
        ),
        (
            "text,label\n\"hi,a\nho,b\n",
            "`a.csv`, line 2: 1 field where the header has 2: `label` missing → a quote that is \
             never closed takes in the rows after it: look for a lone `\"`",
        ),
        ("text,label,text\nhi,a,b\n", "`a.csv` has two columns `text`"),
    ];
    for (content, expected) in cases {
        check("a.csv", content, "", expected);
    }
}

#[test]
fn a_value_that_is_absent_or_no_text_names_its_column() {
    let fill = "→ fill in the value or delete the row";
    let cases = [
        ("a.csv", "text,intent\nhi,a\n,b\n", format!("line 3: column `text` is empty {fill}")),
        ("a.csv", "text,intent\nhi,\" \"\n", format!("line 2: column `intent` is empty {fill}")),
        (
            "a.jsonl",
            "{\"text\":\"hi\",\"intent\":null}",
            format!("line 1: column `intent` has no value {fill}"),
        ),
        (
            "a.jsonl",
            "{\"text\":\"hi\",\"intent\":\"a\"}\n\n{\"text\":\"hi\"}",
            format!("line 3: column `intent` has no value {fill}"),
        ),
        (
            "a.json",
            "[\n{\"text\":[\"hi\"],\"intent\":\"a\"}]",
            "line 2: column `text` holds a list, not text".to_owned(),
        ),
    ];
    for (name, content, expected) in cases {
        check(name, content, "label=intent", &format!("`{name}`, {expected}"));
    }
}

#[test]
fn bytes_that_are_not_utf_8_name_their_line_and_column() {
    let hint = "→ save the file as UTF-8: `iconv -f WINDOWS-1252 -t UTF-8`";
    let cases: [(&str, &[u8], &str); 6] = [
        (
            "a.csv",
            b"text,label\nhi,a\n\"x\ny\",\"b\n\xfcber\"\n",
            "line 5: not UTF-8 text in column `label`",
        ),
        ("a.csv", b"text,l\xe9bel\nhi,a\n", "line 1: not UTF-8 text"),
        (
            "a.jsonl",
            b"{\"text\":\"hi\",\"label\":\"a\"}\n{\"text\":\"\xff\"}\n",
            "line 2: not UTF-8 text",
        ),
        ("a.json", b"[{\n\n\"text\":\"a\xe4b\"}]", "line 3: not UTF-8 text"),
        // Without a mark, UTF-16 is text with zero bytes between.
        ("a.csv", b"t\0e\0x\0t\0\n\0", "line 1: not UTF-8 text"),
        ("a.json", b"PK\x03\x04\0\0", "line 1: not UTF-8 text"),
    ];
    for (name, content, expected) in cases {
        check(name, content, "", &format!("`{name}`, {expected} {hint}"));
    }
}

#[test]
fn a_row_beyond_the_bound_ends_the_reading() {
    let long = "x".repeat(ROW_BYTES_MAX + 20_000);
    let row = "{\"text\":\"hi\",\"label\":\"a\"}";
    let cases = [
        ("a.csv", format!("text,label\nhi,a\n\"{long}\",b\n"), 3),
        ("a.jsonl", format!("{row}\n{{\"text\":\"{long}\"}}\n{row}"), 2),
        ("a.json", format!("[{row},\n{row},\n\n{{\"text\":\"{long}\"}}]"), 4),
    ];
    for (name, content, line) in cases {
        let bench = Bench::new(name, content);
        let complaint = bench.complaint("");
        assert!(
            complaint.starts_with(&format!("`{name}`, line {line}: the row has more than 16 MiB")),
            "{complaint}"
        );
        let last = labelled(&bench.file, &mapping("")).unwrap().last().unwrap();
        assert_eq!(last.unwrap_err().line(), Some(line), "something was read after it");
    }
}

#[test]
fn the_rows_after_a_broken_one_are_read_where_it_is_clear_where_they_begin() {
    let row = "{\"text\":\"hi\",\"label\":\"a\"}";
    let cases = [
        ("a.csv", "text,label\nhi,a\nho\nhu,b\n".to_owned(), vec![true, false, true]),
        ("a.jsonl", format!("{{\n{row}\n{{\"text\":1}}\n{row}"), vec![false, true, false, true]),
        (
            "a.json",
            format!("[{row},{{\"text\":1}},{row},{{,{row}]"),
            vec![true, false, true, false],
        ),
    ];
    for (name, content, expected) in cases {
        let bench = Bench::new(name, content);
        let rows = labelled(&bench.file, &mapping("")).unwrap();
        assert_eq!(rows.map(|row| row.is_ok()).collect::<Vec<_>>(), expected, "{name}");
    }
}
