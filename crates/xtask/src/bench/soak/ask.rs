//! What the clients of a soak ask for: a mix by chance, the same for the same seed.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// The endpoint that answers.
pub const ENDPOINT: &str = "soak";
/// What people say to the sample's model, more or less.
const WORDS: [&str; 16] = [
    "can", "I", "keep", "the", "paper", "kite", "until", "friday", "where", "is", "my", "card",
    "how", "do", "you", "print",
];
/// Words of a prompt that nearly fills the context of 512 tokens.
const LONG_WORDS: usize = 230;

/// What an answer has to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// So many choices, each with a reason for its end.
    Choices(usize),
    /// One choice whose text is JSON that fits [`schema`].
    Json,
    /// One choice with a call of the tool.
    Call,
    /// So many choices with as many log probabilities as tokens.
    Logprobs(usize),
    /// An object, whatever is in it.
    Object,
    /// A refusal as the client's fault.
    Refusal,
}

/// A request with what is expected of its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Where.
    pub path: String,
    /// What.
    pub body: String,
    /// Whether the answer comes piece by piece.
    pub streams: bool,
    /// What for.
    pub expect: Expect,
}

fn ask(path: &str, body: &Value, expect: Expect) -> Ask {
    let streams = body["stream"] == true;
    Ask { path: path.to_owned(), body: body.to_string(), streams, expect }
}

fn words(random: &mut ChaCha8Rng, count: usize) -> String {
    let words = (0..count).map(|_| *WORDS.choose(random).unwrap_or(&"a"));
    words.collect::<Vec<_>>().join(" ")
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "kind": { "enum": ["card", "book"] },
            "count": { "type": "integer", "minimum": 0, "maximum": 99 },
        },
        "required": ["kind", "count"],
        "additionalProperties": false,
    })
}

/// Draws a request.
pub fn draw(random: &mut ChaCha8Rng) -> Ask {
    match random.random_range(0..100) {
        0..30 => chat(random),
        30..38 => several(random),
        38..46 => scored(random),
        46..51 => best(random),
        51..59 => structured(random),
        59..65 => called(random),
        65..72 => long(random),
        72..82 => shared(random),
        82..87 => azure(random),
        87..90 => tokenize(random),
        _ => wrong(random),
    }
}

fn message(random: &mut ChaCha8Rng, count: usize) -> Value {
    json!([{ "role": "user", "content": words(random, count) }])
}

fn chat(random: &mut ChaCha8Rng) -> Ask {
    let count = random.random_range(2..20);
    let body = json!({
        "model": ENDPOINT, "messages": message(random, count), "seed": random.random::<u32>(),
        "max_tokens": random.random_range(8..120), "temperature": random.random_range(0.0..1.5),
        "stream": random.random_bool(0.8), "stream_options": { "include_usage": true },
    });
    ask("/v1/chat/completions", &body, Expect::Choices(1))
}

/// Much text for few tokens: what a slow reader leaves lying.
fn several(random: &mut ChaCha8Rng) -> Ask {
    let n = random.random_range(2..9);
    let body = json!({
        "model": ENDPOINT, "messages": message(random, 6), "n": n, "max_tokens": 64,
        "logprobs": true, "top_logprobs": 20, "temperature": 1.2, "stream": random.random_bool(0.6),
    });
    ask("/v1/chat/completions", &body, Expect::Choices(n))
}

fn scored(random: &mut ChaCha8Rng) -> Ask {
    let prompts: Vec<String> = (0..random.random_range(1..5)).map(|_| words(random, 12)).collect();
    let expect = Expect::Logprobs(prompts.len());
    let body = json!({
        "model": ENDPOINT, "prompt": prompts, "echo": true, "logprobs": 3, "temperature": 0,
        "max_tokens": random.random_range(0..3),
    });
    ask("/v1/completions", &body, expect)
}

fn best(random: &mut ChaCha8Rng) -> Ask {
    let prompts = [words(random, 3), words(random, 5)];
    let body = json!({
        "model": ENDPOINT, "prompt": prompts, "n": 2, "best_of": 4, "max_tokens": 16,
        "stop": ["."],
    });
    ask("/v1/completions", &body, Expect::Choices(4))
}

