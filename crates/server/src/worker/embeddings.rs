//! `POST /v1/embeddings`.

use api::openai::{EmbeddingsRequest, PromptInput};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use deploy::{Inputs, Outputs, Parameters};
use domain::{Fault, Kind};
use serde_json::{Value, json};

use super::engine::Engine;
use super::openai::{OpenAiError, OpenAiJson};

/// OpenAI's own bound.
const INPUTS_MAX: usize = 2_048;

/// Answers with one vector for each text or sequence of tokens.
pub async fn embeddings(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<EmbeddingsRequest>,
) -> Result<Json<Value>, OpenAiError> {
    let base64 = match request.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => {
            let message = format!("`encoding_format` is `{other}`: use `float` or `base64`");
            return Err(OpenAiError::param("encoding_format", message));
        }
    };
    let inputs = inputs(request.input)?;
    let outputs = engine.run(inputs, Parameters::default()).await;
    let outputs = outputs.map_err(|fault| OpenAiError::from(fault).about("input"))?;
    let Outputs::Vectors(vectors, tokens) = outputs else {
        let message = format!("the deployed model does `{}`, not embeddings", engine.task());
        return Err(Fault::new(Kind::Unsupported, message).into());
    };
    let mut data = Vec::with_capacity(vectors.len());
    for (index, vector) in vectors.into_iter().enumerate() {
        let vector = shorten(vector, request.dimensions)?;
        let embedding = if base64 { json!(encode(&vector)) } else { json!(vector) };
        data.push(json!({ "object": "embedding", "index": index, "embedding": embedding }));
    }
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    Ok(Json(json!({
        "object": "list", "data": data, "model": request.model, "usage": usage
    })))
}

fn inputs(input: PromptInput) -> Result<Inputs, OpenAiError> {
    let (count, inputs) = match input {
        PromptInput::Text(text) => (1, Inputs::Texts(vec![text])),
        PromptInput::Texts(texts) => (texts.len(), Inputs::Texts(texts)),
        PromptInput::Tokens(tokens) => (1, Inputs::Tokens(vec![tokens])),
        PromptInput::TokenLists(lists) => (lists.len(), Inputs::Tokens(lists)),
    };
    if !(1..=INPUTS_MAX).contains(&count) {
        let message = format!("`input` has {count} texts: send 1 to {INPUTS_MAX}");
        return Err(OpenAiError::param("input", message));
    }
    Ok(inputs)
}

/// Cuts a vector and gives it length one again.
fn shorten(mut vector: Vec<f32>, dimensions: Option<usize>) -> Result<Vec<f32>, OpenAiError> {
    let Some(dimensions) = dimensions else { return Ok(vector) };
    if dimensions == 0 || dimensions > vector.len() {
        let message = format!("`dimensions` is {dimensions}: the model has {}", vector.len());
        return Err(OpenAiError::param("dimensions", message));
    }
    vector.truncate(dimensions);
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|value| *value /= norm);
    }
    Ok(vector)
}

/// Encodes little-endian f32 as base64, which the Python client asks for by default.
fn encode(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_little_endian() {
        assert_eq!(encode(&[1.0, -2.0]), "AACAPwAAAMA=");
    }

    #[test]
    fn a_shortened_vector_has_length_one() {
        assert_eq!(shorten(vec![3.0, 4.0, 9.0], Some(2)).unwrap(), [0.6, 0.8]);
        assert!(shorten(vec![3.0], Some(2)).is_err());
    }
}
