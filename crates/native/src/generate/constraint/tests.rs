use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::{Constraint, Form};
use crate::decoder::Decoder;
use crate::generate::{Finish, GenerateRequest, Prompt};

/// A Llama of two blocks with random weights.
fn llama() -> Decoder {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/decoder");
    Decoder::load(&fixtures.join("llama")).expect("the fixture loads")
}

fn compile(decoder: &Decoder, form: &Form) -> crate::Result<Constraint> {
    Constraint::compile(form, decoder.tokenizer(), decoder.ending_tokens())
}

/// Samples answers of a form at temperature 1; all have to end by themselves.
fn sample(form: &Form, seeds: u64) -> Vec<String> {
    let decoder = llama();
    let constraint = compile(&decoder, form).expect("the form compiles");
    let write = |seed| {
        let request = GenerateRequest {
            tokens_max: 120,
            temperature: 1.0,
            seed,
            constraint: Some(constraint.clone()),
            ..GenerateRequest::new(Prompt::Text("a".into()))
        };
        let answer = decoder.generate(&request, &mut |_| ControlFlow::Continue(()));
        let answer = answer.expect("an answer");
        assert_eq!(answer.finish, Finish::Stop, "{}", answer.text);
        answer.text
    };
    (0..seeds).map(write).collect()
}

#[test]
fn whatever_is_sampled_fits_its_schema() {
    let schema = json!({
        "type": "object",
        "properties": {
            "kind": { "enum": ["cat", "dog"] },
            "age": { "type": "integer", "minimum": 0, "maximum": 99 },
            "name": { "$ref": "#/$defs/name" },
            "tags": {
                "type": "array", "items": { "type": "boolean" }, "minItems": 1, "maxItems": 2,
            },
        },
        "required": ["kind", "age", "name", "tags"],
        "additionalProperties": false,
        "$defs": { "name": { "type": "string", "maxLength": 4 } },
    });
    for text in sample(&Form::JsonSchema(schema), 20) {
        let value: Value = serde_json::from_str(&text).expect(&text);
        let fields = value.as_object().expect(&text);
        assert_eq!(fields.len(), 4, "{text}");
        assert!(["cat", "dog"].map(Value::from).contains(&value["kind"]), "{text}");
        assert!(value["age"].as_u64().is_some_and(|age| age <= 99), "{text}");
        assert!(value["name"].as_str().is_some_and(|name| name.chars().count() <= 4), "{text}");
        let tags = value["tags"].as_array().expect(&text);
        assert!((1..=2).contains(&tags.len()) && tags.iter().all(Value::is_boolean), "{text}");
    }
}

#[test]
fn whatever_is_sampled_matches_its_expression_or_choice() {
    for text in sample(&Form::Regex("[ab]{3}-(ü|/)[0-9]+\\.x".into()), 20) {
        let (letters, rest) = text.split_once('-').expect(&text);
        assert!(letters.len() == 3 && letters.chars().all(|c| "ab".contains(c)), "{text}");
        let rest = rest.strip_prefix('ü').or_else(|| rest.strip_prefix('/')).expect(&text);
        let digits = rest.strip_suffix(".x").expect(&text);
        assert!(!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()), "{text}");
    }
    let choices = ["yes".to_owned(), "say \"no\"\n".to_owned(), "日本".to_owned()];
    let texts = sample(&Form::Choice(choices.to_vec()), 30);
    assert!(texts.iter().all(|text| choices.contains(text)), "{texts:?}");
    assert!(choices.iter().all(|text| texts.contains(text)), "{texts:?}");
}

#[test]
fn a_json_object_is_one_as_far_as_it_goes() {
    let decoder = llama();
    let constraint = compile(&decoder, &Form::JsonObject).expect("compiles");
    for seed in 0..10 {
        let request = GenerateRequest {
            tokens_max: 100,
            temperature: 1.0,
            seed,
            constraint: Some(constraint.clone()),
            ..GenerateRequest::new(Prompt::Text("a".into()))
        };
        let answer = decoder.generate(&request, &mut |_| ControlFlow::Continue(()));
        let answer = answer.expect("an answer");
        let parsed: Result<Value, _> = serde_json::from_str(&answer.text);
        match answer.finish {
            Finish::Stop => assert!(parsed.is_ok_and(|value| value.is_object()), "{}", answer.text),
            _ => assert!(parsed.is_err_and(|error| error.is_eof()), "{}", answer.text),
        }
    }
}

#[test]
fn a_form_that_cannot_be_is_refused() {
    let decoder = llama();
    let check = |form: Form, words: &str| match compile(&decoder, &form) {
        Ok(_) => panic!("{form:?} compiles"),
        Err(error) => assert!(error.to_string().contains(words), "{error}"),
    };
    check(Form::JsonSchema(json!(7)), "is not an object");
    check(Form::JsonSchema(json!({ "type": "colour" })), "cannot use the form");
    check(Form::JsonSchema(json!({ "$ref": "#/$defs/none" })), "cannot use the form");
    check(Form::JsonSchema(json!({ "$ref": "https://example.org/x" })), "cannot use the form");
    check(Form::JsonSchema(json!({ "description": "x".repeat(70_000) })), "more than 65536");
    check(Form::Regex("(".into()), "cannot use the form");
    check(Form::Regex("a".repeat(5_000)), "more than 4096");
    check(Form::Choice(Vec::new()), "a choice has 1 to 1024");
}
