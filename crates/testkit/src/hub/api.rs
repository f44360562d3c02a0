//! `/api/models…`: what is there, at which commit, of which size.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::files::readable;
use super::repository::Repository;
use super::{Fault, Shared, arguments, body, decoded, listing, lock};

/// Entries on one page of a tree; few, so that tests turn pages.
const PAGE: usize = 3;

/// Answers for a repository, its tree, its references, or with a listing of repositories.
pub(crate) fn answer(shared: &Arc<Shared>, request: &Request, fault: Option<&Fault>) -> Response {
    let path = request.uri().path().trim_start_matches("/api/models").trim_start_matches('/');
    let parts: Vec<String> = path.split('/').map(decoded).collect();
    if path.is_empty() {
        return listing::answer(shared, request, fault);
    }
    let verb = parts.iter().position(|part| matches!(part.as_str(), "revision" | "tree" | "refs"));
    let id = parts[..verb.unwrap_or(parts.len())].join("/");
    let revision = verb.and_then(|verb| parts.get(verb + 1)).map_or("main", String::as_str);
    let repositories = lock(&shared.repositories);
    let repository = match readable(repositories.get(&id), request.headers(), false) {
        Ok(repository) => repository,
        Err(refusal) => return *refusal,
    };
    match verb.map(|verb| parts[verb].as_str()) {
        Some("tree") => tree(&id, repository, revision, request),
        Some("refs") => references(repository),
        _ => info(&id, repository, revision),
    }
}

fn info(id: &str, repository: &Repository, revision: &str) -> Response {
    let Some((commit, files)) = repository.at(revision) else { return no_revision(revision) };
    let siblings: Vec<Value> =
        files.iter().map(|(path, file)| file.sibling(path, repository)).collect();
    body::json(&json!({ "id": id, "modelId": id, "sha": commit, "siblings": siblings }))
}

fn tree(id: &str, repository: &Repository, revision: &str, request: &Request) -> Response {
    let Some((commit, files)) = repository.at(revision) else { return no_revision(revision) };
    let cursor = argument(request, "cursor").and_then(|text| text.parse().ok()).unwrap_or(0);
    let entries: Vec<Value> =
        files.iter().map(|(path, file)| file.tree_entry(path)).skip(cursor).take(PAGE).collect();
    let mut answer = body::json(&Value::Array(entries));
    if cursor + PAGE < files.len() {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let next = format!(
            "<http://{}/api/models/{id}/tree/{commit}?recursive=true&cursor={}>; rel=\"next\"",
            host.unwrap_or_default(),
            cursor + PAGE
        );
        let next = HeaderValue::from_str(&next).expect("plain text");
        answer.headers_mut().insert(header::LINK, next);
    }
    answer
}

fn references(repository: &Repository) -> Response {
    let commit = repository.at("main").map_or("", |(commit, _)| commit);
    let main = json!({ "name": "main", "ref": "refs/heads/main", "targetCommit": commit });
    body::json(&json!({ "branches": [main], "tags": [], "converts": [] }))
}

fn argument(request: &Request, name: &str) -> Option<String> {
    arguments(request).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn no_revision(revision: &str) -> Response {
    let message = format!("Invalid rev id: {revision}");
    body::error(StatusCode::NOT_FOUND, "RevisionNotFound", &message)
}
