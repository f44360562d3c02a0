//! `filterQuery`: a small language of conditions, such as `license = 'mit' AND likes > 10`.

mod lexer;
mod like;
mod parser;
mod test;

use domain::{License, Task};

pub use parser::parse;
pub use test::meets;

/// A condition, or several.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them.
    All(Vec<Filter>),
    /// One of them.
    Any(Vec<Filter>),
    /// A single one.
    Test(Test),
}

/// A single condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The property.
    pub field: String,
    /// The type that it must have.
    pub kind: Option<ValueKind>,
    /// The comparison.
    pub operator: Operator,
    /// What it compares with; one value, unless it is `IN`.
    pub values: Vec<Value>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`.
    Equal,
    /// `!=` or `<>`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `LIKE`.
    Like,
    /// `ILIKE`: letters count the same in both cases.
    LikeAnyCase,
    /// `IN`.
    In,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// The types of values, as properties name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `string_value`.
    Text,
    /// `int_value` or `double_value`.
    Number,
    /// `bool_value`.
    Flag,
}

impl ValueKind {
    fn of_suffix(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "string_value" => Self::Text,
            "int_value" | "double_value" => Self::Number,
            "bool_value" => Self::Flag,
            _ => return None,
        })
    }

    fn is_of(self, value: &Value) -> bool {
        let kind = match value {
            Value::Text(_) => Self::Text,
            Value::Number(_) => Self::Number,
            Value::Flag(_) => Self::Flag,
        };
        kind == self
    }
}

impl Test {
    /// Spells what has several spellings as the catalog does: `MIT License` is `MIT`.
    fn normalized(mut self) -> Self {
        let patterns = [Operator::Like, Operator::LikeAnyCase];
        let spell = match self.field.as_str() {
            "license" => |text: &str| License::parse(text).to_string(),
            "tasks" => |text: &str| match text.parse::<Task>() {
                Ok(task) => task.tag().to_owned(),
                Err(_) => text.to_owned(),
            },
            _ => return self,
        };
        if !patterns.contains(&self.operator) {
            for value in &mut self.values {
                if let Value::Text(text) = value {
                    *text = spell(text);
                }
            }
        }
        self
    }
}
