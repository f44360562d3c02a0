//! Sampling parameters: their bounds, and what they mean to the engine.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use api::openai::{OneOrMany, Sampling};
use native::{GenerateRequest, Prompt};

use super::openai::{OpenAiError, next_number};

/// Tokens generated where a client says nothing.
const TOKENS_DEFAULT: u32 = 256;
/// More alternatives than OpenAI allows are a mistake.
pub const TOP_LOGPROBS_MAX: u32 = 20;
/// OpenAI's own bound.
const ANSWERS_MAX: u32 = 128;
/// Each is looked for in every piece; OpenAI allows 4, evaluation harnesses send more.
const STOPS_MAX: usize = 64;
/// Each is added at every token; well above what clients ban.
const BIASES_MAX: usize = 1_024;

/// Builds a generation from what a client sent.
///
/// # Errors
/// Where a parameter is out of its range.
pub fn generate_request(
    prompt: Prompt,
    sampling: &Sampling,
) -> Result<GenerateRequest, OpenAiError> {
    Ok(GenerateRequest {
        tokens_max: tokens_max(sampling)?,
        temperature: number("temperature", sampling.temperature, 1.0, 0.0..=2.0)?,
        top_p: top_p(sampling.top_p)?,
        top_k: top_k(sampling.top_k)?,
        min_p: number("min_p", sampling.min_p, 0.0, 0.0..=1.0)?,
        repetition_penalty: {
            number("repetition_penalty", sampling.repetition_penalty, 1.0, 0.01..=100.0)?
        },
        frequency_penalty: {
            number("frequency_penalty", sampling.frequency_penalty, 0.0, -2.0..=2.0)?
        },
        presence_penalty: number("presence_penalty", sampling.presence_penalty, 0.0, -2.0..=2.0)?,
        logit_bias: logit_bias(sampling.logit_bias.as_ref())?,
        stop: stops(sampling.stop.as_ref())?,
        // A seed is a pattern of bits: clients send negative ones as well.
        seed: sampling.seed.map_or_else(next_number, |seed| seed as u64),
        ..GenerateRequest::new(prompt)
    })
}

/// Returns how many answers a client wants.
///
/// # Errors
/// Where it wants none, or too many.
pub fn answers(param: &'static str, count: Option<u32>) -> Result<u32, OpenAiError> {
    match count.unwrap_or(1) {
        count @ 1..=ANSWERS_MAX => Ok(count),
        count => {
            let message = format!("`{param}` is {count}, but must be from 1 to {ANSWERS_MAX}");
            Err(OpenAiError::param(param, message))
        }
    }
}

/// Makes `count` requests of one; the first keeps its seed, each other has its own.
pub fn repeat(request: &GenerateRequest, count: u32) -> Vec<GenerateRequest> {
    // The golden ratio in 64 bits: neighbors are far apart.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let nth = |number: u32| {
        let seed = request.seed.wrapping_add(u64::from(number).wrapping_mul(STEP));
        GenerateRequest { seed, ..request.clone() }
    };
    (0..count).map(nth).collect()
}

/// Checks how many alternatives a client wants.
///
/// # Errors
/// Where there are too many.
pub fn top_logprobs(param: &'static str, count: u32) -> Result<u32, OpenAiError> {
    if count > TOP_LOGPROBS_MAX {
        let message = format!("`{param}` is {count}, more than {TOP_LOGPROBS_MAX}");
        return Err(OpenAiError::param(param, message));
    }
    Ok(count)
}

fn number(
    param: &'static str,
    value: Option<f32>,
    default: f32,
    range: RangeInclusive<f32>,
) -> Result<f32, OpenAiError> {
    let value = value.unwrap_or(default);
    if range.contains(&value) {
        return Ok(value);
    }
    let (low, high) = (range.start(), range.end());
    let message = format!("`{param}` is {value}, but must be between {low} and {high}");
    Err(OpenAiError::param(param, message))
}

fn tokens_max(sampling: &Sampling) -> Result<u32, OpenAiError> {
    match sampling.max_completion_tokens.or(sampling.max_tokens) {
        Some(0) => Err(OpenAiError::param("max_tokens", "`max_tokens` must be at least 1")),
        count => Ok(count.unwrap_or(TOKENS_DEFAULT)),
    }
}

fn top_p(value: Option<f32>) -> Result<f32, OpenAiError> {
    let top_p = value.unwrap_or(1.0);
    if top_p > 0.0 && top_p <= 1.0 {
        return Ok(top_p);
    }
    let message = format!("`top_p` is {top_p}, but must be above 0 and at most 1");
    Err(OpenAiError::param("top_p", message))
}

