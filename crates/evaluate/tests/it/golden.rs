//! The same predictions, the same figures as scikit-learn; `make_golden.py` wrote them.

use std::collections::BTreeMap;

use evaluate::score::{Averages, Predictions, Scores, score};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    truth: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    metrics: BTreeMap<String, f64>,
    per_class: Vec<Row>,
    confusion: Vec<Vec<u64>>,
}

#[derive(Deserialize)]
struct Row {
    precision: f64,
    recall: f64,
    f1: f64,
    support: u64,
}

const TOLERANCE: f64 = 1e-9;

fn scalars(scores: &Scores) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::from([
        ("accuracy".to_owned(), scores.accuracy),
        ("balanced_accuracy".to_owned(), scores.balanced_accuracy),
        ("matthews_correlation".to_owned(), scores.matthews_correlation),
        ("log_loss".to_owned(), scores.log_loss),
    ]);
    let averaged: [(&str, Averages); 3] =
        [("precision", scores.precision), ("recall", scores.recall), ("f1", scores.f1)];
    for (name, averages) in averaged {
        all.insert(format!("{name}_macro"), averages.macro_);
        all.insert(format!("{name}_micro"), averages.micro);
        all.insert(format!("{name}_weighted"), averages.weighted);
    }
    if let Ok(areas) = scores.roc_auc {
        all.insert("roc_auc".to_owned(), areas.macro_);
        all.insert("roc_auc_weighted".to_owned(), areas.weighted);
    }
    all
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, scikit-learn {expected}");
}

fn check(case: &Case) {
    let mut predictions = Predictions::new(case.probabilities[0].len());
    for (truth, probabilities) in case.truth.iter().zip(&case.probabilities) {
        predictions.push(*truth, probabilities).unwrap();
    }
    let scores = score(&predictions);
    let found = scalars(&scores);
    let names = |map: &BTreeMap<String, f64>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&case.expected.metrics), "{}", case.name);
    for (name, expected) in &case.expected.metrics {
        assert_close(found[name], *expected, &format!("{} of `{}`", name, case.name));
    }
    assert_eq!(scores.confusion, case.expected.confusion, "{}", case.name);
    for (class, (found, row)) in scores.per_class.iter().zip(&case.expected.per_class).enumerate() {
        let what = |metric: &str| format!("{metric} of class {class} of `{}`", case.name);
        assert_close(found.precision, row.precision, &what("precision"));
        assert_close(found.recall, row.recall, &what("recall"));
        assert_close(found.f1, row.f1, &what("f1"));
        assert_eq!(found.support, row.support, "{}", what("support"));
    }
}

#[test]
fn every_figure_is_that_of_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("../fixtures/golden.json")).unwrap();
    assert_eq!(golden.cases.len(), 12);
    golden.cases.iter().for_each(check);
}
