//! Blobs that are elsewhere: upload, download, and the check of what comes.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::Digest;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{BlobStream, Error, Hasher, Result};

/// The size of an upload's parts. S3 takes 10,000 parts, so this allows blobs of 320 GB.
const PART_BYTES: usize = 32 << 20;

/// Writes a file to the store, in parts where it is large. Written again even where it is there
/// already: its age starts anew, which garbage collection goes by.
pub(crate) async fn upload(objects: &Arc<dyn ObjectStore>, from: &Path, key: &Key) -> Result<()> {
    let mut file = tokio::fs::File::open(from).await.map_err(Error::io("read", from))?;
    let mut writer = BufWriter::with_capacity(Arc::clone(objects), key.clone(), PART_BYTES)
        .with_max_concurrency(2);
    let mut piece = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut piece).await.map_err(Error::io("read", from))?;
        if count == 0 {
            return writer.shutdown().await.map_err(|error| broken(key, error));
        }
        let bytes = Bytes::copy_from_slice(&piece[..count]);
        if let Err(error) = writer.put(bytes).await {
            let _ = writer.abort().await;
            return Err(Error::store("write", key)(error));
        }
    }
}

fn broken(key: &Key, source: std::io::Error) -> Error {
    let source = object_store::Error::Generic { store: "bucket", source: Box::new(source) };
    Error::store("write", key)(source)
}

/// Writes a blob's bytes to a file.
pub(crate) async fn download(mut pieces: BlobStream, to: &Path) -> Result<()> {
    let mut file = tokio::fs::File::create(to).await.map_err(Error::io("write", to))?;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).await.map_err(Error::io("write", to))?;
    }
    file.flush().await.map_err(Error::io("write", to))
}

/// Passes bytes through and ends in an error where they are not what `digest` says.
pub(crate) fn verified(pieces: BlobStream, digest: Digest) -> BlobStream {
    let state = Some((pieces, Hasher::default()));
    stream::try_unfold(state, move |state| {
        let digest = digest.clone();
        async move {
            let Some((mut pieces, mut hasher)) = state else { return Ok(None) };
            if let Some(piece) = pieces.try_next().await? {
                hasher.update(&piece);
                return Ok(Some((piece, Some((pieces, hasher)))));
            }
            let found = hasher.finish();
            if found == digest {
                return Ok(None);
            }
            let why = format!("its bytes have the digest `{}`", found.short());
            Err(Error::Damaged { what: "blob", digest, why })
        }
    })
    .boxed()
}
