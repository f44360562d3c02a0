//! One asset folder as a record.

use std::path::Path;
use std::str::FromStr;

use domain::{CollectionName, License, ModelName, Task};
use serde_json::{Map, Value};

use super::card::{self, CardFiles};
use super::fields::{self, Fact, Fields};
use super::folder::AssetFolder;
use super::{LoadedModel, values};
use crate::{Flags, MinimumSpec, ModelRecord, Spec};

/// Reads the asset; `None` where it gives no model, and the folder's defects say why.
pub(super) fn load(
    folder: &mut AssetFolder,
    path: &Path,
    collection: &CollectionName,
) -> Option<LoadedModel> {
    let manifest = read_manifest(folder)?;
    let file = manifest.spec.as_str();
    if let Err(why) = folder.check(file) {
        folder.fail("asset.yaml", "spec", why);
        return None;
    }
    let spec = match folder.mapping(file) {
        Ok(spec) => spec,
        Err(why) => {
            folder.fail(file, "", why);
            return None;
        }
    };
    let name = read_name(folder, &spec, &manifest)?;
    let version = spec.get("version").and_then(|value| values::text(value).ok());
    let mut record = ModelRecord::new(collection.clone(), name);
    let mut files = CardFiles::default();
    let mut fields = Fields::new(&spec, file, folder);
    let hub_field = read_fields(&mut fields, &mut record, &mut files)?;
    record.keywords.extend(manifest.categories);
    record.keywords.sort();
    record.keywords.dedup();
    files.description = read_publishing(folder, &manifest.extra).unwrap_or(files.description);
    card::read(folder, &files, &mut record);
    read_mlmodel(folder, &mut record);
    let folder = path.display().to_string();
    Some(LoadedModel { record, folder, version, hub_field })
}

/// What `asset.yaml` says.
struct Manifest {
    /// The file that describes the model.
    spec: String,
    /// The file that says how it is published.
    extra: String,
    name: Option<String>,
    categories: Vec<String>,
}

fn read_manifest(folder: &mut AssetFolder) -> Option<Manifest> {
    const FILE: &str = "asset.yaml";
    let mut manifest = Manifest {
        spec: "spec.yaml".to_owned(),
        extra: "model.yaml".to_owned(),
        name: None,
        categories: Vec::new(),
    };
    if !folder.has(FILE) {
        folder.warn(FILE, "", "the file does not exist: read as a model with `spec.yaml`");
        return Some(manifest);
    }
    let fields = match folder.mapping(FILE) {
        Ok(fields) => fields,
        Err(why) => {
            folder.fail(FILE, "", why);
            return None;
        }
    };
    match fields.get("type").map(values::text) {
        Some(Ok(kind)) if kind == "model" => {}
        Some(Ok(kind)) => {
            folder.fail(FILE, "type", format!("it is a `{kind}`: only models are read"));
            return None;
        }
        _ => folder.warn(FILE, "type", "it is absent: read as `model`"),
    }
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    manifest.spec = text("spec").unwrap_or(manifest.spec);
    manifest.extra = text("extra_config").unwrap_or(manifest.extra);
    manifest.name = text("name");
    match fields.get("categories").map_or(Ok(Vec::new()), values::list) {
        Ok(categories) => manifest.categories = categories,
        Err(why) => folder.warn(FILE, "categories", format!("{why}: left out")),
    }
    Some(manifest)
}

fn read_name(
    folder: &mut AssetFolder,
    spec: &Map<String, Value>,
    manifest: &Manifest,
) -> Option<ModelName> {
    let file = manifest.spec.as_str();
    let text = match spec.get("name").map(values::text) {
        Some(Ok(text)) if !text.is_empty() => text,
        Some(Err(why)) => {
            folder.fail(file, "name", why);
            return None;
        }
        _ => {
            let text = manifest.name.clone().unwrap_or_else(|| folder.name());
            folder.warn(file, "name", format!("it is absent: named `{text}`"));
            text
        }
    };
    match ModelName::from_str(&text) {
        Ok(name) => Some(name),
        Err(error) => {
            folder.fail(file, "name", error.to_string());
            None
        }
    }
}

/// Fills the record and returns where its id on the hub stands; `None` where it has no task.
fn read_fields(
    fields: &mut Fields<'_>,
    record: &mut ModelRecord,
    files: &mut CardFiles,
) -> Option<&'static str> {
    record.tasks = read_tasks(fields, &fields::TASKS);
    if record.tasks.is_empty() {
        fields.fail("tags.task", "no task is known: there is no model without one");
        return None;
    }
    record.finetuning_tasks = read_tasks(fields, &fields::FINETUNING_TASKS);
    record.license = read_license(fields);
    record.publisher = fields.text(&fields::PUBLISHER).map(|(_, name)| publisher(&name));
    if let Some((_, name)) = fields.text(&fields::DISPLAY_NAME) {
        record.display_name = name;
    }
    record.summary = fields.text(&fields::SUMMARY).map(|(_, text)| text).unwrap_or_default();
    record.languages = read_languages(fields);
    record.datasets = fields.datasets();
    let (hub_field, hub_id) = read_hub_id(fields).unzip();
    record.hub_id = hub_id;
    record.hub_revision = read_revision(fields).filter(|_| record.hub_id.is_some());
    record.minimum_spec = MinimumSpec {
        inference: read_spec(fields, &fields::INFERENCE),
        evaluation: read_spec(fields, &fields::EVALUATION),
        finetuning: read_spec(fields, &fields::FINETUNING),
    };
    record.flags = read_flags(fields);
    for fact in [&fields::KEYWORDS, &fields::INDUSTRY] {
        record.keywords.extend(fields.list(fact).map(|(_, list)| list).unwrap_or_default());
    }
    files.notes = fields.text(&fields::NOTES).map(|(_, name)| name);
    files.evaluation = fields.text(&fields::EVALUATION_FILE).map(|(_, name)| name);
    Some(hub_field.unwrap_or_default())
}

