//! Completions piece by piece.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use native::{Piece, TokenLogprob};
use serde_json::{Value, json};

use super::{Head, logprobs};
use crate::worker::answers::{Step, Steps};
use crate::worker::openai::{self, OpenAiError};

pub(super) fn stream(head: Head, mut steps: Steps) -> Result<Response, OpenAiError> {
    let stream = async_stream::stream! {
        let mut offsets: HashMap<usize, usize> = HashMap::new();
        let mut written = 0;
        while let Some(step) = steps.next().await {
            match step {
                Ok(Step::Piece(index, piece)) => {
                    let lists = head.logprobs
                        .then(|| lists(offsets.entry(index).or_default(), &piece));
                    yield head.chunk(index, &piece.text, lists, None);
                }
                Ok(Step::End(index, completion)) => {
                    written += completion.completion_tokens;
                    let reason = openai::finish_reason(completion.finish);
                    yield head.chunk(index, "", None, Some(reason));
                }
                Err(fault) => {
                    yield Ok(openai::failed(&fault));
                    return;
                }
            }
        }
        if head.usage {
            let usage = head.usage_of(written);
            yield Ok(Event::default().data(head.body(&[], Some(&usage)).to_string()));
        }
        yield Ok(Event::default().data("[DONE]"));
    };
    Ok(Sse::new(stream).into_response())
}

impl Head {
    fn chunk(
        &self,
        index: usize,
        text: &str,
        logprobs: Option<Value>,
        finish: Option<&str>,
    ) -> Result<Event, Infallible> {
        let choice =
            json!({ "index": index, "text": text, "logprobs": logprobs, "finish_reason": finish });
        Ok(Event::default().data(self.body(&[choice], None).to_string()))
    }
}

/// Writes the lists of one token and moves the offset behind it.
fn lists(offset: &mut usize, piece: &Piece) -> Value {
    let token = TokenLogprob {
        token: piece.token,
        text: piece.token_text.clone(),
        logprob: piece.logprob,
        top: piece.top.clone(),
    };
    let start = *offset;
    *offset += token.text.chars().count();
    logprobs::from(&[token], start)
}
