//! Reads what a model writes: its reasoning, its answer and its calls of tools.
//!
//! Understood are `<think>…</think>`, the `<tool_call>` JSON of Hermes and Qwen, Llama's bare JSON
//! and Mistral's `[TOOL_CALLS]`. What only looks like a call is an answer.

use std::collections::BTreeSet;
use std::mem::take;

use serde_json::Value;

const THINK: &str = "<think>";
const THOUGHT: &str = "</think>";
const CALL: &str = "<tool_call>";
const CALLED: &str = "</tool_call>";
const CALLS: &str = "[TOOL_CALLS]";
const PYTHON: &str = "<|python_tag|>";

/// A part of what a model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What it thinks before it answers.
    Reasoning(String),
    /// What it answers.
    Content(String),
    /// A tool that it calls.
    Call(Call),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    /// A JSON object, as text.
    pub(super) arguments: String,
}

/// Takes text in and gives out its parts, each as soon as it is certain.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    state: State,
    /// Text whose part is not certain.
    held: String,
    /// The tools that may be called; none where calls are not looked for.
    tools: BTreeSet<String>,
    called: bool,
    /// Whether white space in front of the next text is dropped.
    fresh: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was written yet.
    Start,
    Reasoning,
    /// The answer begins.
    Begin,
    Content,
    /// Between `<tool_call>` and its end.
    Call,
    /// A text that may be calls as a whole.
    Bare,
}

impl Reader {
    /// Starts to read; `thinking` where the prompt opened the reasoning already.
    pub(super) fn new(tools: BTreeSet<String>, thinking: bool) -> Self {
        let state = if thinking { State::Reasoning } else { State::Start };
        Self { state, held: String::new(), tools, called: false, fresh: thinking }
    }

    /// Takes text in and returns what became certain.
    pub(super) fn push(&mut self, text: &str) -> Vec<Part> {
        self.held.push_str(text);
        let mut parts = Vec::new();
        while self.step(&mut parts) {}
        parts
    }

    /// Returns what is left at the end.
    pub(super) fn finish(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let text = take(&mut self.held);
        match self.state {
            State::Reasoning => push_text(&mut parts, text, Part::Reasoning),
            State::Start | State::Begin | State::Content => self.content(&mut parts, text),
            State::Call => self.call(&mut parts, &text, CALL),
            State::Bare => match self.bare_calls(&text) {
                Some(calls) => parts.extend(calls.into_iter().map(Part::Call)),
                None => self.content(&mut parts, text),
            },
        }
        parts
    }

    /// Moves on by one state; tells whether there may be more to do.
    fn step(&mut self, parts: &mut Vec<Part>) -> bool {
        match self.state {
            State::Start => self.start(),
            State::Reasoning => self.reasoning(parts),
            State::Begin => self.begin(),
            State::Content => self.in_content(parts),
            State::Call => self.in_call(parts),
            State::Bare => false,
        }
    }

    fn start(&mut self) -> bool {
        let text = self.held.trim_start();
        if let Some(rest) = text.strip_prefix(THINK) {
            self.held = rest.to_owned();
            self.state = State::Reasoning;
            self.fresh = true;
            return true;
        }
        if THINK.starts_with(text) {
            return false;
        }
        self.state = State::Begin;
        true
    }

    fn reasoning(&mut self, parts: &mut Vec<Part>) -> bool {
        self.refresh();
        let Some(end) = self.held.find(THOUGHT) else {
            let text = self.certain(&[THOUGHT]);
            push_text(parts, text, Part::Reasoning);
            return false;
        };
        let rest = self.held.split_off(end)[THOUGHT.len()..].to_owned();
        let thought = std::mem::replace(&mut self.held, rest);
        push_text(parts, thought.trim_end().to_owned(), Part::Reasoning);
        self.state = State::Begin;
        self.fresh = true;
        true
    }

