//! Every decoder family computes and writes what `transformers` computes and writes.

use std::ops::ControlFlow;

use native::decoder::Decoder;
use native::generate::chat::ChatTemplate;
use native::generate::{ChatMessage, Completion, Finish, GenerateRequest, Prompt};
use serde::Deserialize;

use crate::fixtures::{assert_close, copy_of, json, path, precisely};

/// How far numbers may be apart, relative to the largest.
const TOLERANCE: f32 = 2e-3;
const MODELS: [&str; 12] = [
    "llama",
    "llama-bf16",
    "llama-rope",
    "llama-linear",
    "qwen2",
    "qwen2-window",
    "qwen3",
    "mistral",
    "phi3",
    "phi3-long",
    "gemma2",
    "gemma3",
];

#[derive(Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: String,
    tokens: Vec<u32>,
    logits: Vec<f32>,
    prompt_logprobs: Vec<f32>,
    written: Vec<u32>,
    text: String,
}

#[derive(Deserialize)]
struct Chat {
    template: String,
    source: String,
    messages: Vec<ChatMessage>,
    prompt: Rendered,
    conversation: Rendered,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Rendered {
    Text(String),
    Refused { error: String },
}

fn load(name: &str) -> (Decoder, Vec<Case>) {
    let dir = path("decoder").join(name);
    let expected: Expected = json(&dir.join("expected.json"));
    (Decoder::load(&dir).expect("the model loads"), expected.cases)
}

fn llama() -> (Decoder, Case) {
    let (decoder, mut cases) = load("llama");
    (decoder, cases.remove(0))
}

fn request(prompt: &str) -> GenerateRequest {
    GenerateRequest { tokens_max: 32, ..GenerateRequest::new(Prompt::Text(prompt.into())) }
}

/// Runs a check for each model with f32 sums, as the expected numbers were made.
fn for_each_model(check: impl Fn(&str)) {
    MODELS.iter().for_each(|name| precisely(|| check(name)));
}

fn complete(decoder: &Decoder, request: &GenerateRequest) -> Completion {
    let mut pieces = String::new();
    let mut reader = |piece: &native::generate::Piece| {
        pieces.push_str(&piece.text);
        ControlFlow::Continue(())
    };
    let completion = decoder.generate(request, &mut reader).expect("an answer");
    assert_eq!(pieces, completion.text);
    completion
}

#[test]
fn scores_equal_those_of_transformers() {
    for_each_model(|name| {
        let (decoder, cases) = load(name);
        for case in cases {
            let tokens = decoder.prompt_tokens(&Prompt::Text(case.prompt)).expect("tokens");
            assert_eq!(tokens, case.tokens, "{name}");
            let scores = decoder.prefill(&mut decoder.cache(), &tokens).expect("scores");
            assert_close(&scores, &case.logits, TOLERANCE, name);
        }
    });
}

#[test]
fn the_cache_changes_nothing() {
    for_each_model(|name| {
        let (decoder, cases) = load(name);
        for case in cases {
            let mut cache = decoder.cache();
            let (first, rest) = case.tokens.split_at(3);
            decoder.prefill(&mut cache, first).expect("scores");
            let (middle, last) = rest.split_at(rest.len() - 1);
            decoder.prefill(&mut cache, middle).expect("scores");
            let scores = decoder.step(&mut cache, last[0]).expect("scores");
            assert_close(&scores, &case.logits, TOLERANCE, name);
            assert_eq!(cache.tokens(), case.tokens.len());
        }
    });
}

#[test]
fn the_likeliest_answer_is_that_of_transformers() {
    for_each_model(|name| {
        let (decoder, cases) = load(name);
        for case in cases {
            let completion = complete(&decoder, &request(&case.prompt));
            let tokens: Vec<u32> = completion.tokens.iter().map(|entry| entry.token).collect();
            assert_eq!(tokens, case.written, "{name}: {}", case.prompt);
            assert_eq!(completion.text, case.text, "{name}: {}", case.prompt);
            assert_eq!(completion.completion_tokens, case.written.len());
            assert_eq!(completion.prompt_tokens, case.tokens.len());
        }
    });
}

#[test]
fn a_prompt_is_scored_as_by_transformers() {
    for_each_model(|name| {
        let (decoder, cases) = load(name);
        for case in cases {
            let prompt = Prompt::Tokens(case.tokens.clone());
            let request = GenerateRequest {
                tokens_max: 1,
                logprobs: Some(1),
                echo: true,
                ..GenerateRequest::new(prompt)
            };
            let tokens = complete(&decoder, &request).tokens;
            assert_eq!(tokens.len(), case.tokens.len() + 1, "every token and one more");
            assert_eq!((tokens[0].logprob, tokens[0].top.len()), (None, 0));
            let found: Vec<f32> = tokens[1..].iter().filter_map(|entry| entry.logprob).collect();
            let (written, prompt) = found.split_last().expect("one written");
            assert_close(prompt, &case.prompt_logprobs, TOLERANCE, name);
            let last = tokens.last().expect("one written");
            assert_eq!(last.top, [(last.text.clone(), *written)], "the same number twice");
        }
    });
}

#[test]
fn chats_are_laid_out_as_by_transformers() {
    let chats: Vec<Chat> = json(&path("decoder/chat.json"));
    let dir = tempfile::tempdir().expect("a folder");
    let config = r#"{"bos_token": "<s>", "eos_token": "</s>"}"#;
    std::fs::write(dir.path().join("tokenizer_config.json"), config).expect("written");
    for chat in chats {
        std::fs::write(dir.path().join("chat_template.jinja"), &chat.source).expect("written");
        let template = ChatTemplate::load(dir.path()).expect("readable").expect("present");
        let check = |found: native::Result<String>, expected: &Rendered| match (found, expected) {
            (Ok(found), Rendered::Text(expected)) => {
                assert_eq!(&found, expected, "{}: {:?}", chat.template, chat.messages);
            }
            (Err(found), Rendered::Refused { error }) => {
                let chain = domain::Fault::from(found).chain();
                assert!(chain.contains(error), "{chain}, expected {error}");
            }
            (found, expected) => panic!("{}: {found:?}, expected {expected:?}", chat.template),
        };
        check(template.render_prompt(&chat.messages.clone().into()), &chat.prompt);
        check(template.render_conversation(&chat.messages), &chat.conversation);
    }
}

#[test]
fn a_chat_is_answered() {
    let (decoder, _) = llama();
    let chat = Prompt::Chat(vec![ChatMessage::new("user", "Who painted the door?")].into());
    let tokens = decoder.prompt_tokens(&chat).expect("tokens");
    let text = decoder.tokenizer().decode_all(&tokens).expect("text");
    assert!(text.starts_with("<|im_start|>system\n"), "{text}");
    assert!(text.ends_with("<|im_start|>assistant\n"), "{text}");
    let request = GenerateRequest { tokens_max: 4, ..GenerateRequest::new(chat) };
    assert_eq!(complete(&decoder, &request).prompt_tokens, tokens.len());
}

#[test]
fn an_answer_ends_before_a_stop_text() {
    let (decoder, case) = llama();
    let whole = complete(&decoder, &request(&case.prompt));
    let characters: Vec<char> = whole.text.chars().collect();
    for length in 1..=4 {
        let stop: String = characters[8..8 + length].iter().collect();
        let at = whole.text.find(&stop).expect("it is there");
        let request = GenerateRequest { stop: vec![stop], ..request(&case.prompt) };
        let completion = complete(&decoder, &request);
        assert_eq!(completion.text, whole.text[..at]);
        assert_eq!(completion.finish, Finish::Stop);
        assert!(completion.completion_tokens < whole.completion_tokens);
    }
    let request = GenerateRequest { stop: vec![whole.text.clone() + "!"], ..request(&case.prompt) };
    assert_eq!(complete(&decoder, &request), whole, "what was held back comes at the end");
}

#[test]
fn an_ending_token_is_counted_and_not_shown() {
    let (_, case) = llama();
    let ending = case.written[5];
    let dir = copy_of("../decoder/llama");
    for (file, value) in [
        ("generation_config.json", format!(r#"{{"eos_token_id": [1, {ending}]}}"#)),
        ("generation_config.json", format!(r#"{{"eos_token_id": {ending}}}"#)),
    ] {
        std::fs::write(dir.path().join(file), value).expect("written");
        let decoder = Decoder::load(dir.path()).expect("the model loads");
        let completion = complete(&decoder, &request(&case.prompt));
        let first = case.written.iter().position(|token| *token == ending).expect("it is there");
        assert_eq!(completion.finish, Finish::Stop);
        assert_eq!(completion.completion_tokens, first + 1);
        assert_eq!(completion.tokens.last().map(|entry| entry.token), Some(ending));
        let shown = decoder.tokenizer().decode(&case.written[..first]).expect("text");
        assert_eq!(completion.text, shown);
    }
}

#[test]
fn an_answer_is_repeated_after_its_prompt() {
    let (decoder, case) = llama();
    let request = GenerateRequest { echo: true, ..request(&case.prompt) };
    let completion = complete(&decoder, &request);
    assert_eq!(completion.text, case.prompt + &case.text);
    let tokens: Vec<u32> = completion.tokens.iter().map(|entry| entry.token).collect();
    assert_eq!(tokens, [case.tokens, case.written].concat());
}

#[test]
fn equal_seeds_give_equal_answers() {
    let (decoder, case) = llama();
    let run = |seed: u64| {
        let request =
            GenerateRequest { temperature: 1.5, top_p: 0.95, seed, ..request(&case.prompt) };
        complete(&decoder, &request)
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).text, run(4).text);
}

#[test]
fn the_reader_can_go_away() {
    let (decoder, case) = llama();
    let mut seen = 0;
    let mut reader = |_: &native::generate::Piece| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let completion = decoder.generate(&request(&case.prompt), &mut reader).expect("an answer");
    assert_eq!((completion.finish, completion.completion_tokens), (Finish::Cancelled, 3));
}

#[test]
fn the_context_is_a_bound() {
    let (decoder, _) = llama();
    let context_max = decoder.facts().context_max as usize;
    let of_length = |length: usize, tokens_max: u32| {
        let prompt = Prompt::Tokens(vec![9; length]);
        let request = GenerateRequest { tokens_max, ..GenerateRequest::new(prompt) };
        decoder.generate(&request, &mut |_| ControlFlow::Continue(()))
    };
    let error = of_length(context_max + 1, 1).expect_err("too long");
    assert_eq!(error.to_string(), "the prompt has 129 tokens; the model has room for 128");
    let full = of_length(context_max, 1).expect("an answer");
    assert_eq!((full.finish, full.completion_tokens), (Finish::Length, 1));
    let long = of_length(context_max - 3, 50).expect("an answer");
    assert!(long.completion_tokens <= 4);
    let none = of_length(4, 0).expect("an answer");
    assert_eq!((none.finish, none.completion_tokens), (Finish::Length, 0));
}

#[test]
fn prompts_that_the_model_cannot_read_are_refused() {
    let (decoder, _) = llama();
    let check = |prompt: Prompt, expected: &str| {
        let error = decoder.prompt_tokens(&prompt).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    check(Prompt::Tokens(vec![]), "the prompt has no tokens");
    check(Prompt::Tokens(vec![1, 999]), "token 999 is not one of the 320 that the model knows");
}
