//! Scoring in Azure's shapes, and trying a model out.

use axum::Json;
use axum::extract::State;
use deploy::{Outputs, Parameters};
use domain::{Fault, Kind};
use serde_json::{Value, json};

use super::adapter::Folder;
use super::engine::Engine;
use crate::error::ApiResult;

/// Answers `POST /score`.
pub async fn score(
    State(engine): State<Engine>,
    adapter: Folder,
    Json(body): Json<Value>,
) -> ApiResult<Json<Value>> {
    let engine = engine.with(adapter).await?;
    let request = deploy::score::parse(engine.task(), &body)?;
    let outputs = engine.run(request.inputs.clone(), request.parameters.clone()).await?;
    Ok(Json(deploy::score::render(&request, engine.task(), outputs)))
}

/// Answers `POST /try`: the same input shapes, and all that the model says.
pub async fn try_it(
    State(engine): State<Engine>,
    Json(body): Json<Value>,
) -> ApiResult<Json<Value>> {
    let request = deploy::score::parse(engine.task(), &body)?;
    let Parameters { top_k, .. } = request.parameters;
    if top_k.is_some_and(|count| count > 1_000) {
        return Err(Fault::new(Kind::Invalid, "`top_k` is more than 1,000").into());
    }
    let inputs = request.inputs.len();
    let outputs = engine.run(request.inputs, request.parameters).await?;
    let output = match outputs {
        Outputs::Labels(rows) => json!(rows),
        Outputs::Masks(rows) => json!(rows),
        Outputs::Entities(rows) => json!(rows),
        Outputs::Answers(rows) => json!(rows),
        Outputs::Sorted(rows) => json!(rows),
        Outputs::Vectors(vectors, tokens) => {
            return Ok(Json(json!({ "output": vectors, "tokens": tokens, "inputs": inputs })));
        }
        Outputs::Scores(scores, _) => json!(scores),
        Outputs::Texts(generated) => json!(generated),
    };
    Ok(Json(json!({ "output": output, "inputs": inputs })))
}
