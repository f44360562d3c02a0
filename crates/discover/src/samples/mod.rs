//! Code that a person can copy and run against this server.

mod cli;
mod curl;
mod python;

use domain::{Capabilities, Capability, Task};
use serde_json::{Value, json};

/// What the samples are about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `collection/name[@version]`.
    pub model: &'a str,
    /// What can be done with it.
    pub capabilities: &'a Capabilities,
    /// The mark for a gap, where the model fills them: see [`mask_mark`].
    pub mask: &'a str,
    /// The address of the server, without a slash at the end.
    pub server: &'a str,
    /// Whether the server wants a token.
    pub secured: bool,
}

/// The language of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The command line.
    Cli,
    /// A shell with curl.
    Curl,
    /// Python with its standard library, and the `openai` package for online endpoints.
    Python,
}

impl Language {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Curl => "curl",
            Self::Python => "python",
        }
    }
}

/// Code that a person can copy and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What it does.
    pub purpose: Capability,
    /// In which language.
    pub language: Language,
    /// The code.
    pub code: String,
}

/// Writes a sample in every language for everything that can be done with the model.
pub fn of(subject: &Subject<'_>) -> Vec<Sample> {
    let Some(example) = Example::of(subject) else { return Vec::new() };
    let possible = Capability::ALL.into_iter().filter(|one| subject.capabilities.has(*one));
    let samples = possible.flat_map(|purpose| {
        let code = [
            (Language::Cli, cli::write(&example, purpose)),
            (Language::Curl, curl::write(&example, purpose)),
            (Language::Python, python::write(&example, purpose)),
        ];
        code.map(|(language, code)| Sample { purpose, language, code })
    });
    samples.collect()
}

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
    Some(json!({ "input_data": input(task, mask)? }))
}

/// What the samples have in common.
struct Example<'a> {
    subject: &'a Subject<'a>,
    task: Task,
    /// The part of the name that can name an endpoint or a new model.
    short: &'a str,
}

impl<'a> Example<'a> {
    fn of(subject: &'a Subject<'a>) -> Option<Self> {
        let runs = |task: &&Task| input(**task, subject.mask).is_some();
        // What is asked most comes first: a model with a chat template is chatted with.
        let chat = subject.capabilities.tasks.iter().find(|task| **task == Task::ChatCompletion);
        let task = *chat.or_else(|| subject.capabilities.tasks.iter().find(runs))?;
        let name = subject.model.split('@').next().unwrap_or(subject.model);
        let short = name.rsplit('/').next().unwrap_or(name);
        Some(Self { subject, task, short })
    }

    /// The inputs as the scoring routes take them.
    fn input(&self) -> Value {
        input(self.task, self.subject.mask).unwrap_or_default()
    }

    /// One input as text.
    fn text(&self) -> String {
        match self.input() {
            Value::Array(texts) => texts.first().and_then(Value::as_str).unwrap_or("").to_owned(),
            chat => chat["input_string"][0]["content"].as_str().unwrap_or("").to_owned(),
        }
    }

    /// What `try` takes.
    fn try_input(&self) -> Value {
        match self.input() {
            Value::Object(mut fields) => fields.remove("input_string").unwrap_or_default(),
            texts => texts,
        }
    }
}

fn input(task: Task, mask: &str) -> Option<Value> {
    Some(match task {
        Task::TextClassification => json!(["How do I send money abroad?"]),
        Task::FillMask => json!([format!("Paris is the {mask} of France.")]),
        Task::FeatureExtraction | Task::SentenceSimilarity => {
            json!(["How do I send money abroad?", "Which fee has a transfer to another country?"])
        }
        Task::TextGeneration => json!(["The quickest way to the station is"]),
        Task::ChatCompletion => {
            let question = "Name three rivers in Europe.";
            json!({ "input_string": [{ "role": "user", "content": question }] })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
