//! Collections that are a saved query, as a filter: a search in one is a search with its query.

use std::collections::BTreeMap;

use api::SearchQuery;
use catalog::{CollectionKind, CollectionRecord};
use discover::FacetName;
use domain::{CollectionName, Fault, Kind};

use super::search::normalized;
use crate::app::App;
use crate::routes::parse_search;

/// The name of the filter.
const COLLECTION: &str = "collection";

/// Filters of which a model has one value at most: who has one of these and one of those has one
/// of what they share.
const SINGLE: [FacetName; 6] = [
    FacetName::License,
    FacetName::LicenseFamily,
    FacetName::Size,
    FacetName::Fits,
    FacetName::Collection,
    FacetName::Library,
];

/// Values by filter, as a query has them.
type Filters = BTreeMap<String, Vec<String>>;

/// Writes a query without collections that are queries: what they ask for is asked for instead.
/// Filters among the words become filters.
///
/// # Errors
/// Where the query makes no sense, or no query asks for what it and the collection ask for.
pub async fn expanded(app: &App, query: &SearchQuery) -> Result<SearchQuery, Fault> {
    expanded_in(app, query, Vec::new()).await
}

/// Writes the query of a collection so.
///
/// # Errors
/// As [`expanded`], and where the collection is made of itself.
pub async fn expanded_of(
    app: &App,
    name: &CollectionName,
    query: &SearchQuery,
) -> Result<SearchQuery, Fault> {
    expanded_in(app, query, vec![name.clone()]).await
}

async fn expanded_in(
    app: &App,
    query: &SearchQuery,
    mut seen: Vec<CollectionName>,
) -> Result<SearchQuery, Fault> {
    let mut query = normalized(query)?;
    while let Some(record) = named(app, &query, &seen).await? {
        let scope = normalized(&parse_search(&record.source)?)?;
        query = within(query, record.name.as_str(), scope)?;
        seen.push(record.name);
    }
    Ok(query)
}

/// Returns the collection in the query that is one itself.
async fn named(
    app: &App,
    query: &SearchQuery,
    seen: &[CollectionName],
) -> Result<Option<CollectionRecord>, Fault> {
    let of = |filters: &Filters| filters.get(COLLECTION).cloned().unwrap_or_default();
    let (chosen, left_out) = (of(&query.filters), of(&query.excluded));
    for name in chosen.iter().chain(&left_out) {
        // What can be no name finds nothing.
        let Ok(parsed) = name.parse::<CollectionName>() else { continue };
        if seen.contains(&parsed) {
            let message = format!("the collection `{parsed}` is made of itself");
            return Err(Fault::new(Kind::Invalid, message)
                .hint("define it with a query that names no collection"));
        }
        if CollectionRecord::is_built_in(&parsed) {
            continue;
        }
        match app.catalog.get_collection(&parsed).await? {
            Some(record) if record.kind == CollectionKind::Query => {
                return match chosen.len() == 1 && chosen[0] == *name {
                    true => Ok(Some(record)),
                    false => Err(not_alone(name, left_out.contains(name))),
                };
            }
            _ => {}
        }
    }
    Ok(None)
}

fn not_alone(name: &str, left_out: bool) -> Fault {
    let why = match left_out {
        true => "cannot be left out",
        false => "cannot be one of several collections",
    };
    Fault::new(Kind::Invalid, format!("`{name}` is a collection by a query, which {why}"))
        .hint(format!("see what it asks for: modeldex collections show {name}"))
}

/// Asks for what a query and a collection both ask for. The order is that of the query, where it
/// has one.
fn within(query: SearchQuery, name: &str, scope: SearchQuery) -> Result<SearchQuery, Fault> {
    let mut query = query;
    query.filters.remove(COLLECTION);
    query.q = format!("{} {}", query.q, scope.q).trim().to_owned();
    query.sort = query.sort.or(scope.sort);
    for (facet, values) in scope.excluded {
        add(query.excluded.entry(facet).or_default(), values);
    }
    for (facet, values) in scope.filters {
        let Some(own) = query.filters.get(&facet) else {
            query.filters.insert(facet, values);
            continue;
        };
        match both(&facet, own, &values) {
            None => return Err(not_both(name, &facet)),
            Some(both) if both.is_empty() => {
                // Nothing has a value and lacks it.
                let own = own.clone();
                add(query.excluded.entry(facet).or_default(), own);
            }
            Some(both) => _ = query.filters.insert(facet, both),
        }
    }
    Ok(query)
}

fn add(to: &mut Vec<String>, values: Vec<String>) {
    for value in values {
        if !to.contains(&value) {
            to.push(value);
        }
    }
}

/// Returns values of which a model has one exactly where it has one of each list; `None` where
/// there are no such values.
fn both(facet: &str, one: &[String], other: &[String]) -> Option<Vec<String>> {
    let shared: Vec<_> = one.iter().filter(|value| other.contains(value)).cloned().collect();
    let is_single = SINGLE.iter().any(|single| single.as_str() == facet);
    let has_all = shared.len() == one.len() || shared.len() == other.len();
    (is_single || has_all).then_some(shared)
}

fn not_both(name: &str, facet: &str) -> Fault {
    let message = format!("the collection `{name}` chooses its own values of the filter `{facet}`");
    Fault::new(Kind::Invalid, message)
        .hint(format!("leave `{facet}` out, or see: modeldex collections show {name}"))
}

#[cfg(test)]
mod tests {
    use super::super::search::query_string;
    use super::*;

    fn read(text: &str) -> SearchQuery {
        normalized(&parse_search(text).unwrap()).unwrap()
    }

    #[test]
    fn a_search_in_a_collection_asks_for_what_both_ask_for() {
        let check = |query: &str, scope: &str, wanted: &str| {
            let query = read(&format!("{query}&collection=ours"));
            let found = within(query, "ours", read(scope)).unwrap();
            assert_eq!(query_string(&found), query_string(&read(wanted)), "{found:?}");
        };
        check("", "task=fill-mask", "task=fill-mask");
        check("q=a", "q=b", "q=a+b");
        check("q=task:fill-mask", "q=b+fits:yes", "q=b&task=fill-mask&fits=yes");
        check("sort=name", "sort=likes", "sort=name");
        check("", "sort=likes", "sort=likes");
        check(
            "not_license=mit",
            "not_license=apache-2.0",
            "not_license=mit&not_license=apache-2.0",
        );
        let two = "task=fill-mask&task=embeddings";
        check("task=fill-mask", two, "task=fill-mask");
        check(two, "task=fill-mask", "task=fill-mask");
        let licenses = "license=mit&license=apache-2.0";
        check(licenses, "license=mit&license=gpl-3.0", "license=mit");
        check("license=mit", "license=gpl-3.0", "license=mit&not_license=mit");
        check("", "collection=theirs", "collection=theirs");
    }

    #[test]
    fn what_no_query_asks_for_is_refused() {
        let query = read("task=fill-mask&collection=ours");
        let fault = within(query, "ours", read("task=embeddings")).unwrap_err();
        let message = "the collection `ours` chooses its own values of the filter `task`";
        assert_eq!((fault.kind(), fault.message()), (Kind::Invalid, message));
    }
}
