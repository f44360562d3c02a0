//! Data files: sent here before they are worked on, and results to fetch.

use api::StoredFile;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::Response;
use axum::routing::put;
use axum::{Json, Router};
use bytes::Bytes;
use domain::{Fault, Kind};
use futures::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// A data file above this belongs into an object store.
const FILE_MAX: u64 = 16 << 30;

/// Returns the routes of files; their bodies are streamed and bounded here.
pub fn router() -> Router<App> {
    Router::new().route("/api/v1/files/{name}", put(upload).get(download))
}

async fn upload(
    State(app): State<App>,
    Path(name): Path<String>,
    body: Body,
) -> ApiResult<Json<StoredFile>> {
    let mut stream = body.into_data_stream();
    let stored = store_stream(&app, &name, &mut stream).await;
    if stored.is_err() {
        // A client that is still sending would see a broken connection instead of the reason.
        while let Some(Ok(_)) = stream.next().await {}
    }
    stored.map(Json).map_err(ApiError)
}

/// Stores a stream of bytes under its digest.
///
/// # Errors
/// Where the stream breaks or is too long, or the disk is full.
pub async fn store_stream<E>(
    app: &App,
    name: &str,
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<StoredFile, Fault>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let folder = app.config.data_dir.join("uploads");
    std::fs::create_dir_all(&folder).map_err(|error| unwritable(name, error))?;
    let staged =
        tempfile::NamedTempFile::new_in(&folder).map_err(|error| unwritable(name, error))?;
    let handle = staged.reopen().map_err(|error| unwritable(name, error))?;
    let mut file = tokio::fs::File::from_std(handle);
    let mut size_bytes = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| {
            Fault::new(Kind::Invalid, format!("the upload of `{name}` broke off")).because(error)
        })?;
        size_bytes += piece.len() as u64;
        if size_bytes > FILE_MAX {
            return Err(Fault::new(Kind::Invalid, format!("`{name}` is larger than 16 GiB")));
        }
        file.write_all(&piece).await.map_err(|error| unwritable(name, error))?;
    }
    file.flush().await.map_err(|error| unwritable(name, error))?;
    if size_bytes == 0 {
        return Err(Fault::new(Kind::Invalid, format!("`{name}` is empty")));
    }
    let (digest, size_bytes) = app.assets.put_file(staged.path()).await?;
    Ok(StoredFile { digest: digest.to_string(), name: name.to_owned(), size_bytes })
}

fn unwritable(name: &str, error: std::io::Error) -> Fault {
    Fault::new(Kind::Unavailable, format!("cannot store `{name}`"))
        .because(error)
        .hint("check that the disk of the data directory has space")
}

async fn download(State(app): State<App>, Path(digest): Path<String>) -> ApiResult<Response> {
    let (digest, path) = app.file(&digest).await?;
    let file = tokio::fs::File::open(&path).await.map_err(|error| {
        Fault::new(Kind::Internal, format!("cannot read the blob `{digest}`")).because(error)
    })?;
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, "application/octet-stream".parse().map_err(internal)?);
    let name = format!("attachment; filename=\"{}.jsonl\"", digest.short());
    headers.insert(header::CONTENT_DISPOSITION, name.parse().map_err(internal)?);
    Ok(response)
}

fn internal(error: header::InvalidHeaderValue) -> Fault {
    Fault::wrap(Kind::Internal, error)
}
