//! Paths of pages, with every name escaped.

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

/// Returns the path of the catalog with a query.
pub(crate) fn catalog(query: &SearchQuery) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    if !query.q.is_empty() {
        pairs.push(("q".to_owned(), query.q.clone()));
    }
    for (prefix, filters) in [("", &query.filters), ("not_", &query.excluded)] {
        for (name, values) in filters {
            let name = format!("{prefix}{name}");
            pairs.extend(values.iter().map(|value| (name.clone(), value.clone())));
        }
    }
    pairs.extend(query.sort.iter().map(|sort| ("sort".to_owned(), sort.clone())));
    pairs.extend(query.cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
    if query.offset > 0 {
        pairs.push(("offset".to_owned(), query.offset.to_string()));
    }
    pairs.extend(query.limit.iter().map(|limit| ("limit".to_owned(), limit.to_string())));
    if pairs.is_empty() {
        return "/".to_owned();
    }
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    format!("/?{}", pairs.join("&"))
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
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b'@' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
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
