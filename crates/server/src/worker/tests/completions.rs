use serde_json::{Value, json};

use super::{Worker, list, with};

const PATH: &str = "/v1/completions";

fn asked(more: Value) -> Value {
    with(json!({ "model": "m", "prompt": "the library", "max_tokens": 6, "seed": 3 }), more)
}

fn texts(answer: &Value) -> Vec<&str> {
    list(&answer["choices"]).iter().map(|choice| choice["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_prompt_has_its_answers_in_order() {
    let worker = Worker::chat();
    let one = worker.ask(PATH, asked(json!({ "temperature": 1.5 }))).await;
    let several = worker
        .ask(PATH, asked(json!({ "temperature": 1.5, "n": 3, "prompt": ["the library", "a"] })));
    let several = several.await;
    let texts = texts(&several);
    assert_eq!(texts.len(), 6);
    assert_eq!(texts[0], one["choices"][0]["text"]);
    assert!(texts[1] != texts[0] && texts[2] != texts[1], "{texts:?}");
    let indexes: Vec<u64> =
        list(&several["choices"]).iter().map(|c| c["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [0, 1, 2, 3, 4, 5]);
    // Each prompt counts once.
    let prompts = worker.ask(PATH, asked(json!({ "prompt": ["the library", "a"] }))).await;
    assert_eq!(several["usage"]["prompt_tokens"], prompts["usage"]["prompt_tokens"]);
}

#[tokio::test]
async fn the_best_are_those_of_the_highest_mean() {
    let worker = Worker::chat();
    let all = json!({ "temperature": 2, "n": 5, "logprobs": 0 });
    let all = worker.ask(PATH, asked(all)).await;
    let mean = |choice: &Value| {
        let logprobs = list(&choice["logprobs"]["token_logprobs"]);
        logprobs.iter().map(|x| x.as_f64().unwrap()).sum::<f64>() / logprobs.len() as f64
    };
    let mut ranked: Vec<&Value> = list(&all["choices"]).iter().collect();
    ranked.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let best = worker.ask(PATH, asked(json!({ "temperature": 2, "n": 2, "best_of": 5 }))).await;
    assert_eq!(texts(&best), [&ranked[0]["text"], &ranked[1]["text"]]);
    assert_eq!(best["choices"][0]["logprobs"], Value::Null);
    assert_eq!(best["usage"], all["usage"]);
}

#[tokio::test]
async fn logprobs_cover_the_echo_and_the_answer() {
    let worker = Worker::chat();
    let body = json!({ "echo": true, "logprobs": 2, "temperature": 0 });
    let answer = worker.ask(PATH, asked(body)).await;
    let (choice, usage) = (&answer["choices"][0], &answer["usage"]);
    let logprobs = &choice["logprobs"];
    let tokens: String =
        list(&logprobs["tokens"]).iter().map(|token| token.as_str().unwrap()).collect();
    assert!(tokens.starts_with(choice["text"].as_str().unwrap()), "{logprobs}");
    for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
        assert_eq!(list(&logprobs[name]).len() as u64, usage["total_tokens"], "{name}");
    }
    assert_eq!(
        (&logprobs["token_logprobs"][0], &logprobs["text_offset"][0]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(logprobs["top_logprobs"][0], Value::Null);

    let scored = json!({ "echo": true, "logprobs": 1, "max_tokens": 0 });
    let scored = worker.ask(PATH, asked(scored)).await;
    assert_eq!(scored["choices"][0]["text"], "the library");
    assert_eq!(scored["usage"]["completion_tokens"], 0);
}

#[tokio::test]
async fn a_stream_says_the_same_with_the_same_probabilities() {
    let worker = Worker::chat();
    let body = asked(json!({ "n": 2, "logprobs": 1, "stream_options": { "include_usage": true } }));
    let whole = worker.ask(PATH, body.clone()).await;
    let chunks = worker.chunks(PATH, body).await;
    for (index, choice) in list(&whole["choices"]).iter().enumerate() {
        let own = chunks.iter().filter(|c| c["choices"][0]["index"] == index);
        let text: String = own.clone().map(|c| c["choices"][0]["text"].as_str().unwrap()).collect();
        assert_eq!(choice["text"], text);
        for name in ["tokens", "token_logprobs", "text_offset"] {
            let lists = own.clone().filter_map(|c| c["choices"][0]["logprobs"][name].as_array());
            let joined: Vec<&Value> = lists.flatten().collect();
            let expected: Vec<&Value> = list(&choice["logprobs"][name]).iter().collect();
            assert_eq!(joined, expected, "{name}");
        }
        let reasons = own.filter_map(|c| c["choices"][0]["finish_reason"].as_str());
        assert_eq!(reasons.collect::<Vec<_>>(), [choice["finish_reason"].as_str().unwrap()]);
    }
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
}

#[tokio::test]
async fn biases_and_penalties_change_what_is_written() {
    let worker = Worker::chat();
    let greedy = async |more: Value| {
        let body = with(json!({ "temperature": 0, "logprobs": 0, "max_tokens": 8 }), more);
        let answer = worker.ask(PATH, asked(body)).await;
        answer["choices"][0]["logprobs"]["tokens"].clone()
    };
    let forced = greedy(json!({ "logit_bias": { "40": 100 } })).await;
    assert!(list(&forced).iter().all(|token| *token == forced[0]), "{forced}");
    let spread = greedy(json!({ "logit_bias": { "40": 5 }, "frequency_penalty": 2 })).await;
    assert_ne!(forced, spread);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let worker = Worker::chat();
    let refuses = async |more: Value, param: &str, words: &str| {
        worker.refuses(PATH, asked(more), param, words).await;
    };
    refuses(json!({ "n": 0 }), "n", "from 1 to 128").await;
    refuses(json!({ "n": 128, "prompt": vec!["a"; 9] }), "n", "1152 answers are more").await;
    refuses(json!({ "best_of": 21 }), "best_of", "from `n` to 20").await;
    refuses(json!({ "n": 3, "best_of": 2 }), "best_of", "from `n` to 20").await;
    refuses(json!({ "best_of": 2, "stream": true }), "best_of", "cannot be streamed").await;
    refuses(json!({ "logprobs": 21 }), "logprobs", "more than 20").await;
    refuses(json!({ "prompt": [] }), "prompt", "0 entries").await;
    refuses(json!({ "prompt": [4_000_000] }), "prompt", "not one of the").await;
    refuses(json!({ "prompt": "a b c ".repeat(9_000) }), "prompt", "has room for").await;
}
