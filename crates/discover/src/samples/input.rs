//! What a model is asked, for each task that this build runs.

use domain::Task;
use serde_json::{Value, json};

/// Returns the mark for a gap that models of an architecture know.
pub fn mask_mark(architecture: Option<&str>) -> &'static str {
    let architecture = architecture.unwrap_or_default().to_lowercase();
    let angular = ["roberta", "mpnet", "camembert", "bart"];
    match angular.iter().any(|family| architecture.contains(family)) {
        true => "<mask>",
        false => "[MASK]",
    }
}

/// Returns a scoring request that fits a task that this build runs.
pub fn sample_input(task: Task, mask: &str) -> Option<Value> {
    Some(json!({ "input_data": score(task, &texts(task, mask)?) }))
}

/// Returns two inputs that fit a task.
pub(super) fn texts(task: Task, mask: &str) -> Option<[String; 2]> {
    let texts = match task {
        Task::TextClassification => ["How do I send money abroad?", "Where is my card?"],
        Task::FillMask => {
            return Some([
                format!("Paris is the {mask} of France."),
                format!("The sun {mask} in the east."),
            ]);
        }
        Task::FeatureExtraction | Task::SentenceSimilarity => {
            ["How do I send money abroad?", "Which fee has a transfer to another country?"]
        }
        Task::TextGeneration => ["The quickest way to the station is", "Bread is made of"],
        Task::ChatCompletion => ["Name three rivers in Europe.", "What is a river made of?"],
        _ => return None,
    };
    Some(texts.map(str::to_owned))
}

/// Returns `input_data` as the scoring routes take it.
pub(super) fn score(task: Task, texts: &[String]) -> Value {
    match task {
        Task::ChatCompletion => json!({ "input_string": ask(task, texts) }),
        _ => ask(task, texts),
    }
}

/// Returns what `try` takes: one message, vectors to compare, or one text.
pub(super) fn ask(task: Task, texts: &[String]) -> Value {
    let first = texts.first().map_or("", String::as_str);
    match task {
        Task::ChatCompletion => json!([{ "role": "user", "content": first }]),
        Task::FeatureExtraction | Task::SentenceSimilarity => json!(texts),
        _ => json!([first]),
    }
}
