//! Whole models on files, through the job.

use std::path::{Path, PathBuf};

use data::{DataFile, Mapping};
use domain::{Fault, Kind, Task};
use evaluate::{Evaluation, Job};
use jobs::Context;
use serde_json::json;

struct Bench {
    folder: tempfile::TempDir,
    job: Job,
    context: Context,
}

fn tiny_model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures/parity").join(name)
}

impl Bench {
    /// Measures a tiny model of `native`'s fixtures on a CSV file.
    fn new(model: &str, rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blob");
        std::fs::write(&path, format!("text,label\n{rows}")).unwrap();
        let job = Job {
            model_dir: tiny_model(model),
            task: Task::TextClassification,
            data: DataFile { path, name: "test.csv".into() },
            mapping: Mapping::default(),
        };
        let context = Context::detached(folder.path().join("scratch"));
        Self { folder, job, context }
    }

    fn run(&self) -> evaluate::Result<Evaluation> {
        evaluate::run(&self.job, &self.context)
    }
}

#[test]
fn a_model_is_measured_on_a_file() {
    // `transformers` says `odd` to each of these, with 0.806, 0.679, 0.661 and 0.732 for it.
    let rows = "the river is high after the rain,odd\n\
                she reads the old map by the light of a lamp,odd\n\
                a small boat waits at the wooden bridge,busy\nbread,calm\n";
    let bench = Bench::new("bert-classification", rows);
    let evaluation = bench.run().unwrap();
    assert_eq!((evaluation.task, evaluation.rows), (Task::TextClassification, 4));
    assert_eq!(evaluation.metrics["accuracy"], json!(0.5));
    assert_eq!(evaluation.metrics["f1_micro"], json!(0.5));
    let costs = [0.8056173_f64, 0.6794776, 0.2651046, 0.08273841].map(|p| -p.ln());
    let expected = costs.iter().sum::<f64>() / 4.0;
    let found = evaluation.metrics["log_loss"].as_f64().unwrap();
    assert!((found - expected).abs() < 1e-4, "{found}, expected {expected}");
    assert_eq!(evaluation.report["labels"], json!(["calm", "busy", "odd"]));
    assert_eq!(evaluation.report["confusion"], json!([[0, 0, 1], [0, 0, 1], [0, 0, 2]]));
    let told = bench.context.take();
    let progress = told.progress.unwrap();
    assert_eq!((progress.done, progress.total, progress.unit.as_str()), (4, Some(4), "rows"));
    assert_eq!(told.lines, ["4 rows, 3 labels", "accuracy 0.5000"]);
}

#[test]
fn more_rows_than_a_chunk_are_all_measured() {
    let rows = "bread,odd\n".repeat(600) + &"bread,calm\n".repeat(200);
    let evaluation = Bench::new("bert-classification", &rows).run().unwrap();
    assert_eq!(evaluation.rows, 800);
    assert_eq!(evaluation.metrics["accuracy"], json!(0.75));
    assert_eq!(evaluation.report["absent"]["roc_auc"], json!("no row has the label `busy`"));
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_reason() {
    let cases = [
        (
            "bert-sentence-mean",
            "bread,odd\n",
            Kind::Unsupported,
            "only the classification of texts is measured, and the model does \
             `feature-extraction`, `sentence-similarity`",
        ),
        (
            "bert-multi-label",
            "bread,odd\n",
            Kind::Unsupported,
            "the model gives each of its labels by itself, and the metrics want one for a text",
        ),
        (
            "bert-classification",
            "bread,odd\nbread,odds\n",
            Kind::Invalid,
            "`test.csv`, line 3: the model has no label `odds` among its 3; near it are `odd`",
        ),
        ("bert-classification", "", Kind::Invalid, "`test.csv` has no rows: only a header"),
        (
            "bert-classification",
            "bread\n",
            Kind::Invalid,
            "`test.csv`, line 2: 1 field where the header has 2: `label` missing",
        ),
    ];
    for (model, rows, kind, expected) in cases {
        let bench = Bench::new(model, rows);
        let fault = Fault::from(bench.run().unwrap_err());
        assert_eq!((fault.kind(), fault.message()), (kind, expected), "{model}");
    }
}

#[test]
fn a_model_that_is_not_there_is_said_to_be_missing() {
    let mut bench = Bench::new("bert-classification", "bread,odd\n");
    bench.job.model_dir = bench.folder.path().join("gone");
    let fault = Fault::from(bench.run().unwrap_err());
    assert!(fault.chain().contains("gone"), "{}", fault.chain());
}

#[test]
fn a_cancelled_job_stops_before_it_predicts() {
    let bench = Bench::new("bert-classification", "bread,odd\n");
    bench.context.cancel();
    let error = bench.run().unwrap_err();
    assert_eq!(error.to_string(), "stopped after 0 rows");
}
