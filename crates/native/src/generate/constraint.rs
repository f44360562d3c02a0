//! Answers that have to fit a form: JSON, a JSON schema, a regular expression, a choice.
//!
//! The form is compiled to a grammar once; at each token the grammar says which tokens may come.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use crate::tokenizer::TextTokenizer;
use crate::{Error, Result, stack};

/// The largest schemas that clients derive from their types are a tenth of this.
const SCHEMA_BYTES_MAX: usize = 64 << 10;
/// A pattern is compiled to states that grow with it.
const PATTERN_BYTES_MAX: usize = 4 << 10;
const CHOICES_MAX: usize = 1_024;

/// What an answer has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object.
    JsonObject,
    /// JSON that a schema allows.
    JsonSchema(Value),
    /// A text that a regular expression matches as a whole.
    Regex(String),
    /// One of some texts.
    Choice(Vec<String>),
}

/// A form, compiled for a model's tokens. Copies share it.
#[derive(Clone)]
pub struct Constraint {
    start: Arc<Mutex<Matcher>>,
}

impl Constraint {
    /// Compiles a form for a tokenizer and the tokens by which the model ends an answer.
    pub fn compile(form: &Form, tokenizer: &TextTokenizer, ends: &[u32]) -> Result<Self> {
        // The compiler calls itself for each schema that a schema names, with up to 50 KB each;
        // the largest schema has room for some 1,500.
        stack::with_room("form", || Self::compile_here(form, tokenizer, ends))
    }

    fn compile_here(form: &Form, tokenizer: &TextTokenizer, ends: &[u32]) -> Result<Self> {
        let grammar = grammar(form)?;
        let factory = tokenizer.grammars(ends)?;
        let mut matcher = Matcher::new(factory.create_parser(grammar));
        // What is wrong with a grammar may show only when it is used.
        let first = matcher.compute_mask();
        match (matcher.get_error(), first) {
            (None, Ok(allowed)) if !allowed.is_zero() => {
                Ok(Self { start: Arc::new(Mutex::new(matcher)) })
            }
            (None, Ok(_)) => Err(Error::input("nothing can fit the form")),
            (Some(why), _) => Err(Error::input(format!("cannot use the form: {why}"))),
            (None, Err(error)) => Err(Error::input(format!("cannot use the form: {error}"))),
        }
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Constraint").finish_non_exhaustive()
    }
}

impl PartialEq for Constraint {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.start, &other.start)
    }
}

/// Where an answer stands in its form.
pub(super) struct Progress(Matcher);

impl Progress {
    pub(super) fn start(constraint: &Constraint) -> Self {
        // A copy of its own: caches are filled while an answer is written.
        Self(constraint.start.lock().unwrap_or_else(PoisonError::into_inner).deep_clone())
    }

    /// Returns the scores with those of tokens that may not come at minus infinity.
    pub(super) fn allowed(&mut self, scores: &[f32]) -> Result<Vec<f32>> {
        let allowed = self.0.compute_mask_or_eos().map_err(|error| lost(&error))?;
        let mut masked = vec![f32::NEG_INFINITY; scores.len()];
        let mut any = false;
        allowed.iter_set_entries(|token| {
            if let (Some(to), Some(from)) = (masked.get_mut(token), scores.get(token)) {
                *to = *from;
                any = true;
            }
        });
        if any { Ok(masked) } else { Err(lost(&"the model knows no token that may come next")) }
    }

    /// Takes the chosen token in; tells whether the form is complete and nothing can follow.
    pub(super) fn take(&mut self, token: u32) -> Result<bool> {
        self.0.consume_token(token).map_err(|error| lost(&error))?;
        Ok(self.0.is_stopped())
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

fn lost(why: &dyn fmt::Display) -> Error {
    Error::input(format!("cannot keep the answer to its form: {why}"))
}

fn grammar(form: &Form) -> Result<TopLevelGrammar> {
    match form {
        Form::JsonObject => Ok(schema_grammar(json!({ "type": "object" }))),
        Form::JsonSchema(schema) if !schema.is_object() => {
            Err(Error::input("the JSON schema is not an object"))
        }
        Form::JsonSchema(schema) => {
            let bytes = schema.to_string().len();
            if bytes > SCHEMA_BYTES_MAX {
                let most = SCHEMA_BYTES_MAX;
                let why = format!("the JSON schema has {bytes} bytes, more than {most}");
                return Err(Error::input(why));
            }
            Ok(schema_grammar(schema.clone()))
        }
        Form::Regex(pattern) if pattern.len() > PATTERN_BYTES_MAX => {
            let (bytes, most) = (pattern.len(), PATTERN_BYTES_MAX);
            Err(Error::input(format!("the expression has {bytes} bytes, more than {most}")))
        }
        Form::Regex(pattern) => Ok(TopLevelGrammar::from_regex(pattern)),
        Form::Choice(texts) => choice_grammar(texts),
    }
}

/// One line, a space at most behind commas and colons: a model that may write spaces for ever is
/// one that may never end.
fn schema_grammar(mut schema: Value) -> TopLevelGrammar {
    schema["x-guidance"] = json!({
        "whitespace_flexible": false, "item_separator": ", ?", "key_separator": ": ?",
    });
    TopLevelGrammar::from_json_schema(schema)
}

fn choice_grammar(texts: &[String]) -> Result<TopLevelGrammar> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let wrong = texts.is_empty() || texts.iter().any(String::is_empty);
    if wrong || texts.len() > CHOICES_MAX || bytes > SCHEMA_BYTES_MAX {
        let most = SCHEMA_BYTES_MAX;
        let why = format!("a choice has 1 to {CHOICES_MAX} texts of up to {most} bytes together");
        return Err(Error::input(why));
    }
    // A JSON string is a string of the grammar as well.
    let texts: Vec<String> = texts.iter().map(|text| json!(text).to_string()).collect();
    Ok(TopLevelGrammar::from_lark(format!("start: {}", texts.join(" | "))))
}

/// Bounds what grammars may cost: a mask takes some milliseconds at most and a grammar some
/// hundred megabytes.
pub(crate) fn bound(factory: &mut ParserFactory) {
    let limits = factory.limits_mut();
    limits.max_lexer_states = 50_000;
    limits.max_grammar_size = 200_000;
    limits.verbose_errors = false;
    factory.quiet();
}

#[cfg(test)]
mod tests;
