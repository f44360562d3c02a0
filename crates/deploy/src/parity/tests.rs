use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use data::{DataFile, Mapping};
use domain::{Fault, Kind, ManualClock};
use native::Quantize;
use native::encoder::Choice;
use native::parity::{DecoderParity, EncoderParity, Parity};

use super::{Job, Report, run, texts};
use crate::Error;

fn report(perplexities: [f64; 2], agreement: f64, tokens: usize) -> Report {
    let parity = Parity::Decoder(DecoderParity {
        tokens,
        perplexity: perplexities[0],
        perplexity_quantized: perplexities[1],
        agreement,
        difference: 0.1,
    });
    Report { quantize: Quantize::Q4, data: None, parity, milliseconds: 7 }
}

fn read_report(similarity: f64, choice: Choice, choices: usize, agreement: f64) -> Report {
    let (tokens, texts) = (900, 60);
    let parity = EncoderParity { tokens, texts, similarity, choice, choices, agreement };
    let (quantize, parity) = (Quantize::Int8, Parity::Encoder(parity));
    Report { quantize, data: None, parity, milliseconds: 7 }
}

#[test]
fn a_report_is_one_line() {
    let check = |report: Report, line: &str| assert_eq!(report.summary(), line);
    check(
        report([12.31, 12.68], 0.9414, 1_024),
        "q4: perplexity 12.31 → 12.68 (+3.0 %), same first choice at 94.1 % of 1,024 tokens",
    );
    check(
        report([12.31, 12.18], 1_023.0 / 1_024.0, 1_024),
        "q4: perplexity 12.31 → 12.18 (−1.1 %), same first choice at 99.9 % of 1,024 tokens",
    );
    check(
        report([98_765.4, 98_765.4], 1.0, 12),
        "q4: perplexity 98,765 → 98,765 (+0.0 %), same first choice at 100.0 % of 12 tokens",
    );
    check(
        read_report(0.99987, Choice::Class, 60, 59.0 / 60.0),
        "int8: vectors at a cosine of 0.9998, same class for 98.3 % of 60 texts",
    );
    check(
        read_report(1.0, Choice::Gap, 1_024, 1.0),
        "int8: vectors at a cosine of 1.0000, same first choice for 100.0 % of 1,024 gaps",
    );
}

#[test]
fn a_report_is_kept_and_read_again() {
    for report in [report([2.0, 2.5], 0.5, 7), read_report(0.5, Choice::Nearest, 60, 0.75)] {
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{text}");
    }
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> DataFile {
    let path = folder.join("uploaded");
    std::fs::write(&path, bytes).unwrap();
    DataFile { path, name: name.to_owned() }
}

#[test]
fn texts_are_rows_or_plain() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, bytes: &[u8], expected: Result<&[&str], &str>| {
        let file = file(folder.path(), name, bytes);
        let read = texts::read(&file, &Mapping::default());
        let read = read.map_err(|error| Fault::from(error).message().to_owned());
        match expected {
            Ok(texts) => assert_eq!(read.unwrap(), texts, "{name}"),
            Err(words) => assert!(read.clone().unwrap_err().contains(words), "{name}: {read:?}"),
        }
    };
    check("a.txt", "\u{feff}one\ntwo".as_bytes(), Ok(&["one\ntwo"]));
    check("README", b"one", Ok(&["one"]));
    check("a.jsonl", b"{\"text\": \"one\"}\n{\"text\": \"two\"}\n", Ok(&["one", "two"]));
    check("a.csv", b"text\none\n", Ok(&["one"]));
    check("a.txt", b" \n", Err("it is empty"));
    check("a.bin", &[0xff, 0xfe, 0x00], Err("it is not text in UTF-8"));
    check("a.jsonl", b"{\"words\": \"one\"}\n", Err("text"));
    // A character that the bound cuts is left out, and nothing after it is read.
    let long = "é".repeat(texts::BYTES_MAX);
    let shown = file(folder.path(), "a.txt", format!("x{long}").as_bytes());
    let read = texts::read(&shown, &Mapping::default()).unwrap();
    assert_eq!(read[0].len(), texts::BYTES_MAX - 1);
    let rows = format!("{{\"text\": \"{long}\"}}\n").repeat(3);
    let shown = file(folder.path(), "a.jsonl", rows.as_bytes());
    assert_eq!(texts::read(&shown, &Mapping::default()).unwrap().len(), 1);
}

fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures").join(name)
}

fn measured(name: &str, data: Option<DataFile>) -> Result<Report, Error> {
    let clock = ManualClock::new(100);
    let data = data.map(|file| (file, Mapping::default()));
    let job = Job { model_dir: model(name), quantize: Quantize::Int8, data };
    run(&job, &clock, &mut |_| {
        clock.advance(5);
        ControlFlow::Continue(())
    })
}

fn decoder(report: &Report) -> DecoderParity {
    match report.parity {
        Parity::Decoder(parity) => parity,
        Parity::Encoder(_) => panic!("{report:?}"),
    }
}

#[test]
fn the_built_in_text_is_long_enough_and_gives_the_same_report_each_time() {
    let report = measured("decoder/qwen2", None).unwrap();
    let parity = decoder(&report);
    assert_eq!((parity.tokens, &report.data), (1_024, &None));
    assert!(parity.agreement > 0.5 && parity.perplexity > 1.0, "{report:?}");
    assert_eq!(report.milliseconds % 5, 0);
    assert_eq!(measured("decoder/qwen2", None).unwrap(), report);
}

#[test]
fn an_encoder_reads_the_lines_of_the_text() {
    let check = |name: &str, choice, choices| {
        let report = measured(name, None).unwrap();
        let Parity::Encoder(parity) = report.parity else { panic!("{report:?}") };
        assert_eq!((parity.choice, parity.choices, parity.texts), (choice, choices, 72), "{name}");
        assert!(parity.similarity > 0.99 && parity.similarity < 1.0, "{report:?}");
        assert_eq!(measured(name, None).unwrap(), report);
    };
    check("parity/bert-sentence-mean", Choice::Nearest, 72);
    check("parity/bert-classification", Choice::Class, 72);
    check("parity/bert-answers", Choice::End, 2 * 72);
}

#[test]
fn a_persons_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let own = || Some(file(folder.path(), "mine.txt", b"the river is high"));
    let report = measured("decoder/llama", own()).unwrap();
    assert_eq!(report.data.as_deref(), Some("mine.txt"));
    assert!(decoder(&report).tokens < 30, "{report:?}");
    let refused = Fault::from(measured("parity/bert-sentence-mean", own()).unwrap_err());
    assert_eq!(refused.kind(), Kind::Invalid, "one text has no nearest one: {refused}");
    let job = Job { model_dir: model("decoder/llama"), quantize: Quantize::Q4, data: None };
    let stopped = run(&job, &ManualClock::default(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}
