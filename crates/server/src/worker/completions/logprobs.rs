//! Log probabilities as the parallel lists that clients and evaluation harnesses read.

use native::TokenLogprob;
use serde_json::{Value, json};

/// Writes the lists for tokens from the beginning of a text.
pub(super) fn of(tokens: &[TokenLogprob]) -> Value {
    from(tokens, 0)
}

/// Writes the lists for tokens whose first one begins at a character of the text.
pub(super) fn from(tokens: &[TokenLogprob], mut offset: usize) -> Value {
    let mut offsets = Vec::with_capacity(tokens.len());
    for token in tokens {
        offsets.push(offset);
        offset += token.text.chars().count();
    }
    json!({
        "tokens": tokens.iter().map(|token| &token.text).collect::<Vec<_>>(),
        "token_logprobs": tokens.iter().map(|token| token.logprob).collect::<Vec<_>>(),
        "top_logprobs": tokens.iter().map(top).collect::<Vec<_>>(),
        "text_offset": offsets,
    })
}

/// Writes the most likely tokens, and the token itself where it is none of them. The first token
/// of a text has none.
fn top(token: &TokenLogprob) -> Value {
    let Some(own) = token.logprob else { return Value::Null };
    let mut top: serde_json::Map<String, Value> = serde_json::Map::new();
    for (text, value) in &token.top {
        // Two tokens may have one text: the likelier one stands for it.
        top.entry(text.clone()).or_insert_with(|| json!(value));
    }
    top.entry(token.text.clone()).or_insert_with(|| json!(own));
    Value::Object(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, logprob: Option<f32>, top: &[(&str, f32)]) -> TokenLogprob {
        let top = top.iter().map(|(text, value)| ((*text).to_owned(), *value)).collect();
        TokenLogprob { token: 0, text: text.to_owned(), logprob, top }
    }

    #[test]
    fn the_lists_are_parallel_and_hold_the_token_itself() {
        let tokens = [
            token("ü", None, &[]),
            token("ab", Some(-0.5), &[("ab", -0.5), ("x", -2.0)]),
            token("y", Some(-4.0), &[("x", -0.25), ("x", -1.0)]),
        ];
        let expected = json!({
            "tokens": ["ü", "ab", "y"],
            "token_logprobs": [null, -0.5, -4.0],
            "top_logprobs": [null, { "ab": -0.5, "x": -2.0 }, { "x": -0.25, "y": -4.0 }],
            "text_offset": [0, 1, 3],
        });
        assert_eq!(of(&tokens), expected);
        assert_eq!(from(&tokens[1..], 7)["text_offset"], json!([7, 9]));
    }
}
