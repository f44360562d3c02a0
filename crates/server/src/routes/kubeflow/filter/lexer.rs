//! Words and signs of a filter.

use domain::{Fault, Kind};

use super::{Operator, Value, ValueKind};

/// A word or sign, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Characters before it.
    pub at: usize,
    /// What it is.
    pub what: What,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A property or a keyword.
    Word(String),
    /// A property between back-ticks, never a keyword, and the type behind it.
    Quoted(String, Option<ValueKind>),
    /// A text or a number.
    Value(Value),
    /// A sign of comparison.
    Sign(Operator),
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
}

/// Signs of comparison, longer ones first.
const SIGNS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<>", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Takes a filter apart.
///
/// # Errors
/// Where a character begins nothing, or a text does not end.
pub fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (what, length) = match first {
            '(' => (What::Open, 1),
            ')' => (What::Close, 1),
            ',' => (What::Comma, 1),
            '\'' | '"' => {
                let (value, length) = quoted(rest, first).ok_or_else(|| endless(at, first))?;
                (What::Value(Value::Text(value)), length)
            }
            '`' => {
                let (name, length) = quoted(rest, first).ok_or_else(|| endless(at, first))?;
                let (kind, suffix) = suffix(&rest[length..]);
                (What::Quoted(name, kind), length + suffix)
            }
            '-' | '+' | '.' | '0'..='9' => number(rest, at)?,
            'A'..='Z' | 'a'..='z' | '_' => word(rest),
            _ => sign(rest, at)?,
        };
        tokens.push(Token { at, what });
        rest = &rest[length..];
    }
}

/// Reads up to the closing quote; twice the quote is the quote itself.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut read = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            read.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            read.push(quote);
        } else {
            return Some((read, at + 1));
        }
    }
    None
}

/// Reads the type behind a property, such as `.string_value`.
fn suffix(text: &str) -> (Option<ValueKind>, usize) {
    let word = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let suffix = text.strip_prefix('.').map(|rest| &rest[..word(rest).unwrap_or(rest.len())]);
    match suffix.and_then(|suffix| Some((ValueKind::of_suffix(suffix)?, suffix.len() + 1))) {
        Some((kind, length)) => (Some(kind), length),
        None => (None, 0),
    }
}

fn number(text: &str, at: usize) -> Result<(What, usize), Fault> {
    let of_number = |(place, c): &(usize, char)| {
        let after_exponent = *place > 0 && text[..*place].ends_with(['e', 'E']);
        let sign = matches!(c, '-' | '+') && (*place == 0 || after_exponent);
        sign || matches!(c, '.' | 'e' | 'E' | '0'..='9')
    };
    let length = text.char_indices().take_while(of_number).count();
    let number: Option<f64> = text[..length].parse().ok().filter(|number: &f64| number.is_finite());
    let value =
        number.ok_or_else(|| wrong(at, format!("`{}` is not a number", &text[..length])))?;
    Ok((What::Value(Value::Number(value)), length))
}

fn word(text: &str) -> (What, usize) {
    let of_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let length = text.chars().take_while(of_word).count();
    let word = &text[..length];
    let what = match word.to_ascii_lowercase().as_str() {
        "true" => What::Value(Value::Flag(true)),
        "false" => What::Value(Value::Flag(false)),
        _ => What::Word(word.to_owned()),
    };
    (what, length)
}

fn sign(text: &str, at: usize) -> Result<(What, usize), Fault> {
    let found = SIGNS.iter().find(|(sign, _)| text.starts_with(sign));
    let (sign, operator) = found.ok_or_else(|| {
        let c = text.chars().next().unwrap_or_default();
        wrong(at, format!("`{c}` has no meaning"))
    })?;
    Ok((What::Sign(*operator), sign.len()))
}

fn endless(at: usize, quote: char) -> Fault {
    wrong(at, format!("the closing {quote} is missing"))
}

/// Says what is wrong with a filter, and where.
pub fn wrong(at: usize, why: impl std::fmt::Display) -> Fault {
    let message = format!("`filterQuery` cannot be read at character {}: {why}", at + 1);
    Fault::new(Kind::Invalid, message).hint("write `license = 'mit' AND downloads > 1000`")
}
