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
    Some(json!({ "input_data": score(task, &inputs(task, mask)?) }))
}

/// Returns two inputs that fit a task: texts, or rows of several columns.
pub(super) fn inputs(task: Task, mask: &str) -> Option<[Value; 2]> {
    let texts = match task {
        Task::TextClassification => ["How do I send money abroad?", "Where is my card?"],
        Task::TokenClassification => [
            "Ada Lovelace was born in London.",
            "The bridge over the Tagus in Lisbon is two kilometers long.",
        ],
        Task::QuestionAnswering => {
            let context = "The library opens at nine and closes at six.";
            return Some(
                ["When does the library open?", "When does it close?"]
                    .map(|question| json!({ "question": question, "context": context })),
            );
        }
        Task::ZeroShotClassification => {
            let labels = json!(["travel", "cooking", "sports"]);
            return Some(
                ["The train to the coast leaves at noon.", "Stir until it boils."]
                    .map(|text| json!({ "text": text, "candidate_labels": labels })),
            );
        }
        Task::FillMask => {
            return Some([
                json!(format!("Paris is the {mask} of France.")),
                json!(format!("The sun {mask} in the east.")),
            ]);
        }
        Task::FeatureExtraction | Task::SentenceSimilarity => {
            ["How do I send money abroad?", "Which fee has a transfer to another country?"]
        }
        Task::TextGeneration => ["The quickest way to the station is", "Bread is made of"],
        Task::ChatCompletion => ["Name three rivers in Europe.", "What is a river made of?"],
        _ => return None,
    };
    Some(texts.map(|text| json!(text)))
}

/// Returns `input_data` as the scoring routes take it.
pub(super) fn score(task: Task, inputs: &[Value]) -> Value {
    match task {
        Task::ChatCompletion => json!({ "input_string": ask(task, inputs) }),
        _ => ask(task, inputs),
    }
}

/// Returns what `try` takes: one message, vectors to compare, or one input.
pub(super) fn ask(task: Task, inputs: &[Value]) -> Value {
    let first = inputs.first();
    match task {
        Task::ChatCompletion => json!([{ "role": "user", "content": first }]),
        Task::FeatureExtraction | Task::SentenceSimilarity => json!(inputs),
        _ => first.into_iter().cloned().collect(),
    }
}