    fn begin(&mut self) -> bool {
        self.refresh();
        let text = self.held.trim_start();
        if !self.tools.is_empty() {
            if text.is_empty() || (PYTHON.starts_with(text) && text != PYTHON) {
                return false;
            }
            // `[TOOL_CALLS]` begins as a list does, and ends in one.
            if text.starts_with(['{', '[']) || text.starts_with(PYTHON) {
                self.state = State::Bare;
                return false;
            }
        }
        if text.is_empty() {
            return false;
        }
        self.state = State::Content;
        true
    }

    fn in_content(&mut self, parts: &mut Vec<Part>) -> bool {
        if self.tools.is_empty() {
            let text = take(&mut self.held);
            self.content(parts, text);
            return false;
        }
        let at = |mark: &'static str| self.held.find(mark).map(|at| (at, mark));
        let Some((at, mark)) = at(CALL).into_iter().chain(at(CALLS)).min() else {
            let text = self.certain(&[CALL, CALLS]);
            self.content(parts, text);
            return false;
        };
        let rest = self.held.split_off(at)[mark.len()..].to_owned();
        let before = std::mem::replace(&mut self.held, rest);
        self.content(parts, before.trim_end().to_owned());
        self.state = if mark == CALL { State::Call } else { State::Bare };
        true
    }

    fn in_call(&mut self, parts: &mut Vec<Part>) -> bool {
        let Some(end) = self.held.find(CALLED) else { return false };
        let rest = self.held.split_off(end)[CALLED.len()..].to_owned();
        let text = std::mem::replace(&mut self.held, rest);
        self.call(parts, &text, CALL);
        self.state = State::Content;
        true
    }

    /// Adds the call that a text is, or the text behind its mark.
    fn call(&mut self, parts: &mut Vec<Part>, text: &str, mark: &str) {
        match serde_json::from_str(text.trim()).ok().as_ref().and_then(call_of) {
            Some(call) => {
                self.called = true;
                parts.push(Part::Call(call));
            }
            None => self.content(parts, format!("{mark}{text}")),
        }
    }

    /// Reads a text that may be nothing but calls: a list of them, or one after the other.
    fn bare_calls(&self, text: &str) -> Option<Vec<Call>> {
        let text = text.trim();
        let text = text.strip_prefix(CALLS).or_else(|| text.strip_prefix(PYTHON)).unwrap_or(text);
        let mut calls = Vec::new();
        for piece in split_values(text)? {
            match piece {
                Value::Array(several) => calls.extend(several.iter().map(call_of)),
                one => calls.push(call_of(&one)),
            }
        }
        let calls: Vec<Call> = calls.into_iter().collect::<Option<_>>()?;
        let known = calls.iter().all(|call| self.tools.contains(&call.name));
        (known && !calls.is_empty()).then_some(calls)
    }

    fn content(&self, parts: &mut Vec<Part>, text: String) {
        // Between calls and behind them stand line breaks.
        if !(self.called && text.trim().is_empty()) {
            push_text(parts, text, Part::Content);
        }
    }

    /// Drops white space in front of a text that begins.
    fn refresh(&mut self) {
        if self.fresh {
            self.held = self.held.trim_start().to_owned();
            self.fresh = self.held.is_empty();
        }
    }

    /// Takes the text that cannot be the beginning of one of the marks, nor white space before it.
    fn certain(&mut self, marks: &[&str]) -> String {
        let begun = |mark: &&str| {
            (1..mark.len()).rev().find(|length| self.held.ends_with(&mark[..*length])).unwrap_or(0)
        };
        let open = marks.iter().map(begun).max().unwrap_or(0);
        let mark = self.held.split_off(self.held.len() - open);
        let space = self.held.split_off(self.held.trim_end().len());
        std::mem::replace(&mut self.held, space + &mark)
    }
}

fn push_text(parts: &mut Vec<Part>, text: String, part: fn(String) -> Part) {
    if !text.is_empty() {
        parts.push(part(text));
    }
}

/// Reads JSON values with nothing but `;` and white space between them.
fn split_values(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        values.push(stream.next()?.ok()?);
        rest = rest[stream.byte_offset()..]
            .trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    }
    Some(values)
}

