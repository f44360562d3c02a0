//! What is read, from files as they come.

use serde_json::json;

use super::{Bench, mapping};

/// Reads a file and writes each row as `line text|label`.
fn check(name: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    let rows = Bench::new(name, content).labelled("").unwrap();
    let rows: Vec<String> =
        rows.iter().map(|row| format!("{} {}|{}", row.line, row.text, row.label)).collect();
    assert_eq!(rows, expected, "{name}");
}

#[test]
fn each_format_gives_the_same_rows() {
    let cases = [
        ("a.csv", "text,label\nhi,a\n\"so, so\",b\n", [2, 3]),
        ("a.CSV", "label,text,id\na,hi,1\nb,\"so, so\",2", [2, 3]),
        ("a.tsv", "text\tlabel\nhi\ta\nso, so\tb\n", [2, 3]),
        (
            "a.jsonl",
            "{\"text\":\"hi\",\"label\":\"a\"}\n{\"label\":\"b\",\"text\":\"so, so\"}",
            [1, 2],
        ),
        (
            "a.b.ndjson",
            "\n{\"text\":\"hi\",\"label\":\"a\"}\n \n{\"text\":\"so, so\",\"label\":\"b\"}\n",
            [2, 4],
        ),
        (
            "a.json",
            "[{\"text\":\"hi\",\"label\":\"a\"},{\"text\":\"so, so\",\"label\":\"b\"}]",
            [1, 1],
        ),
        (
            "a.json",
            " \n[\n {\"text\":\"hi\",\n \"label\":\"a\"}\n ,\n\
             {\"text\":\"so, so\",\"label\":\"b\"}\n]\n",
            [3, 6],
        ),
    ];
    for (name, content, [first, second]) in cases {
        check(name, content, &[&format!("{first} hi|a"), &format!("{second} so, so|b")]);
    }
}

#[test]
fn lines_stay_right_over_crlf_blank_lines_and_line_breaks_in_quotes() {
    check(
        "a.csv",
        "\r\n\r\ntext,label\r\none,a\r\n\r\n\"two\r\nlines\n\n\",b\r\n\n\r\nlast,c\r\n",
        &["4 one|a", "6 two\r\nlines\n\n|b", "12 last|c"],
    );
    check("a.csv", "text,label\none,a\n\"\n\nlate\",b", &["2 one|a", "3 \n\nlate|b"]);
    let long = "x".repeat(20_000);
    let content = format!("text,label\n\"{long}\n{long}\",a\n\r\nb,b\n\"{long}\",c\n");
    let rows = Bench::new("a.csv", content).labelled("").unwrap();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5, 6]);
}

#[test]
fn marks_and_utf_16_are_understood() {
    let text = "text,label\nGrüße 🎈,a\n";
    let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(to_bytes).collect()
    };
    check("a.csv", text, &["2 Grüße 🎈|a"]);
    check("a.csv", format!("\u{feff}{text}"), &["2 Grüße 🎈|a"]);
    check("a.csv", utf_16(u16::to_le_bytes), &["2 Grüße 🎈|a"]);
    check("a.csv", utf_16(u16::to_be_bytes), &["2 Grüße 🎈|a"]);
    check("a.jsonl", "\u{feff}{\"text\":\"Grüße\",\"label\":\"a\"}", &["1 Grüße|a"]);
    check("a.json", "\u{feff}[{\"text\":\"Gr\\u00fc\\u00dfe\",\"label\":\"a\"}]", &["1 Grüße|a"]);
}

#[test]
fn numbers_and_truth_values_are_labels_too() {
    let content = [
        json!({ "text": "a", "label": 3 }),
        json!({ "text": "b", "label": -1.5 }),
        json!({ "text": "c", "label": true }),
        json!({ "text": 7, "label": "x" }),
    ]
    .map(|row| row.to_string())
    .join("\n");
    check("a.jsonl", content, &["1 a|3", "2 b|-1.5", "3 c|true", "4 7|x"]);
}

#[test]
fn a_mapping_names_the_columns() {
    let bench = Bench::new("a.csv", "id,question,intent\n1,hi,greet\n");
    let row = &bench.labelled("text=question,label=intent").unwrap()[0];
    assert_eq!((row.text.as_str(), row.label.as_str()), ("hi", "greet"));
    let mut texts = data::texts(&bench.file, &mapping("text=question")).unwrap();
    assert_eq!(texts.next().unwrap().unwrap().text, "hi");
    assert!(texts.next().is_none());
}

#[test]
fn records_keep_every_column_and_take_the_names_of_their_fields() {
    let cases = [
        ("", json!({ "id": 1, "question": "hi", "text": null })),
        ("text=question", json!({ "id": 1, "text": "hi" })),
        ("text=question,key=id", json!({ "key": 1, "text": "hi" })),
        ("text=text", json!({ "id": 1, "question": "hi", "text": null })),
    ];
    let bench = Bench::new("a.jsonl", r#"{"id": 1, "question": "hi", "text": null}"#);
    for (map, expected) in cases {
        let records = data::records(&bench.file, &mapping(map)).unwrap();
        let records: Vec<_> = records.map(|row| row.unwrap().fields).collect();
        assert_eq!(json!(records), json!([expected]), "{map}");
    }
}

#[test]
fn a_column_of_one_file_may_be_spelt_with_spaces_around_it() {
    check("a.csv", "text , label\nhi,a\n", &["2 hi|a"]);
}
