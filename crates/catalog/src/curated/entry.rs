//! One model as `models.yaml` writes it.

use domain::{CollectionName, License, ModelName, Task};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::card;
use crate::{Flags, MinimumSpec, ModelRecord, Spec};

/// The fields of one model; what is absent is not known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    name: ModelName,
    summary: String,
    tasks: Vec<Task>,
    #[serde(default)]
    finetuning_tasks: Vec<Task>,
    license: License,
    publisher: String,
    #[serde(default)]
    hub: Option<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    datasets: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    parameters: Option<u64>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, deserialize_with = "spec")]
    run: Option<Spec>,
    #[serde(default, deserialize_with = "spec")]
    evaluate: Option<Spec>,
    #[serde(default, deserialize_with = "spec")]
    finetune: Option<Spec>,
    #[serde(default)]
    flags: Vec<Flag>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Flag {
    Featured,
    Preview,
    Deprecated,
    BatchDisabled,
}

fn spec<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Spec>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let spec = Spec::parse(&text);
    spec.map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is not a machine")))
}

impl Entry {
    /// Makes the record, and writes its card.
    pub(super) fn into_record(self) -> ModelRecord {
        let (hub_id, hub_revision) = match self.hub {
            Some(hub) => match hub.split_once('@') {
                Some((id, revision)) => (Some(id.to_owned()), Some(revision.to_owned())),
                None => (Some(hub), None),
            },
            None => (None, None),
        };
        let has = |flag| self.flags.contains(&flag);
        let flags = Flags {
            featured: has(Flag::Featured),
            preview: has(Flag::Preview),
            deprecated: has(Flag::Deprecated),
            batch_disabled: has(Flag::BatchDisabled),
            ..Flags::default()
        };
        let mut record = ModelRecord {
            summary: self.summary,
            tasks: self.tasks,
            finetuning_tasks: self.finetuning_tasks,
            license: self.license,
            publisher: Some(self.publisher),
            languages: self.languages,
            hub_id,
            hub_revision,
            minimum_spec: MinimumSpec {
                inference: self.run,
                evaluation: self.evaluate,
                finetuning: self.finetune,
            },
            flags,
            datasets: self.datasets,
            keywords: self.keywords,
            parameters: self.parameters,
            size_bytes: self.size,
            ..ModelRecord::new(CollectionName::curated(), self.name)
        };
        record.description = card::write(&record);
        record
    }
}
