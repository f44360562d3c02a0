//! What fewer bits change: asked for before a model is deployed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bench::{Bench, fixture_dir};

#[test]
fn a_model_is_compared_with_itself_in_fewer_bits() {
    let bench = Bench::new();
    bench.import("decoder/qwen2", "writer");
    bench.import("parity/bert-classification", "mood");
    let [int8, q4] = ["int8", "q4"]
        .map(|quantize| bench.json(&["parity", "workspace/writer", "--quantize", quantize]));
    for (report, quantize) in [(&int8, "int8"), (&q4, "q4")] {
        assert_eq!((&report["quantize"], &report["tokens"]), (&quantize.into(), &1_024.into()));
        assert_eq!(report["model"], "workspace/writer@1");
        let summary = report["summary"].as_str().unwrap();
        assert!(summary.starts_with(&format!("{quantize}: perplexity ")), "{summary}");
        assert!(summary.ends_with(" % of 1,024 tokens"), "{summary}");
    }
    let number = |report: &Value, name: &str| report[name].as_f64().unwrap();
    assert_eq!(int8["perplexity"], q4["perplexity"]);
    assert!(number(&int8, "difference") < number(&q4, "difference"), "{int8} {q4}");

    let own = bench.file("mine.jsonl", "{\"words\": \"the river is high after the rain\"}\n");
    let args = ["parity", "workspace/writer", "--quantize", "q4", "--data", &own];
    let ran = bench.run(&args);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("has no column `text`"), "{ran:?}");
    let mapped: Vec<&str> = args.into_iter().chain(["--map", "text=words"]).collect();
    let ran = bench.run(&mapped);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("q4: perplexity "), "{ran:?}");
    assert!(ran.err.contains("read mine.jsonl in "), "{ran:?}");

    let read = bench.json(&["parity", "workspace/mood", "--quantize", "int8"]);
    assert_eq!((&read["choice"], &read["choices"]), (&"class".into(), &read["texts"]));
    assert!(number(&read, "similarity") > 0.99, "{read}");
    let summary = read["summary"].as_str().unwrap();
    assert!(summary.starts_with("int8: vectors at a cosine of 0."), "{summary}");
}

/// How long to wait for a worker that has the lowest of all priorities: the other tests come first.
const PATIENCE: Duration = Duration::from_secs(600);
/// Asking all the time would keep it from getting on.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until it is known what fewer bits change in a deployment.
fn measured(bench: &Bench) -> Value {
    let began = Instant::now();
    loop {
        let shown = bench.json(&["endpoints", "show", "chat"])["deployments"][0]["parity"].take();
        if shown["state"] == "measured" {
            return shown;
        }
        assert!(began.elapsed() < PATIENCE, "{shown}");
        std::thread::park_timeout(PAUSE);
    }
}

#[test]
fn what_is_deployed_in_fewer_bits_is_compared_beside_it_and_the_report_stays() {
    let bench = Bench::new();
    bench.import("decoder/qwen2", "writer");
    let up = bench.up(&[]);
    let args = ["deploy", "workspace/writer", "--endpoint", "chat", "--quantize", "q4"];
    let ran = bench.run(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = measured(&bench);
    assert_eq!((&report["quantize"], &report["tokens"]), (&"q4".into(), &1_024.into()));
    let summary = report["summary"].as_str().unwrap();
    let ran = bench.run(&["endpoints", "show", "chat"]);
    assert!(ran.out.contains(&format!("chat/default  {summary}")), "{ran:?}");

    up.stop();
    let up = bench.up(&[]);
    let shown = bench.json(&["endpoints", "show", "chat"]);
    assert_eq!(shown["deployments"][0]["parity"], report, "it is not measured again");
    drop(up);

    // Asked for by hand it is the same, and what is not rounded has no report.
    let asked = bench.json(&["parity", "workspace/writer", "--quantize", "q4"]);
    assert_eq!(asked["summary"], report["summary"]);
    let plain = ["deploy", "workspace/writer", "--endpoint", "plain"];
    assert_eq!(bench.json(&plain)["deployments"][0].get("parity"), None);
}

#[test]
fn an_import_says_how_its_deployments_hold_the_weights() {
    let bench = Bench::new();
    let _up = bench.up(&[]);
    let (writer, mood) = (fixture_dir("decoder/qwen2"), fixture_dir("parity/bert-masked-lm"));
    let wrong = bench.run(&["import", &writer, "--name", "writer", "--quantize", "q5"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let made = bench.json(&["import", &writer, "--name", "writer", "--quantize", "q4"]);
    let summary = made["parity"].as_str().unwrap();
    assert!(summary.starts_with("q4: perplexity "), "{summary}");
    let deploy = |endpoint: &str, more: &[&str]| {
        let args = ["deploy", "workspace/writer", "--endpoint", endpoint];
        let args: Vec<&str> = args.iter().chain(more).copied().collect();
        bench.json(&args)["deployments"][0].clone()
    };
    let shown = deploy("chat", &[]);
    assert_eq!(
        (&shown["options"]["quantize"], &shown["parity"]["state"]),
        (&"q4".into(), &"measured".into())
    );
    assert_eq!(shown["parity"]["summary"], summary, "it was measured by the import");
    assert_eq!(deploy("eight", &["--quantize", "int8"])["options"]["quantize"], "int8");
    assert_eq!(deploy("whole", &["--quantize", "none"])["options"].get("quantize"), None);

    let made = bench.json(&["import", &mood, "--name", "mood", "--quantize", "int8"]);
    let summary = made["parity"].as_str().unwrap();
    assert!(summary.ends_with(" gaps"), "an encoder is told of too: {summary}");
    let shown = bench.json(&["deploy", "workspace/mood", "--endpoint", "mood"]);
    let shown = &shown["deployments"][0];
    assert_eq!(shown["options"]["quantize"], "int8");
    assert_eq!(
        (&shown["parity"]["summary"], &shown["parity"]["choice"]),
        (&made["parity"], &"gap".into())
    );
    let asked = json!({ "input_data": ["the [MASK] is high"] }).to_string();
    let answer = bench.json(&["invoke", "mood", "--input", &asked]);
    assert!(answer[0].is_string(), "{answer}");
}
