//! Makes sentences from the templates of `library.txt`; same seed, same sentences.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Which sort of sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Register {
    /// As in a letter.
    Formal,
    /// As people type.
    Casual,
    /// As people type, from templates that only the test data has.
    Unseen,
    /// What the help desk says.
    Answer,
}

/// The templates and what fills them.
#[derive(Debug, Default)]
pub struct Grammar {
    slots: BTreeMap<String, Vec<String>>,
    templates: BTreeMap<String, BTreeMap<Register, Vec<String>>>,
    talks: Vec<Talk>,
}

/// Questions that are not about an intent, and the answer to each of them.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// Ways to ask.
    pub questions: Vec<String>,
    /// What the help desk says.
    pub answer: String,
}

/// What fills the slots of one conversation.
pub type Filling = BTreeMap<String, String>;

/// A sentence that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence itself.
    pub core: String,
    /// The same with a greeting and with thanks, where there are any.
    pub text: String,
    /// The slots that it mentions.
    pub slots: BTreeSet<String>,
}

impl Grammar {
    /// Reads the templates that are part of this program.
    ///
    /// # Errors
    /// Where a line cannot be read.
    pub fn library() -> Result<Self, String> {
        Self::parse(include_str!("library.txt"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut grammar = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            grammar.read_line(line).ok_or_else(|| format!("cannot read the line `{line}`"))?;
        }
        Ok(grammar)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        if let Some(slot) = line.strip_prefix("slot ") {
            let (name, values) = slot.split_once(" = ")?;
            self.slots.insert(name.to_owned(), choices(values));
            return Some(());
        }
        let (head, body) = line.split_once(": ")?;
        if head == "talk" {
            let (questions, answer) = body.split_once(" => ")?;
            self.talks.push(Talk { questions: choices(questions), answer: answer.to_owned() });
            return Some(());
        }
        let (intent, register) = head.split_once(' ')?;
        let register = match register {
            "formal" => Register::Formal,
            "casual" => Register::Casual,
            "unseen" => Register::Unseen,
            "answer" => Register::Answer,
            _ => return None,
        };
        self.check(body)?;
        let of_intent = self.templates.entry(intent.to_owned()).or_default();
        of_intent.entry(register).or_default().push(body.to_owned());
        Some(())
    }

    /// Checks that a template can be filled, whichever of its parts are chosen.
    fn check(&self, template: &str) -> Option<()> {
        let (mut rest, mut is_open) = (template, false);
        while let Some(at) = rest.find(['(', ')', '{']) {
            let mark = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            match mark {
                b'{' => self.slots.get(rest.split_once('}')?.0).map(drop)?,
                _ if is_open == (mark == b'(') => return None,
                _ => is_open = !is_open,
            }
        }
        (!is_open).then_some(())
    }

    /// Returns the intents in alphabetical order.
    pub fn intents(&self) -> Vec<&str> {
        self.templates.keys().map(String::as_str).collect()
    }

    /// Returns what is not about an intent.
    pub fn talks(&self) -> &[Talk] {
        &self.talks
    }

    /// Draws a value for each slot.
    pub fn filling(&self, random: &mut ChaCha8Rng) -> Filling {
        let draw = |(name, values): (&String, &Vec<String>)| {
            (name.clone(), values.choose(random).cloned().unwrap_or_default())
        };
        self.slots.iter().map(draw).collect()
    }

    /// Makes one sentence; one that people type may greet and thank.
    pub fn sentence(
        &self,
        intent: &str,
        register: Register,
        filling: &Filling,
        random: &mut ChaCha8Rng,
    ) -> Sentence {
        let template = self.of(intent, register).choose(random).map_or("", String::as_str);
        let chosen = choose(template, random);
        let (core, slots) = fill(&chosen, filling);
        let mut text = core.clone();
        if matches!(register, Register::Casual | Register::Unseen) {
            if random.random_bool(0.4) {
                text = format!("{} {text}", filling["opener"]);
            }
            if random.random_bool(0.3) {
                text = format!("{text} {}", filling["closer"]);
            }
        }
        Sentence { core, text, slots }
    }

    /// Answers a sentence: with what it mentions, as much of it as an answer knows to use.
    pub fn answer(&self, intent: &str, to: &Sentence, filling: &Filling) -> String {
        let answers = self.of(intent, Register::Answer).iter().map(|one| fill(one, filling));
        let fitting = answers.filter(|(_, slots)| slots.is_subset(&to.slots));
        fitting.max_by_key(|(_, slots)| slots.len()).map(|(text, _)| text).unwrap_or_default()
    }

    fn of(&self, intent: &str, register: Register) -> &[String] {
        let templates = self.templates.get(intent).and_then(|kinds| kinds.get(&register));
        templates.map_or(&[], Vec::as_slice)
    }
}

fn choices(text: &str) -> Vec<String> {
    text.split('|').map(|choice| choice.trim().to_owned()).collect()
}

/// Chooses one part of each `(a|b)`.
fn choose(template: &str, random: &mut ChaCha8Rng) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, inner, after)) = between(rest, '(', ')') {
        let parts: Vec<&str> = inner.split('|').collect();
        text.push_str(before);
        text.push_str(parts.choose(random).copied().unwrap_or_default());
        rest = after;
    }
    (text + rest).trim().to_owned()
}

/// Fills every slot, and tells which there were.
fn fill(template: &str, filling: &Filling) -> (String, BTreeSet<String>) {
    let (mut text, mut slots) = (String::new(), BTreeSet::new());
    let mut rest = template;
    while let Some((before, name, after)) = between(rest, '{', '}') {
        text.push_str(before);
        text.push_str(filling.get(name).map_or("", String::as_str));
        slots.insert(name.to_owned());
        rest = after;
    }
    (text + rest, slots)
}

fn between(text: &str, open: char, close: char) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(open)?;
    let (inner, after) = rest.split_once(close)?;
    Some((before, inner, after))
}

#[cfg(test)]
mod tests;
