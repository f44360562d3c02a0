//! Runs that are killed, with a model that answers the length of a text.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::ledger::{LEDGER, OUTPUT};
use super::*;
use crate::{Inputs, LabelScore, Outputs};

const CHUNK: usize = 3;

struct Bench {
    folder: tempfile::TempDir,
    job: Job,
}

impl Bench {
    fn new(name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let job = Job {
            model_dir: "/nonexistent".into(),
            task: Task::TextClassification,
            data: DataFile { path, name: name.to_owned() },
            mapping: Mapping::default(),
            parameters: Parameters::default(),
            chunk_rows: CHUNK,
        };
        Self { folder, job }
    }

    fn rows(count: usize) -> Self {
        let text: String = (0..count).map(|row| format!("{row},{}\n", "x".repeat(row))).collect();
        Self::new("rows.csv", &format!("id,text\n{text}"))
    }

    fn scratch(&self, name: &str) -> PathBuf {
        let scratch = self.folder.path().join(name);
        fs::create_dir_all(&scratch).unwrap();
        scratch
    }

    /// Runs until the model was asked `calls` times, where the run is cancelled.
    fn run(&self, scratch: &Path, calls: usize) -> Result<BatchDone, Error> {
        let context = Context::detached(scratch);
        let asked = Cell::new(0);
        let answer = |inputs: &Inputs| {
            asked.set(asked.get() + 1);
            if asked.get() >= calls {
                context.cancel();
            }
            lengths(inputs)
        };
        let model = Model { run: &answer, rows_at_once: 2 };
        let survey = survey(&self.job)?;
        run_with(&self.job, &survey, &context, &model)
    }
}

/// Labels a text with its length; a text of four letters is refused.
fn lengths(inputs: &Inputs) -> Result<Outputs, Error> {
    let Inputs::Texts(texts) = inputs else { panic!("texts are asked about") };
    let rank = |text: &String| match text.len() {
        4 => Err(Error::Shape { why: "four letters".into() }),
        count => Ok(vec![LabelScore { label: count.to_string(), score: 0.1 }]),
    };
    Ok(Outputs::Labels(texts.iter().map(rank).collect::<Result<_, _>>()?))
}

fn read(done: &BatchDone) -> String {
    fs::read_to_string(&done.output).unwrap()
}

#[test]
fn each_row_has_its_line_and_a_refused_one_its_reason() {
    let bench = Bench::rows(7);
    let done = bench.run(&bench.scratch("a"), usize::MAX).unwrap();
    assert_eq!((done.rows, done.failed), (7, 1));
    let text = read(&done);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        r#"{"row":2,"input":{"id":"1","text":"x"},"output":{"label":"1","score":0.1}}"#
    );
    let refused: Value = serde_json::from_str(lines[4]).unwrap();
    assert_eq!(refused["error"], "cannot read the scoring request: four letters");
    assert_eq!(refused["row"], 5);
    assert_eq!(lines.len(), 7);
}

#[test]
fn a_run_that_was_stopped_anywhere_ends_with_the_same_bytes() {
    let bench = Bench::rows(20);
    let whole = read(&bench.run(&bench.scratch("whole"), usize::MAX).unwrap());
    for calls in 1..14 {
        let scratch = bench.scratch(&format!("cut-{calls}"));
        let stopped = bench.run(&scratch, calls);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{calls}: {stopped:?}");
        assert_eq!(read(&bench.run(&scratch, usize::MAX).unwrap()), whole, "{calls}");
    }
}

#[test]
fn what_a_kill_leaves_beside_the_ledger_does_not_count() {
    let bench = Bench::rows(20);
    let whole = read(&bench.run(&bench.scratch("whole"), usize::MAX).unwrap());
    let scratch = bench.scratch("killed");
    bench.run(&scratch, 6).unwrap_err();
    let (output, ledger) = (scratch.join(OUTPUT), scratch.join(LEDGER));
    let committed = fs::read(&output).unwrap();
    let known = fs::read(&ledger).unwrap();
    let rest = &whole.as_bytes()[committed.len()..];
    assert!(!committed.is_empty() && !rest.is_empty());
    // Killed at each byte of the next chunk, and with the chunk written but not in the ledger.
    for cut in 0..rest.len().min(400) {
        fs::write(&output, [&committed, &rest[..cut]].concat()).unwrap();
        fs::write(&ledger, &known).unwrap();
        fs::write(scratch.join("ledger.json.new"), &known[..cut.min(known.len())]).unwrap();
        let done = bench.run(&scratch, usize::MAX).unwrap();
        assert_eq!((done.rows, done.failed), (20, 1), "{cut}");
        assert_eq!(read(&done), whole, "{cut}");
    }
}

#[test]
fn answers_or_a_ledger_that_were_taken_away_are_made_again() {
    let bench = Bench::rows(9);
    let scratch = bench.scratch("a");
    let whole = read(&bench.run(&scratch, usize::MAX).unwrap());
    for lost in [OUTPUT, LEDGER] {
        fs::remove_file(scratch.join(lost)).unwrap();
        let done = bench.run(&scratch, usize::MAX).unwrap();
        assert_eq!((done.rows, read(&done)), (9, whole.clone()), "{lost}");
    }
    // A run that is over asks the model nothing.
    assert!(bench.run(&scratch, 0).is_ok());
}

#[test]
fn a_wrong_file_is_refused_before_anything_is_asked() {
    let lines: String = (0..6).map(|row| format!("{{\"text\": \"{row}\"}}\n")).collect();
    let check = |name: &str, text: &str, why: &str| {
        let bench = Bench::new(name, text);
        let fault = domain::Fault::from(bench.run(&bench.scratch("a"), 0).unwrap_err());
        assert_eq!(fault.kind(), domain::Kind::Invalid);
        assert!(fault.chain().contains(why), "{}", fault.chain());
    };
    check("a.csv", "id,question\n1,hello\n", "has no column `text`");
    check("a.jsonl", &format!("{lines}{{\"text\": oops}}\n"), "line 7: broken JSON");
    check("a.csv", "id,text\n", "has no rows");
    check("a.jsonl", "", "is empty");
    check("a.png", "x", "cannot tell the format");
}

#[test]
fn a_row_without_a_text_fails_alone() {
    let bench =
        Bench::new("a.jsonl", "{\"text\": \"ab\"}\n{\"text\": null}\n{\"text\": [1]}\n{}\n");
    let done = bench.run(&bench.scratch("a"), usize::MAX).unwrap();
    assert_eq!((done.rows, done.failed), (4, 3));
    let lines: Vec<Value> =
        read(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["output"]["label"], "2");
    assert_eq!(lines[1]["error"], "the row has no `text`");
    assert_eq!(lines[2]["error"], "`text` is not a text");
    assert_eq!(lines[3]["error"], "the row has no `text`");
}
