//! `POST /v1/chat/completions`, whole and streaming.

mod logprobs;
mod messages;
mod reading;
mod stream;
mod tools;

use api::openai::{ChatRequest, Usage};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use native::{Completion, Conversation, GenerateRequest, Prompt};
use serde_json::{Value, json};

use super::adapter::Folder;
use super::engine::Engine;
use super::openai::{self, OpenAiError, OpenAiJson};
use super::{answers, form, sampling};
use reading::{Call, Part, Reader};
use tools::Tools;

pub use messages::messages;

/// Answers a conversation.
pub async fn chat(
    State(engine): State<Engine>,
    adapter: Folder,
    OpenAiJson(request): OpenAiJson<ChatRequest>,
) -> Result<Response, OpenAiError> {
    let engine = engine.with(adapter).await?;
    let count = sampling::answers("n", request.sampling.n)?;
    let empty = Prompt::Tokens(Vec::new());
    let mut generate = sampling::generate_request(empty, &request.sampling)?;
    generate.logprobs = top_logprobs(&request)?;
    let tools = Tools::of(&request)?;
    let form = match (form::asked(&request.sampling)?, tools.form) {
        (Some((_, param)), Some(_)) => {
            let message = "an answer that calls a tool has no other form";
            return Err(OpenAiError::param(param, message));
        }
        (asked, required) => asked.or(required),
    };
    let messages = messages(&request.messages)?;
    let prompt = Prompt::Chat(Conversation { messages, tools: tools.offered });
    let tokens = answers::tokens(&engine, vec![prompt], "messages").await?.swap_remove(0);
    generate.constraint = form::compile(&engine, form).await?;
    let thinking = generate.constraint.is_none() && opens_reasoning(&engine, &tokens)?;
    let reply = Reply {
        id: openai::new_id("chatcmpl"),
        model: request.model,
        created: openai::created(),
        logprobs: generate.logprobs.is_some(),
        usage: request.sampling.stream_options.unwrap_or_default().include_usage,
        prompt_tokens: tokens.len(),
        reader: Reader::new(tools.names, thinking),
    };
    let prompt = Prompt::Tokens(tokens);
    let requests = sampling::repeat(&GenerateRequest { prompt, ..generate }, count);
    if request.sampling.stream == Some(true) {
        return stream::stream(reply, count, answers::steps(&engine, requests).await?);
    }
    let completions = answers::whole(&engine, requests).await?;
    Ok(Json(reply.whole(&completions)).into_response())
}

/// What stays the same over all chunks of an answer.
struct Reply {
    id: String,
    model: String,
    created: i64,
    logprobs: bool,
    usage: bool,
    prompt_tokens: usize,
    /// As it is before each answer.
    reader: Reader,
}

impl Reply {
    fn whole(&self, completions: &[Completion]) -> Value {
        let choices: Vec<_> = (0..).zip(completions).map(|(i, one)| self.choice(i, one)).collect();
        let written = completions.iter().map(|one| one.completion_tokens).sum();
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created,
            "model": self.model, "choices": choices, "usage": self.usage_of(written),
            "system_fingerprint": null,
        })
    }

    fn choice(&self, index: usize, completion: &Completion) -> Value {
        let mut reader = self.reader.clone();
        let mut parts = reader.push(&completion.text);
        parts.extend(reader.finish());
        let (mut content, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
        for part in parts {
            match part {
                Part::Content(text) => content.push_str(&text),
                Part::Reasoning(text) => reasoning.push_str(&text),
                Part::Call(call) => calls.push(call_of(&call)),
            }
        }
        let reason = finish_reason(completion, !calls.is_empty());
        let silent = content.is_empty() && !calls.is_empty();
        let content = if silent { Value::Null } else { json!(content) };
        let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
        if !reasoning.is_empty() {
            message["reasoning_content"] = json!(reasoning);
        }
        if !calls.is_empty() {
            message["tool_calls"] = json!(calls);
        }
        json!({
            "index": index, "message": message,
            "logprobs": self.logprobs.then(|| logprobs::of_tokens(&completion.tokens)),
            "finish_reason": reason,
        })
    }

    fn usage_of(&self, completion_tokens: usize) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens,
            completion_tokens,
            total_tokens: self.prompt_tokens + completion_tokens,
        }
    }
}

fn call_of(call: &Call) -> Value {
    json!({
        "id": openai::new_id("call"), "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

fn finish_reason(completion: &Completion, called: bool) -> &'static str {
    match openai::finish_reason(completion.finish) {
        "stop" if called => "tool_calls",
        reason => reason,
    }
}

/// Tells whether a prompt ends in the middle of the model's reasoning.
fn opens_reasoning(engine: &Engine, prompt: &[u32]) -> Result<bool, OpenAiError> {
    // `<think>` and a line break are a handful of tokens where they are not one.
    let end = &prompt[prompt.len().saturating_sub(8)..];
    Ok(engine.decoder()?.tokenizer().decode_all(end)?.trim_end().ends_with("<think>"))
}

fn top_logprobs(request: &ChatRequest) -> Result<Option<u32>, OpenAiError> {
    match (request.logprobs, request.top_logprobs) {
        (Some(true), count) => sampling::top_logprobs("top_logprobs", count.unwrap_or(0)).map(Some),
        (_, Some(1..)) => {
            Err(OpenAiError::param("top_logprobs", "`top_logprobs` needs `logprobs` to be true"))
        }
        _ => Ok(None),
    }
}