fn read_tasks(fields: &mut Fields<'_>, fact: &Fact) -> Vec<Task> {
    let Some((home, names)) = fields.list(fact) else { return Vec::new() };
    let mut tasks = Vec::new();
    for name in names {
        match Task::from_str(&name) {
            Ok(task) if tasks.contains(&task) => {
                fields.warn(home, format!("`{name}` is there twice"));
            }
            Ok(task) => tasks.push(task),
            Err(error) => fields.warn(home, format!("{error}: left out")),
        }
    }
    tasks
}

fn read_license(fields: &mut Fields<'_>) -> License {
    let Some((home, text)) = fields.text(&fields::LICENSE) else {
        fields.warn("tags.license", "it is absent: the license is `unknown`");
        return License::parse("");
    };
    let license = License::parse(&text);
    if values::names_no_license(license.as_str()) {
        let message = format!("`{text}` names no license: read the publisher's terms");
        fields.warn(home, message);
    } else if license.is_spdx() && !license.as_str().eq_ignore_ascii_case(&text) {
        let short = license.as_str().trim_end_matches("-only");
        if !short.eq_ignore_ascii_case(&text) {
            fields.warn(home, format!("`{text}` is not how SPDX writes it: read as `{license}`"));
        }
    }
    license
}

/// Publishers that write their own name in several ways, by its letters alone.
const PUBLISHERS: [(&str, &str); 13] = [
    ("databricks", "Databricks"),
    ("facebook", "Meta"),
    ("google", "Google"),
    ("meta", "Meta"),
    ("microsoft", "Microsoft"),
    ("microsoftresearch", "Microsoft"),
    ("mistralai", "Mistral AI"),
    ("openaioss", "OpenAI"),
    ("salesforce", "Salesforce"),
    ("deciai", "Deci AI"),
    ("tiiuae", "Technology Innovation Institute"),
    ("stabilityai", "Stability AI"),
    ("snowflake", "Snowflake"),
];

/// Brings a publisher's name into one spelling.
fn publisher(name: &str) -> String {
    let letters: String =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let known = PUBLISHERS.iter().find(|(folded, _)| *folded == letters);
    known.map_or_else(|| name.to_owned(), |(_, name)| (*name).to_owned())
}

fn read_languages(fields: &mut Fields<'_>) -> Vec<String> {
    let Some((home, codes)) = fields.list(&fields::LANGUAGES) else { return Vec::new() };
    let mut languages = Vec::new();
    for code in codes {
        let lower = code.to_lowercase();
        if !values::is_language(&lower) {
            fields.warn(home, format!("`{code}` is not a language of ISO 639-1: kept as it is"));
        } else if lower != code {
            fields.warn(home, format!("`{code}` is not in lower case: read as `{lower}`"));
        }
        if !languages.contains(&lower) {
            languages.push(lower);
        }
    }
    languages
}

fn read_hub_id(fields: &mut Fields<'_>) -> Option<(&'static str, String)> {
    let (home, id) = fields.text(&fields::HUB_ID)?;
    if id.split('/').count() <= 2 && ModelName::from_str(&id).is_ok() {
        return Some((home, id));
    }
    fields.warn(home, format!("`{id}` is not an id of the Hugging Face hub: left out"));
    None
}

fn read_revision(fields: &mut Fields<'_>) -> Option<String> {
    let (home, text) = fields.text(&fields::REVISION)?;
    if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    fields.warn(home, format!("`{text}` is not a commit of 40 characters: left out"));
    None
}

fn read_spec(fields: &mut Fields<'_>, fact: &Fact) -> Option<Spec> {
    let (home, text) = fields.text(fact)?;
    let spec = Spec::parse(&text);
    if spec.is_none() {
        fields.warn(home, format!("`{text}` is not `cores|GPUs|memory|disk`: left out"));
    }
    spec
}

fn read_flags(fields: &mut Fields<'_>) -> Flags {
    let mut set = |fact| fields.flag(fact) == Some(true);
    let featured = set(&fields::FEATURED);
    let preview = set(&fields::PREVIEW);
    let deprecated = set(&fields::DEPRECATED);
    let batch_disabled = set(&fields::BATCH_DISABLED);
    let batch_off = fields.flag(&fields::BATCH_ENABLED) == Some(false);
    Flags {
        featured,
        preview,
        deprecated: deprecated || fields.has_deprecation(),
        batch_disabled: batch_disabled || batch_off,
        ..Flags::default()
    }
}

/// Reads which file is the card from the file that says how the model is published.
fn read_publishing(folder: &mut AssetFolder, file: &str) -> Option<String> {
    if !folder.has(file) {
        folder.warn(file, "", "the file does not exist: the card is `description.md`");
        return None;
    }
    let fields = match folder.mapping(file) {
        Ok(fields) => fields,
        Err(why) => {
            folder.warn(file, "", format!("{why}: the card is `description.md`"));
            return None;
        }
    };
    fields.get("publish")?.get("description")?.as_str().map(str::to_owned)
}

/// Reads how large the files are from the descriptor that MLflow wrote.
fn read_mlmodel(folder: &mut AssetFolder, record: &mut ModelRecord) {
    const FILE: &str = "MLmodel";
    if !folder.has(FILE) {
        return;
    }
    match folder.mapping(FILE) {
        Ok(fields) => record.size_bytes = fields.get("model_size_bytes").and_then(Value::as_u64),
        Err(why) => folder.warn(FILE, "", format!("{why}: left out")),
    }
}
