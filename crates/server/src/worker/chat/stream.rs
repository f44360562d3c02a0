//! A chat's answer piece by piece.

use std::convert::Infallible;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use native::{Completion, Piece};
use serde_json::{Value, json};

use super::reading::{Part, Reader};
use super::{Reply, call_of, finish_reason, logprobs};
use crate::worker::answers::{Step, Steps};
use crate::worker::openai::{self, OpenAiError};

pub(super) fn stream(reply: Reply, count: u32, mut steps: Steps) -> Result<Response, OpenAiError> {
    let stream = async_stream::stream! {
        let mut choices: Vec<Choice> =
            (0..count as usize).map(|index| Choice::new(index, reply.reader.clone())).collect();
        for choice in &choices {
            yield reply.event(choice.opening());
        }
        let mut written = 0;
        while let Some(step) = steps.next().await {
            let chunks = match step {
                Ok(Step::Piece(index, piece)) => choices[index].piece(&piece, reply.logprobs),
                Ok(Step::End(index, completion)) => {
                    written += completion.completion_tokens;
                    choices[index].end(&completion)
                }
                Err(fault) => {
                    yield Ok(openai::failed(&fault));
                    return;
                }
            };
            for chunk in chunks {
                yield reply.event(chunk);
            }
        }
        if reply.usage {
            let usage = json!(reply.usage_of(written));
            yield Ok(Event::default().data(reply.body(&json!([]), &usage).to_string()));
        }
        yield Ok(Event::default().data("[DONE]"));
    };
    Ok(Sse::new(stream).into_response())
}

/// One of the answers while it is written.
struct Choice {
    index: usize,
    reader: Reader,
    calls: usize,
}

impl Choice {
    fn new(index: usize, reader: Reader) -> Self {
        Self { index, reader, calls: 0 }
    }

    fn opening(&self) -> Value {
        self.chunk(&json!({ "role": "assistant", "content": "" }))
    }

    /// Returns the chunks of a piece; its probabilities come with the first.
    fn piece(&mut self, piece: &Piece, logprobs: bool) -> Vec<Value> {
        let parts = self.reader.push(&piece.text);
        let mut chunks = self.parts(parts);
        if logprobs {
            if chunks.is_empty() {
                chunks.push(self.chunk(&json!({ "content": "" })));
            }
            chunks[0]["logprobs"] = logprobs::of_piece(piece);
        }
        chunks
    }

    fn end(&mut self, completion: &Completion) -> Vec<Value> {
        let rest = self.reader.finish();
        let mut chunks = self.parts(rest);
        let mut closing = self.chunk(&json!({}));
        closing["finish_reason"] = json!(finish_reason(completion, self.calls > 0));
        chunks.push(closing);
        chunks
    }

    fn parts(&mut self, parts: Vec<Part>) -> Vec<Value> {
        let mut chunks = Vec::new();
        for part in parts {
            match part {
                Part::Content(text) => chunks.push(self.chunk(&json!({ "content": text }))),
                Part::Reasoning(text) => {
                    chunks.push(self.chunk(&json!({ "reasoning_content": text })));
                }
                Part::Call(call) => {
                    // A call begins with its name; its arguments follow.
                    let mut begun = call_of(&call);
                    begun["index"] = json!(self.calls);
                    begun["function"]["arguments"] = json!("");
                    let arguments = json!({
                        "index": self.calls, "function": { "arguments": call.arguments },
                    });
                    chunks.push(self.chunk(&json!({ "tool_calls": [begun] })));
                    chunks.push(self.chunk(&json!({ "tool_calls": [arguments] })));
                    self.calls += 1;
                }
            }
        }
        chunks
    }

    fn chunk(&self, delta: &Value) -> Value {
        json!({ "index": self.index, "delta": delta, "logprobs": null, "finish_reason": null })
    }
}

impl Reply {
    fn event(&self, choice: Value) -> Result<Event, Infallible> {
        let body = self.body(&Value::Array(vec![choice]), &Value::Null);
        Ok(Event::default().data(body.to_string()))
    }

    fn body(&self, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created,
            "model": self.model, "choices": choices, "usage": usage,
        })
    }
}
