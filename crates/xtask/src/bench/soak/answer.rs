//! Whether an answer is complete, a refusal of the right kind, or wrong.

use serde_json::Value;

use super::ask::{Ask, Expect};

/// What an answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Complete, and as it has to be.
    Whole,
    /// Refused as the client's fault, as it had to be.
    Refused,
    /// The queue was full, said as clients understand it.
    Busy,
    /// No worker could answer, said as clients understand it.
    Unavailable,
    /// The client left before the end.
    Left,
    /// Anything else, with the reason.
    Wrong(String),
}

/// Judges an answer that was read to its end.
pub fn judge(ask: &Ask, status: u16, retry_after: bool, text: &str) -> Outcome {
    let is_openai = ask.path.starts_with("/v1") || ask.path.starts_with("/openai");
    let error = || serde_json::from_str::<Value>(text).map(|body| body["error"].clone());
    let typed = |kind: &str, code: &str| {
        let fits = |error: Value| match is_openai {
            true => error["type"] == kind && error["message"].is_string(),
            false => error["code"] == code || error["type"] == kind,
        };
        error().is_ok_and(fits)
    };
    let found = match status {
        200 if ask.expect == Expect::Refusal => Err("it is answered".to_owned()),
        200 if ask.streams => streamed(ask, text).map(|()| Outcome::Whole),
        200 => whole(ask, text).map(|()| Outcome::Whole),
        429 if retry_after && typed("rate_limit_error", "busy") => Ok(Outcome::Busy),
        503 if typed("server_error", "unavailable") => Ok(Outcome::Unavailable),
        400..=428 if ask.expect == Expect::Refusal => match error() {
            Ok(error) if error["message"].is_string() => Ok(Outcome::Refused),
            _ => Err("the refusal has no message".to_owned()),
        },
        _ => Err("the status is none that may be".to_owned()),
    };
    let shown = |text: &str| text.chars().take(400).collect::<String>();
    found.unwrap_or_else(|why| {
        let (body, text) = (shown(&ask.body), shown(text));
        let retry = if retry_after { ", with a time to retry" } else { "" };
        Outcome::Wrong(format!("{why}: {} {body}\n  → {status}{retry}: {text}", ask.path))
    })
}

fn whole(ask: &Ask, text: &str) -> Result<(), String> {
    let body: Value = serde_json::from_str(text).map_err(|error| format!("no JSON ({error})"))?;
    if ask.expect == Expect::Object {
        return if body.is_object() { Ok(()) } else { Err("it is no object".to_owned()) };
    }
    let choices = body["choices"].as_array().cloned().unwrap_or_default();
    let has_ended = |choice: &Value| choice["finish_reason"].is_string();
    let count = match ask.expect {
        Expect::Choices(count) | Expect::Logprobs(count) => count,
        _ => 1,
    };
    if choices.len() != count || !choices.iter().all(has_ended) {
        return Err(format!("not {count} choices that ended"));
    }
    if !body["usage"]["total_tokens"].is_u64() {
        return Err("no usage".to_owned());
    }
    match ask.expect {
        Expect::Json => fits(choices[0]["message"]["content"].as_str().unwrap_or_default()),
        Expect::Call => {
            let call = &choices[0]["message"]["tool_calls"][0]["function"];
            fits(call["arguments"].as_str().unwrap_or_default())
        }
        Expect::Logprobs(_) => choices.iter().try_for_each(|choice| parallel(&choice["logprobs"])),
        _ => Ok(()),
    }
}

/// Checks a text against the schema that was asked for.
fn fits(text: &str) -> Result<(), String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("no JSON in the answer ({error})"))?;
    let kind = ["card", "book"].map(Value::from).contains(&value["kind"]);
    if kind && value["count"].as_u64().is_some_and(|count| count < 100) {
        Ok(())
    } else {
        Err("the answer does not fit its schema".to_owned())
    }
}

fn parallel(logprobs: &Value) -> Result<(), String> {
    let names = ["tokens", "token_logprobs", "top_logprobs", "text_offset"];
    let lengths = names.map(|name| logprobs[name].as_array().map(Vec::len));
    match lengths[0] {
        Some(1..) if lengths.iter().all(|length| *length == lengths[0]) => Ok(()),
        _ => Err(format!("lists of log probabilities of {lengths:?}")),
    }
}

