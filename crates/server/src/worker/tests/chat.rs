use serde_json::{Value, json};

use super::{Worker, list, with};

const PATH: &str = "/v1/chat/completions";

fn asked(more: Value) -> Value {
    let messages = json!([{ "role": "user", "content": "how do I sign up" }]);
    with(json!({ "model": "m", "messages": messages, "max_tokens": 8, "seed": 1 }), more)
}

#[tokio::test]
async fn several_answers_stream_side_by_side() {
    let worker = Worker::chat();
    let body = json!({
        "n": 3, "temperature": 2, "logprobs": true, "top_logprobs": 2,
        "stream_options": { "include_usage": true },
    });
    let whole = worker.ask(PATH, asked(body.clone())).await;
    let chunks = worker.chunks(PATH, asked(body)).await;
    assert_eq!(list(&whole["choices"]).len(), 3);
    for (index, choice) in list(&whole["choices"]).iter().enumerate() {
        let own = chunks.iter().map(|c| &c["choices"][0]).filter(|c| c["index"] == index);
        let deltas: Vec<&Value> = own.clone().map(|c| &c["delta"]).collect();
        assert_eq!(*deltas[0], json!({ "role": "assistant", "content": "" }));
        assert_eq!(**deltas.last().unwrap(), json!({}));
        let text: String = deltas.iter().filter_map(|d| d["content"].as_str()).collect();
        assert_eq!(choice["message"]["content"], text);
        let entries = own.filter_map(|c| c["logprobs"]["content"].as_array());
        let entries: Vec<&Value> = entries.flatten().collect();
        assert_eq!(entries, list(&choice["logprobs"]["content"]).iter().collect::<Vec<_>>());
        assert_eq!(list(&entries[0]["top_logprobs"]).len(), 2);
    }
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let worker = Worker::chat();
    let refuses = async |more: Value, param: &str, words: &str| {
        worker.refuses(PATH, asked(more), param, words).await;
    };
    refuses(json!({ "messages": [] }), "messages", "is empty").await;
    let image = json!([{ "role": "user", "content": [{ "type": "image_url" }] }]);
    refuses(json!({ "messages": image }), "messages", "not text").await;
    refuses(json!({ "n": 129 }), "n", "from 1 to 128").await;
    refuses(json!({ "logprobs": true, "top_logprobs": 21 }), "top_logprobs", "than 20").await;
    refuses(json!({ "top_logprobs": 2 }), "top_logprobs", "needs `logprobs`").await;
    let long = json!([{ "role": "user", "content": "a b c ".repeat(9_000) }]);
    let (status, text) = worker.text(PATH, &asked(json!({ "messages": long }))).await;
    let error: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &error["error"]["code"]), (400, &json!("context_length_exceeded")));
}

fn tools() -> Value {
    let schema = json!({
        "type": "object", "properties": { "day": { "$ref": "#/$defs/d" } },
        "required": ["day"], "additionalProperties": false,
        "$defs": { "d": { "enum": ["a", "b"] } },
    });
    let tool = |name: &str, parameters: &Value| {
        let function = json!({ "name": name, "parameters": parameters });
        json!({ "type": "function", "function": function })
    };
    json!([tool("on", &schema), tool("off", &schema)])
}

