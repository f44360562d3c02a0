//! Heads for tokens, answers and implication say what the pipelines of `transformers` say.

use native::encoder::{Aggregation, Answer, AnswerOptions, Asked, Candidates, Entity, Sorted};
use native::{Encoder, ZeroShotOptions};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fixtures::{json, model, precisely};

/// How far probabilities may be apart.
const TOLERANCE: f32 = 2e-4;

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

fn load<T: DeserializeOwned>(name: &str) -> (Encoder, Vec<T>) {
    let dir = model(name);
    let Cases { cases } = json(&dir.join("expected.json"));
    (Encoder::load(&dir).expect("the model loads"), cases)
}

fn close(found: f32, expected: f32, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, expected {expected}");
}

#[derive(Deserialize)]
struct Tags {
    text: String,
    aggregation_strategy: Aggregation,
    #[serde(default = "outside")]
    ignore_labels: Vec<String>,
    entities: Vec<Entity>,
}

fn outside() -> Vec<String> {
    vec!["O".to_owned()]
}

#[test]
fn entities_equal_those_of_transformers() {
    let check = |name: &str| {
        let (encoder, cases) = load::<Tags>(name);
        for case in cases {
            let what = format!("{name}, {:?}: {}", case.aggregation_strategy, case.text);
            let find = || {
                let texts = [case.text.as_str()];
                encoder.find_entities(&texts, case.aggregation_strategy, &case.ignore_labels)
            };
            let mut found = precisely(find).expect("entities").remove(0);
            assert_eq!(found.len(), case.entities.len(), "{what}");
            for (found, expected) in found.iter_mut().zip(&case.entities) {
                close(found.score, expected.score, &what);
                found.score = expected.score;
                assert_eq!(found, expected, "{what}");
            }
        }
    };
    check("bert-tokens");
    check("distilbert-tokens");
    check("roberta-tokens");
    check("mpnet-tokens");
    check("xlm-roberta-tokens");
}

#[derive(Deserialize)]
struct Question {
    #[serde(flatten)]
    asked: Asked,
    top_k: Option<usize>,
    max_answer_len: Option<usize>,
    max_seq_len: Option<usize>,
    doc_stride: Option<usize>,
    #[serde(default)]
    handle_impossible_answer: bool,
    answers: Vec<Answer>,
}

#[test]
fn answers_equal_those_of_transformers() {
    let check = |name: &str| {
        let (encoder, cases) = load::<Question>(name);
        for case in cases {
            let what = format!("{name}: {}", case.asked.question);
            let options = AnswerOptions {
                top_k: case.top_k,
                answer_tokens_max: case.max_answer_len,
                tokens_max: case.max_seq_len,
                shared_tokens: case.doc_stride,
                may_be_unanswered: case.handle_impossible_answer,
            };
            let answer = || encoder.answer(std::slice::from_ref(&case.asked), options);
            let mut found = precisely(answer).expect("answers").remove(0);
            assert_eq!(found.len(), case.answers.len(), "{what}: {found:?}");
            for (found, expected) in found.iter_mut().zip(&case.answers) {
                close(found.score, expected.score, &what);
                found.score = expected.score;
                assert_eq!(found, expected, "{what}");
            }
        }
    };
    check("bert-answers");
    check("distilbert-answers");
    check("roberta-answers");
    check("mpnet-answers");
    check("xlm-roberta-answers");
}

#[derive(Deserialize)]
struct Implication {
    candidate_labels: Vec<String>,
    hypothesis_template: Option<String>,
    #[serde(default)]
    multi_label: bool,
    found: Sorted,
}

#[test]
fn sorting_equals_that_of_transformers() {
    let check = |name: &str| {
        let (encoder, cases) = load::<Implication>(name);
        for Implication { candidate_labels, hypothesis_template, multi_label, found } in cases {
            let options = ZeroShotOptions { template: hypothesis_template, multi_label };
            let one = Candidates { text: found.sequence.clone(), labels: candidate_labels };
            let sort = || encoder.sort(std::slice::from_ref(&one), &options);
            let sorted = precisely(sort).expect("sorted").remove(0);
            assert_eq!(sorted.labels, found.labels, "{name}: {}", found.sequence);
            assert_eq!(sorted.sequence, found.sequence);
            for (score, expected) in sorted.scores.iter().zip(&found.scores) {
                close(*score, *expected, &found.sequence);
            }
        }
    };
    check("bert-inference");
    check("roberta-inference");
}

#[test]
fn each_text_has_its_result_whoever_is_beside_it() {
    let (encoder, cases) = load::<Question>("bert-answers");
    let asked: Vec<Asked> = cases.into_iter().map(|case| case.asked).collect();
    let together = encoder.answer(&asked, AnswerOptions::default()).expect("answers");
    for (one, expected) in asked.iter().zip(&together) {
        let alone = encoder.answer(std::slice::from_ref(one), AnswerOptions::default());
        assert_eq!(alone.expect("answers"), std::slice::from_ref(expected), "{}", one.question);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let encoder = |name: &str| Encoder::load(&model(name)).expect("the model loads");
    let (answers, sorts, tags) =
        (encoder("bert-answers"), encoder("bert-inference"), encoder("bert-tokens"));
    let ask = |question: &str, context: &str, options: AnswerOptions| {
        let asked = Asked { question: question.into(), context: context.into() };
        answers.answer(&[asked], options).expect_err("refused").to_string()
    };
    let plain = AnswerOptions::default();
    assert_eq!(ask("", "a river", plain), "question 1: `question` is empty");
    assert_eq!(ask("why?", " ", plain), "question 1: `context` is empty");
    let long = "river ".repeat(40);
    let narrow = ask(&long, "a river", plain);
    assert!(narrow.contains("leave 21 of 64") && narrow.contains("share 32"), "{narrow}");
    let close = AnswerOptions { shared_tokens: Some(57), ..plain };
    let many = ask("why?", &"rain ".repeat(40_000), close);
    assert!(many.contains("a request reads up to 16384"), "{many}");
    let sort = |labels: &[&str], template: Option<&str>| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let one = Candidates { text: "rain".into(), labels };
        let template = template.map(str::to_owned);
        let options = ZeroShotOptions { template, multi_label: false };
        sorts.sort(&[one], &options).expect_err("refused").to_string()
    };
    assert_eq!(sort(&[], None), "text 1 has no labels");
    let template = sort(&["a"], Some("no gap"));
    assert_eq!(template, "`hypothesis_template` is `no gap`, which has no `{}`");
    assert!(sort(&[&long], Some("{} {}")).contains("the model has room for 64"));
    let lacks = tags.sort(&[], &ZeroShotOptions::default()).expect_err("refused").to_string();
    assert!(lacks.contains("does not have a class for `entailment`"), "{lacks}");
    let lacks = sorts.answer(&[], plain).expect_err("refused").to_string();
    assert!(lacks.contains("does not have a head for answers"), "{lacks}");
    let lacks = sorts.find_entities(&[], Aggregation::None, &[]).expect_err("refused").to_string();
    assert!(lacks.contains("does not have a head for tokens"), "{lacks}");
}
