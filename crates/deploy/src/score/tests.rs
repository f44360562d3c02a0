use native::{Entity, Sorted};

use super::*;
use crate::{Generated, LabelScore};

fn texts_of(body: Value) -> Vec<String> {
    match parse(Task::TextClassification, &body).unwrap().inputs {
        Inputs::Texts(texts) => texts,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn every_shape_that_samples_use_is_read() {
    let expected = ["a", "b"];
    let check = |body: Value| assert_eq!(texts_of(body), expected);
    check(json!({ "input_data": ["a", "b"] }));
    check(json!({ "input_data": [["a"], ["b"]] }));
    check(json!({ "input_data": { "input_string": ["a", "b"] } }));
    check(json!({ "inputs": { "input_string": ["a", "b"] }, "parameters": {} }));
    check(json!({ "inputs": ["a", "b"] }));
    check(json!({ "input_data": { "text": ["a", "b"] } }));
    check(json!({ "input_data": {
        "columns": ["id", "input_string"], "index": [0, 1], "data": [[1, "a"], [2, "b"]] } }));
    check(json!({ "input_data": { "columns": ["x"], "index": [0, 1], "data": ["a", "b"] } }));
}

#[test]
fn a_wrong_shape_says_where() {
    let check = |body: Value, why: &str| {
        let error = parse(Task::TextClassification, &body).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    check(json!([1]), "not a JSON object");
    check(json!({ "data": [] }), "no `input_data`");
    check(json!({ "input_data": [] }), "empty");
    check(json!({ "input_data": ["a", 3] }), "input 1 is not a text");
    check(json!({ "input_data": { "a": ["x"], "b": ["y"] } }), "several columns");
    check(json!({ "input_data": 3 }), "neither a list nor an object");
    check(json!({ "input_data": ["a"], "params": { "top_p": "x" } }), "a parameter is wrong");
    check(json!({ "input_data": vec!["a"; INPUTS_MAX + 1] }), "run a batch");
}

#[test]
fn a_chat_is_one_conversation_with_parameters_inside() {
    let body = json!({ "input_data": {
        "input_string": [{ "role": "user", "content": "hello" }],
        "parameters": { "max_new_tokens": 7, "do_sample": false } } });
    let request = parse(Task::ChatCompletion, &body).unwrap();
    assert_eq!(request.parameters.max_new_tokens, Some(7));
    let reply = Generated { text: "hi".into(), prompt_tokens: 1, completion_tokens: 1 };
    let answer = render(&request, Task::ChatCompletion, Outputs::Texts(vec![reply]));
    assert_eq!(answer, json!({ "output": "hi" }));
}

#[test]
fn the_best_label_answers_unless_all_are_asked_for() {
    let labels = || {
        let one = |label: &str, score| LabelScore { label: label.into(), score };
        Outputs::Labels(vec![vec![one("yes", 0.75), one("no", 0.25)]])
    };
    let task = Task::TextClassification;
    let request = parse(task, &json!({ "input_data": ["a"] })).unwrap();
    assert_eq!(render(&request, task, labels()), json!([{ "label": "yes", "score": 0.75 }]));
    let body = json!({ "input_data": ["a"], "params": { "return_all_scores": true } });
    let request = parse(task, &body).unwrap();
    assert_eq!(render(&request, task, labels())[0].as_array().map(Vec::len), Some(2));
}

#[test]
fn every_shape_of_questions_is_read() {
    let task = Task::QuestionAnswering;
    let check = |body: Value, shape: Shape| {
        let request = parse(task, &body).unwrap();
        let asked = |question: &str, context: &str| Asked {
            question: question.to_owned(),
            context: context.to_owned(),
        };
        assert_eq!(request.inputs, Inputs::Questions(vec![asked("q", "c"), asked("r", "d")]));
        assert_eq!(request.shape, shape);
    };
    let rows = json!([{ "question": "q", "context": "c" }, { "question": "r", "context": "d" }]);
    check(json!({ "input_data": rows }), Shape::List);
    check(json!({ "inputs": rows }), Shape::List);
    let columns = json!({ "question": ["q", "r"], "context": ["c", "d"], "parameters": {} });
    check(json!({ "input_data": columns }), Shape::Columns);
    let split = json!({
        "columns": ["question", "context"], "index": [0, 1], "data": [["q", "c"], ["r", "d"]] });
    check(json!({ "input_data": split }), Shape::Columns);
    let one = parse(task, &json!({ "input_data": { "question": "q", "context": "c" } }));
    assert_eq!(one.unwrap().inputs.len(), 1);
}

#[test]
fn every_shape_of_texts_with_labels_is_read() {
    let task = Task::ZeroShotClassification;
    let check = |body: Value, expected: &[(&str, &[&str])]| {
        let owned = |(text, labels): &(&str, &[&str])| Candidates {
            text: (*text).to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        let expected = Inputs::Candidates(expected.iter().map(owned).collect());
        assert_eq!(parse(task, &body).unwrap().inputs, expected);
    };
    let both = ["a", "b"];
    let parameters = json!({ "candidate_labels": ["a", "b"] });
    check(json!({ "inputs": "x", "parameters": parameters }), &[("x", &both)]);
    check(
        json!({ "inputs": ["x", "y"], "parameters": { "candidate_labels": "a, b," } }),
        &[("x", &both), ("y", &both)],
    );
    let own = json!([{ "text": "x", "candidate_labels": "b" }, { "sequence": "y" }, "z"]);
    check(
        json!({ "input_data": own, "params": parameters }),
        &[("x", &["b"]), ("y", &both), ("z", &both)],
    );
    let one = json!({ "text": "x", "candidate_labels": ["a", "b"] });
    check(json!({ "input_data": one }), &[("x", &both)]);
    let columns = json!({ "text": ["x", "y"], "candidate_labels": ["a, b", ["b"]] });
    check(json!({ "input_data": columns }), &[("x", &both), ("y", &["b"])]);
    let strings = json!({ "input_string": ["x"], "parameters": parameters });
    check(json!({ "input_data": strings }), &[("x", &both)]);
}

#[test]
fn wrong_rows_of_several_columns_say_where() {
    let check = |task, body: Value, why: &str| {
        let error = parse(task, &json!({ "input_data": body })).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    let asks = Task::QuestionAnswering;
    let needs = "input 0 needs the texts `question` and `context`";
    check(asks, json!(["q"]), needs);
    check(asks, json!({ "question": "q" }), needs);
    check(asks, json!({ "question": ["q", "r"], "context": ["c"] }), "input 1 needs");
    check(asks, json!({ "columns": ["question"], "data": ["q"] }), "row 0 of `data` is not a list");
    check(asks, json!([]), "empty");
    let sorts = Task::ZeroShotClassification;
    check(sorts, json!(["x"]), "input 0 has no `candidate_labels`: put them beside the text");
    check(sorts, json!([{ "text": "x", "candidate_labels": 3 }]), "neither a list nor a text");
    check(sorts, json!([{ "candidate_labels": "a" }]), "input 0 has no `text`");
    check(sorts, json!([{ "text": "x", "candidate_labels": [] }]), "no `candidate_labels`");
}

#[test]
fn answers_fit_the_shape_of_their_question() {
    let task = Task::QuestionAnswering;
    let one = |answer: &str| Answer { score: 0.5, start: 2, end: 4, answer: answer.to_owned() };
    let check = |body: Value, expected: Value| {
        let request = parse(task, &body).unwrap();
        let outputs = Outputs::Answers(vec![vec![one("it"), one("at")]]);
        assert_eq!(render(&request, task, outputs), expected);
    };
    let asked = json!({ "question": "q", "context": "c" });
    check(json!({ "input_data": asked }), json!(["it"]));
    let full = |answer: &str| json!({ "score": 0.5, "start": 2, "end": 4, "answer": answer });
    check(json!({ "input_data": [asked] }), json!([full("it")]));
    let two = json!({ "input_data": [asked], "params": { "top_k": 2 } });
    check(two, json!([[full("it"), full("at")]]));
}

#[test]
fn entities_fit_the_shape_of_their_text() {
    let task = Task::TokenClassification;
    let entity = |label: &str, start, end| Entity {
        entity: Some(label.to_owned()),
        start,
        end,
        ..Entity::default()
    };
    let rows = || vec![vec![entity("B-PER", 0, 2), entity("I-PER", 2, 3), entity("O", 5, 6)]];
    let request = parse(task, &json!({ "input_data": ["Adé  x y"] })).unwrap();
    assert_eq!(render(&request, task, Outputs::Entities(rows())), json!(rows()));
    let azure = parse(task, &json!({ "input_data": { "input_string": ["Adé  x y"] } })).unwrap();
    assert_eq!(azure.parameters.aggregation_strategy, Some(Aggregation::None));
    let tags = json!([{ "0": "['B-PER', 'O', 'O']" }]);
    assert_eq!(render(&azure, task, Outputs::Entities(rows())), tags);
}

#[test]
fn sorted_labels_are_as_the_pipeline_gives_them() {
    let task = Task::ZeroShotClassification;
    let body = json!({ "inputs": ["x"], "parameters": { "candidate_labels": "a" } });
    let request = parse(task, &body).unwrap();
    let sorted = Sorted { sequence: "x".into(), labels: vec!["a".into()], scores: vec![0.5] };
    let expected = json!([{ "sequence": "x", "labels": ["a"], "scores": [0.5] }]);
    assert_eq!(render(&request, task, Outputs::Sorted(vec![sorted])), expected);
}
