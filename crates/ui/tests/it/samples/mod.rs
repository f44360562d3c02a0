//! Made-up answers of the API, for looking at pages and for tests of them.

use api::{
    CapabilityView, CodeSample, DeploymentView, EndpointView, EndpointsView, EvaluationView,
    FileView, JobError, JobView, JobsView, LogLine, MetricPoint, MinimumSpec, ModelCard,
    ModelSummary, ParityView, Progress, ReplicaView, Spec, VersionView,
};
use serde_json::json;

/// The moment of every sample.
pub const NOW_MS: i64 = 1_795_612_514_000;

mod card;
mod search;

pub use card::{published, worked_out};
pub use search::{collections, full_page, marks, search_page, summaries};

pub fn capabilities(absent: &[(&str, &str)]) -> Vec<CapabilityView> {
    let view = |capability: &str| {
        let reason =
            absent.iter().find(|(name, _)| *name == capability).map(|(_, why)| (*why).to_owned());
        CapabilityView { capability: capability.into(), available: reason.is_none(), reason }
    };
    ["try", "evaluate", "finetune", "online", "batch", "import"].map(view).into()
}

const DESCRIPTION: &str = "<p>BERT is an <strong>encoder</strong> that was trained to guess \
    masked words of books and of Wikipedia.</p><h2>Good for</h2><ul><li>Classifying texts after \
    fine-tuning</li><li>Finding names and answers in texts</li></ul>\
    <p>Ask it with <code>[MASK]</code> in a sentence.</p>";

/// A model that is only listed.
pub fn listing() -> ModelCard {
    let spec = |cpus, memory_gib| Some(Spec { cpus, gpus: 0, memory_gib, disk_gib: 14 });
    let why = "its files are not here: import it first";
    let absent: Vec<_> = ["try", "evaluate", "finetune", "online", "batch"]
        .iter()
        .map(|name| (*name, why))
        .collect();
    ModelCard {
        summary: summaries().remove(0),
        shown_version: None,
        license_meaning: "You may use, change and sell it; keep its notices.".into(),
        terms: Some("Its hub gives the files only to people who accepted its terms.".into()),
        source_url: Some("https://huggingface.co/google-bert/bert-base-uncased".into()),
        description_html: DESCRIPTION.into(),
        description_text: String::new(),
        languages: vec!["en".into()],
        datasets: vec!["bookcorpus".into(), "wikipedia".into()],
        keywords: vec!["encoder".into()],
        hub_id: Some("google-bert/bert-base-uncased".into()),
        hub_revision: Some("86b5e0934494bd15c9632b12f734a8a67f723594".into()),
        minimum_spec: MinimumSpec {
            inference: spec(2, 7),
            evaluation: None,
            finetuning: spec(4, 14),
        },
        capabilities: capabilities(&absent),
        context_max: Some(512),
        facts: None,
        versions: vec![],
        files: vec![],
        evaluations: published(),
        samples: vec![],
        sample_input: None,
        deployments: vec![],
    }
}

/// Code for two tasks, and for one.
fn code_samples() -> Vec<CodeSample> {
    let sample = |(purpose, task): (&str, &str), language: &str, code: &str| CodeSample {
        purpose: purpose.into(),
        task: Some(task.into()),
        language: language.into(),
        code: code.into(),
    };
    vec![
        sample(
            ("try", "text-classification"),
            "cli",
            "modeldex try workspace/desk --input \"my card is gone\"",
        ),
        sample(
            ("try", "feature-extraction"),
            "cli",
            "modeldex try workspace/desk --task feature-extraction --input \"my card is gone\"",
        ),
        sample(
            ("online", "text-classification"),
            "curl",
            "curl http://127.0.0.1:7878/endpoints/desk/score -d '{}'",
        ),
    ]
}

