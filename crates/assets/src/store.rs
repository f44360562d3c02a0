//! The store as its callers see it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::Digest;
use futures::stream::{BoxStream, Stream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use crate::open::{self, Place};
use crate::{Error, Hasher, Manifest, ManifestFile, Result, adopt, bucket, view};

/// The bytes of a blob; ends in an error where they are not what the digest says.
pub type BlobStream = BoxStream<'static, Result<Bytes>>;

/// Blobs and manifests, in a folder or a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Assets {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) home: Home,
    pub(crate) views: PathBuf,
}

/// Where blobs are, seen from this machine.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    /// They are files.
    Folder(PathBuf),
    /// They are elsewhere; what was needed here is kept in a folder.
    Bucket {
        /// That folder.
        cache: PathBuf,
    },
}

impl Home {
    /// Returns the folder that holds blobs as files: the store itself, or its cache.
    pub(crate) fn files(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Bucket { cache } => cache,
        }
    }

    /// Returns the folder for files under way; on the file system of [`Home::files`].
    pub(crate) fn staging(&self) -> PathBuf {
        self.files().join("staging")
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.files().join(blob_key(digest))
    }
}

/// Returns where a blob lies below the root.
pub(crate) fn blob_key(digest: &Digest) -> String {
    key("blobs", digest)
}

fn key(folder: &str, digest: &Digest) -> String {
    let (start, rest) = digest.as_str().split_at(2);
    format!("{folder}/sha256/{start}/{rest}")
}

impl Assets {
    /// Opens the store at `location`, a folder or `s3://bucket/prefix`; views of models and what
    /// is fetched from a bucket go below `data_dir`. Keys of a bucket come from `AWS_…` variables.
    ///
    /// # Errors
    /// Where the location is not one, or its folder cannot be made.
    pub fn open(location: &str, data_dir: &Path) -> Result<Self> {
        Self::open_with(location, data_dir, &open::from_environment())
    }

    /// Opens the store with options for a bucket, such as `endpoint`, `region`, `access_key_id`
    /// and `secret_access_key` (with or without `aws_` before them).
    ///
    /// # Errors
    /// As [`Assets::open`], and where an option is unknown.
    pub fn open_with(
        location: &str,
        data_dir: &Path,
        options: &BTreeMap<String, String>,
    ) -> Result<Self> {
        open::place(location, data_dir, options)?.into_assets(data_dir)
    }

    /// Keeps blobs in any object store, with its files cached below `data_dir`.
    ///
    /// # Errors
    /// Where the cache cannot be made.
    pub fn over(objects: Arc<dyn ObjectStore>, data_dir: &Path) -> Result<Self> {
        let home = Home::Bucket { cache: data_dir.join("cache") };
        Place { objects, home }.into_assets(data_dir)
    }

    /// Copies a file into the store.
    ///
    /// # Errors
    /// Where the file cannot be read or the store not written.
    pub async fn put_file(&self, path: &Path) -> Result<(Digest, u64)> {
        let (from, staging) = (path.to_owned(), self.inner.home.staging());
        let (staged, digest, size) = blocking(move || adopt::copy_hashing(&from, &staging)).await?;
        self.keep(staged, &digest).await?;
        Ok((digest, size))
    }

