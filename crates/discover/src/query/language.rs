//! Filters and an order inside of the words of a query: `bert task:fill-mask -license:MIT
//! sort:likes "masked language"`.

use super::{FacetName, Filters, Query};
use crate::Result;

/// A query is a few words; what is longer was pasted by mistake.
const CHARS_MAX: usize = 500;

/// Filters that a person types.
const FILTERS_MAX: usize = 24;

impl Query {
    /// Reads a query as people type it: words, phrases in quotes, `filter:value` with several
    /// values between commas, `-filter:value` for what is to be left out, and `sort:order`. What
    /// looks like a filter but names none is words.
    ///
    /// # Errors
    /// Where a filter has no such value, or there is no such order.
    pub fn parse(text: &str) -> Result<Self> {
        let text: String = text.chars().take(CHARS_MAX).collect();
        let mut query = Self::default();
        let mut words = Vec::new();
        let mut filters = 0;
        for token in tokens(&text) {
            match Term::read(token) {
                Term::Sort(order) => query.sort = order.parse()?,
                Term::Filter { facet, values, is_excluded } if filters < FILTERS_MAX => {
                    filters += 1;
                    let to = if is_excluded { &mut query.excluded } else { &mut query.filters };
                    add(to, facet, values)?;
                }
                Term::Filter { .. } => {}
                Term::Words(words_of_token) => words.push(words_of_token),
            }
        }
        query.text = words.join(" ");
        Ok(query)
    }
}

fn add(to: &mut Filters, facet: FacetName, values: &str) -> Result<()> {
    for value in values.split(',').map(str::trim).filter(|value| !value.is_empty()) {
        let value = facet.read(value)?;
        let known = to.entry(facet).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    }
    to.retain(|_, values| !values.is_empty());
    Ok(())
}

/// What a part of a query between blanks is.
enum Term<'a> {
    Words(&'a str),
    Sort(&'a str),
    Filter { facet: FacetName, values: &'a str, is_excluded: bool },
}

impl<'a> Term<'a> {
    fn read(token: &'a str) -> Self {
        let Some((name, value)) = token.split_once(':') else { return Self::Words(token) };
        let (name, is_excluded) = match name.strip_prefix('-') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let value = unquoted(value);
        match FacetName::from_name(&name.to_lowercase()) {
            Some(facet) => Self::Filter { facet, values: value, is_excluded },
            None if name == "sort" && !is_excluded && !value.is_empty() => Self::Sort(value),
            // An order that is not typed yet is none.
            None if name == "sort" && !is_excluded => Self::Words(""),
            None => Self::Words(token),
        }
    }
}

/// Takes the quotes off; one that was not closed yet is closed at the end.
fn unquoted(value: &str) -> &str {
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => value,
    }
}

/// Splits at blanks that are not between quotes.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let tokens = text.split(move |c: char| {
        is_quoted ^= c == '"';
        c.is_whitespace() && !is_quoted
    });
    tokens.filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sort;

    fn check(text: &str, words: &str, filters: &str, sort: Sort) {
        let query = Query::parse(text).unwrap();
        let write = |sign: &str, filters: &Filters| {
            let all = filters
                .iter()
                .map(|(facet, values)| format!("{sign}{}={}", facet.as_str(), values.join("|")));
            all.collect::<Vec<_>>()
        };
        let mut all = write("", &query.filters);
        all.extend(write("-", &query.excluded));
        assert_eq!((query.text.as_str(), all.join(" ").as_str()), (words, filters), "{text}");
        assert_eq!(query.sort, sort, "{text}");
    }

    #[test]
    fn words_filters_and_an_order_are_told_apart() {
        let usual = Sort::Relevance;
        check("bert base", "bert base", "", usual);
        check("bert task:fill-mask", "bert", "task=fill-mask", usual);
        check("task:embeddings,fill_mask", "", "task=feature-extraction|fill-mask", usual);
        check("-license:gpl-3.0 x", "x", "-license=GPL-3.0-only", usual);
        check("publisher:\"Mistral AI\" y", "y", "publisher=Mistral AI", usual);
        check("LICENSE-FAMILY:Permissive", "", "license_family=permissive", usual);
        check("sort:likes llama", "llama", "", Sort::Likes);
        check("\"masked language\" fits:yes", "\"masked language\"", "fits=yes", usual);
        check("a:b http://x", "a:b http://x", "", usual);
        check("task: sort:", "", "", usual);
        check("publisher:\"Mistral A", "", "publisher=Mistral A", usual);
        check("task:fill-mask task:fill-mask", "", "task=fill-mask", usual);
    }

    #[test]
    fn a_value_that_does_not_exist_is_an_error_that_says_which_do() {
        let hint = |text: &str| {
            let fault = domain::Fault::from(Query::parse(text).unwrap_err());
            fault.hint_text().unwrap_or_default().to_owned()
        };
        assert_eq!(hint("task:fil-mask"), "did you mean `fill-mask`?");
        assert_eq!(hint("fits:maybe"), "choose one of `yes`, `no`");
        assert!(hint("sort:size2").starts_with("choose one of `relevance`"));
    }
}
