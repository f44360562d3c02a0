//! What is chosen, and what is refused with which reason.

use domain::Fault;
use native::Family;
use native::train::classifier::Schedule;
use serde_json::json;

use super::*;

pub(crate) fn facts() -> ModelFacts {
    ModelFacts {
        architecture: "BertModel".into(),
        family: Family::Encoder,
        tasks: vec![Task::FeatureExtraction],
        finetuning_tasks: vec![Task::TextClassification],
        parameters: 22_000_000,
        dtype: "f32".into(),
        context_max: 512,
        hidden_size: 384,
        layers: 6,
        vocabulary: 30_522,
        labels: Vec::new(),
        size_bytes: 90_000_000,
        chat_template: false,
    }
}

fn plan_of(
    facts: &ModelFacts,
    method: Option<&str>,
    given: Value,
    has_validation: bool,
) -> Result<Plan> {
    let hyperparameters = serde_json::from_value(given).unwrap();
    Plan::new(&Request { method, hyperparameters: &hyperparameters, has_validation }, facts)
}

fn plan(method: Option<&str>, given: Value) -> Plan {
    plan_of(&facts(), method, given, false).unwrap()
}

#[test]
fn each_method_has_its_defaults() {
    let full = plan(None, json!({}));
    assert_eq!(full.method, Method::Full);
    assert_eq!(full.hyperparameters.learning_rate, Method::Full.learning_rate());
    assert_eq!((full.hyperparameters.patience, full.validation_split), (None, 0.1));
    let lora = plan(Some("lora"), json!({}));
    assert_eq!(lora.method, Method::lora());
    assert_eq!(lora.hyperparameters.learning_rate, Method::lora().learning_rate());
    // Whoever names a rank wants it.
    assert_eq!(plan(None, json!({ "rank": 4 })).method, Method::Lora { rank: 4, alpha: 8.0 });
    let with_alpha = plan(Some("lora"), json!({ "rank": "4", "alpha": 1 }));
    assert_eq!(with_alpha.method, Method::Lora { rank: 4, alpha: 1.0 });
}

#[test]
fn the_size_of_the_model_chooses_method_and_learning_rate() {
    let of = |hidden_size, parameters| {
        let facts = ModelFacts { hidden_size, parameters, ..facts() };
        let plan = plan_of(&facts, None, json!({}), false).unwrap();
        (plan.method == Method::Full, plan.hyperparameters.learning_rate)
    };
    let (tiny, small, base, large) =
        (of(64, 1_000_000), of(384, 22_000_000), of(768, 110_000_000), of(1024, 335_000_000));
    assert_eq!([tiny.0, small.0, base.0, large.0], [true, true, true, false]);
    assert!(tiny.1 > small.1 && small.1 > base.1, "{tiny:?} {small:?} {base:?}");
    // A rank above the width would be more than the whole.
    let narrow = ModelFacts { hidden_size: 8, ..facts() };
    let plan = plan_of(&narrow, Some("lora"), json!({}), false).unwrap();
    assert_eq!(plan.method, Method::Lora { rank: 8, alpha: 16.0 });
}

