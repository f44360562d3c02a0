//! Code that a person can copy and run against this server.
//!
//! Each sample is whole: it makes the data that it needs, waits for what it starts, stops where
//! something is refused, and takes away what it deployed. A test of the command line runs them.

mod body;
mod cli;
mod curl;
mod hub;
mod input;
mod openai;
mod quote;
mod requests;
mod table;

use domain::{Capabilities, Capability, Task};
use serde_json::{Value, json};

pub use input::{mask_mark, sample_input};

/// What the samples are about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `collection/name[@version]`.
    pub model: &'a str,
    /// What can be done with it.
    pub capabilities: &'a Capabilities,
    /// The mark for a gap, where the model fills them: see [`mask_mark`].
    pub mask: &'a str,
    /// The classes that it tells apart, where it tells any.
    pub labels: &'a [String],
    /// The address of the server, without a slash at the end.
    pub server: &'a str,
    /// Whether the server wants a token.
    pub secured: bool,
}

/// What a sample does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something that can be done with the model.
    Use(Capability),
    /// Fetches its files from this server.
    Download,
}

impl Purpose {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Use(capability) => capability.as_str(),
            Self::Download => "download",
        }
    }
}

/// The language of a sample, and the package that it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The command line.
    Cli,
    /// A shell with curl.
    Curl,
    /// Python with `requests`.
    Requests,
    /// Python with `openai`.
    OpenAi,
    /// Python with `huggingface_hub`.
    HuggingFaceHub,
}

impl Language {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Curl => "curl",
            Self::Requests => "requests",
            Self::OpenAi => "openai",
            Self::HuggingFaceHub => "huggingface_hub",
        }
    }
}

/// Code that a person can copy and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What it does.
    pub purpose: Purpose,
    /// What the model is asked for; absent where files are fetched.
    pub task: Option<Task>,
    /// In which language.
    pub language: Language,
    /// The code.
    pub code: String,
}

/// Writes a sample in every language that fits for everything that can be done with the model, and
/// for every task that it can be done for.
pub fn of(subject: &Subject<'_>) -> Vec<Sample> {
    let possible = Capability::ALL.into_iter().filter(|one| subject.capabilities.has(*one));
    let examples = Example::all(subject);
    let uses = possible.clone().flat_map(|capability| {
        let shown = examples.iter().filter(move |example| example.shows(capability));
        shown.flat_map(move |example| {
            let purpose = Purpose::Use(capability);
            let task = (capability != Capability::Import).then_some(example.task);
            let of = move |(language, code)| Sample { purpose, task, language, code };
            uses(example, capability).into_iter().map(of)
        })
    });
    // Where nothing can be done but an import, there are no files yet.
    let has_files = possible.clone().any(|one| one != Capability::Import);
    let purpose = Purpose::Download;
    let download = |(language, code)| Sample { purpose, task: None, language, code };
    let downloads = has_files.then(|| hub::write(subject)).into_iter().flatten().map(download);
    uses.chain(downloads).collect()
}

fn uses(example: &Example<'_>, capability: Capability) -> Vec<(Language, String)> {
    let mut samples = vec![
        (Language::Cli, cli::write(example, capability)),
        (Language::Curl, curl::write(example, capability)),
        (Language::Requests, requests::write(example, capability)),
    ];
    if capability == Capability::Online {
        samples.extend(openai::write(example).map(|code| (Language::OpenAi, code)));
    }
    samples
}

/// What the samples have in common.
struct Example<'a> {
    subject: &'a Subject<'a>,
    /// What the model is asked for.
    task: Task,
    /// Whether it is what the model is asked for most.
    first: bool,
    /// The part of the name that can name an endpoint or a new model.
    short: String,
}

impl<'a> Example<'a> {
    /// Returns one for each task, what is asked most first: a model with a chat template is
    /// chatted with.
    fn all(subject: &'a Subject<'a>) -> Vec<Self> {
        let runs = |task: &Task| input::inputs(*task, subject.mask).is_some();
        let known = &subject.capabilities;
        let mut tasks: Vec<Task> = known.tasks.iter().copied().filter(runs).collect();
        tasks.sort_by_key(|task| *task != Task::ChatCompletion);
        // What a model can only be taught comes behind what it does.
        let classifies = Task::TextClassification;
        if !tasks.contains(&classifies) && known.finetuning_tasks.contains(&classifies) {
            tasks.push(classifies);
        }
        let short = short(subject.model);
        let example = |(at, task)| Self { subject, task, first: at == 0, short: short.clone() };
        tasks.into_iter().enumerate().map(example).collect()
    }

    /// Tells whether `capability` can be shown for the task: a listed model is imported once, and
    /// rows need labels.
    fn shows(&self, capability: Capability) -> bool {
        let known = &self.subject.capabilities;
        let classifies = self.task == Task::TextClassification;
        match capability {
            Capability::Import => self.first,
            Capability::Evaluate => {
                classifies && known.tasks.contains(&self.task) && !self.subject.labels.is_empty()
            }
            Capability::Finetune => classifies && known.finetuning_tasks.contains(&self.task),
            _ => known.tasks.contains(&self.task),
        }
    }

    /// The task, where a request has to name it: not what the model does first.
    fn task_to_name(&self) -> Option<Task> {
        let first = self.subject.capabilities.tasks.first() == Some(&self.task);
        (!first).then_some(self.task)
    }

    /// Two inputs that fit the task.
    fn inputs(&self) -> [Value; 2] {
        input::inputs(self.task, self.subject.mask).unwrap_or_default()
    }

    /// The first input as the command line takes it: a text, or JSON.
    fn typed(&self) -> String {
        let [first, _] = self.inputs();
        match first {
            Value::String(text) => text,
            row => quote::inline(&json!([row])),
        }
    }

    /// A name of its own, so that no endpoint of the user is touched.
    fn endpoint(&self) -> String {
        format!("{}-sample", self.short)
    }

    /// The name of the model that is taught.
    fn taught(&self) -> String {
        format!("my-{}", self.short)
    }
}

/// The longest part of a model's name that goes into the name of something else.
const SHORT_MAX: usize = 64;

/// Makes of a model reference a word that is allowed as the name of an endpoint.
fn short(model: &str) -> String {
    let name = model.split('@').next().unwrap_or(model);
    let last = name.rsplit('/').next().unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let word: String =
        last.chars().take(SHORT_MAX).map(|c| if allowed(c) { c } else { '-' }).collect();
    let word = word.replace("..", "--");
    match word.trim_matches(['.', '-']) {
        "" => "model".to_owned(),
        word => word.to_owned(),
    }
}

#[cfg(test)]
mod tests;
