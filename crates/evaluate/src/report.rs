//! Scores as the JSON that is kept with a version.

use serde_json::{Map, Value, json};

use crate::score::Scores;

/// A larger matrix is no help to a person and megabytes in a record.
const CONFUSION_LABELS_MAX: usize = 500;

/// Returns one number for each metric that is defined.
pub(crate) fn metrics(scores: &Scores) -> Map<String, Value> {
    let mut metrics = Map::new();
    let mut add = |name: &str, value: f64| metrics.insert(name.to_owned(), json!(value));
    add("accuracy", scores.accuracy);
    add("balanced_accuracy", scores.balanced_accuracy);
    let averaged = [("precision", scores.precision), ("recall", scores.recall), ("f1", scores.f1)];
    for (name, averages) in averaged {
        add(&format!("{name}_macro"), averages.macro_);
        add(&format!("{name}_micro"), averages.micro);
        add(&format!("{name}_weighted"), averages.weighted);
    }
    add("matthews_correlation", scores.matthews_correlation);
    add("log_loss", scores.log_loss);
    if let Ok(areas) = scores.roc_auc {
        add("roc_auc", areas.macro_);
        add("roc_auc_weighted", areas.weighted);
    }
    metrics
}

/// Returns the tables, and why a metric is absent.
pub(crate) fn report(labels: &[String], scores: &Scores) -> Value {
    let per_class = labels.iter().zip(&scores.per_class).map(|(label, class)| {
        json!({
            "label": label,
            "precision": class.precision,
            "recall": class.recall,
            "f1": class.f1,
            "support": class.support,
        })
    });
    let mut absent = Map::new();
    if let Err(class) = scores.roc_auc {
        let why = json!(without_ranking(labels, scores, class));
        absent.insert("roc_auc".to_owned(), why.clone());
        absent.insert("roc_auc_weighted".to_owned(), why);
    }
    let shown = labels.len() <= CONFUSION_LABELS_MAX;
    if !shown {
        let why = format!("more than {CONFUSION_LABELS_MAX} labels");
        absent.insert("confusion".to_owned(), json!(why));
    }
    json!({
        "labels": labels,
        "per_class": per_class.collect::<Vec<_>>(),
        "confusion": if shown { json!(scores.confusion) } else { Value::Null },
        "absent": absent,
    })
}

fn without_ranking(labels: &[String], scores: &Scores, class: usize) -> String {
    match (labels.get(class), scores.per_class.get(class)) {
        (Some(label), Some(class)) if class.support == 0 => {
            format!("no row has the label `{label}`")
        }
        (Some(label), _) => format!("every row has the label `{label}`"),
        (None, _) => "the model has no labels".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Predictions, score};

    fn scores(classes: usize, rows: &[(usize, &[f32])]) -> Scores {
        let mut predictions = Predictions::new(classes);
        for (truth, probabilities) in rows {
            predictions.push(*truth, probabilities).unwrap();
        }
        score(&predictions)
    }

    fn labels(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("l{number}")).collect()
    }

    #[test]
    fn the_report_has_a_table_and_a_matrix_with_the_truth_in_its_rows() {
        let scores = scores(2, &[(0, &[0.9, 0.1]), (0, &[0.2, 0.8]), (1, &[0.4, 0.6])]);
        let expected = json!({
            "labels": ["l0", "l1"],
            "per_class": [
                { "label": "l0", "precision": 1.0, "recall": 0.5, "f1": 2.0 / 3.0, "support": 2 },
                { "label": "l1", "precision": 0.5, "recall": 1.0, "f1": 2.0 / 3.0, "support": 1 },
            ],
            "confusion": [[1, 1], [0, 1]],
            "absent": {},
        });
        assert_eq!(report(&labels(2), &scores), expected);
        let metrics = metrics(&scores);
        assert_eq!(metrics.len(), 15);
        assert_eq!(metrics["roc_auc"], json!(0.5));
    }

    #[test]
    fn what_is_absent_has_its_reason() {
        let without = scores(3, &[(0, &[0.9, 0.1, 0.0]), (1, &[0.2, 0.8, 0.0])]);
        let only = scores(1, &[(0, &[0.9])]);
        for (scores, expected) in
            [(without, "no row has the label `l2`"), (only, "every row has the label `l0`")]
        {
            let report = report(&labels(scores.per_class.len()), &scores);
            assert_eq!(report["absent"]["roc_auc"], json!(expected));
            assert!(!metrics(&scores).contains_key("roc_auc"));
        }
        let many = scores(501, &[]);
        let report = report(&labels(501), &many);
        assert_eq!(report["confusion"], Value::Null);
        assert_eq!(report["absent"]["confusion"], json!("more than 500 labels"));
    }
}
