use std::sync::Arc;

use domain::ManualClock;
use serde_json::json;

use super::{ChatTemplate, without_generation_marks};
use crate::generate::{ChatMessage, Conversation};

fn template(source: &str) -> ChatTemplate {
    let dir = tempfile::tempdir().expect("a folder");
    let config = json!({
        "chat_template": source,
        "bos_token": "<s>",
        "eos_token": {"content": "</s>", "special": true},
        "pad_token": null,
    });
    let path = dir.path().join("tokenizer_config.json");
    std::fs::write(path, config.to_string()).expect("written");
    ChatTemplate::load(dir.path()).expect("readable").expect("present")
}

fn render(source: &str) -> String {
    let messages = [ChatMessage::new("user", "Grüße & <b>"), ChatMessage::new("assistant", "ok")];
    template(source).render_prompt(&messages.to_vec().into()).expect(source)
}

#[test]
fn templates_find_what_transformers_offers() {
    let check = |source: &str, expected: &str| assert_eq!(render(source), expected, "{source}");
    check("{{ bos_token }}{{ eos_token }}{{ pad_token }}", "<s></s>");
    check("{{ messages[0].content.upper().split(' ')[0] }}", "GRÜSSE");
    check("{{ messages[0] | tojson }}", r#"{"role": "user", "content": "Grüße & <b>"}"#);
    check("{{ [1, 'a'] | tojson(indent=2) }}", "[\n  1,\n  \"a\"\n]");
    check("{{ tools }} {{ add_generation_prompt }} {{ tools is none }}", "None True True");
    check(
        "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m.role }}\
           {% endfor %}",
        "assistant",
    );
    check("{% generation %}a{% endgeneration %}", "a");
    check("{% if strftime_now is defined %}now{% else %}never{% endif %}", "never");
    check("{{ messages[0].absent }}.", ".");
}

#[test]
fn tools_go_where_the_template_knows_them() {
    let mut called = ChatMessage::new("assistant", "");
    called.tool_calls = vec![json!({ "function": { "name": "f", "arguments": { "a": 1 } } })];
    let messages = vec![ChatMessage::new("user", "go"), called];
    let tools = vec![json!({ "type": "function", "function": { "name": "f" } })];
    let conversation = Conversation { messages, tools };
    let check = |source: &str, expected: &str| {
        let text = template(source).render_prompt(&conversation).expect(source);
        assert_eq!(text, expected, "{source}");
    };
    check(
        "{% for t in tools %}{{ t | tojson }}{% endfor %}",
        r#"{"type": "function", "function": {"name": "f"}}"#,
    );
    check(
        "{{ tools | length }}{% for m in messages %}{% if m.tool_calls %}\
           {% for c in m.tool_calls %}{{ c.function.arguments | tojson }}{% endfor %}\
           {% endif %}{% endfor %}",
        r#"1{"a": 1}"#,
    );
    check("{% for m in messages %}{{ m.role }} {% endfor %}", "system user assistant ");
}

#[test]
fn marks_of_generated_text_keep_their_whitespace_control() {
    let check = |source: &str, expected: &str| {
        assert_eq!(without_generation_marks(source), expected);
    };
    check("a {%- generation -%} b", "a {%- if true -%} b");
    check("{% endgeneration %}", "{% endif %}");
    check("{% set generation = 1 %}{{ generation }}", "{% set generation = 1 %}{{ generation }}");
    check("{% generation", "{% generation");
    check("{%}", "{%}");
    check("{%}{% generation %}", "{%}{% generation %}");
}

#[test]
fn the_time_is_the_clocks() {
    let clock = Arc::new(ManualClock::new(1_700_000_000_000));
    let check = |format: &str, expected: &str| {
        let source = format!("{{{{ strftime_now('{format}') }}}}");
        let template = template(&source).with_clock(clock.clone());
        assert_eq!(template.render_prompt(&Conversation::default()).expect(format), expected);
    };
    check("%d %b %Y", "14 Nov 2023");
    check("%Y-%m-%d %H:%M:%S", "2023-11-14 22:13:20");
    check("%A, %B %-d", "Tuesday, November 14");
}

#[test]
fn failures_say_what_the_template_said() {
    let check = |source: &str, part: &str| {
        let error = template(source).render_prompt(&Conversation::default()).expect_err(source);
        let chain = domain::Fault::from(error).chain();
        assert!(chain.contains(part), "{chain}");
        assert!(chain.contains("tokenizer_config.json"), "{chain}");
    };
    check("{{ raise_exception('roles must alternate') }}", "roles must alternate");
    check("{% if %}", "syntax error");
    check("{{ strftime_now('%Y') }}", "strftime_now");
}

#[test]
fn a_template_cannot_run_or_grow_without_end() {
    let check = |source: &str| {
        let error = template(source).render_prompt(&Conversation::default()).expect_err(source);
        assert!(domain::Fault::from(error).chain().contains("fuel"), "{source}");
    };
    check("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}");
    check(
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}\
           {% endfor %}{{ n.x }}",
    );
    check("{% for i in range(9999) %}{{ 'a' * 100000 }}{% endfor %}");
}
