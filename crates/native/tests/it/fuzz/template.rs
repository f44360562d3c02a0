//! Chat templates that mean harm.

use native::generate::chat::ChatTemplate;
use native::{ChatMessage, Conversation};
use serde_json::{Value, json};
use testkit::Mutator;

use super::confined;
use crate::fixtures::{json as read, path};

/// Templates that ask for much, each in its own way.
const GREEDY: [&str; 32] = [
    "{% for i in range(10**9) %}x{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ ('a' * 10**6) * 10**6 }}",
    "{{ ([1] * 10**9) | tojson }}",
    "{{ ([1] * 10**9) | list | length }}",
    "{{ ([[1] * 10**5] * 10**5) | tojson }}",
    "{{ ([1] * 10**9) | join(',') }}",
    "{{ ([1] * 10**9) | sort | first }}",
    "{{ ([1] * 10**9) | sum }}",
    "{{ ([1] * 10**9) | unique | list }}",
    "{{ ([1] * 10**9) | last }}",
    "{{ ([1] * 10**9) | string | length }}",
    "{{ ('a' * 10**6) | replace('a', 'b' * 10**6) }}",
    "{{ ('a' * 10**6).replace('a', 'b' * 10**6) | length }}",
    "{{ ('a' * 10**6).replace('', 'b' * 10**6) | length }}",
    "{{ ('a' * 10**6).join(range(99999)) | length }}",
    "{{ ' '.join(['a' * 10**6] * 10**6) | length }}",
    "{{ '{:>999999999}'.format(1) | length }}",
    "{{ '{:.999999999f}'.format(1.5) | length }}",
    "{{ '%999999999d' | format(1) | length }}",
    "{{ '{0}{0}{0}{0}{0}{0}{0}{0}'.format('a' * 10**7) | length }}",
    "{{ ('a\\n' * 10**5) | indent(10**9) | length }}",
    "{{ [1] | tojson(indent=10**9) }}",
    "{{ range(9) | batch(10**9) | list }}{{ range(9) | slice(10**9) | list }}",
    "{{ 10 ** 10 ** 10 }}{{ 2 ** 9999999 }}{{ 1 // 0 }}{{ 1 % 0 }}{{ -9223372036854775808 // -1 }}",
    "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "{% for x in [[[]]] recursive %}{{ loop([[[]]]) }}{% endfor %}",
    "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x, n.x] %}\
       {% endfor %}{{ n.x | tojson }}",
    "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = n.x + [n.x] %}\
       {% endfor %}{{ n.x == n.x }}",
    "{% include 'chat' %}{% extends 'chat' %}{% import 'chat' as c %}",
    "{{ raise_exception('x' * 10**7) }}",
];

const ATOMS: [&str; 14] = [
    "messages",
    "messages[0].content",
    "messages[0]",
    "tools",
    "'ab'",
    "'{}%s'",
    "range(9999)",
    "99999",
    "-1",
    "1.5",
    "[1, 'a']",
    "{'a': [1]}",
    "none",
    "x",
];

const AFTER: [&str; 40] = [
    "|upper",
    "|title",
    "|replace('a', messages[0].content)",
    "|join('ab')",
    "|list",
    "|reverse",
    "|sort",
    "|unique",
    "|tojson",
    "|tojson(indent=9)",
    "|indent(9999)",
    "|batch(3)",
    "|slice(7)",
    "|string",
    "|escape",
    "|trim",
    "|length",
    "|first",
    "|last",
    "|sum",
    "|map('upper')",
    "|groupby('role')",
    "|items",
    "|dictsort",
    "|round(99)",
    "|int",
    "|float",
    "|format(1)",
    "|default(1, true)",
    "|selectattr('role', 'eq', 'user')",
    ".replace('a', 'aaaa')",
    ".split('a')",
    ".strip()",
    ".join(messages)",
    ".format(messages, 1)",
    ".title()",
    " * 999",
    " ~ messages",
    "[::-1]",
    "[1:-1]",
];

/// Makes an expression of parts that fit or do not.
fn expression(mutator: &mut Mutator) -> String {
    let mut made = (*mutator.pick(&ATOMS)).to_owned();
    for _ in 0..mutator.below(5) {
        made = format!("({made}{})", mutator.pick(&AFTER));
    }
    made
}

fn statement(mutator: &mut Mutator, depth: usize) -> String {
    let value = expression(mutator);
    if depth == 0 {
        return format!("{{{{ {value} }}}}");
    }
    let (inner, other) = (statement(mutator, depth - 1), statement(mutator, depth - 1));
    match mutator.below(7) {
        0 => format!("{{% for x in {value} %}}{inner}{{% else %}}{other}{{% endfor %}}"),
        1 => format!("{{% for x in {value} recursive %}}{inner}{{{{ loop(x) }}}}{{% endfor %}}"),
        2 => format!("{{% if {value} %}}{inner}{{% else %}}{other}{{% endif %}}"),
        3 => format!("{{% set x = {value} %}}{inner}"),
        4 => format!("{{% macro m(x) %}}{inner}{{% endmacro %}}{other}{{{{ m({value}) }}}}"),
        5 => format!("{{% filter upper %}}{inner}{{% endfilter %}}{{{{ {value} }}}}"),
        _ => format!("{inner}{other}"),
    }
}

fn render(source: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let config = json!({ "chat_template": source, "bos_token": "<s>" });
    std::fs::write(dir.path().join("tokenizer_config.json"), config.to_string()).expect("written");
    let Ok(Some(template)) = ChatTemplate::load(dir.path()) else { return };
    let messages = vec![ChatMessage::new("user", "aä🦀 {} %s"), ChatMessage::new("a", "b")];
    let tools = vec![json!({ "type": "function", "function": { "name": "f" } })];
    let _ = template.render_prompt(&Conversation { messages, tools });
}

#[test]
fn a_template_that_asks_for_too_much_is_refused() {
    let name = "fuzz::template::a_template_that_asks_for_too_much_is_refused";
    confined(name, GREEDY.len() as u64).run(|seed| render(GREEDY[seed as usize]));
}

#[test]
fn a_template_of_any_parts_is_used_or_refused() {
    confined("fuzz::template::a_template_of_any_parts_is_used_or_refused", 3_000).run(|seed| {
        let mut mutator = Mutator::new(seed);
        let depth = mutator.below(4);
        render(&statement(&mut mutator, depth));
    });
}

#[test]
fn a_changed_template_is_used_or_refused() {
    let cases: Vec<Value> = read(&path("decoder/chat.json"));
    confined("fuzz::template::a_changed_template_is_used_or_refused", 2_000).run(|seed| {
        let mut mutator = Mutator::new(seed);
        let mut source =
            cases[seed as usize % cases.len()]["source"].as_str().expect("one").to_owned();
        for _ in 0..=mutator.below(3) {
            source = mutator.text(&source);
        }
        render(&source);
    });
}

#[test]
fn a_template_of_many_levels_is_used_or_refused() {
    const LEVELS: [&str; 6] = ["(", "[", "-", "not ", "{% if 1 %}", "{% for x in [1] %}"];
    let name = "fuzz::template::a_template_of_many_levels_is_used_or_refused";
    confined(name, 4 * LEVELS.len() as u64).run(|seed| {
        let level = LEVELS[seed as usize % LEVELS.len()];
        let many = level.repeat(10_usize.pow(2 + seed as u32 / LEVELS.len() as u32));
        render(&if level.starts_with('{') { many } else { format!("{{{{ {many}1 }}}}") });
    });
}
