//! A model in a folder on this machine.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use assets::{FilePath, Hasher};
use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

use crate::listing::FILES_MAX;
use crate::{Error, Odd, Opened, Resolved, Result, Resume, Source, SourceFile};

/// How much of a file is read at once.
const PIECE_BYTES: usize = 256 << 10;
/// How deep folders are looked into; models have two levels.
const DEPTH_MAX: usize = 8;

/// Reads a folder. Its revision is made from names, sizes and times: a change makes another.
#[derive(Clone, Debug)]
pub struct FolderSource {
    root: PathBuf,
}

impl FolderSource {
    /// Reads the folder at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Source for FolderSource {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    async fn resolve(&self, revision: Option<&str>) -> Result<Resolved> {
        let root = self.root.clone();
        let listed = tokio::task::spawn_blocking(move || list(&root)).await;
        let resolved = listed.map_err(|error| {
            let source = std::io::Error::other(error);
            Error::Io { path: self.root.clone(), source }
        })??;
        match revision {
            Some(wanted) if wanted != resolved.revision => {
                let why = "a folder has no revision but what is in it now";
                Err(Error::Folder { path: self.root.clone(), why })
            }
            _ => Ok(resolved),
        }
    }

    async fn open(
        &self,
        _revision: &str,
        file: &SourceFile,
        resume: Option<Resume>,
    ) -> Result<Opened> {
        let path = file.path.below(&self.root);
        let io = |source| Error::Io { path: path.clone(), source };
        let mut reading = tokio::fs::File::open(&path).await.map_err(io)?;
        let metadata = reading.metadata().await.map_err(io)?;
        if metadata.len() != file.size {
            return Err(Error::Changed { path });
        }
        let tag = tag(&metadata);
        let from = match resume {
            Some(resume) if resume.etag == tag => resume.from.min(file.size),
            _ => 0,
        };
        reading.seek(SeekFrom::Start(from)).await.map_err(io)?;
        let state = Reading { file: reading, path, tag: tag.clone(), left: file.size - from };
        let pieces = stream::try_unfold(state, Reading::next).boxed();
        Ok(Opened { from, etag: Some(tag), pieces })
    }
}

struct Reading {
    file: tokio::fs::File,
    path: PathBuf,
    tag: String,
    left: u64,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        let io = |source| Error::Io { path: self.path.clone(), source };
        if self.left == 0 {
            let now = self.file.metadata().await.map_err(io)?;
            let same = tag(&now) == self.tag;
            return if same { Ok(None) } else { Err(Error::Changed { path: self.path }) };
        }
        let mut piece = vec![0; (self.left as usize).min(PIECE_BYTES)];
        let count = self.file.read(&mut piece).await.map_err(io)?;
        if count == 0 {
            return Err(Error::Changed { path: self.path });
        }
        piece.truncate(count);
        self.left -= count as u64;
        Ok(Some((piece.into(), self)))
    }
}

/// Tells one state of a file from another.
fn tag(metadata: &Metadata) -> String {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{}-{}", metadata.len(), modified.unwrap_or_default().as_nanos())
}

fn list(root: &Path) -> Result<Resolved> {
    let io = |source| Error::Io { path: root.to_owned(), source };
    if !std::fs::metadata(root).map_err(io)?.is_dir() {
        return Err(Error::Folder { path: root.to_owned(), why: "it is not a folder" });
    }
    let homes = homes(&root.canonicalize().map_err(io)?);
    let mut resolved = Resolved { revision: String::new(), files: Vec::new(), odd: Vec::new() };
    let mut state = Hasher::default();
    for (path, name) in names_below(root)? {
        let listed: FilePath = match name.parse() {
            Ok(listed) => listed,
            Err(error) => {
                resolved.odd.push(Odd::from_path(&name, error));
                continue;
            }
        };
        let home = path.canonicalize().ok();
        let metadata = std::fs::metadata(&path).ok().filter(Metadata::is_file);
        match (home, metadata) {
            (Some(home), Some(metadata)) if homes.iter().any(|root| home.starts_with(root)) => {
                state.update(format!("{name}\0{}\0", tag(&metadata)).as_bytes());
                let size = metadata.len();
                resolved.files.push(SourceFile { path: listed, size, checksum: None });
            }
            _ => {
                let why = "it is no plain file, or a link out of the folder".to_owned();
                resolved.odd.push(Odd { path: name, why, hostile: false });
            }
        }
    }
    state.finish().as_str()[..40].clone_into(&mut resolved.revision);
    Ok(resolved)
}

/// Returns where files may lie: below the folder and, for a snapshot in the cache of the official
/// client, among the blobs that it links to.
fn homes(root: &Path) -> Vec<PathBuf> {
    let mut homes = vec![root.to_owned()];
    let snapshots = root.parent().filter(|parent| parent.ends_with("snapshots"));
    homes.extend(snapshots.and_then(Path::parent).map(|cache| cache.join("blobs")));
    homes
}

/// Lists paths with their names relative to `root`, sorted; hidden folders are not looked into.
fn names_below(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut waiting = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = waiting.pop() {
        let io = |source| Error::Io { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.file_type().map_err(io)?.is_dir();
            if !is_folder {
                found.push((entry.path(), format!("{prefix}{name}")));
            } else if depth < DEPTH_MAX && !name.starts_with('.') {
                waiting.push((entry.path(), format!("{prefix}{name}/"), depth + 1));
            }
            if found.len() + waiting.len() > FILES_MAX {
                let place = root.display().to_string();
                return Err(Error::TooMany { place, files_max: FILES_MAX });
            }
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(found)
}
