use std::path::Path;

use domain::Task;

use super::inspect;
use crate::registry::Family;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity").join(name)
}

#[test]
fn tasks_follow_from_architecture_and_files() {
    let check = |name: &str, tasks: &[Task]| {
        assert_eq!(inspect(&fixture(name)).expect("facts").tasks, tasks, "{name}");
    };
    check("bert-classification", &[Task::TextClassification]);
    check("roberta-masked-lm", &[Task::FillMask]);
    check("bert-tokens", &[Task::TokenClassification]);
    check("xlm-roberta-answers", &[Task::QuestionAnswering]);
    check("bert-inference", &[Task::ZeroShotClassification, Task::TextClassification]);
    check("mpnet-base", &[Task::FeatureExtraction, Task::SentenceSimilarity]);
    check("bert-sentence-mean", &[Task::FeatureExtraction, Task::SentenceSimilarity]);
}

#[test]
fn facts_are_told_from_headers() {
    let facts = inspect(&fixture("bert-bf16")).expect("facts");
    assert_eq!(facts.architecture, "BertForSequenceClassification");
    assert_eq!(facts.family, Family::Encoder);
    assert_eq!(facts.finetuning_tasks, [Task::TextClassification]);
    assert_eq!(facts.dtype, "bf16");
    assert_eq!((facts.hidden_size, facts.layers), (32, 2));
    assert_eq!((facts.vocabulary, facts.context_max), (87, 64));
    assert_eq!(facts.labels, ["calm", "busy", "odd"]);
    assert!(!facts.chat_template);
    let sharded = inspect(&fixture("bert-sharded")).expect("facts");
    assert_eq!(sharded.parameters, facts.parameters);
    assert!(sharded.size_bytes > facts.size_bytes);
}

#[test]
fn a_masked_model_without_its_head_is_an_embedding_model() {
    let dir = tempfile::tempdir().expect("a folder");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(fixture("mpnet-base").join(file), dir.path().join(file)).expect("a copy");
    }
    let path = dir.path().join("config.json");
    let config = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, config.replace("MPNetModel", "MPNetForMaskedLM")).expect("written");
    let facts = inspect(dir.path()).expect("facts");
    assert_eq!(facts.architecture, "MPNetForMaskedLM");
    assert_eq!(facts.tasks, [Task::FeatureExtraction, Task::SentenceSimilarity]);
}

#[test]
fn a_classifier_with_an_embedding_recipe_embeds_too() {
    let dir = tempfile::tempdir().expect("a folder");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let from = fixture("bert-classification").join(file);
        std::fs::copy(from, dir.path().join(file)).expect("a copy");
    }
    std::fs::write(dir.path().join("modules.json"), "[]").expect("written");
    let tasks = inspect(dir.path()).expect("facts").tasks;
    let expected = [Task::TextClassification, Task::FeatureExtraction, Task::SentenceSimilarity];
    assert_eq!(tasks, expected);
}

#[test]
fn facts_survive_json() {
    let facts = inspect(&fixture("distilbert-classification")).expect("facts");
    let text = serde_json::to_string(&facts).expect("JSON");
    assert_eq!(serde_json::from_str::<super::ModelFacts>(&text).expect("facts"), facts);
}
