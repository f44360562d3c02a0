//! Removal of what nothing refers to any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use domain::{Digest, Millis};
use futures::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStoreExt};

use crate::adopt::lock_file;
use crate::store::{Home, blocking, manifest_key};
use crate::{Assets, Error, Result};

/// What to keep.
#[derive(Clone, Debug)]
pub struct Garbage {
    /// Digests of manifests, whose files are kept with them, and of single blobs.
    pub roots: HashSet<Digest>,
    /// The present moment.
    pub now_ms: Millis,
    /// What is younger stays: an import puts its blobs before the catalog refers to them.
    pub grace_ms: Millis,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs and manifests that went.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Assets {
    /// Removes blobs, manifests, views and cached files that no root refers to.
    ///
    /// # Errors
    /// Where a root is damaged: then nothing is removed. Where the store cannot be written.
    pub async fn collect_garbage(&self, garbage: Garbage) -> Result<Swept> {
        let marked = self.mark(&garbage.roots).await?;
        let mut swept = Swept::default();
        for folder in ["blobs", "manifests"] {
            let prefix = Key::from(folder);
            let mut objects = self.inner.objects.list(Some(&prefix));
            while let Some(object) =
                objects.try_next().await.map_err(Error::store("list", &prefix))?
            {
                let kept =
                    digest_of(&object.location).is_none_or(|digest| marked.contains(&digest));
                if !kept && garbage.is_old(object.last_modified.timestamp_millis()) {
                    swept.add(self.remove(&object, &garbage).await?);
                }
            }
        }
        let (home, views) = (self.inner.home.clone(), self.inner.views.clone());
        blocking(move || sweep_files(&home, &views, &garbage, &marked)).await?;
        Ok(swept)
    }

    /// Follows the roots. A root that is no manifest is a blob.
    async fn mark(&self, roots: &HashSet<Digest>) -> Result<HashSet<Digest>> {
        let mut marked = roots.clone();
        for root in roots {
            match self.manifest(root).await {
                Ok(manifest) => marked.extend(manifest.files.into_iter().map(|file| file.sha256)),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(marked)
    }

    /// Removes one object, unless it was put again since it was listed.
    async fn remove(&self, object: &ObjectMeta, garbage: &Garbage) -> Result<Option<u64>> {
        let _lock = match &self.inner.home {
            Home::Bucket { .. } => None,
            Home::Folder(folder) => Some(lock_all(folder.clone()).await?),
        };
        let key = &object.location;
        let now = match self.inner.objects.head(key).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(Error::store("read", key))?,
        };
        if !garbage.is_old(now.last_modified.timestamp_millis()) {
            return Ok(None);
        }
        self.inner.objects.delete(key).await.map_err(Error::store("remove", key))?;
        Ok(Some(object.size))
    }

    /// Removes a damaged manifest or blob, so that importing again puts it anew.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn discard(&self, digest: &Digest) -> Result<()> {
        for key in [Key::from(crate::store::blob_key(digest)), manifest_key(digest)] {
            match self.inner.objects.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(Error::store("remove", &key)(error)),
            }
        }
        Ok(())
    }
}

impl Garbage {
    fn is_old(&self, modified_ms: Millis) -> bool {
        modified_ms.saturating_add(self.grace_ms) <= self.now_ms
    }
}

impl Swept {
    fn add(&mut self, removed: Option<u64>) {
        if let Some(bytes) = removed {
            self.objects += 1;
            self.bytes += bytes;
        }
    }
}

async fn lock_all(folder: PathBuf) -> Result<std::fs::File> {
    blocking(move || {
        let lock = lock_file(&folder)?;
        lock.lock().map_err(Error::io("lock", &folder))?;
        Ok(lock)
    })
    .await
}

fn digest_of(key: &Key) -> Option<Digest> {
    let parts: Vec<_> = key.parts().collect();
    let [.., start, rest] = parts.as_slice() else { return None };
    format!("{}{}", start.as_ref(), rest.as_ref()).parse().ok()
}

/// Removes views, cached blobs and files under way that nobody needs.
fn sweep_files(
    home: &Home,
    views: &Path,
    garbage: &Garbage,
    marked: &HashSet<Digest>,
) -> Result<()> {
    let is_marked = |name: &str| name.parse().is_ok_and(|digest| marked.contains(&digest));
    for entry in old_entries(views, garbage)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned());
        if !name.is_some_and(|name| is_marked(&name)) {
            std::fs::remove_dir_all(&entry).map_err(Error::io("remove", &entry))?;
        }
    }
    for entry in old_entries(&home.staging(), garbage)? {
        std::fs::remove_file(&entry).map_err(Error::io("remove", &entry))?;
    }
    let Home::Bucket { cache } = home else { return Ok(()) };
    for start in
        old_entries(&cache.join("blobs/sha256"), &Garbage { grace_ms: 0, ..garbage.clone() })?
    {
        for blob in old_entries(&start, garbage)? {
            let name =
                |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !is_marked(&format!("{}{}", name(&start), name(&blob))) {
                std::fs::remove_file(&blob).map_err(Error::io("remove", &blob))?;
            }
        }
    }
    Ok(())
}

fn old_entries(folder: &Path, garbage: &Garbage) -> Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("read", folder))?.path();
        let metadata = std::fs::metadata(&path).map_err(Error::io("read", &path))?;
        let modified = metadata.modified().map_err(Error::io("read", &path))?;
        let age = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        if garbage.is_old(Millis::try_from(age.as_millis()).unwrap_or(Millis::MAX)) {
            found.push(path);
        }
    }
    Ok(found)
}
