//! `POST /tokenize` and `POST /detokenize`: the model's own tokenizer, as vLLM offers it.

use api::openai::{DetokenizeRequest, TokenizeRequest};
use axum::Json;
use axum::extract::State;
use domain::Fault;
use native::Prompt;
use serde_json::{Value, json};

use super::engine::Engine;
use super::openai::{OpenAiError, OpenAiJson};
use super::{answers, chat};

/// Turns a text or a conversation into tokens.
pub async fn tokenize(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<TokenizeRequest>,
) -> Result<Json<Value>, OpenAiError> {
    let tokens = match (&request.prompt, &request.messages) {
        (Some(text), None) => {
            let (text, is_plain) = (text.clone(), request.add_special_tokens == Some(false));
            let encode = move |engine: &Engine| -> Result<_, Fault> {
                let tokenizer = engine.decoder()?.tokenizer();
                Ok(if is_plain { tokenizer.encode_plain(&text) } else { tokenizer.encode(&text) }?)
            };
            engine.compute(encode).await?
        }
        (None, Some(messages)) => {
            let prompt = Prompt::Chat(chat::messages(messages)?.into());
            answers::tokens(&engine, vec![prompt], "messages").await?.swap_remove(0)
        }
        _ => {
            return Err(OpenAiError::param("prompt", "send either `prompt` or `messages`"));
        }
    };
    let decoder = engine.decoder()?;
    let mut answer = json!({
        "count": tokens.len(), "max_model_len": decoder.facts().context_max, "tokens": tokens,
        "token_strs": null,
    });
    if request.return_token_strs == Some(true) {
        let spelling = |token: &u32| decoder.tokenizer().spelling(*token).unwrap_or_default();
        answer["token_strs"] = tokens.iter().map(spelling).collect();
    }
    Ok(Json(answer))
}

/// Turns tokens into text, special ones included.
pub async fn detokenize(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<DetokenizeRequest>,
) -> Result<Json<Value>, OpenAiError> {
    let known = engine.decoder()?.tokenizer().vocabulary();
    if let Some(token) = request.tokens.iter().find(|token| **token as usize >= known) {
        let message = format!("token {token} is not one of the tokenizer's {known}");
        return Err(OpenAiError::param("tokens", message));
    }
    let decode = move |engine: &Engine| -> Result<_, Fault> {
        Ok(engine.decoder()?.tokenizer().decode_all(&request.tokens)?)
    };
    Ok(Json(json!({ "prompt": engine.compute(decode).await? })))
}
