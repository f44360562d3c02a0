//! Tells whether something meets a filter.

use std::cmp::Ordering;

use super::like::matches;
use super::{Filter, Operator, Test, Value};

/// Tells whether what has the values that `of` returns for a property meets a filter.
pub fn meets(filter: &Filter, of: &dyn Fn(&str) -> Vec<Value>) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| meets(part, of)),
        Filter::Any(parts) => parts.iter().any(|part| meets(part, of)),
        Filter::Test(test) => passes(test, &of(&test.field)),
    }
}

/// Of several values one must fit; what has none fits nothing, as in SQL.
fn passes(test: &Test, has: &[Value]) -> bool {
    let mut has = has.iter().filter(|value| test.kind.is_none_or(|kind| kind.is_of(value)));
    let wanted = |value: &Value, fits: fn(Ordering) -> bool| {
        test.values.iter().any(|wanted| compare(value, wanted).is_some_and(fits))
    };
    match test.operator {
        Operator::Equal | Operator::In => has.any(|value| wanted(value, Ordering::is_eq)),
        Operator::Unequal => {
            let has: Vec<_> = has.collect();
            !has.is_empty() && !has.iter().any(|value| wanted(value, Ordering::is_eq))
        }
        Operator::Less => has.any(|value| wanted(value, Ordering::is_lt)),
        Operator::LessOrEqual => has.any(|value| wanted(value, Ordering::is_le)),
        Operator::Greater => has.any(|value| wanted(value, Ordering::is_gt)),
        Operator::GreaterOrEqual => has.any(|value| wanted(value, Ordering::is_ge)),
        Operator::Like => has.any(|value| is_like(test, value, str::to_owned)),
        Operator::LikeAnyCase => has.any(|value| is_like(test, value, str::to_lowercase)),
    }
}

fn is_like(test: &Test, value: &Value, fold: fn(&str) -> String) -> bool {
    let Value::Text(text) = value else { return false };
    let text = fold(text);
    test.values
        .iter()
        .any(|pattern| matches!(pattern, Value::Text(pattern) if matches(&fold(pattern), &text)))
}

/// Numbers may be written as texts: times are.
fn compare(value: &Value, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Number(a), Value::Text(b)) => a.partial_cmp(&b.trim().parse().ok()?),
        (Value::Text(a), Value::Number(b)) => a.trim().parse::<f64>().ok()?.partial_cmp(b),
        (Value::Flag(a), Value::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    fn value(field: &str) -> Vec<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        match field {
            "name" => vec![text("distilbert-base")],
            "license" => vec![text("Apache-2.0")],
            "tasks" => vec![text("fill-mask"), text("feature-extraction")],
            "likes" => vec![Value::Number(12.0)],
            "createTimeSinceEpoch" => vec![text("1700000000000")],
            "gated" => vec![Value::Flag(false)],
            "odd-name" => vec![text("yes")],
            _ => Vec::new(),
        }
    }

    fn check(filter: &str) -> bool {
        meets(&parse(filter).unwrap(), &value)
    }

    #[test]
    fn conditions_mean_what_they_say() {
        for filter in [
            "",
            "name = 'distilbert-base'",
            "name LIKE '%bert%' AND likes >= 12",
            "name ILIKE \"DISTIL%\"",
            "license = 'apache-2.0' and license = 'Apache License 2.0'",
            "tasks = 'embeddings'",
            "tasks IN ('fill_mask', 'translation')",
            "tasks != 'translation'",
            "likes <> 11 AND likes < 1.3e1 AND likes > -4",
            "likes = '12'",
            "(name = 'x' OR (name = 'y' OR likes = 12)) AND gated = FALSE",
            "name = 'x' OR likes = 12 AND gated = false",
            "likes.int_value = 12 AND `likes`.double_value = 12",
            "createTimeSinceEpoch > 1600000000000",
            "`odd-name` = \"yes\" AND `odd-name`.string_value != 'it''s'",
            "gated.bool_value=false",
        ] {
            assert!(check(filter), "{filter}");
        }
        for filter in [
            "name = 'DISTILBERT-BASE'",
            "name LIKE 'DISTIL%'",
            "tasks != 'fill-mask'",
            "unknown = 1",
            "unknown != 1",
            "likes.string_value = '12'",
            "likes LIKE '1%'",
            "name = true",
            "(likes = 12 OR name = 'x') AND gated = true",
        ] {
            assert!(!check(filter), "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where_and_why() {
        for (filter, why) in [
            ("name", "character 5: a comparison such as"),
            ("name =", "character 7: a text in quotes"),
            ("name = x", "character 8: a text in quotes"),
            ("name = 'x", "character 8: the closing ' is missing"),
            ("`name = 'x'", "character 1: the closing ` is missing"),
            ("(name = 'x'", "character 12: `)` is expected"),
            ("name = 'x')", "character 11: `AND`, `OR` or the end"),
            ("name = 'x' license = 'y'", "character 12: `AND`, `OR` or the end"),
            ("name IN 'x'", "character 9: `(` is expected"),
            ("name IN ('x' 'y')", "character 14: `,` or `)`"),
            ("name LIKE 5", "a pattern is a text"),
            ("name LIKE '%%%%%%%%%'", "at most 8 `%`"),
            ("a = 1e999", "`1e999` is not a number"),
            ("a = 1.2.3", "`1.2.3` is not a number"),
            ("a ! 1", "character 3: `!` has no meaning"),
            ("name = 'é'", "character 9: only printable ASCII"),
            ("artifacts.score > 1", "not found by their artifacts"),
            ("'x' = name", "character 1: a property is expected"),
            (".5 = 1", "character 1: a property is expected"),
        ] {
            let fault = parse(filter).unwrap_err();
            assert!(fault.message().contains(why), "{filter}: {}", fault.message());
        }
    }

    #[test]
    fn a_filter_has_bounds() {
        let nested = |depth| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(16)).is_ok());
        assert!(parse(&nested(17)).unwrap_err().message().contains("brackets are open"));
        assert!(parse(&nested(2_000)).is_err());
        let many = |count| vec!["a = 1"; count].join(" OR ");
        assert!(parse(&many(64)).is_ok());
        assert!(parse(&many(65)).unwrap_err().message().contains("more than 64 values"));
        assert!(parse(&format!("a = '{}'", "x".repeat(5_000))).is_err());
    }

    /// Pieces of filters in any order, so that many of them can be read.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "name",
            "likes",
            "`a-b`",
            ".int_value",
            "=",
            "!=",
            "<>",
            ">=",
            "LIKE",
            "ILIKE",
            "IN",
            "AND",
            "or",
            "(",
            ")",
            ",",
            "'x%'",
            "\"it\"\"s\"",
            "'",
            "-1.5e3",
            "e",
            "true",
            "%",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_mixture_makes_it_panic(text in pieces()) {
            if let Ok(filter) = parse(&text) {
                meets(&filter, &value);
            }
        }

        #[test]
        fn what_a_filter_says_survives_brackets(text in pieces()) {
            if let Ok(filter) = parse(&text) {
                let bracketed = parse(&format!("({text})"));
                prop_assert!(text.trim().is_empty() || bracketed.unwrap() == filter);
            }
        }
    }
}
