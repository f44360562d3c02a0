//! `POST /v1/completions`, whole and streaming, with echo and log probabilities.

mod logprobs;
mod stream;

use api::openai::{CompletionRequest, PromptInput, Usage};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use native::{Completion, GenerateRequest, Prompt};
use serde_json::{Value, json};

use super::adapter::Folder;
use super::engine::Engine;
use super::openai::{self, OpenAiError, OpenAiJson};
use super::{answers, form, sampling};

/// Prompts in one request; evaluation harnesses send a few hundred.
const PROMPTS_MAX: usize = 1_024;
/// OpenAI's own bound.
const BEST_OF_MAX: u32 = 20;

/// Continues one prompt or several.
pub async fn completions(
    State(engine): State<Engine>,
    adapter: Folder,
    OpenAiJson(request): OpenAiJson<CompletionRequest>,
) -> Result<Response, OpenAiError> {
    let engine = engine.with(adapter).await?;
    let mut plan = Plan::of(&request)?;
    let form = form::asked(&request.sampling)?;
    let prompts = answers::tokens(&engine, prompts(request.prompt)?, "prompt").await?;
    plan.request.constraint = form::compile(&engine, form).await?;
    let answers = prompts.len() * plan.drawn as usize;
    if answers > PROMPTS_MAX {
        let message = format!("{answers} answers are more than {PROMPTS_MAX} in one request");
        return Err(OpenAiError::param("n", message));
    }
    let head = Head {
        id: openai::new_id("cmpl"),
        model: request.model,
        created: openai::created(),
        logprobs: request.logprobs.is_some(),
        usage: request.sampling.stream_options.unwrap_or_default().include_usage,
        prompt_tokens: prompts.iter().map(Vec::len).sum(),
    };
    let one = |tokens| GenerateRequest { prompt: Prompt::Tokens(tokens), ..plan.request.clone() };
    let repeated = |tokens| sampling::repeat(&one(tokens), plan.drawn);
    let requests = prompts.into_iter().flat_map(repeated).collect();
    if request.sampling.stream == Some(true) {
        return stream::stream(head, answers::steps(&engine, requests).await?);
    }
    let completions = answers::whole(&engine, requests).await?;
    Ok(Json(whole(&head, &plan, completions)).into_response())
}

/// What a request asks for, apart from its prompts.
struct Plan {
    request: GenerateRequest,
    /// How many answers are written to each prompt.
    drawn: u32,
    /// How many of them are returned.
    kept: u32,
}

impl Plan {
    fn of(asked: &CompletionRequest) -> Result<Self, OpenAiError> {
        let mut sampling = asked.sampling.clone();
        let echo = asked.echo.unwrap_or(false);
        // Harnesses score a text by its echo alone.
        let nothing = echo && sampling.max_completion_tokens.or(sampling.max_tokens) == Some(0);
        if nothing {
            (sampling.max_tokens, sampling.max_completion_tokens) = (Some(1), None);
        }
        let mut request = sampling::generate_request(Prompt::Tokens(Vec::new()), &sampling)?;
        if nothing {
            request.tokens_max = 0;
        }
        request.echo = echo;
        let top = asked.logprobs.map(|count| sampling::top_logprobs("logprobs", count));
        request.logprobs = top.transpose()?;
        let kept = sampling::answers("n", sampling.n)?;
        let drawn = asked.best_of.unwrap_or(kept);
        let wrong = |message: String| Err(OpenAiError::param("best_of", message));
        if drawn > BEST_OF_MAX.max(kept) || drawn < kept {
            return wrong(format!("`best_of` is {drawn}, but must be from `n` to {BEST_OF_MAX}"));
        }
        if drawn > kept && sampling.stream == Some(true) {
            return wrong("`best_of` above `n` cannot be streamed".to_owned());
        }
        if drawn > kept {
            // Answers are ranked by them.
            request.logprobs.get_or_insert(0);
        }
        Ok(Self { request, drawn, kept })
    }
}

/// What stays the same over all chunks of an answer.
struct Head {
    id: String,
    model: String,
    created: i64,
    logprobs: bool,
    usage: bool,
    /// Of all prompts; those of several answers count once.
    prompt_tokens: usize,
}

impl Head {
    fn body(&self, choices: &[Value], usage: Option<&Usage>) -> Value {
        json!({
            "id": self.id, "object": "text_completion", "created": self.created,
            "model": self.model, "choices": choices, "usage": usage,
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

fn whole(head: &Head, plan: &Plan, completions: Vec<Completion>) -> Value {
    let written = completions.iter().map(|one| one.completion_tokens).sum();
    let mut choices = Vec::with_capacity(completions.len());
    for drawn in completions.chunks(plan.drawn as usize) {
        for completion in best(drawn, plan) {
            choices.push(json!({
                "index": choices.len(), "text": completion.text,
                "logprobs": head.logprobs.then(|| logprobs::of(&completion.tokens)),
                "finish_reason": openai::finish_reason(completion.finish),
            }));
        }
    }
    head.body(&choices, Some(&head.usage_of(written)))
}

/// Returns the answers of the highest mean log probability; all of them in their order where all
/// are kept.
fn best<'a>(drawn: &'a [Completion], plan: &Plan) -> Vec<&'a Completion> {
    let mut ranked: Vec<&Completion> = drawn.iter().collect();
    if plan.kept < plan.drawn {
        ranked.sort_by(|a, b| mean_logprob(b).total_cmp(&mean_logprob(a)));
        ranked.truncate(plan.kept as usize);
    }
    ranked
}

fn mean_logprob(completion: &Completion) -> f32 {
    let written = &completion.tokens[completion.tokens.len() - completion.completion_tokens..];
    let sum: f32 = written.iter().filter_map(|token| token.logprob).sum();
    sum / written.len().max(1) as f32
}