/// A model that was taught here.
pub fn taught() -> ModelCard {
    let summary = ModelSummary {
        model: "workspace/desk".into(),
        collection: "workspace".into(),
        name: "desk".into(),
        display_name: "desk".into(),
        summary: "Fine-tuned from workspace/desk-starter for text classification.".into(),
        tasks: vec!["text-classification".into(), "feature-extraction".into()],
        finetuning_tasks: vec!["text-classification".into()],
        license: "Apache-2.0".into(),
        publisher: None,
        parameters: Some(912_640),
        version: Some("2".into()),
        featured: false,
        preview: false,
        updated_ms: NOW_MS - 90_000,
        ..summaries().remove(0)
    };
    let version = |version: &str, parent: &str| VersionView {
        version: version.into(),
        size_bytes: 3_650_560,
        parent: Some(parent.into()),
        origin: json!({ "kind": "finetune", "hyperparameters": { "method": "full", "epochs": 8 } }),
        manifest: None,
        created_ms: NOW_MS - 90_000,
    };
    ModelCard {
        summary,
        shown_version: Some("2".into()),
        description_html: "<p>Sorts requests to a service desk.</p>".into(),
        versions: vec![
            version("2", "workspace/desk-starter@1"),
            version("1", "workspace/desk-starter@1"),
        ],
        files: vec![FileView {
            path: "model.safetensors".into(),
            size_bytes: 3_600_000,
            sha256: "ab".repeat(32),
        }],
        evaluations: vec![evaluation(6), evaluation(40)],
        capabilities: capabilities(&[("import", "it is here already")]),
        samples: code_samples(),
        sample_input: Some(json!({ "input_data": ["hi, I cannot find my card since monday"] })),
        deployments: vec!["desk/default".into()],
        facts: Some(json!({
            "architecture": "BertForSequenceClassification", "dtype": "float32", "layers": 2,
            "labels": ["a", "b"],
        })),
        hub_id: None,
        hub_revision: None,
        terms: None,
        source_url: None,
        ..listing()
    }
}

pub fn evaluation(size: usize) -> EvaluationView {
    let labels: Vec<_> = (0..size)
        .map(|at| match at {
            0 => "lost_card".to_owned(),
            1 => "card_arrival".to_owned(),
            2 => "change_pin".to_owned(),
            _ => format!("reason_{at}"),
        })
        .collect();
    let cell = |row: usize, column: usize| match (row, column) {
        _ if row == column => 34 - row as u64 % 5,
        (0, 1) => 9,
        (3, 2) => 4,
        _ if (row * 7 + column * 3).is_multiple_of(11) => 1,
        _ => 0,
    };
    let confusion: Vec<Vec<u64>> =
        (0..size).map(|row| (0..size).map(|column| cell(row, column)).collect()).collect();
    let per_class: Vec<_> = labels
        .iter()
        .map(|label| {
            json!({
                "label": label, "precision": 0.931, "recall": 0.9, "f1": 0.915, "support": 40,
            })
        })
        .collect();
    EvaluationView {
        id: format!("e{size}"),
        model: "workspace/desk@2".into(),
        task: "text-classification".into(),
        data_name: "test.csv".into(),
        data_digest: Some("cd".repeat(32)),
        rows: Some(size as u64 * 40),
        published_by: None,
        metrics: json!({
            "accuracy": 0.9375, "f1_macro": 0.9312, "precision_macro": 0.9401,
            "recall_macro": 0.9277, "f1_weighted": 0.9364, "log_loss": 0.2817, "roc_auc": 0.9982 }),
        report: json!({ "labels": labels, "per_class": per_class, "confusion": confusion }),
        job: Some("j2".into()),
        created_ms: NOW_MS - 60_000,
    }
}

