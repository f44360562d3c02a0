//! `/{id}/resolve/{revision}/{file}`: the files themselves.

use std::io::SeekFrom;

use assets::ManifestFile;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::fault::{HubResult, no_repo};
use super::path::{File, read_file};
use super::range::{self, Wanted};
use super::repo::Repo;
use crate::app::App;

/// Bytes read at once: a page of a request's memory, and few enough calls for gigabytes.
const PIECE: usize = 256 << 10;

/// Sends a file, part of it, or what there is to know of it.
///
/// Only what the manifest names is sent; the path is never one of the file system.
pub async fn file(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> HubResult<Response> {
    let File { id, revision, path } = read_file(uri.path()).ok_or_else(|| no_repo(uri.path()))?;
    let repo = Repo::find(&app, &id, Some(&revision)).await?;
    let manifest = repo.manifest(&app).await?;
    let file = manifest.files.iter().find(|file| file.path.as_str() == path);
    let file = file.ok_or_else(|| repo.no_entry(&path))?;
    let mut known = described(file, repo.commit().as_deref())?;
    if is_known(&headers, file) {
        known.remove(header::CONTENT_LENGTH);
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let same = text(header::IF_RANGE).is_none_or(|tag| tag.contains(file.sha256.as_str()));
    let (status, part) = match range::read(text(header::RANGE).filter(|_| same), file.size) {
        Wanted::Whole => (StatusCode::OK, 0..file.size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Beyond => {
            known.insert(header::CONTENT_RANGE, value(&format!("bytes */{}", file.size))?);
            known.insert(header::CONTENT_LENGTH, value("0")?);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, known).into_response());
        }
    };
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", part.start, part.end - 1, file.size);
        known.insert(header::CONTENT_RANGE, value(&range)?);
        known.insert(header::CONTENT_LENGTH, value(&(part.end - part.start).to_string())?);
    }
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => read(&app, file, part).await?,
    };
    Ok((status, known, body).into_response())
}

async fn read(app: &App, file: &ManifestFile, part: std::ops::Range<u64>) -> Result<Body, Fault> {
    let unreadable = |error| {
        let message = format!("cannot read the blob `{}`", file.sha256);
        Fault::new(Kind::Internal, message).because(error)
    };
    let path = app.assets.path(&file.sha256).await?;
    let mut blob = tokio::fs::File::open(path).await.map_err(unreadable)?;
    blob.seek(SeekFrom::Start(part.start)).await.map_err(unreadable)?;
    let wanted = blob.take(part.end - part.start);
    Ok(Body::from_stream(ReaderStream::with_capacity(wanted, PIECE)))
}

/// Returns what a client wants to know of a file before it fetches it.
fn described(file: &ManifestFile, commit: Option<&str>) -> Result<HeaderMap, Fault> {
    let tag = format!("\"{}\"", file.sha256);
    let name = file.path.as_str().rsplit('/').next().unwrap_or_default();
    let named = |name: &str| name.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
    let name = if named(name) { name } else { "file" };
    let pairs = [
        ("etag", tag.as_str()),
        ("x-linked-etag", tag.as_str()),
        ("x-linked-size", &file.size.to_string()),
        ("content-length", &file.size.to_string()),
        ("accept-ranges", "bytes"),
        // Weights do not get smaller, and a size that is known lets clients go on after a break.
        ("content-encoding", "identity"),
        // A page in a model's files must not run here.
        ("content-type", "application/octet-stream"),
        ("content-disposition", &format!("attachment; filename=\"{name}\"")),
        ("x-repo-commit", commit.unwrap_or_default()),
    ];
    let header =
        |(name, text): (&'static str, &str)| Ok((HeaderName::from_static(name), value(text)?));
    pairs.into_iter().map(header).collect()
}

fn is_known(headers: &HeaderMap, file: &ManifestFile) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known == "*" || known.contains(file.sha256.as_str()))
}

fn value(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|error| Fault::wrap(Kind::Internal, error))
}
