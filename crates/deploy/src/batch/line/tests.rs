use std::collections::BTreeMap;

use data::{DataFile, Mapping};
use serde_json::json;

use super::*;

fn job(task: Task, map: &[(&str, &str)], parameters: Value) -> Job {
    let map = map.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned()));
    Job {
        model_dir: "/nonexistent".into(),
        task,
        data: DataFile { path: "rows.jsonl".into(), name: "rows.jsonl".into() },
        mapping: Mapping::from(map.collect::<BTreeMap<_, _>>()),
        parameters: serde_json::from_value(parameters).unwrap(),
        chunk_rows: 1,
    }
}

fn record(row: Value) -> Record {
    let Value::Object(fields) = row else { panic!("a row is an object") };
    Record { line: 1, fields }
}

#[test]
fn a_row_is_asked_about_by_its_task() {
    let check = |job: &Job, row: Value, expected: Result<Inputs, &str>| {
        let column = job.mapping.column(needed(job).unwrap()[0]).to_owned();
        let found = input(job, &column, &record(row));
        assert_eq!(found, expected.map_err(str::to_owned));
    };
    let asks = job(Task::QuestionAnswering, &[("question", "q")], json!({}));
    let asked = Asked { question: "why?".into(), context: "rain".into() };
    let row = json!({ "q": "why?", "context": "rain" });
    check(&asks, row, Ok(Inputs::Questions(vec![asked])));
    check(&asks, json!({ "q": "why?" }), Err("the row has no `context`"));
    check(&asks, json!({ "q": 3, "context": "rain" }), Err("`q` is not a text"));
    let sorts = |parameters| job(Task::ZeroShotClassification, &[], parameters);
    let candidates = |labels: &[&str]| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Ok(Inputs::Candidates(vec![Candidates { text: "rain".into(), labels }]))
    };
    let own = json!({ "text": "rain", "candidate_labels": "a, b" });
    check(&sorts(json!({})), own, candidates(&["a", "b"]));
    let own = json!({ "text": "rain", "candidate_labels": ["a, b"] });
    check(&sorts(json!({ "candidate_labels": "c" })), own, candidates(&["a, b"]));
    let bare = json!({ "text": "rain" });
    check(&sorts(json!({ "candidate_labels": "c" })), bare.clone(), candidates(&["c"]));
    check(&sorts(json!({})), bare, Err("the row has no `candidate_labels`"));
    let none = json!({ "text": "rain", "candidate_labels": " , " });
    check(&sorts(json!({})), none, Err("`candidate_labels` is empty"));
}

#[test]
fn an_answer_is_one_or_several_as_was_asked() {
    let found = |answer: &str| native::Answer { answer: answer.into(), ..Default::default() };
    let outputs = || Outputs::Answers(vec![vec![found("a"), found("b")]]);
    let one = Parameters::default();
    assert_eq!(split(outputs(), &one), [Answer::Found(found("a"))]);
    let two = Parameters { top_k: Some(2), ..Parameters::default() };
    assert_eq!(split(outputs(), &two), [Answer::FoundAll(vec![found("a"), found("b")])]);
}
