//! What every source must do, run for a hub and a folder; and what only hubs do wrong.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod conformance;
mod directory;
mod faults;
mod folder;
mod provider;
mod redirects;
mod refusals;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::TryStreamExt;
use hub::{FolderSource, HubOptions, HubSource, Network, Opened, Source, SourceFile, Token};
use tempfile::TempDir;
use testkit::{Files, LoopbackHub};

/// The id of the model on every hub of these tests.
const ID: &str = "acme/tiny";

/// A hub with a tiny model, and a network that notes its pauses instead of making them.
struct Bench {
    hub: LoopbackHub,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Bench {
    async fn new() -> Self {
        let hub = LoopbackHub::start().await;
        hub.put(ID, &testkit::tiny_encoder(1));
        Self { hub, pauses: Arc::default() }
    }

    fn network(&self) -> Network {
        let pauses = Arc::clone(&self.pauses);
        let sleep = move |time| {
            pauses.lock().unwrap().push(time);
            Box::pin(async {}) as futures::future::BoxFuture<'static, ()>
        };
        Network { attempts: 3, sleep: Arc::new(sleep), ..Network::default() }
    }

    fn source(&self) -> HubSource {
        self.source_of(ID, None)
    }

    fn source_of(&self, id: &str, token: Option<&str>) -> HubSource {
        self.source_with(id, token, self.network())
    }

    fn source_with(&self, id: &str, token: Option<&str>, network: Network) -> HubSource {
        let token = token.and_then(Token::new);
        HubSource::new(id, HubOptions { url: self.hub.url(), token, network }).unwrap()
    }

    fn pauses_ms(&self) -> Vec<u128> {
        self.pauses.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

/// Writes files into a folder that goes away.
fn folder_of(files: &Files) -> (FolderSource, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    (FolderSource::new(dir.path()), dir)
}

/// Finds one file in the listing of the main revision.
async fn find(source: &impl Source, path: &str) -> (String, SourceFile) {
    let resolved = source.resolve(None).await.unwrap();
    let found = resolved.files.into_iter().find(|file| file.path.as_str() == path);
    (resolved.revision, found.unwrap())
}

async fn read(opened: Opened) -> hub::Result<Vec<u8>> {
    let pieces: Vec<bytes::Bytes> = opened.pieces.try_collect().await?;
    Ok(pieces.concat())
}

/// Opens a file of the main revision and reads it.
async fn fetch(source: &impl Source, path: &str) -> hub::Result<Vec<u8>> {
    let (revision, file) = find(source, path).await;
    read(source.open(&revision, &file, None).await?).await
}

/// Renders an error as a person sees it: the sentence with its causes, and the hint.
fn shown(error: hub::Error) -> (String, String) {
    let fault = domain::Fault::from(error);
    (fault.chain(), fault.hint_text().unwrap_or_default().to_owned())
}
