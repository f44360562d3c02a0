//! Reads search queries, whose parameters may repeat.

use api::SearchQuery;
use discover::FacetName;
use domain::{Fault, Kind};

/// More results than this on one page help nobody.
const LIMIT_MAX: usize = 1_000;

/// Parses a query string; unknown parameters are ignored, as browsers and trackers add them.
///
/// # Errors
/// Where a number is not one or is out of its range.
pub fn parse_search(raw: &str) -> Result<SearchQuery, Fault> {
    let mut query = SearchQuery::default();
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        if value.is_empty() {
            continue;
        }
        match &*name {
            "q" => query.q = value.into_owned(),
            "sort" => query.sort = Some(value.into_owned()),
            "cursor" => query.cursor = Some(value.into_owned()),
            "offset" => query.offset = number("offset", &value)?,
            "limit" => query.limit = Some(limit(&value)?),
            name => {
                let (filters, name) = match name.strip_prefix("not_") {
                    Some(name) => (&mut query.excluded, name),
                    None => (&mut query.filters, name),
                };
                if let Some(facet) = FacetName::from_name(name) {
                    let values = filters.entry(facet.as_str().to_owned()).or_default();
                    values.push(value.into_owned());
                }
            }
        }
    }
    Ok(query)
}

fn number(name: &str, value: &str) -> Result<usize, Fault> {
    value.parse().map_err(|error: std::num::ParseIntError| {
        Fault::new(Kind::Invalid, format!("`{name}={value}` is not a number")).because(error)
    })
}

fn limit(value: &str) -> Result<usize, Fault> {
    match number("limit", value)? {
        limit @ 0..=LIMIT_MAX => Ok(limit),
        limit => {
            let message = format!("`limit` is {limit}, but must be at most {LIMIT_MAX}");
            Err(Fault::new(Kind::Invalid, message).hint("read the next page with `offset`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_repeat_and_empty_ones_say_nothing() {
        let query =
            parse_search("q=&task=fill-mask&task=text-classification&utm=1&limit=5").unwrap();
        assert_eq!(query.filters["task"], ["fill-mask", "text-classification"]);
        assert_eq!((query.q.as_str(), query.limit), ("", Some(5)));
        assert!(parse_search("limit=x").is_err());
        assert!(parse_search("limit=1001").is_err());
    }
}
