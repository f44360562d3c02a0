//! Rankings, side by side and fronts, on measurements made up here.

use catalog::EvaluationRecord;
use domain::{Digest, Fault, Task};
use serde_json::{Value, json};

use super::{
    Asked, Better, Candidate, Leaderboard, Measurement, Metric, leaderboard, measurements, pareto,
    shared,
};

fn published(model: &str, data: &str, metrics: Value) -> EvaluationRecord {
    EvaluationRecord {
        id: format!("published/x/{model}/{data}"),
        model: model.parse().unwrap(),
        task: Task::QuestionAnswering,
        data_name: data.into(),
        data_digest: None,
        rows: None,
        metrics,
        report: json!({ "parameters": { "n_shot": "5" } }),
        job: None,
        published_by: Some("x".into()),
        created_ms: 1,
    }
}

fn own(model: &str, data: &str, byte: u8, accuracy: f64) -> EvaluationRecord {
    EvaluationRecord {
        id: format!("evaluation-{byte}"),
        data_digest: Some(Digest::from_bytes(&[byte; 32])),
        rows: Some(40),
        published_by: None,
        report: json!({}),
        created_ms: 2,
        ..published(model, data, json!({ "accuracy": accuracy, "log_loss": 1.0 - accuracy }))
    }
}

fn names(board: &Leaderboard) -> Vec<(usize, String)> {
    board.rows.iter().map(|row| (row.rank, row.measurement.model.to_string())).collect()
}

fn board<'a>(all: &'a [Measurement], data: &str, metric: &str) -> Leaderboard<'a> {
    let asked = Asked { task: None, data: Some(data), metric: Some(metric) };
    leaderboard(all, asked).unwrap().unwrap()
}

#[test]
fn models_are_ranked_and_equal_ones_share_a_place() {
    let all = measurements(&[
        published("a/low", "boolq", json!({ "exact_match": 0.5 })),
        published("a/one", "boolq", json!({ "exact_match": 0.9 })),
        published("a/two", "BoolQ", json!({ "exact_match": 0.9 })),
        published("a/best", "boolq", json!({ "exact_match": 0.95, "accuracy": 0.1 })),
    ]);
    let board = board(&all, "BOOLQ", "exact_match");
    let expected = [(1, "a/best"), (2, "a/one"), (2, "a/two"), (4, "a/low")];
    assert_eq!(names(&board), expected.map(|(rank, name)| (rank, name.to_owned())));
    assert_eq!(board.rows[0].measurement.setting.as_deref(), Some("5-shot"));
    let metrics: Vec<_> = board.metrics.iter().map(|one| (&*one.value, one.models)).collect();
    assert_eq!(metrics, [("exact_match", 4), ("accuracy", 1)]);
}

#[test]
fn the_lowest_is_first_where_less_is_better() {
    let all = measurements(&[own("a/good", "t.csv", 1, 0.9), own("a/bad", "t.csv", 1, 0.2)]);
    let by = |metric| names(&board(&all, "t", metric)).remove(0).1;
    assert_eq!((by("accuracy"), by("log_loss")), ("a/good".into(), "a/good".into()));
}

#[test]
fn the_newest_measurement_of_a_model_wins() {
    let mut older = own("a/x@1", "t.csv", 1, 0.9);
    older.created_ms = 1;
    older.id = "evaluation-9".into();
    let all = measurements(&[older, own("a/x@2", "t.csv", 1, 0.5)]);
    let board = board(&all, "t", "accuracy");
    assert_eq!(names(&board), [(1, "a/x@2".to_owned())]);
    assert_eq!(board.tasks[0].models, 1);
}

#[test]
fn two_files_of_one_name_are_two_data_sets() {
    let all = measurements(&[
        own("a/x", "test.csv", 1, 0.9),
        own("a/y", "test.csv", 2, 0.5),
        published("a/z", "test", json!({ "accuracy": 0.1 })),
    ]);
    let asked = Asked::default();
    let board = leaderboard(&all, asked).unwrap().unwrap();
    let data: Vec<_> = board.data.iter().map(|one| (&*one.value, one.models)).collect();
    let short = |byte| format!("test ({})", Digest::from_bytes(&[byte; 32]).short());
    assert_eq!(data, [("test", 1), (&*short(1), 1), (&*short(2), 1)]);
}

