//! Records as the hub's clients read them.

use api::hub_api::{
    HubCard, HubConfig, HubGate, HubModel, HubSibling, HubSiblingDigest, HubWeights,
};
use assets::{Manifest, ManifestFile};
use catalog::{ModelRecord, VersionRecord};
use domain::Millis;
use serde_json::Value;

use super::date::known;
use super::repo::{Repo, commit};
use crate::app::read_facts;

/// Shows what a record says; what only files say is absent.
pub fn model(id: String, record: &ModelRecord, here: bool) -> HubModel {
    let updated = |ms: Millis| known(ms).or_else(|| known(record.created_ms));
    let gated = record.flags.gated && !here;
    HubModel {
        key: record.model().to_string(),
        model_id: id.clone(),
        id,
        author: Some(record.publisher.clone().unwrap_or_else(|| record.collection.to_string())),
        sha: None,
        last_modified: updated(record.changed_ms()),
        created_at: known(record.created_ms),
        private: false,
        gated: if gated { HubGate::By("manual".to_owned()) } else { HubGate::Open(false) },
        disabled: false,
        downloads: record.downloads,
        likes: record.likes,
        library_name: record.library.clone(),
        pipeline_tag: record.tasks.first().map(ToString::to_string),
        tags: tags(record),
        card_data: Some(card(record)),
        config: None,
        safetensors: record.parameters.map(|total| HubWeights { parameters: [].into(), total }),
        used_storage: record.size_bytes,
        siblings: None,
    }
}

/// Shows a model with what its files say.
pub fn of_files(repo: &Repo, manifest: &Manifest, blobs: bool) -> HubModel {
    let mut shown = model(repo.id.clone(), &repo.record, repo.version.is_some());
    shown.sha = repo.commit();
    if let Some(version) = &repo.version {
        shown.siblings = Some(manifest.files.iter().map(|file| sibling(file, blobs)).collect());
        add_facts(&mut shown, version);
    }
    shown
}

fn add_facts(shown: &mut HubModel, version: &VersionRecord) {
    shown.last_modified = known(version.created_ms).or(shown.last_modified.take());
    shown.used_storage = Some(version.size_bytes);
    if let Some(facts) = read_facts(version) {
        let parameters = [(facts.dtype.to_uppercase(), facts.parameters)].into();
        shown.safetensors = Some(HubWeights { parameters, total: facts.parameters });
        shown.config = Some(HubConfig { architectures: vec![facts.architecture] });
    }
    if let Some(base) = base_model(version) {
        shown.tags.push(format!("base_model:{base}"));
        shown.tags.push(format!("base_model:finetune:{base}"));
        if let Some(card) = &mut shown.card_data {
            card.base_model = Some(base);
        }
    }
}

/// Returns the model that a version was made from.
pub fn base_model(version: &VersionRecord) -> Option<String> {
    version.parent.as_ref().map(domain::ModelRef::unversioned)
}

/// Returns everything that a model is found by.
pub fn tags(record: &ModelRecord) -> Vec<String> {
    let mut tags: Vec<String> = record.library.iter().map(|name| name.to_lowercase()).collect();
    tags.extend(record.tasks.iter().map(ToString::to_string));
    tags.extend(record.languages.iter().map(|name| name.to_lowercase()));
    tags.extend(record.keywords.iter().cloned());
    tags.push(format!("license:{}", record.license.as_str().to_lowercase()));
    tags.extend(record.datasets.iter().map(|name| format!("dataset:{name}")));
    tags.push(format!("collection:{}", record.collection));
    let mut seen = std::collections::BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags
}

fn card(record: &ModelRecord) -> HubCard {
    HubCard {
        license: record.license.as_str().to_lowercase(),
        language: record.languages.clone(),
        tags: record.keywords.clone(),
        datasets: record.datasets.clone(),
        library_name: record.library.clone(),
        pipeline_tag: record.tasks.first().map(ToString::to_string),
        base_model: None,
    }
}

fn sibling(file: &ManifestFile, blobs: bool) -> HubSibling {
    let lfs = || HubSiblingDigest {
        sha256: file.sha256.to_string(),
        size: file.size,
        pointer_size: pointer_size(file),
    };
    HubSibling {
        rfilename: file.path.to_string(),
        size: blobs.then_some(file.size),
        blob_id: blobs.then(|| commit(&file.sha256)),
        lfs: blobs.then(lfs),
    }
}

/// Returns how long Git's pointer to a file is.
pub fn pointer_size(file: &ManifestFile) -> u64 {
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n",
        file.sha256, file.size
    );
    pointer.len() as u64
}

/// Returns what a listed model is asked for by: `collection/name`, unless the name has a `/`,
/// which the hub's clients refuse; then its id there.
pub fn listed_id(record: &ModelRecord) -> String {
    match &record.hub_id {
        Some(hub_id) if record.name.as_str().contains('/') => hub_id.clone(),
        _ => record.model().to_string(),
    }
}

/// Keeps the keys that a client asked for beside the id.
pub fn expanded(shown: &HubModel, expand: &[String]) -> Result<Value, domain::Fault> {
    let mut shown = serde_json::to_value(shown)
        .map_err(|error| domain::Fault::wrap(domain::Kind::Internal, error))?;
    if let (false, Some(keys)) = (expand.is_empty(), shown.as_object_mut()) {
        let always = ["_id", "id", "modelId"];
        keys.retain(|key, _| always.contains(&key.as_str()) || expand.contains(key));
    }
    Ok(shown)
}
