//! `POST /v1/chat/completions`, whole and streaming.

use std::convert::Infallible;

use api::openai::{ChatRequest, Message, Usage};
use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event as SseEvent, Sse};
use axum::response::{IntoResponse, Response};
use native::{ChatMessage, Completion, Piece, Prompt, TokenLogprob};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::engine::{self, Engine, Event};
use super::openai::{self, OpenAiError, OpenAiJson};

/// Answers a conversation.
pub async fn chat(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<ChatRequest>,
) -> Result<Response, OpenAiError> {
    let prompt = Prompt::Chat(messages(&request.messages)?);
    let mut generate = openai::generate_request(prompt, &request.sampling)?;
    if request.logprobs == Some(true) {
        let top = request.top_logprobs.unwrap_or(0);
        if top > openai::TOP_LOGPROBS_MAX {
            return Err(OpenAiError::param("top_logprobs", "`top_logprobs` is more than 20"));
        }
        generate.logprobs = Some(top);
    }
    let reply = Reply {
        id: openai::new_id("chatcmpl"),
        model: request.model,
        created: openai::created(),
        logprobs: generate.logprobs.is_some(),
        usage: request.sampling.stream_options.unwrap_or_default().include_usage,
    };
    let events = engine.generate(generate)?;
    if request.sampling.stream == Some(true) {
        stream(reply, events).await
    } else {
        whole(reply, events).await
    }
}

/// What stays the same over all chunks of an answer.
struct Reply {
    id: String,
    model: String,
    created: i64,
    logprobs: bool,
    usage: bool,
}

fn messages(messages: &[Message]) -> Result<Vec<ChatMessage>, OpenAiError> {
    if messages.is_empty() {
        return Err(OpenAiError::param("messages", "`messages` is empty"));
    }
    let read = |(number, message): (usize, &Message)| match message.text() {
        Some(content) => Ok(ChatMessage { role: message.role.clone(), content }),
        None => {
            let why = format!("message {number} holds a part that is not text");
            Err(OpenAiError::param("messages", why))
        }
    };
    messages.iter().enumerate().map(read).collect()
}

async fn whole(reply: Reply, mut events: mpsc::Receiver<Event>) -> Result<Response, OpenAiError> {
    let completion = engine::completion(&mut events).await?;
    let logprobs = reply.logprobs.then(
        || json!({ "content": completion.tokens.iter().map(token_entry).collect::<Vec<_>>() }),
    );
    let message = json!({ "role": "assistant", "content": completion.text, "refusal": null });
    let choice = json!({
        "index": 0, "message": message, "logprobs": logprobs,
        "finish_reason": openai::finish_reason(completion.finish),
    });
    Ok(Json(json!({
        "id": reply.id, "object": "chat.completion", "created": reply.created,
        "model": reply.model, "choices": [choice], "usage": usage(&completion),
        "system_fingerprint": null,
    }))
    .into_response())
}

/// Waits for the first event, so that a failure before the first token is a real error.
async fn stream(reply: Reply, mut events: mpsc::Receiver<Event>) -> Result<Response, OpenAiError> {
    let first = match events.recv().await {
        Some(Event::End(result)) => Event::End(Box::new(Ok((*result)?))),
        Some(event) => event,
        None => return Err(ended_early()),
    };
    let stream = async_stream::stream! {
        let opening = json!({ "role": "assistant", "content": "" });
        yield reply.chunk(opening, Value::Null, None);
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                Event::Piece(piece) => {
                    let content = || json!({ "content": [piece_entry(&piece)] });
                    let logprobs = reply.logprobs.then(content);
                    yield reply.chunk(json!({ "content": piece.text }), json!(logprobs), None);
                }
                Event::End(result) => {
                    for closing in reply.close(*result) {
                        yield closing;
                    }
                    break;
                }
            }
            next = events.recv().await;
        }
        yield Ok(SseEvent::default().data("[DONE]"));
    };
    Ok(Sse::new(stream).into_response())
}

impl Reply {
    fn chunk(
        &self,
        delta: Value,
        logprobs: Value,
        finish: Option<&str>,
    ) -> Result<SseEvent, Infallible> {
        let choice =
            json!({ "index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish });
        self.event(&json!([choice]), &Value::Null)
    }

    fn event(&self, choices: &Value, usage: &Value) -> Result<SseEvent, Infallible> {
        let body = json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created,
            "model": self.model, "choices": choices, "usage": usage,
        });
        Ok(SseEvent::default().data(body.to_string()))
    }

    fn close(
        &self,
        result: Result<Completion, domain::Fault>,
    ) -> Vec<Result<SseEvent, Infallible>> {
        match result {
            Ok(completion) => {
                let reason = openai::finish_reason(completion.finish);
                let mut closing = vec![self.chunk(json!({}), Value::Null, Some(reason))];
                if self.usage {
                    closing.push(self.event(&json!([]), &json!(usage(&completion))));
                }
                closing
            }
            Err(fault) => {
                let error =
                    json!({ "error": { "message": fault.chain(), "type": "server_error" } });
                vec![Ok(SseEvent::default().data(error.to_string()))]
            }
        }
    }
}

fn ended_early() -> OpenAiError {
    domain::Fault::new(domain::Kind::Unavailable, "the generation ended early").into()
}

fn usage(completion: &Completion) -> Usage {
    Usage {
        prompt_tokens: completion.prompt_tokens,
        completion_tokens: completion.completion_tokens,
        total_tokens: completion.prompt_tokens + completion.completion_tokens,
    }
}

fn token_entry(token: &TokenLogprob) -> Value {
    entry(&token.text, token.logprob, &token.top)
}

fn piece_entry(piece: &Piece) -> Value {
    entry(&piece.text, piece.logprob, &piece.top)
}

fn entry(text: &str, logprob: Option<f32>, top: &[(String, f32)]) -> Value {
    let alternative = |(text, logprob): &(String, f32)| {
        let bytes = text.as_bytes();
        json!({ "token": text, "logprob": logprob, "bytes": bytes })
    };
    let top: Vec<_> = top.iter().map(alternative).collect();
    json!({ "token": text, "logprob": logprob, "bytes": text.as_bytes(), "top_logprobs": top })
}
