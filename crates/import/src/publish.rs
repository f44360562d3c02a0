//! The last steps: blobs, manifest, facts, and the one transaction that makes a version visible.

use std::path::{Path, PathBuf};

use assets::{Manifest, ManifestFile};
use catalog::NewVersion;
use domain::{Fault, ModelName};
use jobs::Context;
use native::ModelFacts;
use serde_json::{Value, json};

use crate::card::Card;
use crate::record::{self, Origin};
use crate::run::Files;
use crate::scratch::Scratch;
use crate::{Error, Imported, Result, Stores};

/// The longest card that is read.
const CARD_BYTES_MAX: u64 = 8 << 20;

/// A model whose files are all here.
pub(crate) struct Fetched<'a> {
    pub(crate) name: ModelName,
    pub(crate) origin: Origin<'a>,
    /// The revision that was asked for.
    pub(crate) asked: Option<&'a str>,
    pub(crate) files: Files,
    /// How many bits its weights are to be held in.
    pub(crate) quantize: Option<&'a str>,
}

/// Stores the files and makes them a version.
pub(crate) async fn publish(
    fetched: Fetched<'_>,
    scratch: &Scratch,
    stores: Stores<'_>,
    context: &Context,
) -> Result<Imported> {
    let Fetched { name, origin, asked, files, quantize } = fetched;
    let manifest = keep(&files, scratch, stores).await?;
    let kept = stores.assets.put_manifest(manifest.clone()).await?;
    let view = stores.assets.model_dir(&kept).await?;
    let size_bytes = manifest.size_bytes();
    context.stage(size_bytes, Some(size_bytes), "bytes", "reading the facts");
    let facts = facts(&view, origin.place).await?;
    let card = card(&view).await?;
    if let Some(defect) = &card.defect {
        context.log(format!("the facts of `README.md` cannot be read: {defect}"));
    }
    let mut from = json!({
        "kind": "import",
        "place": origin.place,
        "hub_id": origin.hub_id,
        "revision": origin.revision,
        "asked": asked,
    });
    if let Some(quantize) = quantize {
        from["quantize"] = json!(quantize);
    }
    if let Err(why) = &facts {
        context.log(format!("this build cannot run it: {why}"));
        from["unsupported"] = json!(why);
    }
    let mut record = record::make(name, &origin, card, facts.as_ref().ok());
    record.size_bytes = Some(size_bytes);
    let facts: Option<Value> = facts.ok().map(|facts| json!(facts));
    let version = NewVersion {
        once: Some(format!("import/{}/{kept}", context.id())),
        manifest: kept,
        size_bytes,
        facts: facts.clone(),
        parent: None,
        origin: from,
    };
    let model = stores.catalog.add_version(&record, version).await?;
    context.log(format!("visible as `{model}`"));
    Ok(Imported { model, files: manifest.files.len() as u64, size_bytes, facts })
}

/// Moves what was fetched into the store.
async fn keep(files: &Files, scratch: &Scratch, stores: Stores<'_>) -> Result<Manifest> {
    let mut manifest = Manifest::default();
    for (file, done) in files {
        let whole = scratch.whole(&file.path);
        if whole.exists() {
            match stores.assets.adopt(&whole, &done.sha256).await {
                Err(error @ assets::Error::Mismatch { .. }) => {
                    // The disk changed it since it was checked: run again, it is fetched again.
                    scratch.forget(&file.path);
                    return Err(error.into());
                }
                adopted => adopted?,
            };
        }
        let (path, size, sha256) = (file.path.clone(), done.size, done.sha256.clone());
        manifest.files.push(ManifestFile { path, size, sha256 });
    }
    Ok(manifest)
}

/// Reads the facts; the inner error says why this build cannot run the model.
async fn facts(view: &Path, place: &str) -> Result<std::result::Result<ModelFacts, String>> {
    let dir = view.to_owned();
    let inspecting = tokio::task::spawn_blocking(move || native::inspect(&dir));
    match inspecting.await.map_err(Error::Stopped)? {
        Ok(facts) => Ok(Ok(facts)),
        Err(
            source @ (native::Error::Header { .. }
            | native::Error::Gguf { .. }
            | native::Error::Read { .. }),
        ) => Err(Error::Damaged { place: place.to_owned(), source }),
        Err(error) => {
            let why = Fault::from(error).chain();
            // The view is ours; the reader knows the model's files.
            let folder = view.display().to_string();
            Ok(Err(why.replace(&format!("{folder}/"), "").replace(&folder, "the model")))
        }
    }
}

async fn card(view: &Path) -> Result<Card> {
    let path: PathBuf = view.join("README.md");
    match tokio::fs::metadata(&path).await {
        Ok(metadata) if metadata.len() <= CARD_BYTES_MAX => {
            let text = tokio::fs::read(&path).await.map_err(Error::scratch("read", &path))?;
            Ok(Card::parse(&String::from_utf8_lossy(&text)))
        }
        _ => Ok(Card::default()),
    }
}
