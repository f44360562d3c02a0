//! The job.

use catalog::{ModelRecord, NewVersion};
use domain::{CollectionName, ModelName};
use jobs::Context;
use serde_json::json;

use crate::{Error, Imported, Job, Result, Stores};

/// Imports a model into `workspace`; run again after a crash, it goes on.
///
/// # Errors
/// Where the source cannot be reached, what it offers is refused, or a store fails.
pub async fn run(job: &Job, stores: Stores<'_>, context: &Context) -> Result<Imported> {
    let Some(folder) = job.folder() else {
        return Err(Error::Offline { source_id: job.source.clone() });
    };
    let last = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name: ModelName = job.name.clone().unwrap_or(last).parse()?;
    let (digest, manifest) = stores.assets.put_folder(&folder).await?;
    let view = stores.assets.model_dir(&digest).await?;
    let facts = native::inspect(&view)
        .map_err(|source| Error::Facts { source_id: job.source.clone(), source })?;
    let mut record = ModelRecord::new(CollectionName::workspace(), name);
    record.tasks.clone_from(&facts.tasks);
    let facts = Some(json!(facts));
    let version = NewVersion {
        manifest: digest,
        size_bytes: manifest.size_bytes(),
        facts: facts.clone(),
        parent: None,
        origin: json!({ "source": job.source }),
        once: Some(context.id().to_owned()),
    };
    let size_bytes = version.size_bytes;
    let model = stores.catalog.add_version(&record, version).await?;
    Ok(Imported { model, files: manifest.files.len() as u64, size_bytes, facts })
}
