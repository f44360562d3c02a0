//! Reads a filter by descending: alternatives, what goes together, single conditions.

use domain::Fault;

use super::lexer::{Token, What, tokens, wrong};
use super::{Filter, Operator, Test, Value, ValueKind};

/// The longest filter in characters; a query string of 8 KiB is what servers take.
const LENGTH_MAX: usize = 4_096;

/// Brackets inside brackets; a person nests two or three.
const DEPTH_MAX: usize = 16;

/// The most values together, whether in conditions or in lists: each is looked at for each model.
const VALUES_MAX: usize = 64;

/// Wildcards of one pattern: each may be tried at each letter.
const WILDCARDS_MAX: usize = 8;

/// Reads a filter; empty text asks for nothing.
///
/// # Errors
/// Where it cannot be read, saying at which character; or where it is too long.
pub fn parse(text: &str) -> Result<Filter, Fault> {
    if text.len() > LENGTH_MAX {
        return Err(wrong(LENGTH_MAX, format!("it is longer than {LENGTH_MAX} characters")));
    }
    let visible = |(_, c): &(usize, char)| !matches!(c, ' '..='~');
    if let Some((at, _)) = text.char_indices().find(visible) {
        return Err(wrong(at, "only printable ASCII is allowed"));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), depth: 0, values: 0 };
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.expected("`AND`, `OR` or the end")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
    depth: usize,
    values: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |token| token.at)
    }

    fn expected(&self, what: &str) -> Fault {
        wrong(self.place(), format!("{what} is expected"))
    }

    fn takes(&mut self, wanted: &What) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(What::Word(word))
            if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.all()?];
        while self.takes_keyword("or") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.one()?];
        while self.takes_keyword("and") {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Filter::All))
    }

    fn one(&mut self) -> Result<Filter, Fault> {
        if !self.takes(&What::Open) {
            return Ok(Filter::Test(self.test()?.normalized()));
        }
        if self.depth == DEPTH_MAX {
            return Err(wrong(self.place(), format!("more than {DEPTH_MAX} brackets are open")));
        }
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        match self.takes(&What::Close) {
            true => Ok(filter),
            false => Err(self.expected("`)`")),
        }
    }

    fn test(&mut self) -> Result<Test, Fault> {
        let (field, kind) = self.field()?;
        let operator = self.operator()?;
        let values = match operator {
            Operator::In => self.list()?,
            _ => vec![self.value()?],
        };
        if matches!(operator, Operator::Like | Operator::LikeAnyCase) {
            self.check_pattern(&values)?;
        }
        Ok(Test { field, kind, operator, values })
    }

    fn check_pattern(&self, values: &[Value]) -> Result<(), Fault> {
        match values {
            [Value::Text(pattern)] if pattern.matches('%').count() <= WILDCARDS_MAX => Ok(()),
            [Value::Text(_)] => {
                let why = format!("a pattern has at most {WILDCARDS_MAX} `%`");
                Err(wrong(self.place(), why))
            }
            _ => Err(wrong(self.place(), "a pattern is a text")),
        }
    }

    fn field(&mut self) -> Result<(String, Option<ValueKind>), Fault> {
        let place = self.place();
        let (name, kind) = match self.peek().cloned() {
            Some(What::Word(word)) => {
                self.at += 1;
                let typed = word.rsplit_once('.');
                let typed = typed.and_then(|(name, suffix)| {
                    Some((name.to_owned(), Some(ValueKind::of_suffix(suffix)?)))
                });
                typed.unwrap_or((word, None))
            }
            Some(What::Quoted(name, kind)) => {
                self.at += 1;
                (name, kind)
            }
            _ => return Err(self.expected("a property")),
        };
        if name.starts_with("artifacts.") {
            return Err(wrong(place, "models are not found by their artifacts here"));
        }
        Ok((name, kind))
    }

    fn operator(&mut self) -> Result<Operator, Fault> {
        let keywords =
            [("like", Operator::Like), ("ilike", Operator::LikeAnyCase), ("in", Operator::In)];
        if let Some(What::Sign(operator)) = self.peek() {
            let operator = *operator;
            self.at += 1;
            return Ok(operator);
        }
        for (keyword, operator) in keywords {
            if self.takes_keyword(keyword) {
                return Ok(operator);
            }
        }
        Err(self.expected("a comparison such as `=`, `LIKE` or `IN`"))
    }

    fn list(&mut self) -> Result<Vec<Value>, Fault> {
        if !self.takes(&What::Open) {
            return Err(self.expected("`(`"));
        }
        let mut values = vec![self.value()?];
        while self.takes(&What::Comma) {
            values.push(self.value()?);
        }
        match self.takes(&What::Close) {
            true => Ok(values),
            false => Err(self.expected("`,` or `)`")),
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        let Some(What::Value(value)) = self.peek().cloned() else {
            return Err(self.expected("a text in quotes, a number, `true` or `false`"));
        };
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(wrong(self.place(), format!("it has more than {VALUES_MAX} values")));
        }
        self.at += 1;
        Ok(value)
    }
}

fn single_or(mut parts: Vec<Filter>, wrap: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => wrap(parts),
    }
}