#[tokio::test]
async fn a_required_call_fits_its_tool_whole_and_in_a_stream() {
    let worker = Worker::chat();
    let named = json!({ "type": "function", "function": { "name": "off" } });
    for (seed, choice) in [(1, json!("required")), (2, json!("required")), (3, named.clone())] {
        let body = asked(json!({
            "tools": tools(), "tool_choice": choice, "seed": seed, "max_tokens": 80,
        }));
        let whole = worker.ask(PATH, body.clone()).await;
        let answer = &whole["choices"][0];
        assert_eq!(answer["finish_reason"], "tool_calls", "{answer}");
        assert_eq!(answer["message"]["content"], Value::Null);
        let call = &answer["message"]["tool_calls"][0];
        let name = call["function"]["name"].as_str().unwrap();
        assert!(["on", "off"].contains(&name), "{call}");
        assert!(choice != named || name == "off", "{call}");
        let arguments = call["function"]["arguments"].as_str().unwrap();
        let read: Value = serde_json::from_str(arguments).unwrap();
        assert!(["a", "b"].contains(&read["day"].as_str().unwrap()), "{call}");

        let chunks = worker.chunks(PATH, body).await;
        let deltas =
            chunks.iter().filter_map(|c| c["choices"][0]["delta"]["tool_calls"].as_array());
        let deltas: Vec<&Value> = deltas.flatten().collect();
        assert_eq!((&deltas[0]["index"], &deltas[0]["type"]), (&json!(0), &json!("function")));
        assert_eq!(deltas[0]["function"]["name"], name);
        let pieces = deltas.iter().map(|d| d["function"]["arguments"].as_str().unwrap());
        assert_eq!(pieces.collect::<String>(), arguments);
        assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");
    }
}

#[tokio::test]
async fn tools_lengthen_the_prompt_unless_none_is_wanted() {
    let worker = Worker::chat();
    let prompt_tokens = async |more: Value| {
        let answer = worker.ask(PATH, asked(more)).await;
        answer["usage"]["prompt_tokens"].as_u64().unwrap()
    };
    let plain = prompt_tokens(json!({})).await;
    assert_eq!(prompt_tokens(json!({ "tools": tools(), "tool_choice": "none" })).await, plain);
    assert!(prompt_tokens(json!({ "tools": tools() })).await > plain + 50);
}

#[tokio::test]
async fn an_answer_has_the_form_that_was_asked_for() {
    let worker = Worker::chat();
    let said = async |more: Value| {
        let body = with(json!({ "temperature": 1, "max_tokens": 100 }), more);
        let answer = worker.ask(PATH, asked(body)).await;
        answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    };
    let schema = json!({
        "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"],
        "additionalProperties": false,
    });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    let read: Value =
        serde_json::from_str(&said(json!({ "response_format": format })).await).unwrap();
    assert!(read["ok"].is_boolean(), "{read}");
    let read: Value = serde_json::from_str(&said(json!({ "guided_json": schema })).await).unwrap();
    assert!(read["ok"].is_boolean(), "{read}");
    assert_eq!(said(json!({ "guided_regex": "(ab){2}c" })).await, "ababc");
    assert_eq!(said(json!({ "guided_choice": ["only"] })).await, "only");
    assert_eq!(said(json!({ "response_format": { "type": "text" }, "max_tokens": 1 })).await, {
        said(json!({ "max_tokens": 1 })).await
    });
}

#[tokio::test]
async fn a_form_that_cannot_be_is_refused_by_name() {
    let worker = Worker::chat();
    let refuses = async |more: Value, param: &str, words: &str| {
        worker.refuses(PATH, asked(more), param, words).await;
    };
    let format = |format: Value| json!({ "response_format": format });
    refuses(format(json!({ "type": "xml" })), "response_format", "is not `text`").await;
    refuses(format(json!({ "type": "json_schema" })), "response_format", "not an object").await;
    let schema = json!({ "schema": { "type": "colour" } });
    let wrong = json!({ "type": "json_schema", "json_schema": schema });
    refuses(format(wrong), "response_format", "cannot use the form").await;
    refuses(json!({ "guided_regex": "(" }), "guided_regex", "cannot use the form").await;
    refuses(json!({ "guided_json": "{" }), "guided_json", "is not JSON").await;
    refuses(json!({ "guided_choice": [] }), "guided_choice", "has 1 to").await;
    let two = json!({ "guided_choice": ["a"], "guided_regex": "a" });
    refuses(two, "guided_choice", "two forms").await;
    let both = json!({ "tools": tools(), "tool_choice": "required", "guided_regex": "a" });
    refuses(both, "guided_regex", "no other form").await;
}