/// Reads `{"name": …, "arguments": …}`; Llama says `parameters`.
fn call_of(value: &Value) -> Option<Call> {
    let name = value.get("name")?.as_str()?.to_owned();
    let arguments = match value.get("arguments").or_else(|| value.get("parameters"))? {
        Value::String(text) => text.clone(),
        arguments @ Value::Object(_) => arguments.to_string(),
        _ => return None,
    };
    Some(Call { name, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text in pieces of so many characters and joins parts of a kind.
    fn read(text: &str, tools: &[&str], thinking: bool, size: usize) -> Vec<Part> {
        let tools = tools.iter().map(|tool| (*tool).to_owned()).collect();
        let mut reader = Reader::new(tools, thinking);
        let characters: Vec<char> = text.chars().collect();
        let pieces = characters.chunks(size).map(|piece| piece.iter().collect::<String>());
        let mut parts: Vec<Part> = pieces.flat_map(|piece| reader.push(&piece)).collect();
        parts.extend(reader.finish());
        parts.into_iter().fold(Vec::new(), |mut joined, part| {
            match (joined.last_mut(), part) {
                (Some(Part::Content(text)), Part::Content(more))
                | (Some(Part::Reasoning(text)), Part::Reasoning(more)) => text.push_str(&more),
                (_, part) => joined.push(part),
            }
            joined
        })
    }

    fn says(text: &str) -> Part {
        Part::Content(text.to_owned())
    }

    fn thinks(text: &str) -> Part {
        Part::Reasoning(text.to_owned())
    }

    fn calls(name: &str, arguments: &str) -> Part {
        Part::Call(Call { name: name.to_owned(), arguments: arguments.to_owned() })
    }

    #[test]
    fn the_parts_do_not_depend_on_the_pieces() {
        let check = |text: &str, tools: &[&str], thinking: bool, expected: &[Part]| {
            for size in [1, 2, 7, 1_000] {
                assert_eq!(read(text, tools, thinking, size), expected, "{text} by {size}");
            }
        };
        let tools: &[&str] = &["f", "g"];
        check("hello", &[], false, &[says("hello")]);
        check(" <b>", &[], false, &[says(" <b>")]);
        check("<think>\na <b\n</think>\n\nyes", &[], false, &[thinks("a <b"), says("yes")]);
        check("a</think>b", &[], true, &[thinks("a"), says("b")]);
        check("<think>a", &[], false, &[thinks("a")]);
        check("<thin", &[], false, &[says("<thin")]);
        check("<tool_call>{}", &[], false, &[says("<tool_call>{}")]);

        let hermes = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>";
        let f = calls("f", "{\"a\":1}");
        check(hermes, tools, false, std::slice::from_ref(&f));
        let two = format!("sure\n{hermes}\n{hermes}\n");
        check(&two, tools, false, &[says("sure"), f.clone(), f.clone()]);
        let thought = format!("<think>x</think>{hermes}");
        check(&thought, tools, false, &[thinks("x"), f.clone()]);
        check("<tool_call>{\"na", tools, false, &[says("<tool_call>{\"na")]);
        check("a < b <tool", tools, false, &[says("a < b <tool")]);

        let llama = "{\"name\": \"f\", \"parameters\": {\"a\": 1}}";
        check(llama, tools, false, std::slice::from_ref(&f));
        check(&format!("<|python_tag|>{llama}; {llama}"), tools, false, &[f.clone(), f.clone()]);
        let mistral = "[TOOL_CALLS][{\"name\": \"g\", \"arguments\": {}}]";
        check(mistral, tools, false, &[calls("g", "{}")]);
        check(&format!("well {mistral}"), tools, false, &[says("well"), calls("g", "{}")]);
        check(&mistral["[TOOL_CALLS]".len()..], tools, false, &[calls("g", "{}")]);
        for other in ["{\"name\": \"h\", \"arguments\": {}}", "{\"a\": 1}", "[1]", "[see", "{"] {
            check(other, tools, false, &[says(other)]);
        }
    }
}
