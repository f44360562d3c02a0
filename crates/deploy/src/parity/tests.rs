use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use data::{DataFile, Mapping};
use domain::{Fault, Kind, ManualClock};
use native::Quantize;

use super::{Job, Report, run, texts};
use crate::Error;

fn report(perplexities: [f64; 2], agreement: f64, tokens: u64) -> Report {
    Report {
        quantize: Quantize::Q4,
        data: None,
        tokens,
        perplexity: perplexities[0],
        perplexity_quantized: perplexities[1],
        agreement,
        difference: 0.1,
        milliseconds: 7,
    }
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

#[test]
fn the_built_in_text_is_long_enough_and_gives_the_same_report_each_time() {
    let report = measured("decoder/qwen2", None).unwrap();
    assert_eq!((report.tokens, &report.data), (1_024, &None));
    assert!(report.agreement > 0.5 && report.perplexity > 1.0, "{report:?}");
    assert_eq!(report.milliseconds % 5, 0);
    assert_eq!(measured("decoder/qwen2", None).unwrap(), report);
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn a_persons_text_is_named_and_an_encoder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let own = || Some(file(folder.path(), "mine.txt", b"the river is high"));
    let report = measured("decoder/llama", own()).unwrap();
    assert_eq!(report.data.as_deref(), Some("mine.txt"));
    assert!(report.tokens < 30, "{report:?}");
    let refused = Fault::from(measured("parity/bert-masked-lm", own()).unwrap_err());
    assert_eq!(refused.kind(), Kind::Unsupported, "{refused}");
    let job = Job { model_dir: model("decoder/llama"), quantize: Quantize::Q4, data: None };
    let stopped = run(&job, &ManualClock::default(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}
