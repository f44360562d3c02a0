//! What is known of a model, a version, an evaluation.

use domain::{CollectionName, Digest, License, Millis, ModelName, ModelRef, Task, VersionName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A model as it is listed; whether its files are here is a matter of its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Where it is listed.
    pub collection: CollectionName,
    /// The name inside the collection.
    pub name: ModelName,
    /// The name to show.
    pub display_name: String,
    /// One or two sentences.
    pub summary: String,
    /// The card's text as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it does.
    pub tasks: Vec<Task>,
    /// What it can be fine-tuned for, as its publisher says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finetuning_tasks: Vec<Task>,
    /// Under which terms.
    pub license: License,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Languages that it knows, as codes or names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The id on the Hugging Face hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_id: Option<String>,
    /// The pinned revision there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_revision: Option<String>,
    /// The least machine for each use.
    #[serde(default)]
    pub minimum_spec: MinimumSpec,
    /// Marks.
    #[serde(default)]
    pub flags: Flags,
    /// Data sets that it was trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The library that its files are made for, such as `transformers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Downloads in the last month, as its source counts them.
    #[serde(default)]
    pub downloads: u64,
    /// How many people like it, as its source counts them.
    #[serde(default)]
    pub likes: u64,
    /// When its source last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_ms: Option<Millis>,
    /// How many numbers its weights have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Bytes of its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// An example of a scoring request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_input: Option<Value>,
    /// When it came here.
    #[serde(default)]
    pub created_ms: Millis,
    /// When it last changed.
    #[serde(default)]
    pub updated_ms: Millis,
}

/// The least machine for each use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumSpec {
    /// To run it.
    pub inference: Option<Spec>,
    /// To evaluate it.
    pub evaluation: Option<Spec>,
    /// To fine-tune it.
    pub finetuning: Option<Spec>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Processor cores.
    pub cpus: u32,
    /// Graphics processors.
    pub gpus: u32,
    /// Memory in GiB.
    pub memory_gib: u32,
    /// Disk in GiB.
    pub disk_gib: u32,
}

impl Spec {
    /// Parses Azure's `cpus|gpus|memory|disk`.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u32> =
            text.split('|').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
        match numbers.as_slice() {
            [cpus, gpus, memory_gib, disk_gib] => Some(Self {
                cpus: *cpus,
                gpus: *gpus,
                memory_gib: *memory_gib,
                disk_gib: *disk_gib,
            }),
            _ => None,
        }
    }
}

/// Marks of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// Shown first.
    pub featured: bool,
    /// Not final.
    pub preview: bool,
    /// Replaced by another.
    pub deprecated: bool,
    /// The publisher says that it is not for batch.
    pub batch_disabled: bool,
    /// Its source gives the files only to people who agreed to its terms.
    #[serde(default)]
    pub gated: bool,
    /// A provider runs it; its files cannot be had.
    #[serde(default)]
    pub hosted: bool,
}

impl ModelRecord {
    /// Makes a record that only has names.
    pub fn new(collection: CollectionName, name: ModelName) -> Self {
        Self {
            display_name: name.to_string(),
            collection,
            name,
            summary: String::new(),
            description: String::new(),
            tasks: Vec::new(),
            finetuning_tasks: Vec::new(),
            license: License::parse(""),
            publisher: None,
            languages: Vec::new(),
            hub_id: None,
            hub_revision: None,
            minimum_spec: MinimumSpec::default(),
            flags: Flags::default(),
            datasets: Vec::new(),
            keywords: Vec::new(),
            library: None,
            downloads: 0,
            likes: 0,
            modified_ms: None,
            parameters: None,
            size_bytes: None,
            sample_input: None,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    /// Returns when it last changed: at its source, where that says so, else here.
    pub fn changed_ms(&self) -> Millis {
        self.modified_ms.unwrap_or(self.updated_ms)
    }

    /// Refers to the model.
    pub fn model(&self) -> ModelRef {
        ModelRef::latest(self.collection.clone(), self.name.clone())
    }
}

/// A version whose files are here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// The version.
    pub version: VersionName,
    /// The digest of its manifest.
    pub manifest: Option<Digest>,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// What its files say; absent where this build does not understand them.
    pub facts: Option<Value>,
    /// The model that it was made from.
    pub parent: Option<ModelRef>,
    /// Source and revision, or training data, hyper-parameters and metrics.
    pub origin: Value,
    /// When it was made.
    pub created_ms: Millis,
}

/// What a measurement found: one that was made here, or one that somebody published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// `evaluation-1`, …
    pub id: String,
    /// The model at a fixed version.
    pub model: ModelRef,
    /// The task.
    pub task: Task,
    /// The name of the test data.
    pub data_name: String,
    /// The digest of the test data; absent where only the result was published.
    #[serde(default)]
    pub data_digest: Option<Digest>,
    /// How many rows; absent where the publisher does not say.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Scalar metrics by name.
    pub metrics: Value,
    /// Tables and charts.
    pub report: Value,
    /// The job that made it.
    pub job: Option<String>,
    /// Who says so; absent where it was measured here.
    #[serde(default)]
    pub published_by: Option<String>,
    /// When it was made.
    pub created_ms: Millis,
}
