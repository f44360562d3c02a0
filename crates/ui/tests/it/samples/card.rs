//! Made-up answers about one model: whether it fits, where it came from, what changed.

use api::{
    DiffView, EvaluationChange, EvaluationView, FileChange, FitPart, FitRow, FitView, LineageEdge,
    LineageNode, LineageView, MachineView, PublisherFit, ValueChange,
};
use serde_json::json;
use ui::CardForms;

use super::NOW_MS;

/// Everything that is worked out besides a card.
pub fn worked_out() -> CardForms {
    CardForms {
        fit: Some(fit()),
        lineage: Some(lineage()),
        diff: Some(diff()),
        ..CardForms::default()
    }
}

pub fn fit() -> FitView {
    let part = |name: &str, bytes: Option<u64>, sum: &str| FitPart {
        name: name.into(),
        bytes,
        sum: sum.into(),
    };
    let row = |name: &str, title: &str, weights: u64, verdict: &str| {
        let (cache, work) = (2_147_483_648, 1_544_016_896);
        let total = weights + cache + work;
        FitRow {
            name: name.into(),
            title: title.into(),
            here: !name.starts_with("int"),
            published: name == "bf16",
            parts: vec![
                part("weights", Some(weights), "8.03 B × 2 bytes = 16.1 GB"),
                part("keys and values", Some(cache), "2 × 32 layers × 8 heads × … = 2.15 GB"),
                part("activations", Some(work), "1 stream × 8192 tokens × … = 1.54 GB"),
            ],
            total_bytes: Some(total),
            verdict: verdict.into(),
            reason: format!("{} GB of 17.2 GB", total / 1_000_000_000),
        }
    };
    let lora = FitRow {
        parts: vec![
            part("weights", Some(16_060_522_496), "as they are published"),
            part("adapter", None, "its layers are not known"),
        ],
        ..row("lora", "An adapter (LoRA)", 16_060_522_496, "does not fit")
    };
    FitView {
        model: "workspace/desk@2".into(),
        machine: MachineView { memory_bytes: 16 << 30, cpus: 4, gpus: 0, this_machine: false },
        context: 8_192,
        streams: 1,
        parameters: Some(8_030_261_248),
        running: vec![
            row("f32", "32 bits", 32_121_044_992, "does not fit"),
            row("bf16", "16 bits", 16_060_522_496, "does not fit"),
            row("int8", "8 bits", 8_038_103_300, "fits"),
            row("int4", "4 bits", 4_266_076_288, "fits"),
        ],
        finetuning: vec![lora],
        disk: vec![part("files", Some(16_060_522_496), "16.1 GB, as listed")],
        publisher: vec![PublisherFit {
            purpose: "run".into(),
            wants: "8 CPUs, 28 GiB memory, 64 GiB disk".into(),
            enough: false,
        }],
        notes: vec!["The model reads 8192 tokens at most: that is what is counted.".into()],
    }
}

pub fn lineage() -> LineageView {
    let node = |model: &str, generation: i32, known: bool, measured: &[&str]| LineageNode {
        model: model.into(),
        known,
        generation,
        measured: measured.iter().map(|one| (*one).to_owned()).collect(),
        created_ms: known.then_some(NOW_MS - 90_000),
    };
    let edge = |from, to, data: Option<&str>| LineageEdge {
        from,
        to,
        data_name: data.map(str::to_owned),
        data_digest: data.map(|_| "cd".repeat(32)),
    };
    LineageView {
        nodes: vec![
            node("workspace/desk@2", 0, true, &["accuracy 0.9375 on test.csv"]),
            node("workspace/desk-starter@1", -1, true, &["accuracy 0.5000 on test.csv"]),
            node("workspace/desk-night@1", 1, true, &["accuracy 0.9500 on test.csv"]),
            node("workspace/desk-with-a-name-that-is-long@1", 1, true, &[]),
            node("google-bert/bert-base-uncased", -2, false, &[]),
        ],
        edges: vec![
            edge(1, 0, Some("train.csv")),
            edge(0, 2, Some("night.csv")),
            edge(0, 3, Some("more.jsonl")),
            edge(4, 1, None),
        ],
        cut: false,
    }
}

pub fn diff() -> DiffView {
    DiffView {
        model: "workspace/desk".into(),
        from: "1".into(),
        to: "2".into(),
        files: vec![FileChange {
            path: "model.safetensors".into(),
            change: "changed".into(),
            from_bytes: Some(3_600_000),
            to_bytes: Some(3_600_128),
            from_sha256: Some("ab".repeat(32)),
            to_sha256: Some("cd".repeat(32)),
        }],
        files_same: 4,
        facts: vec![],
        origin: vec![ValueChange {
            name: "hyperparameters.epochs".into(),
            from: Some("3".into()),
            to: Some("8".into()),
        }],
        evaluations: vec![EvaluationChange {
            data_name: "test.csv".into(),
            metric: "accuracy".into(),
            from: Some(0.91),
            to: Some(0.9375),
        }],
    }
}

/// What others measured.
pub fn published() -> Vec<EvaluationView> {
    let figures = [("boolq", 0.8621), ("hellaswag", 0.7712), ("mmlu", 0.6183), ("gsm8k", 0.5034)];
    let view = |(data_name, value): &(&str, f64)| EvaluationView {
        id: format!("published-{data_name}"),
        model: "curated/bert-base-uncased".into(),
        task: "text-generation".into(),
        data_name: (*data_name).into(),
        data_digest: None,
        rows: Some(1_319),
        published_by: Some("Microsoft".into()),
        metrics: json!({ "accuracy": value }),
        report: json!({}),
        job: None,
        created_ms: NOW_MS - 90_000,
    };
    figures.iter().map(view).collect()
}
