//! Many encoders behind one server, each in a worker of its own.

use serde_json::{Value, json};

use super::bench::{Bench, alive, post, send_form, signal, wait_for};

/// A model by its name, the fixture that plays it, and what it is asked.
type Case = (&'static str, &'static str, fn() -> Value);

/// One for each task that encoders do.
const MODELS: [Case; 7] = [
    ("classes", "parity/distilbert-classification", || json!(["the river is high"])),
    ("names", "parity/xlm-roberta-tokens", || json!(["nobody reads the map"])),
    (
        "answers",
        "parity/bert-answers",
        || json!([{ "question": "who reads?", "context": "nobody reads the map" }]),
    ),
    (
        "labels",
        "parity/roberta-inference",
        || json!([{ "text": "the river is high", "candidate_labels": ["rain", "bread"] }]),
    ),
    ("gaps", "parity/roberta-masked-lm", || json!(["the <mask> is high"])),
    ("vectors", "parity/bert-sentence-mean", || json!(["the river is high", "bread"])),
    ("means", "parity/mpnet-base", || json!(["the river is high"])),
];

fn replica(bench: &Bench, name: &str) -> Value {
    let endpoint = bench.json(&["endpoints", "show", name]);
    endpoint["deployments"][0]["replicas"][0].clone()
}

fn ready(bench: &Bench, name: &str) -> u32 {
    wait_for(|| {
        let replica = replica(bench, name);
        let pid = replica["pid"].as_u64().filter(|_| replica["state"] == "ready")?;
        u32::try_from(pid).ok()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_that_dies_harms_no_other() {
    let bench = Bench::new();
    for (name, fixture, _) in MODELS {
        bench.import(fixture, name);
    }
    let up = bench.up(&[]);
    for (name, ..) in MODELS {
        bench.json(&["deploy", &format!("workspace/{name}"), "--endpoint", name]);
    }
    let pids = MODELS.map(|(name, ..)| ready(&bench, name));
    let ask = async |name: &str, input: fn() -> Value| {
        let url = format!("{}/endpoints/{name}/score", up.url);
        let (status, answer) = post(&url, &json!({ "input_data": input() })).await;
        assert_eq!(status, 200, "{name}: {answer}");
        answer
    };
    let mut answers = Vec::new();
    for (name, _, input) in MODELS {
        answers.push(ask(name, input).await);
    }
    let mut apart = pids.to_vec();
    apart.sort_unstable();
    apart.dedup();
    assert_eq!(apart.len(), MODELS.len(), "each has a process of its own");
    for (killed, pid) in [(1, pids[1]), (3, pids[3])] {
        signal(pid, "KILL");
        wait_for(|| (!alive(pid)).then_some(()));
        for ((name, _, input), answer) in MODELS.iter().zip(&answers) {
            assert_eq!(ask(name, *input).await, *answer, "{name} after {}", MODELS[killed].0);
        }
    }
    for (number, (name, ..)) in MODELS.iter().enumerate() {
        let restarted = matches!(number, 1 | 3);
        assert_eq!(ready(&bench, name) != pids[number], restarted, "{name}");
        assert_eq!(replica(&bench, name)["restarts"], u64::from(restarted), "{name}");
    }
    up.stop();
}

/// What is sent with the form of a model's page, and what its answer must hold.
type Typed = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const FORMS: [Typed; 3] = [
    (
        "names",
        &[("task", "token-classification"), ("input", "Nobody reads\nthe map")],
        &["<mark class=\"entity hue0\"", "the map"],
    ),
    (
        "answers",
        &[
            ("task", "question-answering"),
            ("question", "who reads?"),
            ("input", "nobody reads the <map>"),
        ],
        &["<p class=\"marked\">", "<mark>", "class=\"ranked\"", "value=\"who reads?\""],
    ),
    (
        "labels",
        &[
            ("task", "zero-shot-classification"),
            ("candidate_labels", "rain, bread"),
            ("multi_label", "on"),
            ("input", "the river is high"),
        ],
        &["<span class=\"name\">rain</span>", "<span class=\"name\">bread</span>", "checked"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_model_shows_what_was_found_in_the_text() {
    let bench = Bench::new();
    for (name, fixture, _) in &MODELS[1..4] {
        bench.import(fixture, name);
    }
    let up = bench.up(&[]);
    for (name, fields, parts) in FORMS {
        let url = format!("{}/models/workspace/{name}/try", up.url);
        let page = send_form(&url, fields).await;
        let panel = page.split("id=\"try-panel\"").nth(1).unwrap_or_else(|| panic!("{page}"));
        let panel = panel.split("</live-form>").next().unwrap();
        for part in parts {
            assert!(panel.contains(part), "{name} has no {part}: {panel}");
        }
    }
    up.stop();
}
