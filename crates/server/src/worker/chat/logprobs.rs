//! Log probabilities as chat clients read them: one object for each token.

use native::{Piece, TokenLogprob};
use serde_json::{Value, json};

pub(super) fn of_tokens(tokens: &[TokenLogprob]) -> Value {
    let entry = |token: &TokenLogprob| entry(&token.text, token.logprob, &token.top);
    json!({ "content": tokens.iter().map(entry).collect::<Vec<_>>(), "refusal": null })
}

pub(super) fn of_piece(piece: &Piece) -> Value {
    let entry = entry(&piece.token_text, piece.logprob, &piece.top);
    json!({ "content": [entry], "refusal": null })
}

fn entry(text: &str, logprob: Option<f32>, top: &[(String, f32)]) -> Value {
    let alternative = |(text, logprob): &(String, f32)| {
        let bytes = text.as_bytes();
        json!({ "token": text, "logprob": logprob, "bytes": bytes })
    };
    let top: Vec<_> = top.iter().map(alternative).collect();
    json!({ "token": text, "logprob": logprob, "bytes": text.as_bytes(), "top_logprobs": top })
}
