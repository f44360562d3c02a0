//! `/{id}/resolve/{revision}/{path}`, and the second listener behind it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::body::{self, Sending};
use super::repository::{Access, Repository};
use super::{Fault, Shared, decoded, lock};

/// Answers for a file: small ones at once, large ones with a redirect.
pub(crate) fn from_hub(shared: &Arc<Shared>, request: &Request, fault: Option<Fault>) -> Response {
    let parts: Vec<String> = request.uri().path().split('/').skip(1).map(decoded).collect();
    let Some(resolve) = parts.iter().position(|part| part == "resolve") else {
        return body::error(StatusCode::NOT_FOUND, "RepoNotFound", "Repository not found");
    };
    let (id, rest) = (parts[..resolve].join("/"), &parts[resolve + 1..]);
    let (revision, path) = (&rest[0], rest[1..].join("/"));
    let repositories = lock(&shared.repositories);
    let repository = match readable(repositories.get(&id), request.headers(), true) {
        Ok(repository) => repository,
        Err(refusal) => return *refusal,
    };
    let Some((commit, files)) = repository.at(revision) else {
        let message = format!("Invalid rev id: {revision}");
        return body::error(StatusCode::NOT_FOUND, "RevisionNotFound", &message);
    };
    let mut answer = match files.get(&path) {
        None => body::error(StatusCode::NOT_FOUND, "EntryNotFound", "Entry not found"),
        Some(file) if file.is_large() => {
            let mut answer =
                body::redirect(&format!("http://{}/cdn/{}?signed=1", shared.cdn, file.sha256));
            let mut put = |name: &'static str, value: String| {
                let value = HeaderValue::from_str(&value).expect("plain text");
                answer.headers_mut().insert(HeaderName::from_static(name), value);
            };
            put("x-linked-etag", format!("\"{}\"", file.etag()));
            put("x-linked-size", file.bytes.len().to_string());
            answer
        }
        Some(file) => {
            let etag = format!("\"{}\"", file.etag());
            body::send(shared, request.headers(), Sending { path: &path, file, etag, fault })
        }
    };
    let commit = HeaderValue::from_str(commit).expect("hexadecimal");
    answer.headers_mut().insert(HeaderName::from_static("x-repo-commit"), commit);
    answer
}

/// Answers for a large file by its digest.
pub(crate) fn from_cdn(shared: &Arc<Shared>, request: &Request, fault: Option<Fault>) -> Response {
    let digest = request.uri().path().trim_start_matches("/cdn/");
    let repositories = lock(&shared.repositories);
    let mut found = repositories.values().filter_map(|repository| repository.by_digest(digest));
    match found.next() {
        None => body::error(StatusCode::NOT_FOUND, "EntryNotFound", "Entry not found"),
        Some((path, file)) => {
            // A CDN has tags of its own.
            let etag = format!("\"cdn-{}\"", &file.sha256[..16]);
            body::send(shared, request.headers(), Sending { path, file, etag, fault })
        }
    }
}

/// Returns a repository that the asker may read, or the refusal that hubs give.
pub(crate) fn readable<'a>(
    repository: Option<&'a Repository>,
    headers: &HeaderMap,
    files: bool,
) -> Result<&'a Repository, Box<Response>> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let refuse = |status, code: &str, message: &str| Box::new(body::error(status, code, message));
    let absent = || refuse(StatusCode::UNAUTHORIZED, "RepoNotFound", "Repository not found");
    let Some(repository) = repository else { return Err(absent()) };
    match (&repository.access, token) {
        (_, Some("hf_wrong")) => {
            let message = "Invalid credentials in Authorization header";
            Err(refuse(StatusCode::UNAUTHORIZED, "", message))
        }
        (Access::Public, _) => Ok(repository),
        (Access::Gated(_), _) if !files => Ok(repository),
        (Access::Gated(wanted) | Access::Private(wanted), Some(token)) if token == wanted => {
            Ok(repository)
        }
        (Access::Gated(_), Some(_)) => {
            let message = "Access to this model is restricted";
            Err(refuse(StatusCode::FORBIDDEN, "GatedRepo", message))
        }
        (Access::Gated(_), None) => {
            let message = "Access to this model is restricted";
            Err(refuse(StatusCode::UNAUTHORIZED, "GatedRepo", message))
        }
        (Access::Private(_), _) => Err(absent()),
    }
}
