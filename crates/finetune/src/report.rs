//! What is kept with the new version: how it was made, and how it went.

use domain::Digest;
use native::train::classifier::{Method, Report};
use serde_json::{Map, Value, json};

use crate::plan::Plan;

/// A file with what was taken from it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What the person calls it.
    pub(crate) name: String,
    /// The digest of its bytes.
    pub(crate) digest: Digest,
    /// How many rows it has.
    pub(crate) rows: usize,
}

/// Returns every hyper-parameter that was used, the method first.
pub(crate) fn hyperparameters(plan: &Plan) -> Value {
    let mut all = Map::new();
    match plan.method {
        Method::Full => {
            all.insert("method".into(), json!("full"));
        }
        Method::Lora { rank, alpha } => {
            all.insert("method".into(), json!("lora"));
            all.insert("rank".into(), json!(rank));
            all.insert("alpha".into(), short(alpha));
        }
    }
    if let Value::Object(rest) = json!(plan.hyperparameters) {
        all.extend(rest);
    }
    let used = &plan.hyperparameters;
    for (name, value) in [
        ("learning_rate", used.learning_rate),
        ("warmup_ratio", used.warmup_ratio),
        ("weight_decay", used.weight_decay),
        ("clip_norm", used.clip_norm),
    ] {
        all.insert(name.into(), short(value));
    }
    all.insert("validation_split".into(), json!(plan.validation_split));
    Value::Object(all)
}

/// Returns what was learned from, and what was validated on.
pub(crate) fn data(
    training: &Source,
    validation: Option<&Source>,
    learned: usize,
    validated: usize,
) -> Value {
    let mut all = json!({
        "name": training.name,
        "digest": training.digest,
        "rows": training.rows,
        "training_rows": learned,
        "validation_rows": validated,
    });
    if let Some(source) = validation {
        all["validation"] = json!({ "name": source.name, "digest": source.digest });
    }
    all
}

/// Returns how the training went.
pub(crate) fn metrics(report: &Report) -> Map<String, Value> {
    let mut metrics = Map::new();
    let mut add = |name: &str, value: Value| metrics.insert(name.to_owned(), value);
    if let Some(validation) = &report.validation {
        add("validation_accuracy", short(validation.accuracy));
        add("validation_loss", short(validation.loss));
    }
    add("train_loss", json!(report.loss));
    add("steps", json!(report.steps));
    add("epochs", json!(report.epochs));
    add("best_epoch", json!(report.best_epoch));
    add("trainable_parameters", json!(report.trainable));
    metrics
}

/// Returns the number that a person would write: 0.0002, not 0.00019999999494757503.
fn short(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, |value| json!(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use native::train::observer::Validation;

    use super::*;
    use crate::plan::Request;
    use crate::plan::tests::facts;

    #[test]
    fn the_hyperparameters_that_were_used_are_all_there_and_readable() {
        let none = BTreeMap::new();
        let request =
            Request { method: Some("lora"), hyperparameters: &none, has_validation: false };
        let plan = Plan::new(&request, &facts()).unwrap();
        let found = hyperparameters(&plan);
        for (name, expected) in [
            ("method", json!("lora")),
            ("rank", json!(16)),
            ("alpha", json!(32.0)),
            ("learning_rate", short(plan.hyperparameters.learning_rate)),
            ("schedule", json!("linear")),
            ("warmup_ratio", json!(0.1)),
            ("weight_decay", json!(0.01)),
            ("patience", Value::Null),
            ("validation_split", json!(0.1)),
        ] {
            assert_eq!(found[name], expected, "{name}");
        }
    }

    #[test]
    fn a_training_without_validation_reports_none() {
        let validation = Validation { epoch: 2, step: 20, loss: 0.5, accuracy: 0.75 };
        let mut report = Report {
            steps: 30,
            epochs: 3,
            best_epoch: 2,
            validation: Some(validation),
            loss: 0.25,
            trainable: 7,
            stopped: false,
            stopped_early: false,
        };
        assert_eq!(metrics(&report)["validation_accuracy"], json!(0.75));
        assert_eq!(metrics(&report)["best_epoch"], json!(2));
        report.validation = None;
        assert!(!metrics(&report).contains_key("validation_accuracy"));
    }
}
