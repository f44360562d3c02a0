//! That a model learns, and that what comes out is whole.

use native::Encoder;
use serde_json::json;

use super::{Bench, WORDS, file, toy};

/// Returns the share of new texts, with the words that were learned, whose best class is right.
fn accuracy(encoder: &Encoder) -> f64 {
    let texts = WORDS.iter().flat_map(|(label, words)| {
        words.iter().map(move |word| (format!("she stops at the {word}"), *label))
    });
    let texts: Vec<(String, &str)> = texts.collect();
    let all: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
    let probabilities = encoder.classify(&all).unwrap();
    let best = |row: &Vec<f32>| {
        let best = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        encoder.labels()[best].clone()
    };
    let right = probabilities.iter().zip(&texts).filter(|(row, (_, label))| best(row) == *label);
    right.count() as f64 / texts.len() as f64
}

fn check(method: &str, epochs: usize, learning_rate: f64) {
    let given = json!({ "epochs": epochs, "batch_size": 8, "learning_rate": learning_rate });
    let bench = Bench::new(&toy(8)).with(method, given);
    let found = bench.run().unwrap();
    assert_eq!(found.labels, ["animal", "house", "water"]);
    assert!(!found.stopped);
    let encoder = Encoder::load(&bench.job.out).unwrap();
    assert_eq!(encoder.labels(), found.labels);
    assert!(accuracy(&encoder) > 0.8, "{method}: {} {:?}", accuracy(&encoder), found.metrics);
    assert!(found.metrics["validation_accuracy"].as_f64().unwrap() > 0.8, "{:?}", found.metrics);
    assert_eq!(found.hyperparameters["method"], json!(method));
    assert_eq!(found.hyperparameters["epochs"], json!(epochs));
    assert_eq!(
        (&found.data["rows"], &found.data["training_rows"], &found.data["validation_rows"]),
        (&json!(120), &json!(108), &json!(12))
    );
    assert_eq!(found.data["digest"].as_str().unwrap().len(), 64);

    let told = bench.context.take();
    let of = |name: &str| -> Vec<f64> {
        told.metrics.iter().filter(|(n, _, _)| n == name).map(|(_, _, value)| *value).collect()
    };
    let (losses, rates) = (of("train/loss"), of("train/learning_rate"));
    assert_eq!((losses.len(), rates.len()), (epochs * 14, epochs * 14));
    assert!(losses[losses.len() - 1] < losses[0] / 2.0, "{} {losses:?}", losses[0]);
    assert_eq!((of("validation/loss").len(), of("validation/accuracy").len()), (epochs, epochs));
    let (progress, steps) = (told.progress.unwrap(), epochs as u64 * 14);
    assert_eq!((progress.done, progress.total), (steps, Some(steps)));
    assert_eq!(
        told.lines[0],
        format!("3 labels, 108 rows to learn from, 12 to validate on; {epochs} epochs of 14 steps")
    );
    assert!(
        told.lines[1].starts_with(&format!("epoch 1 of {epochs}: loss 1.")),
        "{}",
        told.lines[1]
    );
    assert!(told.lines[1].contains("validation loss"), "{}", told.lines[1]);
}

#[test]
fn the_whole_model_learns() {
    check("full", 12, 5e-3);
}

#[test]
fn low_rank_additions_learn_and_are_merged() {
    check("lora", 40, 5e-3);
}

#[test]
fn a_validation_file_is_used_as_it_is() {
    let mut bench = Bench::new(&toy(2)).with("full", json!({ "epochs": 1 }));
    bench.job.validation = Some(file(bench.folder.path(), "held.csv", "rain,water\ncat,animal\n"));
    let found = bench.run().unwrap();
    assert_eq!(
        (&found.data["training_rows"], &found.data["validation_rows"]),
        (&json!(30), &json!(2))
    );
    assert_eq!(found.data["validation"]["name"], json!("held.csv"));
    assert_eq!(found.hyperparameters["validation_split"], json!(0.0));
}

#[test]
fn without_validation_the_last_epoch_is_kept() {
    let given = json!({ "epochs": 2, "validation_split": 0 });
    let bench = Bench::new(&toy(1)).with("full", given);
    let found = bench.run().unwrap();
    assert_eq!(found.metrics["best_epoch"], json!(2));
    assert!(!found.metrics.contains_key("validation_accuracy"), "{:?}", found.metrics);
    let lines = bench.context.take().lines;
    assert!(lines.iter().any(|line| line.starts_with("epoch 2 of 2: loss")), "{lines:?}");
}

#[test]
fn rows_that_cannot_teach_much_are_noted() {
    let long = "bread ".repeat(40);
    let rows = format!("{}bread,single\n{long},water\n", toy(1));
    let bench = Bench::new(&rows).with("full", json!({ "epochs": 1, "tokens_max": 16 }));
    let found = bench.run().unwrap();
    assert_eq!(found.labels.len(), 4);
    let lines = bench.context.take().lines;
    assert_eq!(lines[1], "`single` has a single row: too few to learn it well");
    assert_eq!(lines[2], "texts cut to 16 tokens (`tokens_max`): 1");
}
