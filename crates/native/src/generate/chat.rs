//! Lays out conversations with a model's chat template, as `transformers` would.
//!
//! Templates come with the model and are not trusted: they see no files and no clock but the
//! given one, and run on a budget.

mod json;
mod methods;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Clock;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, ErrorKind, State, UndefinedBehavior, context};

use super::request::{ChatMessage, Conversation};
use super::tools::in_words;
use crate::{Error, Result, chat_template, files, stack};

/// What one rendering may spend; bounds its time to a fraction of a second, its memory to 32 MB,
/// and the levels of what it makes, each of which is let go of in a call of its own.
const FUEL: u64 = 500_000;
/// The bytes that one fuel pays for.
const FUEL_BYTES: usize = 64;
/// Lines of dashes are shorter.
const SIGNS_MAX: usize = 500;
const NAME: &str = "chat";

/// A model's chat template.
#[derive(Clone)]
pub struct ChatTemplate {
    path: PathBuf,
    source: String,
    specials: Vec<(String, String)>,
    clock: Option<Arc<dyn Clock>>,
}

impl ChatTemplate {
    /// Loads the template of a model, where it has one.
    pub fn load(dir: &Path) -> Result<Option<Self>> {
        let Some(source) = chat_template::read(dir)? else { return Ok(None) };
        let own = dir.join("chat_template.jinja");
        let config = dir.join("tokenizer_config.json");
        let specials = special_tokens(&config)?;
        let path = if own.exists() { own } else { config };
        Ok(Some(Self::of(path, &source, specials)))
    }

    /// Makes a template of its text and of tokens such as `bos_token`.
    pub(crate) fn of(path: PathBuf, source: &str, specials: Vec<(String, String)>) -> Self {
        Self { path, source: without_generation_marks(source), specials, clock: None }
    }

    /// Lets the template ask for the time.
    ///
    /// Without a clock `strftime_now` is not defined, and templates that test for it go without.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Lays out a conversation and opens the assistant's answer.
    pub fn render_prompt(&self, conversation: &Conversation) -> Result<String> {
        if conversation.tools.is_empty() || self.source.contains("tools") {
            return self.render(&conversation.messages, &conversation.tools, true);
        }
        self.render(&in_words(conversation), &[], true)
    }

    /// Lays out a conversation that is complete, to learn from.
    pub fn render_conversation(&self, messages: &[ChatMessage]) -> Result<String> {
        self.render(messages, &[], false)
    }

    fn render(
        &self,
        messages: &[ChatMessage],
        tools: &[serde_json::Value],
        add_generation_prompt: bool,
    ) -> Result<String> {
        stack::with_room("chat template", || {
            self.render_here(messages, tools, add_generation_prompt)
        })
    }

    fn render_here(
        &self,
        messages: &[ChatMessage],
        tools: &[serde_json::Value],
        add_generation_prompt: bool,
    ) -> Result<String> {
        let wrong = |source| Error::Template { path: self.path.clone(), source };
        bound_signs(&self.source).map_err(wrong)?;
        let environment = self.environment().map_err(wrong)?;
        let template = environment.template_from_named_str(NAME, &self.source).map_err(wrong)?;
        // A template tests whether there are tools by whether there is a list.
        let tools = Some(tools).filter(|tools| !tools.is_empty());
        let tools = tools.map_or_else(|| Value::from(()), |tools| Value::from(Serde(tools)));
        let messages = Value::from(Serde(messages));
        let specials = Value::from_pairs(self.specials.iter().cloned());
        let context = context! {
            messages, add_generation_prompt, tools, documents => (), ..specials
        };
        template.render(context).map_err(wrong)
    }

