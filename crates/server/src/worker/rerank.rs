//! `POST /v1/rerank`, in Jina's shape: which documents answer a query best.
//!
//! A cross-encoder with one label reads query and document together; any other model is asked for
//! embeddings, whose cosine is the score.

use api::openai::{Document, RerankRequest};
use axum::Json;
use axum::extract::State;
use deploy::{Inputs, Outputs, Parameters};
use domain::{Fault, Kind};
use serde_json::{Value, json};

use super::engine::Engine;
use super::openai::{OpenAiError, OpenAiJson};

/// Jina's own bound.
const DOCUMENTS_MAX: usize = 2_048;

/// Ranks documents by how well they answer a query.
pub async fn rerank(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<RerankRequest>,
) -> Result<Json<Value>, OpenAiError> {
    let texts: Vec<String> = request.documents.into_iter().map(Document::into_text).collect();
    let count = texts.len();
    if !(1..=DOCUMENTS_MAX).contains(&count) {
        let message = format!("`documents` has {count} entries: send 1 to {DOCUMENTS_MAX}");
        return Err(OpenAiError::param("documents", message));
    }
    if request.top_n == Some(0) {
        return Err(OpenAiError::param("top_n", "`top_n` must be at least 1"));
    }
    let inputs = Inputs::Pairs(request.query, texts.clone());
    let wrong = |fault| OpenAiError::from(fault).about("documents");
    let outputs = engine.run(inputs, Parameters::default()).await.map_err(wrong)?;
    let Outputs::Scores(scores, tokens) = outputs else {
        let message = format!("the deployed model does `{}`, not ranking", engine.task());
        return Err(Fault::new(Kind::Unsupported, message).into());
    };
    let mut results: Vec<(usize, f32)> = scores.into_iter().enumerate().collect();
    results.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    results.truncate(request.top_n.unwrap_or(count));
    let entry = |(index, score): (usize, f32)| {
        let mut entry = json!({ "index": index, "relevance_score": score });
        if request.return_documents != Some(false) {
            entry["document"] = json!({ "text": texts[index] });
        }
        entry
    };
    let results: Vec<Value> = results.into_iter().map(entry).collect();
    Ok(Json(json!({
        "model": request.model, "object": "list", "results": results,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })))
}
