//! Azure's scoring in front of a command.

use axum::Json;
use axum::extract::State;
use deploy::process;
use serde_json::Value;

use super::gateway::Gateway;
use crate::error::ApiResult;
use crate::worker::side_by_side;

/// Prompts of one request that the command has at once; the others wait their turn.
const AT_ONCE: usize = 16;

/// Answers `POST /score`.
pub async fn score(
    State(Gateway { upstream, task }): State<Gateway>,
    Json(body): Json<Value>,
) -> ApiResult<Json<Value>> {
    let request = deploy::score::parse(task, &body)?;
    let protocol = upstream.protocol;
    let calls = process::calls(protocol, task, &upstream.model, &request)?;
    let calls = calls.into_iter().map(|call| upstream.call(call)).collect();
    let answers = side_by_side::all(AT_ONCE, calls).await?;
    let outputs = process::outputs(protocol, task, &request, &answers)?;
    Ok(Json(deploy::score::render(&request, task, outputs)))
}