#[test]
fn what_a_person_chose_is_used() {
    let found = plan(
        Some("full"),
        json!({
            "epochs": 3, "batch_size": "16", "accumulation": 2, "learning_rate": "5e-5",
            "schedule": "cosine", "warmup_ratio": 0, "weight_decay": 0.1, "clip_norm": 0.5,
            "patience": 2, "seed": 18_446_744_073_709_551_615_u64, "tokens_max": 64,
            "validation_split": 0.2,
        }),
    );
    let expected = Hyperparameters {
        epochs: 3,
        batch_size: 16,
        accumulation: 2,
        learning_rate: 5e-5,
        schedule: Schedule::Cosine,
        warmup_ratio: 0.0,
        weight_decay: 0.1,
        clip_norm: 0.5,
        patience: Some(2),
        seed: u64::MAX,
        tokens_max: 64,
    };
    assert_eq!(found.hyperparameters, expected);
    assert_eq!((found.validation_split, found.steps_of_epoch(65)), (0.2, 3));
    assert_eq!(plan(None, json!({ "patience": null })).hyperparameters.patience, None);
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    let cases = [
        (None, json!({ "epochs": 0 }), "`epochs` is 0: it is a whole number from 1 to 1000"),
        (None, json!({ "epochs": 1.5 }), "`epochs` is 1.5: it is a whole number from 1 to 1000"),
        (None, json!({ "seed": -1 }), "`seed` is -1: it is a whole number from 0 on"),
        (
            None,
            json!({ "batch_size": "many" }),
            "`batch_size` is \"many\": it is a whole number from 1 to 1024",
        ),
        (
            None,
            json!({ "learning_rate": 0 }),
            "`learning_rate` is 0: it is a number from 0.000000001 to 1",
        ),
        (
            None,
            json!({ "learning_rate": "NaN" }),
            "`learning_rate` is \"NaN\": it is a number from 0.000000001 to 1",
        ),
        (
            None,
            json!({ "schedule": "step" }),
            "`schedule` is \"step\": it is `linear`, `cosine` or `constant`",
        ),
        (
            None,
            json!({ "tokens_max": 513 }),
            "`tokens_max` is 513: it is a whole number from 8 to 512",
        ),
        (Some("lora"), json!({ "rank": 385 }), "`rank` is 385: it is a whole number from 1 to 384"),
        (
            None,
            json!({ "validation_split": 0.6 }),
            "`validation_split` is 0.6: it is a number from 0 to 0.5",
        ),
        (
            Some("full"),
            json!({ "rank": 8 }),
            "`rank` belongs to the method `lora`, and `full` was asked for",
        ),
        (
            None,
            json!({ "patience": 2, "validation_split": 0 }),
            "`patience` needs validation data, and `validation_split` is 0",
        ),
        (Some("qlora"), json!({}), "there is no method `qlora`: there are `full` and `lora`"),
    ];
    for (method, given, expected) in cases {
        let error = plan_of(&facts(), method, given, false).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let error = plan_of(&facts(), None, json!({ "validation_split": 0.1 }), true).unwrap_err();
    let expected = "`validation_split` and a file for validation exclude each other";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_unknown_name_lists_the_known_ones_and_the_near_one() {
    for (name, near) in
        [("epoch", Some("epochs")), ("learning-rate", Some("learning_rate")), ("dropout", None)]
    {
        let error = plan_of(&facts(), None, json!({ name: 1 }), false).unwrap_err();
        let fault = Fault::from(error);
        let begins =
            format!("there is no hyper-parameter `{name}`: there are `epochs`, `batch_size`");
        assert!(fault.message().starts_with(&begins), "{}", fault.message());
        let hint = near.map(|near| format!("if `{near}` is meant, write it so"));
        assert_eq!(fault.hint_text(), hint.as_deref());
    }
}

#[test]
fn a_model_that_cannot_be_taught_is_refused() {
    let decoder =
        ModelFacts { architecture: "LlamaForCausalLM".into(), finetuning_tasks: vec![], ..facts() };
    let fault = Fault::from(plan_of(&decoder, None, json!({}), false).unwrap_err());
    assert_eq!(fault.kind(), domain::Kind::Unsupported);
    assert_eq!(
        fault.message(),
        "`LlamaForCausalLM` cannot be taught text-classification: nor anything else"
    );
}

#[test]
fn the_longest_text_follows_from_the_lengths_of_all() {
    let check = |given: Value, lengths: &[usize], expected: (usize, usize)| {
        let mut plan = plan(None, given);
        let cut = plan.fit_lengths(&mut lengths.to_vec());
        assert_eq!((plan.hyperparameters.tokens_max, cut), expected, "{lengths:?}");
    };
    check(json!({}), &[5, 9, 12], (16, 0));
    check(json!({}), &[5, 17, 12], (32, 0));
    check(json!({}), &[300, 20, 500], (128, 2));
    check(json!({ "tokens_max": 64 }), &[300, 20, 64, 65], (64, 2));
    check(json!({ "tokens_max": 512 }), &[300, 20], (512, 0));
    // One text of thousands does not make all of them wide.
    let mut lengths = vec![20; 2_000];
    lengths[7] = 110;
    check(json!({}), &lengths, (32, 1));
}

#[test]
fn labels_are_ordered_or_refused() {
    let own = |labels: &[&str]| ModelFacts {
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..facts()
    };
    let order = |labels: &[(&str, usize)], facts: &ModelFacts| {
        let counts = labels.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect();
        order_labels("a.csv", &counts, facts).map_err(|error| error.to_string())
    };
    let strings =
        |labels: &[&str]| Ok(labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>());
    assert_eq!(order(&[("b", 1), ("a", 2)], &facts()), strings(&["a", "b"]));
    assert_eq!(order(&[("10", 1), ("9", 2), ("-1", 1)], &facts()), strings(&["-1", "9", "10"]));
    assert_eq!(order(&[("a", 1), ("b", 2)], &own(&["b", "a"])), strings(&["b", "a"]));
    assert_eq!(order(&[("a", 1), ("c", 2)], &own(&["b", "a"])), strings(&["a", "c"]));
    assert_eq!(order(&[("a", 1), ("b", 1)], &facts()), strings(&["a", "b"]));
    let refused = [
        (vec![("a", 9)], "every row of `a.csv` has the label `a`: there is nothing to tell apart"),
        (
            vec![("a", 1), ("b", 1), ("c", 1)],
            "each of the 3 rows of `a.csv` has a label of its own: nothing repeats",
        ),
    ];
    for (labels, expected) in refused {
        assert_eq!(order(&labels, &facts()), Err(expected.to_owned()));
    }
    let many: BTreeMap<String, usize> = (0..10_001).map(|n| (n.to_string(), 2)).collect();
    let error = order_labels("a.csv", &many, &facts()).unwrap_err();
    assert_eq!(error.to_string(), "`a.csv` has more than 10000 labels");
}