    /// Writes what `stream` yields into the store.
    ///
    /// # Errors
    /// Where the stream fails or the store cannot be written; nothing is kept then.
    pub async fn put_stream<S>(&self, mut stream: S) -> Result<(Digest, u64)>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    {
        let staged = self.stage()?;
        let path = staged.path().to_owned();
        let mut file =
            tokio::fs::File::from_std(staged.reopen().map_err(Error::io("open", &path))?);
        let mut hasher = Hasher::default();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|source| Error::Stream { source })?;
            hasher.update(&piece);
            file.write_all(&piece).await.map_err(Error::io("write", &path))?;
        }
        file.flush().await.map_err(Error::io("write", &path))?;
        let size = hasher.size_bytes();
        let digest = hasher.finish();
        self.keep(staged, &digest).await?;
        Ok((digest, size))
    }

    /// Moves a file into the store, after reading it again: the caller says what it must hold.
    ///
    /// The file is gone afterwards; nobody may write to it any more. One that is not what it
    /// should be stays where it is.
    ///
    /// # Errors
    /// Where the file is not `expected` or the store cannot be written.
    pub async fn adopt(&self, staged: &Path, expected: &Digest) -> Result<u64> {
        let (path, wanted) = (staged.to_owned(), expected.clone());
        let size = blocking(move || adopt::check(&path, &wanted)).await?;
        self.keep_path(staged, expected).await?;
        Ok(size)
    }

    /// Reads a blob that is there, and makes it count as new for garbage collection: whoever is
    /// about to refer to it calls this first. Returns its size.
    ///
    /// # Errors
    /// Where there is no such blob, it is damaged, or the store cannot be reached.
    pub async fn renew(&self, digest: &Digest) -> Result<u64> {
        let path = self.path(digest).await?;
        let (home, wanted) = (self.inner.home.clone(), digest.clone());
        let size = blocking(move || adopt::keep(&home, &wanted)).await?;
        if let Home::Bucket { .. } = &self.inner.home {
            bucket::upload(&self.inner.objects, &path, &Key::from(blob_key(digest))).await?;
        }
        Ok(size)
    }

    /// Copies a folder into the store and returns its manifest with the digest.
    ///
    /// # Errors
    /// Where a file cannot be read, a path is refused, or the store cannot be written.
    pub async fn put_folder(&self, folder: &Path) -> Result<(Digest, Manifest)> {
        let mut files = Vec::new();
        let from = folder.to_owned();
        for path in blocking(move || view::list_folder(&from)).await? {
            let (sha256, size) = self.put_file(&path.below(folder)).await?;
            files.push(ManifestFile { path, size, sha256 });
        }
        let manifest = Manifest { files };
        let digest = self.put_manifest(manifest.clone()).await?;
        Ok((digest, manifest))
    }

    /// Writes a manifest and returns its digest.
    ///
    /// # Errors
    /// Where two of its files cannot lie in one folder or the store cannot be written.
    pub async fn put_manifest(&self, manifest: Manifest) -> Result<Digest> {
        let (text, digest) = manifest.canonical()?;
        let key = manifest_key(&digest);
        self.inner.objects.put(&key, text.into()).await.map_err(Error::store("write", &key))?;
        Ok(digest)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub async fn manifest(&self, digest: &Digest) -> Result<Manifest> {
        let key = manifest_key(digest);
        let found = self.inner.objects.get(&key).await;
        let found = found.map_err(|error| missing_or("manifest", digest, &key, error))?;
        let text = found.bytes().await.map_err(Error::store("read", &key))?;
        Manifest::parse(&text, digest)
    }

    /// Returns a folder with the files of a manifest, to be read and never written.
    ///
    /// The files are hard links to blobs where the file system allows it; copies otherwise.
    ///
    /// # Errors
    /// Where the manifest or one of its blobs is absent or damaged.
    pub async fn model_dir(&self, manifest: &Digest) -> Result<PathBuf> {
        let folder = self.inner.views.join(manifest.as_str());
        if tokio::fs::try_exists(&folder).await.unwrap_or(false) {
            return Ok(folder);
        }
        let mut files = Vec::new();
        for file in self.manifest(manifest).await?.files {
            files.push((self.path(&file.sha256).await?, file));
        }
        let target = folder.clone();
        blocking(move || view::build(&target, &files)).await?;
        Ok(folder)
    }

    /// Returns the path of a file that holds the blob; fetches and checks it first where the blob
    /// is in a bucket.
    ///
    /// # Errors
    /// Where there is no such blob or the fetched bytes are damaged.
    pub async fn path(&self, digest: &Digest) -> Result<PathBuf> {
        let path = self.inner.home.blob(digest);
        if tokio::fs::try_exists(&path).await.unwrap_or(false) {
            return Ok(path);
        }
        match &self.inner.home {
            Home::Folder(_) => Err(Error::NotFound { what: "blob", digest: digest.clone() }),
            Home::Bucket { .. } => {
                let staged = self.stage()?;
                bucket::download(self.open_blob(digest).await?, staged.path()).await?;
                self.place(staged.into_temp_path(), digest).await?;
                Ok(path)
            }
        }
    }

    /// Reads a blob; the stream ends in an error where the bytes are not what they should be.
    ///
    /// # Errors
    /// Where there is no such blob.
    pub async fn open_blob(&self, digest: &Digest) -> Result<BlobStream> {
        let key = Key::from(blob_key(digest));
        let found = self.inner.objects.get(&key).await;
        let found = found.map_err(|error| missing_or("blob", digest, &key, error))?;
        let pieces = found.into_stream().map_err(move |error| Error::store("read", &key)(error));
        Ok(bucket::verified(pieces.boxed(), digest.clone()))
    }

    /// Returns the size of a blob.
    ///
    /// # Errors
    /// Where there is no such blob.
    pub async fn size_bytes(&self, digest: &Digest) -> Result<u64> {
        let key = Key::from(blob_key(digest));
        let found = self.inner.objects.head(&key).await;
        found.map(|meta| meta.size).map_err(|error| missing_or("blob", digest, &key, error))
    }

    /// Reads a blob to its end and returns its size.
    ///
    /// # Errors
    /// Where there is no such blob or it is damaged.
    pub async fn verify(&self, digest: &Digest) -> Result<u64> {
        let mut pieces = self.open_blob(digest).await?;
        let mut size = 0;
        while let Some(piece) = pieces.try_next().await? {
            size += piece.len() as u64;
        }
        Ok(size)
    }

    fn stage(&self) -> Result<NamedTempFile> {
        let staging = self.inner.home.staging();
        NamedTempFile::new_in(&staging).map_err(Error::io("make a file in", &staging))
    }

    async fn keep(&self, staged: NamedTempFile, digest: &Digest) -> Result<()> {
        // The file is closed and stays until it has moved; a failure removes it.
        let staged = staged.into_temp_path();
        self.keep_path(&staged, digest).await
    }

    async fn keep_path(&self, staged: &Path, digest: &Digest) -> Result<()> {
        if let Home::Bucket { .. } = &self.inner.home {
            bucket::upload(&self.inner.objects, staged, &Key::from(blob_key(digest))).await?;
        }
        self.place(staged.to_owned(), digest).await
    }

    async fn place(
        &self,
        staged: impl AsRef<Path> + Send + 'static,
        digest: &Digest,
    ) -> Result<()> {
        let (inner, digest) = (Arc::clone(&self.inner), digest.clone());
        blocking(move || adopt::place(staged, &inner.home, &inner.views, &digest)).await
    }
}

impl Place {
    fn into_assets(self, data_dir: &Path) -> Result<Assets> {
        let staging = self.home.staging();
        std::fs::create_dir_all(&staging).map_err(Error::io("make", &staging))?;
        let views = data_dir.join("views");
        let inner = Inner { objects: self.objects, home: self.home, views };
        Ok(Assets { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assets").field("home", &self.inner.home).finish_non_exhaustive()
    }
}

pub(crate) fn manifest_key(digest: &Digest) -> Key {
    Key::from(key("manifests", digest))
}

fn missing_or(what: &'static str, digest: &Digest, key: &Key, error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound { what, digest: digest.clone() },
        other => Error::store("read", key)(other),
    }
}

/// Runs work that waits for the disk on a thread made for that.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|source| Error::Stopped { source })?
}
