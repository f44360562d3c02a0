//! Forms of answers: JSON schemas and regular expressions that mean harm.

use native::{Decoder, Form, Prompt};
use serde_json::{Map, Value, json};
use testkit::Mutator;

use super::{confined, write};
use crate::fixtures::path;

fn fill(form: &Form, decoder: &Decoder) {
    write(decoder, Prompt::Text("a".into()), Some(form));
}

fn decoder() -> Decoder {
    Decoder::load(&path("decoder/llama")).expect("the fixture loads")
}

/// Each definition is made of the next one twice.
fn doubling(join: &str, levels: usize) -> Value {
    let name = |level: usize| format!("#/$defs/d{level}");
    let definition = |level: usize| {
        let two = json!([{ "$ref": name(level + 1) }, { "$ref": name(level + 1) }]);
        (format!("d{level}"), json!({ join: two }))
    };
    let mut all: Map<String, Value> = (0..levels).map(definition).collect();
    all.insert(format!("d{levels}"), json!({ "type": "string" }));
    json!({ "$ref": name(0), "$defs": all })
}

fn nested(levels: usize, of: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(json!({ "type": "integer" }), |inner, _| of(inner))
}

fn greedy_schemas() -> Vec<Value> {
    let many = |count: usize| (0..count).map(|number| format!("v{number}")).collect::<Vec<_>>();
    vec![
        json!({ "type": "array", "minItems": 1_000_000_000, "items": { "type": "null" } }),
        json!({ "type": "array", "maxItems": u64::MAX, "items": { "type": "null" } }),
        json!({ "type": "array", "minItems": 5, "maxItems": 1 }),
        json!({ "type": "string", "minLength": 100_000_000 }),
        json!({ "type": "string", "maxLength": 1_000_000_000 }),
        json!({ "type": "string", "minLength": 9, "maxLength": 2 }),
        json!({ "type": "string", "pattern": "((a{1000}){1000}){1000}" }),
        json!({ "type": "string", "pattern": "^(a|aa)+$", "minLength": 5_000 }),
        json!({ "type": "string", "pattern": "(?=a)b\\1" }),
        json!({ "type": "integer", "minimum": 1e308, "maximum": -1e308 }),
        json!({ "type": "integer", "minimum": -1e300, "maximum": 1e300 }),
        json!({ "type": "number", "multipleOf": 1e-300 }),
        json!({ "type": "number", "multipleOf": 0 }),
        json!({ "type": "integer", "multipleOf": 1_000_003, "minimum": 1 }),
        json!({ "$ref": "#" }),
        json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "type": "object", "properties": { "a": { "$ref": "#" } }, "required": ["a"] }),
        json!({ "$ref": "#/$defs/a", "$defs": {
            "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        doubling("anyOf", 20),
        doubling("allOf", 20),
        doubling("oneOf", 20),
        doubling("prefixItems", 20),
        doubling("anyOf", 300),
        nested(60, |inner| json!({ "type": "array", "items": inner, "minItems": 3 })),
        nested(8, |inner| json!({ "anyOf": [inner, { "not": inner }] })),
        nested(6, |inner| json!({ "allOf": [inner, { "anyOf": [inner, inner] }] })),
        json!({ "enum": many(6_000) }),
        json!({ "type": "object", "required": many(3_000) }),
        json!({ "type": "object", "patternProperties": { "(a*)*": { "type": "null" } } }),
        json!({ "type": "object", "minProperties": 1_000_000, "maxProperties": 2_000_000 }),
        json!({ "type": "array", "uniqueItems": true, "contains": { "$ref": "#" } }),
        json!({ "const": nested(100, |inner| json!([inner])) }),
        json!({ "type": "string", "format": "date-time", "pattern": "x{9999}" }),
        json!({ "$id": "x", "$anchor": "y", "$dynamicRef": "#y" }),
        json!({ "x-guidance": { "whitespace_pattern": "(a{999}){999}" } }),
        json!({ "%llguidance": {}, "type": "object" }),
    ]
}

const GREEDY: [&str; 20] = [
    "((a{1000}){1000}){1000}",
    "(a*)*b",
    "(a|aa)*c",
    "(.*)*",
    "((((a?)?)?)?)*",
    ".{0,1000000}",
    "[\\x00-\\u{10ffff}]{9999}",
    "\\p{L}{5000}",
    "(?i)(straße|ſ){900}",
    "a{0,65535}{0,65535}",
    "(?=a)b",
    "(a)\\1",
    "\\b\\B^$",
    "()",
    "",
    "[^\\s\\S]",
    "(x+x+)+y",
    "(?s:.)*(?s:.){3000}",
    "(([a-z]{1,99} ){1,99}\\n){1,99}",
    "((a|b)*a(a|b){18})",
];

#[test]
fn a_form_that_asks_for_too_much_is_used_or_refused() {
    let decoder = decoder();
    let patterns = GREEDY.iter().map(|pattern| Form::Regex((*pattern).to_owned()));
    let forms: Vec<Form> =
        greedy_schemas().into_iter().map(Form::JsonSchema).chain(patterns).collect();
    let name = "fuzz::form::a_form_that_asks_for_too_much_is_used_or_refused";
    confined(name, forms.len() as u64).run(|seed| fill(&forms[seed as usize], &decoder));
}

fn sound_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "kind": { "enum": ["cat", "dog", 7, null] },
            "age": { "type": "integer", "minimum": 0, "maximum": 99 },
            "share": { "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.25 },
            "name": { "$ref": "#/$defs/name" },
            "when": { "type": "string", "format": "date-time" },
            "tags": { "type": "array", "items": { "type": "boolean" }, "minItems": 1 },
            "pair": { "type": "array", "prefixItems": [{ "const": "a" }, { "$ref": "#" }] },
            "other": { "anyOf": [{ "type": ["string", "null"] }, { "$ref": "#/$defs/name" }] },
        },
        "required": ["kind", "age"],
        "additionalProperties": { "type": "string", "pattern": "^[a-z]{2,5}$" },
        "$defs": { "name": { "type": "string", "minLength": 1, "maxLength": 4 } },
    })
}

#[test]
fn a_changed_schema_is_used_or_refused() {
    let (decoder, sound) = (decoder(), sound_schema());
    confined("fuzz::form::a_changed_schema_is_used_or_refused", 1_500).run(|seed| {
        fill(&Form::JsonSchema(Mutator::new(seed).json(&sound)), &decoder);
    });
}

#[test]
fn an_expression_of_any_parts_is_used_or_refused() {
    const PARTS: [&str; 28] = [
        "a", "ü", ".", "[a-z]", "[^x]", "\\d", "\\w", "\\s", "\\p{L}", "(", "(?:", "(?i)", ")",
        "|", "*", "+", "?", "{3}", "{2,}", "{0,99}", "{999}", "^", "$", "\\b", "\\", "[", "]",
        "\0",
    ];
    let decoder = decoder();
    confined("fuzz::form::an_expression_of_any_parts_is_used_or_refused", 3_000).run(|seed| {
        let mut mutator = Mutator::new(seed);
        let count = mutator.below(30);
        let pattern = (0..count).map(|_| *mutator.pick(&PARTS)).collect();
        fill(&Form::Regex(pattern), &decoder);
    });
}