pub fn job(kind: &str, state: &str) -> JobView {
    let running = state == "running";
    JobView {
        id: format!("{kind}-{state}"),
        kind: kind.into(),
        title: format!("{kind} workspace/desk-starter@1"),
        state: state.into(),
        payload: json!({ "model": "workspace/desk-starter@1", "data": { "name": "train.csv" } }),
        progress: running.then(|| Progress {
            done: 640,
            total: Some(1_000),
            unit: "steps".into(),
            rate_per_second: Some(42.5),
            eta_seconds: Some(8.5),
            message: "epoch 5 of 8".into(),
        }),
        result: (state == "succeeded")
            .then(|| json!({ "model": "workspace/desk@2", "metrics": { "accuracy": 0.9375 } })),
        error: (state == "failed").then(|| JobError {
            code: "invalid".into(),
            message: "cannot read `train.csv`: line 7 has no column `label`".into(),
            hint: Some("name it with `--map label=COLUMN`".into()),
        }),
        attempt: 1,
        created_ms: NOW_MS - 25_000,
        started_ms: (state != "queued").then_some(NOW_MS - 24_000),
        finished_ms: matches!(state, "succeeded" | "failed").then_some(NOW_MS - 4_000),
    }
}

pub fn jobs() -> JobsView {
    let jobs = [
        ("finetune", "running"),
        ("import", "queued"),
        ("evaluate", "failed"),
        ("batch", "succeeded"),
    ];
    JobsView { jobs: jobs.map(|(kind, state)| job(kind, state)).into() }
}

pub fn points(steps: u64) -> Vec<MetricPoint> {
    let mut points = Vec::new();
    let mut add = |name: &str, step: u64, value: f64| {
        points.push(MetricPoint { seq: points.len() as i64 + 1, name: name.into(), step, value });
    };
    for step in 1..=steps {
        let share = step as f64 / 1_000.0;
        let noise = ((step * 7_919) % 13) as f64 * 0.02;
        add("train/loss", step, 2.6 * (-share * 4.0).exp() + 0.15 + noise);
        add("train/learning_rate", step, 3e-4 * (1.0 - share));
        if step % 125 == 0 {
            add("validation/loss", step, 2.5 * (-share * 4.2).exp() + 0.22);
            add("validation/accuracy", step, 0.95 - 0.6 * (-share * 5.0).exp());
        }
    }
    points
}

pub fn lines(count: i64) -> Vec<LogLine> {
    let line = |seq| LogLine {
        seq,
        at_ms: NOW_MS - 24_000 + seq * 1_000,
        line: format!("epoch {seq}: training loss {:.4}", 2.0 / seq as f64),
    };
    (1..=count).map(line).collect()
}

fn parity() -> ParityView {
    let summary = "q4: perplexity 12.31 → 12.68 (+3.0 %), same first choice at 94.1 % of 1,024 \
                   tokens";
    ParityView {
        state: "measured".into(),
        quantize: "q4".into(),
        summary: summary.into(),
        report: None,
    }
}

pub fn endpoints() -> EndpointsView {
    let replica = |state: &str, pid| ReplicaView {
        pid: Some(pid),
        state: state.into(),
        restarts: 0,
        in_flight: 1,
        served: 12_345,
        memory_bytes: Some(61_000_000),
    };
    let deployment = |name: &str, task: &str, traffic, state: &str| DeploymentView {
        name: name.into(),
        model: "workspace/desk@2".into(),
        task: task.into(),
        runtime: if name == "green" { "process" } else { "native" }.into(),
        protocol: None,
        command: (name == "green").then(|| vec!["serve".into(), "{port}".into()]),
        traffic,
        state: state.into(),
        message: (state == "restarting").then(|| "the worker ended with signal 9".into()),
        replicas: vec![replica(state, 4_711)],
        queue_max: 64,
        parity: (task == "chat-completion").then(parity),
        options: json!({}),
        created_ms: NOW_MS,
    };
    let endpoint = |name: &str, deployments| EndpointView {
        name: name.into(),
        score_url: format!("/endpoints/{name}/score"),
        deployments,
        created_ms: NOW_MS,
    };
    let two = vec![
        deployment("blue", "text-classification", 90, "ready"),
        deployment("green", "text-classification", 10, "restarting"),
    ];
    EndpointsView {
        endpoints: vec![
            endpoint("desk", two),
            endpoint("desk-chat", vec![deployment("default", "chat-completion", 100, "ready")]),
        ],
    }
}