#[test]
fn the_same_file_is_one_data_set_with_what_was_published_under_its_name() {
    let all = measurements(&[
        own("a/x", "boolq.jsonl", 1, 0.9),
        published("a/z", "BoolQ", json!({ "accuracy": 0.1 })),
    ]);
    let board = board(&all, "boolq", "accuracy");
    let by: Vec<_> = board.rows.iter().map(|row| row.measurement.published_by.as_deref()).collect();
    assert_eq!(by, [None, Some("x")]);
}

#[test]
fn what_was_not_measured_is_answered_with_what_was() {
    let all = measurements(&[published("a/x", "boolq", json!({ "exact_match": 0.5 }))]);
    let ask = |task, data, metric| {
        let fault = Fault::from(leaderboard(&all, Asked { task, data, metric }).unwrap_err());
        (fault.chain(), fault.hint_text().unwrap_or_default().to_owned())
    };
    let (message, hint) = ask(Some(Task::FillMask), None, None);
    assert_eq!(message, "no model was measured for the task `fill-mask`");
    assert_eq!(hint, "there is `question-answering`");
    assert!(ask(None, Some("gsm8k"), None).0.contains("`question-answering` on `gsm8k`"));
    assert!(ask(None, Some("boolq"), Some("f1")).1.contains("`exact_match`"));
    assert_eq!(leaderboard(&[], Asked::default()).unwrap(), None);
}

#[test]
fn what_the_models_have_in_common_comes_first() {
    let all = measurements(&[
        published("a/x", "alone", json!({ "accuracy": 0.5 })),
        published("a/x", "boolq", json!({ "accuracy": 0.5 })),
        published("a/y", "boolq", json!({ "accuracy": 0.75 })),
        published("a/other", "boolq", json!({ "accuracy": 1.0 })),
        own("a/y@1", "own.csv", 1, 0.5),
        own("a/y@2", "own.csv", 1, 0.6),
    ]);
    let models = ["a/x", "a/y@1"].map(|model| model.parse().unwrap());
    let found = shared(&all, &models);
    let values = |at: usize| -> Vec<_> {
        found[at].values.iter().map(|one| one.map(|one| one.value)).collect()
    };
    assert_eq!((found[0].data, values(0)), ("boolq", vec![Some(0.5), Some(0.75)]));
    assert_eq!(found[0].best(), Some(0.75));
    let own = found.iter().position(|one| one.data == "own").unwrap();
    assert_eq!((values(own), found[own].best()), (vec![None, Some(0.5)], None));
}

#[test]
fn the_front_is_what_nothing_beats_in_both() {
    let candidate = |(cost, quality)| Candidate { cost, quality };
    let front = |all: &[(f64, f64)], better| {
        pareto(&all.iter().copied().map(candidate).collect::<Vec<_>>(), better)
    };
    let all = [(7.0, 0.5), (1.0, 0.2), (7.0, 0.6), (3.0, 0.6), (70.0, 0.9), (8.0, 0.55)];
    assert_eq!(front(&all, Better::Higher), [1, 3, 4]);
    assert_eq!(front(&all, Better::Lower), [1]);
    assert_eq!(front(&[(1.0, 0.5), (1.0, 0.5)], Better::Higher), [0]);
    assert!(front(&[(f64::NAN, 0.5), (f64::INFINITY, 1.0)], Better::Higher).is_empty());
}

/// Every candidate that is not on the front is beaten by one that is.
#[test]
fn no_candidate_beats_the_front() {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((state >> 33) % 20) as f64
    };
    for _ in 0..200 {
        let all: Vec<_> = (0..30).map(|_| Candidate { cost: next(), quality: next() }).collect();
        let front = pareto(&all, Better::Higher);
        for one in &all {
            let equal_or_beaten =
                front.iter().any(|at| all[*at].cost <= one.cost && all[*at].quality >= one.quality);
            assert!(equal_or_beaten, "{one:?}");
        }
        let rising = |pair: &[usize]| {
            all[pair[0]].cost < all[pair[1]].cost && all[pair[0]].quality < all[pair[1]].quality
        };
        assert!(front.windows(2).all(rising));
    }
}

#[test]
fn a_metric_is_known_or_told_by_its_name() {
    for (name, title, better) in [
        ("accuracy", "Accuracy", Better::Higher),
        ("log_loss", "Log loss", Better::Lower),
        ("fid", "Fréchet inception distance", Better::Lower),
        ("my_new_score", "My new score", Better::Higher),
        ("validation_loss", "Validation loss", Better::Lower),
        ("latency_p50_ms", "Latency p50 ms", Better::Lower),
    ] {
        let metric = Metric::of(name);
        assert_eq!((metric.title.as_str(), metric.better), (title, better), "{name}");
    }
}