    fn environment(&self) -> Result<Environment<'_>, minijinja::Error> {
        let mut environment = Environment::new();
        environment
            .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_fuel(Some(FUEL));
        // An error must not carry the template's values, however deep, out of its thread.
        environment.set_debug(false);
        environment.set_unknown_method_callback(methods::call);
        environment.set_formatter(write_like_python);
        environment.add_function("raise_exception", raise_exception);
        environment.add_filter("tojson", json::tojson);
        if let Some(clock) = self.clock.clone() {
            let strftime_now = move |format: &str| strftime(clock.as_ref(), format);
            environment.add_function("strftime_now", strftime_now);
        }
        Ok(environment)
    }
}

impl fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatTemplate").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads `bos_token` and its like, each a text or an object with its `content`.
fn special_tokens(config: &Path) -> Result<Vec<(String, String)>> {
    let config: Option<serde_json::Map<String, serde_json::Value>> =
        files::read_json_if_present(config)?;
    let token = |(name, value): (String, serde_json::Value)| {
        let text = value.get("content").unwrap_or(&value).as_str()?.to_owned();
        name.ends_with("_token").then_some((name, text))
    };
    Ok(config.into_iter().flatten().filter_map(token).collect())
}

/// Replaces `{% generation %}` blocks, which mark what to train on, by what they hold.
fn without_generation_marks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        // The end of a tag shares nothing with its beginning: `{%}` is none.
        let Some(inside) = rest[start + 2..].find("%}") else { break };
        let length = 2 + inside;
        let (before, tag) = (&rest[..start], &rest[start..start + length]);
        out.push_str(before);
        match tag[2..].trim_matches(|c: char| "-+".contains(c) || c.is_whitespace()) {
            "generation" => out.push_str(&tag.replace("generation", "if true")),
            "endgeneration" => out.push_str(&tag.replace("endgeneration", "endif")),
            _ => out.push_str(tag),
        }
        rest = &rest[start + length..];
    }
    out + rest
}

/// Refuses many `-` or `not` in a row: the parser calls itself for each of them, without a bound.
fn bound_signs(source: &str) -> Result<(), minijinja::Error> {
    let (mut rest, mut row) = (source, 0);
    while let Some(first) = rest.chars().next() {
        let sign = ["-", "not"].into_iter().find(|sign| rest.starts_with(sign));
        match sign {
            Some(_) => row += 1,
            None if first.is_whitespace() => {}
            None => row = 0,
        }
        if row > SIGNS_MAX {
            let why = format!("more than {SIGNS_MAX} signs in a row");
            return Err(minijinja::Error::new(ErrorKind::SyntaxError, why));
        }
        rest = &rest[sign.map_or(first.len_utf8(), str::len)..];
    }
    Ok(())
}

/// Prints nothing, yes and no as Python does.
fn write_like_python(
    out: &mut minijinja::Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = match value.kind() {
        ValueKind::None => "None",
        ValueKind::Bool if value.is_true() => "True",
        ValueKind::Bool => "False",
        _ => return minijinja::escape_formatter(out, state, value),
    };
    Ok(out.write_str(text)?)
}

fn raise_exception(message: &str) -> Result<Value, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message.to_owned()))
}

/// Returns how much more a rendering may make, in bytes.
fn bytes_left(state: &State<'_, '_>) -> usize {
    state.fuel_levels().map_or(0, |(_, left)| left as usize).saturating_mul(FUEL_BYTES)
}

/// Formats the present moment, in UTC.
fn strftime(clock: &dyn Clock, format: &str) -> Result<String, minijinja::Error> {
    let wrong = |why: &dyn fmt::Display| {
        let what = format!("cannot format the time as `{format}`: {why}");
        minijinja::Error::new(ErrorKind::InvalidOperation, what)
    };
    let items = time::format_description::parse_strftime_owned(format).map_err(|e| wrong(&e))?;
    let seconds = clock.now_ms().div_euclid(1000);
    let now = time::OffsetDateTime::from_unix_timestamp(seconds).map_err(|e| wrong(&e))?;
    now.format(&items).map_err(|e| wrong(&e))
}

#[cfg(test)]
mod tests;
