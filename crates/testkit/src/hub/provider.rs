//! `/v1/models`: what a provider of hosted models lists.

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Shared, arguments, body, lock};

/// Entries in one part; few, so that tests ask for more.
const PART: usize = 3;

/// Answers with the models after the one that is named.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Response {
    let hosted = lock(&shared.hosted);
    let after = arguments(request).into_iter().find(|(name, _)| name == "after");
    let after = after.and_then(|(_, id)| hosted.iter().rposition(|one| *one == id));
    let rest = &hosted[after.map_or(0, |after| after + 1)..];
    let (created, owner) = (1_700_000_000, "acme");
    let entry = |id| json!({ "id": id, "object": "model", "created": created, "owned_by": owner });
    let data: Vec<Value> = rest.iter().take(PART).map(entry).collect();
    body::json(&json!({ "object": "list", "data": data, "has_more": rest.len() > PART }))
}
