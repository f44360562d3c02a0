//! Paths of pages, with every name escaped.

use std::borrow::Cow;

use api::SearchQuery;

/// Returns the path of a model's card.
pub(crate) fn model(reference: &str) -> String {
    format!("/models/{}", escape(reference))
}

/// Returns the path of a job.
pub(crate) fn job(id: &str) -> String {
    format!("/jobs/{}", escape(id))
}

/// Returns the path of something below an endpoint.
pub(crate) fn endpoint(name: &str, below: &str) -> String {
    format!("/endpoints/{}{below}", escape(name))
}

/// Returns the path of a collection.
pub(crate) fn collection(name: &str) -> String {
    format!("/collections/{}", escape(name))
}

/// Returns the path of the catalog with a query.
pub(crate) fn catalog(query: &SearchQuery) -> String {
    with_query("/", query)
}

/// Returns the path of the page that has all values of a filter.
pub(crate) fn filter(name: &str, query: &SearchQuery) -> String {
    let first = SearchQuery { offset: 0, cursor: None, ..query.clone() };
    with_query(&format!("/filters/{name}"), &first)
}

fn with_query(path: &str, query: &SearchQuery) -> String {
    let mut text = path.to_owned();
    for (at, (name, value)) in pairs(query).iter().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        push_escaped(&mut text, value);
    }
    text
}

/// Returns the parameters that say a query, and no more than needed.
pub(crate) fn pairs(query: &SearchQuery) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut pairs: Vec<(Cow<str>, Cow<str>)> = Vec::new();
    if !query.q.is_empty() {
        pairs.push(("q".into(), (&query.q).into()));
    }
    for (name, values) in &query.filters {
        pairs.extend(values.iter().map(|value| (name.into(), value.into())));
    }
    for (name, values) in &query.excluded {
        let name = format!("not_{name}");
        pairs.extend(values.iter().map(|value| (name.clone().into(), value.into())));
    }
    pairs.extend(query.sort.iter().map(|sort| ("sort".into(), sort.into())));
    pairs.extend(query.cursor.iter().map(|cursor| ("cursor".into(), cursor.into())));
    if query.offset > 0 {
        pairs.push(("offset".into(), query.offset.to_string().into()));
    }
    pairs.extend(query.limit.iter().map(|limit| ("limit".into(), limit.to_string().into())));
    pairs
}

/// Returns the query without one value of a filter, on its first page.
pub(crate) fn without(query: &SearchQuery, filter: &str, value: &str) -> SearchQuery {
    let mut rest = SearchQuery { offset: 0, cursor: None, ..query.clone() };
    for filters in [&mut rest.filters, &mut rest.excluded] {
        if let Some(values) = filters.get_mut(filter) {
            values.retain(|one| one != value);
        }
        filters.retain(|_, values| !values.is_empty());
    }
    rest
}

/// Escapes what may not stand in a path or a query; `/` and `@` may, and read better.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    push_escaped(&mut escaped, text);
    escaped
}

fn push_escaped(escaped: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b'@' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.extend([
                '%',
                char::from(DIGITS[usize::from(byte >> 4)]),
                char::from(DIGITS[usize::from(byte & 15)]),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_path_and_says_no_more_than_needed() {
        assert_eq!(catalog(&SearchQuery::default()), "/");
        let query = SearchQuery {
            q: "a & b".into(),
            filters: [
                ("task".into(), vec!["fill-mask".into(), "translation".into()]),
                ("publisher".into(), vec!["Ünal/x".into()]),
            ]
            .into(),
            offset: 24,
            ..SearchQuery::default()
        };
        let expected =
            "/?q=a%20%26%20b&publisher=%C3%9Cnal/x&task=fill-mask&task=translation&offset=24";
        assert_eq!(catalog(&query), expected);
        let rest = without(&query, "task", "fill-mask");
        assert_eq!((rest.filters["task"].len(), rest.offset), (1, 0));
    }

    #[test]
    fn names_cannot_leave_their_place() {
        assert_eq!(model("workspace/a?b#c"), "/models/workspace/a%3Fb%23c");
        assert_eq!(endpoint("a b", "/delete"), "/endpoints/a%20b/delete");
    }
}