/// Checks the events of a stream: every choice ends, and so does the stream.
fn streamed(ask: &Ask, text: &str) -> Result<(), String> {
    let events = text.split("\n\n").filter_map(|event| event.trim().strip_prefix("data: "));
    let mut events: Vec<&str> = events.collect();
    if events.pop() != Some("[DONE]") {
        return Err("the stream does not end".to_owned());
    }
    let count = if let Expect::Choices(count) = ask.expect { count } else { 1 };
    let (mut ended, mut said) = (vec![false; count], String::new());
    for event in events {
        let chunk: Value = serde_json::from_str(event)
            .map_err(|error| format!("an event is no JSON ({error})"))?;
        let Some(choice) = chunk["choices"].get(0) else { continue };
        let index = choice["index"].as_u64().unwrap_or(u64::MAX) as usize;
        let over = ended.get_mut(index).ok_or(format!("a choice has the index {index}"))?;
        if *over {
            return Err(format!("choice {index} goes on after its end"));
        }
        *over = choice["finish_reason"].is_string();
        said.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
    }
    match ended.iter().position(|ended| !ended) {
        Some(index) => Err(format!("choice {index} does not end")),
        None if ask.expect == Expect::Json => fits(&said),
        None => Ok(()),
    }
}

/// Returns what an answer says, to compare it with another.
pub fn said(text: &str) -> Option<String> {
    let body: Value = serde_json::from_str(text).ok()?;
    body["choices"][0]["message"]["content"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(expect: Expect, streams: bool) -> Ask {
        Ask { path: "/v1/x".to_owned(), body: String::new(), streams, expect }
    }

    fn wrong(expect: Expect, streams: bool, text: &str, part: &str) {
        match judge(&ask(expect, streams), 200, false, text) {
            Outcome::Wrong(why) => assert!(why.contains(part), "{why}"),
            other => panic!("{other:?}: {part}"),
        }
    }

    #[test]
    fn a_whole_answer_is_complete_or_wrong() {
        let answer = |choices: Value| {
            json!({ "choices": choices, "usage": { "total_tokens": 3 } }).to_string()
        };
        let good = answer(json!([{ "finish_reason": "stop" }]));
        assert_eq!(judge(&ask(Expect::Choices(1), false), 200, false, &good), Outcome::Whole);
        wrong(Expect::Choices(2), false, &good, "not 2 choices");
        wrong(Expect::Choices(1), false, &answer(json!([{ "finish_reason": null }])), "not 1");
        wrong(Expect::Choices(1), false, "{", "no JSON");
        wrong(Expect::Refusal, false, &good, "it is answered");
        let content = json!({ "content": "{\"kind\": \"card\", \"count\": 100}" });
        let over = answer(json!([{ "finish_reason": "stop", "message": content }]));
        wrong(Expect::Json, false, &over, "does not fit");
        let lists = json!([{ "finish_reason": "stop", "logprobs": { "tokens": ["a"] } }]);
        wrong(Expect::Logprobs(1), false, &answer(lists), "lists of");
    }

    #[test]
    fn a_stream_is_complete_or_wrong() {
        let event = |reason: Value| {
            let choice = json!({ "index": 0, "delta": {}, "finish_reason": reason });
            format!("data: {}\n\n", json!({ "choices": [choice] }))
        };
        let (goes_on, ends) = (event(Value::Null), event(json!("stop")));
        let good = format!("{goes_on}{ends}data: [DONE]\n\n");
        assert_eq!(judge(&ask(Expect::Choices(1), true), 200, false, &good), Outcome::Whole);
        let check = |text: String, part: &str| wrong(Expect::Choices(1), true, &text, part);
        check(format!("{goes_on}{ends}"), "stream does not end");
        check(format!("{goes_on}data: [DONE]\n\n"), "choice 0 does not end");
        check(format!("{ends}{goes_on}data: [DONE]\n\n"), "after its end");
    }

    #[test]
    fn a_full_queue_is_said_as_clients_understand_it() {
        let error = json!({ "error": { "type": "rate_limit_error", "message": "m" } }).to_string();
        let judged = |retry| judge(&ask(Expect::Choices(1), false), 429, retry, &error);
        assert_eq!(judged(true), Outcome::Busy);
        assert!(matches!(judged(false), Outcome::Wrong(_)));
    }
}