fn structured(random: &mut ChaCha8Rng) -> Ask {
    let form = json!({ "type": "json_schema",
        "json_schema": { "name": "thing", "schema": schema(), "strict": true } });
    let body = json!({
        "model": ENDPOINT, "messages": message(random, 5), "response_format": form,
        "max_tokens": 200, "stream": random.random_bool(0.5),
    });
    ask("/v1/chat/completions", &body, Expect::Json)
}

fn called(random: &mut ChaCha8Rng) -> Ask {
    let function = json!({ "name": "thing", "parameters": schema() });
    let body = json!({
        "model": ENDPOINT, "messages": message(random, 5), "max_tokens": 200,
        "tools": [{ "type": "function", "function": function }], "tool_choice": "required",
    });
    ask("/v1/chat/completions", &body, Expect::Call)
}

fn long(random: &mut ChaCha8Rng) -> Ask {
    let body = json!({
        "model": ENDPOINT, "prompt": words(random, LONG_WORDS), "max_tokens": 32, "stream": true,
    });
    ask("/v1/completions", &body, Expect::Choices(1))
}

/// One of four long beginnings, which answers share.
fn shared(random: &mut ChaCha8Rng) -> Ask {
    let same = WORDS[random.random_range(0..4)].to_owned() + &" the paper kite".repeat(40);
    let said = words(random, 4);
    let messages = json!([
        { "role": "system", "content": same }, { "role": "user", "content": said },
    ]);
    let body = json!({ "model": ENDPOINT, "messages": messages, "max_tokens": 24, "stream": true });
    ask("/v1/chat/completions", &body, Expect::Choices(1))
}

fn azure(random: &mut ChaCha8Rng) -> Ask {
    if random.random_bool(0.5) {
        let body = json!({ "messages": message(random, 5), "max_tokens": 12 });
        let path = format!("/openai/deployments/{ENDPOINT}/chat/completions");
        return ask(&path, &body, Expect::Choices(1));
    }
    let body = json!({ "input_data": { "input_string": message(random, 5),
        "parameters": { "max_new_tokens": 12 } } });
    ask(&format!("/endpoints/{ENDPOINT}/score"), &body, Expect::Object)
}

fn tokenize(random: &mut ChaCha8Rng) -> Ask {
    let body = json!({ "model": ENDPOINT, "prompt": words(random, 40) });
    ask("/tokenize", &body, Expect::Object)
}

/// Draws what the server has to refuse.
fn wrong(random: &mut ChaCha8Rng) -> Ask {
    let chat = |more: Value| {
        let mut body =
            json!({ "model": ENDPOINT, "messages": [{ "role": "user", "content": "a" }] });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        ask("/v1/chat/completions", &body, Expect::Refusal)
    };
    match random.random_range(0..9) {
        0 => Ask { body: "{\"model\": \"soak\", \"mess".to_owned(), ..chat(json!({})) },
        1 => chat(json!({ "model": "nobody" })),
        2 => chat(json!({ "temperature": 9, "stream": true })),
        3 => chat(json!({ "messages": [] })),
        4 => chat(json!({ "messages": [{ "role": "user", "content": words(random, 4_000) }] })),
        5 => chat(json!({ "guided_json": { "type": "colour" } })),
        6 => chat(json!({ "guided_regex": "(", "max_tokens": 4 })),
        7 => chat(json!({ "n": 4_000 })),
        _ => ask(&format!("/endpoints/{ENDPOINT}/score"), &json!({}), Expect::Refusal),
    }
}

/// Returns questions whose answers are always the same, whatever else is asked meanwhile.
pub fn canaries() -> Vec<Ask> {
    let canary = |number: usize| {
        let content = WORDS[number..].join(" ");
        let body = json!({
            "model": ENDPOINT, "messages": [{ "role": "user", "content": content }],
            "seed": number, "temperature": if number.is_multiple_of(2) { 0.0 } else { 1.0 },
            "max_tokens": 60,
        });
        ask("/v1/chat/completions", &body, Expect::Choices(1))
    };
    (0..8).map(canary).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_requests_of_every_kind() {
        let drawn = |seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            (0..400).map(|_| draw(&mut random)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let kinds = [Expect::Json, Expect::Call, Expect::Object, Expect::Refusal];
        for kind in kinds {
            assert!(drawn(1).iter().any(|ask| ask.expect == kind), "{kind:?}");
        }
    }
}
