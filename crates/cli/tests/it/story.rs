//! The main job with a tiny model: import, fine-tune, evaluate, deploy, invoke, batch.

use serde_json::{Value, json};

use super::bench::{Bench, fixture_dir, rows};

#[test]
fn a_model_is_imported_taught_measured_deployed_and_asked() {
    let bench = Bench::new();
    let up = bench.up(&[]);
    let tiny = bench.tiny_encoder();
    bench.file("train.csv", rows(120, 0));
    bench.file("test.csv", rows(40, 1));

    let imported = bench.json(&["import", &tiny, "--name", "tiny"]);
    assert_eq!(imported["model"], "workspace/tiny@1");
    assert!(imported["files"].as_u64().unwrap() >= 4, "{imported}");

    let taught = bench.json(&[
        "finetune",
        "workspace/tiny",
        "--data",
        "train.csv",
        "--name",
        "intents",
        "--method",
        "full",
        "--epochs",
        "8",
        "--learning-rate",
        "0.02",
        "--batch-size",
        "8",
    ]);
    assert_eq!(taught["model"], "workspace/intents@1");
    assert_eq!(taught["hyperparameters"]["epochs"], 8);

    let measured = bench.json(&["evaluate", "workspace/intents", "--data", "test.csv"]);
    assert_eq!(measured["rows"], 40);
    let accuracy = measured["metrics"]["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.9, "{accuracy}");
    assert_eq!(measured["report"]["labels"], json!(["lost", "pay"]));

    let card = bench.json(&["show", "workspace/intents"]);
    assert_eq!(card["versions"][0]["parent"], "workspace/tiny@1");
    let origin = &card["versions"][0]["origin"];
    assert!(origin["data"]["digest"].is_string(), "{origin}");
    assert_eq!(origin["hyperparameters"]["epochs"], 8);
    assert_eq!(card["evaluations"][0]["metrics"]["accuracy"], accuracy);

    let deployed = bench.json(&["deploy", "workspace/intents", "--endpoint", "intents"]);
    assert_eq!(deployed["deployments"][0]["traffic"], 100);
    let answer = bench.json(&["invoke", "intents", "--input", "where is my card"]);
    assert_eq!(answer[0]["label"], "lost");
    let tried = bench.json(&["try", "workspace/intents", "--input", "how do i pay"]);
    assert_eq!(tried["output"][0][0]["label"], "pay");

    let done = bench.json(&["batch", "intents", "--data", "test.csv", "--output", "answers.jsonl"]);
    assert_eq!((&done["rows"], &done["failed"]), (&json!(40), &json!(0)));
    let answers = std::fs::read_to_string(bench.path("answers.jsonl")).unwrap();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let right = answers.iter().filter(|one| one["output"]["label"] == one["input"]["label"]);
    assert_eq!(right.count() as f64 / 40.0, accuracy);
    up.stop();
}

#[test]
fn commands_work_without_a_server_and_people_see_what_they_did() {
    let bench = Bench::new();
    let folder = fixture_dir("parity/bert-classification");
    bench.file("test.csv", "text,label\nhello,calm\nbusy day,busy\n");
    let commands: &[&[&str]] = &[
        &["import", &folder, "--name", "mood"],
        &["evaluate", "workspace/mood", "--data", "test.csv"],
        &["deploy", "workspace/mood", "--endpoint", "mood"],
        &["invoke", "mood", "--input", "hello"],
        &["batch", "mood", "--data", "test.csv", "--output", "answers.jsonl"],
        &["jobs", "list"],
        &["endpoints", "traffic", "mood", "default=100"],
        &["endpoints", "delete", "mood"],
        &["search", "mood", "--collection", "workspace"],
        &["show", "workspace/mood"],
    ];
    let transcript = |args: &&[&str]| {
        let ran = bench.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.transcript(args)
    };
    let text = commands.iter().map(transcript).collect::<Vec<_>>().join("\n\n");
    let text = text.replace(&folder, "FOLDER");
    insta::with_settings!({
        omit_expression => true,
        filters => vec![
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
            (r"\d+\.\d+ MB", "[memory]"),
            (r"\b\d+\.\d{4}\b", "[score]"),
            (r"\b[0-9a-f]{40}\b", "[revision]"),
            // Files come in any order.
            (r"(?m)^  fetched .*\n", ""),
        ],
    }, { insta::assert_snapshot!("commands", text) });
}

#[test]
fn a_detached_job_goes_on_without_the_command_that_started_it() {
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    bench.file("test.csv", "text,label\nhello,calm\n");
    let job = bench.json(&["evaluate", "workspace/mood", "--data", "test.csv", "--detach"]);
    let id = job["id"].as_str().unwrap();
    let done = bench.finished(id);
    assert_eq!((&done["state"], &done["attempt"]), (&json!("succeeded"), &json!(1)), "{done}");
}