fn top_k(value: Option<i64>) -> Result<u32, OpenAiError> {
    let value = value.unwrap_or(0);
    if value == -1 {
        return Ok(0);
    }
    u32::try_from(value).map_err(|_| {
        let message = format!("`top_k` is {value}, but must be a number of tokens, or -1");
        OpenAiError::param("top_k", message)
    })
}

fn logit_bias(biases: Option<&BTreeMap<String, f32>>) -> Result<Vec<(u32, f32)>, OpenAiError> {
    let wrong = |message: String| OpenAiError::param("logit_bias", message);
    let biases = biases.into_iter().flatten();
    let read = |(token, bias): (&String, &f32)| match token.parse() {
        Ok(token) if (-100.0..=100.0).contains(bias) => Ok((token, *bias)),
        Ok(token) => {
            let message = format!("the bias of token {token} is {bias}, not from -100 to 100");
            Err(wrong(message))
        }
        Err(_) => Err(wrong(format!("`{token}` in `logit_bias` is not a token id"))),
    };
    let biases = biases.map(read).collect::<Result<Vec<_>, _>>()?;
    if biases.len() > BIASES_MAX {
        let count = biases.len();
        return Err(wrong(format!("`logit_bias` has {count} tokens, more than {BIASES_MAX}")));
    }
    Ok(biases)
}

fn stops(stop: Option<&OneOrMany>) -> Result<Vec<String>, OpenAiError> {
    let stops = stop.cloned().map(OneOrMany::into_vec).unwrap_or_default();
    if stops.len() > STOPS_MAX {
        let message = format!("`stop` has {} texts, more than {STOPS_MAX}", stops.len());
        return Err(OpenAiError::param("stop", message));
    }
    Ok(stops)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: Value) -> Result<GenerateRequest, OpenAiError> {
        let sampling = serde_json::from_value(body).unwrap();
        generate_request(Prompt::Tokens(vec![0]), &sampling)
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let check = |body: Value, param: &str, words: &str| {
            let error = read(body).unwrap_err();
            assert_eq!(error.named(), Some(param), "{error:?}");
            assert!(format!("{error:?}").contains(words), "{error:?}");
        };
        check(json!({ "temperature": 2.5 }), "temperature", "is 2.5, but must be between 0 and 2");
        check(json!({ "top_p": 0 }), "top_p", "above 0");
        check(json!({ "top_k": -2 }), "top_k", "is -2");
        check(json!({ "min_p": -0.5 }), "min_p", "is -0.5");
        check(json!({ "repetition_penalty": 0 }), "repetition_penalty", "is 0");
        check(json!({ "frequency_penalty": 3 }), "frequency_penalty", "between -2 and 2");
        check(json!({ "presence_penalty": -3 }), "presence_penalty", "between -2 and 2");
        check(json!({ "logit_bias": { "a": 1 } }), "logit_bias", "not a token id");
        check(json!({ "logit_bias": { "7": 101 } }), "logit_bias", "not from -100 to 100");
        check(json!({ "max_tokens": 0 }), "max_tokens", "at least 1");
        check(json!({ "stop": vec!["a"; 65] }), "stop", "has 65 texts");
        assert_eq!(answers("n", Some(0)).unwrap_err().named(), Some("n"));
        assert_eq!(answers("n", Some(129)).unwrap_err().named(), Some("n"));
    }

    #[test]
    fn what_is_in_range_reaches_the_engine() {
        let request = read(json!({
            "temperature": 0.5, "top_p": 0.9, "top_k": -1, "min_p": 0.1, "seed": -1,
            "repetition_penalty": 1.1, "frequency_penalty": 0.5, "presence_penalty": -0.5,
            "logit_bias": { "7": -100, "3": 2.5 }, "max_completion_tokens": 9, "stop": "a",
        }));
        let request = request.unwrap();
        assert_eq!((request.top_k, request.seed, request.tokens_max), (0, u64::MAX, 9));
        assert_eq!(request.logit_bias, [(3, 2.5), (7, -100.0)]);
        assert_eq!((request.frequency_penalty, request.presence_penalty), (0.5, -0.5));
        assert_eq!(request.stop, ["a"]);
    }

    #[test]
    fn several_answers_have_several_seeds() {
        let request = read(json!({ "seed": 5 })).unwrap();
        let seeds: Vec<u64> = repeat(&request, 3).iter().map(|one| one.seed).collect();
        assert_eq!(seeds[0], 5);
        assert!(seeds[1] != seeds[2] && seeds[1] != 5);
    }
}
