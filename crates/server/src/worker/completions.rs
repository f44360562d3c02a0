//! `POST /v1/completions`, whole and streaming, with echo and log probabilities.

use std::convert::Infallible;

use api::openai::{CompletionRequest, PromptInput, Usage};
use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event as SseEvent, Sse};
use axum::response::{IntoResponse, Response};
use native::{Completion, GenerateRequest, Prompt, TokenLogprob};
use serde_json::{Value, json};

use super::engine::{self, Engine, Event};
use super::openai::{self, OpenAiError, OpenAiJson};

/// Prompts in one request; evaluation harnesses send a few hundred.
const PROMPTS_MAX: usize = 1_024;

/// Continues one prompt or several.
pub async fn completions(
    State(engine): State<Engine>,
    OpenAiJson(request): OpenAiJson<CompletionRequest>,
) -> Result<Response, OpenAiError> {
    if request.logprobs.is_some_and(|top| top > openai::TOP_LOGPROBS_MAX) {
        return Err(OpenAiError::param("logprobs", "`logprobs` is more than 20"));
    }
    let prompts = prompts(request.prompt)?;
    let generate = |prompt| -> Result<GenerateRequest, OpenAiError> {
        let mut generate = openai::generate_request(prompt, &request.sampling)?;
        generate.echo = request.echo.unwrap_or(false);
        generate.logprobs = request.logprobs;
        Ok(generate)
    };
    let head = Head {
        id: openai::new_id("cmpl"),
        model: request.model,
        created: openai::created(),
        usage: request.sampling.stream_options.clone().unwrap_or_default().include_usage,
    };
    let requests = prompts.into_iter().map(generate).collect::<Result<Vec<_>, _>>()?;
    if request.sampling.stream == Some(true) {
        stream(&engine, head, requests).await
    } else {
        whole(&engine, head, requests).await
    }
}

/// What stays the same over all chunks of an answer.
struct Head {
    id: String,
    model: String,
    created: i64,
    usage: bool,
}

impl Head {
    fn body(&self, choices: &[Value], usage: Option<&Usage>) -> Value {
        json!({
            "id": self.id, "object": "text_completion", "created": self.created,
            "model": self.model, "choices": choices, "usage": usage,
        })
    }
}

fn prompts(input: PromptInput) -> Result<Vec<Prompt>, OpenAiError> {
    let prompts: Vec<_> = match input {
        PromptInput::Text(text) => vec![Prompt::Text(text)],
        PromptInput::Texts(texts) => texts.into_iter().map(Prompt::Text).collect(),
        PromptInput::Tokens(tokens) => vec![Prompt::Tokens(tokens)],
        PromptInput::TokenLists(lists) => lists.into_iter().map(Prompt::Tokens).collect(),
    };
    if prompts.is_empty() || prompts.len() > PROMPTS_MAX {
        let message = format!("`prompt` has {} entries: send 1 to {PROMPTS_MAX}", prompts.len());
        return Err(OpenAiError::param("prompt", message));
    }
    Ok(prompts)
}

async fn whole(
    engine: &Engine,
    head: Head,
    requests: Vec<GenerateRequest>,
) -> Result<Response, OpenAiError> {
    let mut choices = Vec::with_capacity(requests.len());
    let mut usage = Usage::default();
    for (index, request) in requests.into_iter().enumerate() {
        let logprobs = request.logprobs.is_some();
        let completion = engine::completion(&mut engine.generate(request)?).await?;
        add(&mut usage, &completion);
        choices.push(json!({
            "index": index, "text": completion.text,
            "logprobs": logprobs.then(|| logprobs_of(&completion.tokens)),
            "finish_reason": openai::finish_reason(completion.finish),
        }));
    }
    Ok(Json(head.body(&choices, Some(&usage))).into_response())
}

async fn stream(
    engine: &Engine,
    head: Head,
    requests: Vec<GenerateRequest>,
) -> Result<Response, OpenAiError> {
    // A model that cannot generate is refused before the stream begins.
    engine.decoder()?;
    let engine = engine.clone();
    let stream = async_stream::stream! {
        let mut usage = Usage::default();
        for (index, request) in requests.into_iter().enumerate() {
            let Ok(mut events) = engine.generate(request) else { break };
            while let Some(event) = events.recv().await {
                match event {
                    Event::Piece(piece) => yield event_of(&head, index, &piece.text, None),
                    Event::End(result) => match *result {
                        Ok(completion) => {
                            add(&mut usage, &completion);
                            let reason = openai::finish_reason(completion.finish);
                            yield event_of(&head, index, "", Some(reason));
                        }
                        Err(fault) => {
                            let error = json!({ "error": { "message": fault.chain() } });
                            yield Ok(SseEvent::default().data(error.to_string()));
                        }
                    },
                }
            }
        }
        if head.usage {
            yield Ok(SseEvent::default().data(head.body(&[], Some(&usage)).to_string()));
        }
        yield Ok(SseEvent::default().data("[DONE]"));
    };
    Ok(Sse::new(stream).into_response())
}

fn event_of(
    head: &Head,
    index: usize,
    text: &str,
    finish: Option<&str>,
) -> Result<SseEvent, Infallible> {
    let choice = json!({ "index": index, "text": text, "logprobs": null, "finish_reason": finish });
    Ok(SseEvent::default().data(head.body(&[choice], None).to_string()))
}

fn add(usage: &mut Usage, completion: &Completion) {
    usage.prompt_tokens += completion.prompt_tokens;
    usage.completion_tokens += completion.completion_tokens;
    usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
}

/// Writes the parallel lists that evaluation harnesses read.
fn logprobs_of(tokens: &[TokenLogprob]) -> Value {
    let mut offset = 0;
    let mut offsets = Vec::with_capacity(tokens.len());
    for token in tokens {
        offsets.push(offset);
        offset += token.text.chars().count();
    }
    let top = |token: &TokenLogprob| match token.logprob {
        None => Value::Null,
        Some(_) => token.top.iter().map(|(text, value)| (text.clone(), json!(value))).collect(),
    };
    json!({
        "tokens": tokens.iter().map(|token| &token.text).collect::<Vec<_>>(),
        "token_logprobs": tokens.iter().map(|token| token.logprob).collect::<Vec<_>>(),
        "top_logprobs": tokens.iter().map(top).collect::<Vec<_>>(),
        "text_offset": offsets,
    })
}
