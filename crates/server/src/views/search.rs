//! Searches as clients ask and see them.

use std::collections::BTreeMap;

use api::{Facet, FacetValue, Fragment, ModelSummary, SearchPage, SearchQuery, Suggestion};
use catalog::ModelRecord;
use discover::{FacetName, Filters, Index, Machine, Query, fit};
use domain::{Fault, Kind};

/// Models on a page where nothing is said: a grid of three or four columns comes out even.
const LIMIT_DEFAULT: usize = 24;

/// Runs a search.
///
/// # Errors
/// Where a filter has no such value, or the order or the cursor does not exist.
pub fn search_page(index: &Index, query: &SearchQuery) -> Result<SearchPage, Fault> {
    let asked = read_query(query)?;
    let page = index.search(&asked)?;
    Ok(SearchPage {
        total: page.total,
        offset: asked.offset,
        limit: asked.limit,
        models: page.models.into_iter().map(|hit| found(hit, index.machine())).collect(),
        facets: page.facets.into_iter().map(facet).collect(),
        next: page.next,
        suggestions: page.suggestions.iter().map(|one| suggestion(query, one)).collect(),
    })
}

/// Reads a query; filters among its words are filters.
///
/// # Errors
/// Where a filter has no such value, or the order does not exist.
pub fn read_query(query: &SearchQuery) -> Result<Query, Fault> {
    let mut read = Query::parse(&query.q)?;
    read_filters(&query.filters, &mut read.filters)?;
    read_filters(&query.excluded, &mut read.excluded)?;
    if let Some(sort) = &query.sort {
        read.sort = sort.parse()?;
    }
    read.offset = query.offset;
    read.cursor = query.cursor.clone();
    read.limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    Ok(read)
}

/// Writes a query so that filters which stand among its words are filters: what a page shows.
///
/// # Errors
/// Where a filter has no such value, or the order does not exist.
pub fn normalized(query: &SearchQuery) -> Result<SearchQuery, Fault> {
    let read = read_query(query)?;
    let named = |filters: Filters| {
        let named = filters.into_iter().map(|(name, values)| (name.as_str().to_owned(), values));
        named.collect()
    };
    let is_usual = read.sort == discover::Sort::default();
    let sort = query.sort.clone().filter(|_| is_usual);
    Ok(SearchQuery {
        q: read.text,
        filters: named(read.filters),
        excluded: named(read.excluded),
        sort: if is_usual { sort } else { Some(read.sort.as_str().to_owned()) },
        ..query.clone()
    })
}

fn read_filters(filters: &BTreeMap<String, Vec<String>>, to: &mut Filters) -> Result<(), Fault> {
    for (name, values) in filters {
        let facet = FacetName::from_name(name)
            .ok_or_else(|| Fault::new(Kind::Invalid, format!("there is no filter `{name}`")))?;
        let known = to.entry(facet).or_default();
        for value in values {
            let value = facet.read(value)?;
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }
    Ok(())
}

fn found(hit: discover::Hit, machine: Machine) -> ModelSummary {
    let fragment = |one: discover::Fragment| Fragment { text: one.text, hit: one.hit };
    let options = hit.listed.options.iter().map(|one| one.as_str().to_owned()).collect();
    ModelSummary {
        snippet: hit.snippet.into_iter().map(fragment).collect(),
        deployment: options,
        fits: fit::fits(&hit.listed.record, machine.memory_bytes),
        ..summary(&hit.listed.record, hit.listed.version)
    }
}

/// Shows a model of the catalog as a search shows it.
pub fn known_summary(known: &catalog::Known, machine: Machine) -> ModelSummary {
    let listed = crate::live_index::listed(known);
    found(discover::Hit { listed, snippet: Vec::new() }, machine)
}

/// Shows a model in a list.
pub fn summary(record: &ModelRecord, version: Option<String>) -> ModelSummary {
    let tags = |tasks: &[domain::Task]| tasks.iter().map(ToString::to_string).collect();
    ModelSummary {
        model: record.model().to_string(),
        collection: record.collection.to_string(),
        name: record.name.to_string(),
        display_name: record.display_name.clone(),
        summary: record.summary.clone(),
        tasks: tags(&record.tasks),
        finetuning_tasks: tags(&record.finetuning_tasks),
        license: record.license.to_string(),
        license_family: record.license.family().as_str().to_owned(),
        publisher: record.publisher.clone(),
        parameters: record.parameters,
        size_bytes: record.size_bytes,
        library: record.library.clone(),
        downloads: record.downloads,
        likes: record.likes,
        deployment: Vec::new(),
        fits: None,
        version,
        featured: record.flags.featured,
        preview: record.flags.preview,
        deprecated: record.flags.deprecated,
        gated: record.flags.gated,
        updated_ms: record.changed_ms(),
        snippet: Vec::new(),
    }
}

/// Says what would find something, with the query that does it.
fn suggestion(query: &SearchQuery, suggestion: &discover::Suggestion) -> Suggestion {
    use discover::Suggestion as Found;
    let without = |facet: &FacetName| {
        let mut rest = SearchQuery { offset: 0, cursor: None, ..query.clone() };
        rest.filters.remove(facet.as_str());
        rest
    };
    let title = |facet: &FacetName| facet.title().to_lowercase();
    match suggestion {
        Found::UnknownValue { facet, value } => {
            let text = format!("no model has the {} `{value}`", title(facet));
            Suggestion { text, query: None }
        }
        Found::Value { facet, value, .. } => {
            let mut instead = without(facet);
            instead.filters.insert(facet.as_str().to_owned(), vec![value.clone()]);
            let text = format!("did you mean the {} `{value}`?", title(facet));
            Suggestion { text, query: Some(query_string(&instead)) }
        }
        Found::Without { facet, count } => {
            let models =
                if *count == 1 { "1 model matches" } else { &format!("{count} models match") };
            let text = format!("without the filter on {}, {models}", title(facet));
            Suggestion { text, query: Some(query_string(&without(facet))) }
        }
        Found::Model(model) => {
            let named = SearchQuery { q: model.clone(), ..SearchQuery::default() };
            let text = format!("did you mean `{model}`?");
            Suggestion { text, query: Some(query_string(&named)) }
        }
    }
}

/// Writes a query as the parameters that it is read from.
pub fn query_string(query: &SearchQuery) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    if !query.q.is_empty() {
        pairs.append_pair("q", &query.q);
    }
    for (prefix, filters) in [("", &query.filters), ("not_", &query.excluded)] {
        for (name, values) in filters {
            for value in values {
                pairs.append_pair(&format!("{prefix}{name}"), value);
            }
        }
    }
    if let Some(sort) = &query.sort {
        pairs.append_pair("sort", sort);
    }
    pairs.finish()
}

/// Shows a filter.
pub fn facet(facet: discover::Facet) -> Facet {
    let value = |one: discover::FacetValue| FacetValue {
        value: one.value,
        label: one.label,
        count: one.count,
        selected: one.selected,
        excluded: one.excluded,
    };
    Facet {
        name: facet.name.as_str().to_owned(),
        title: facet.name.title().to_owned(),
        values: facet.values.into_iter().map(value).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: SearchQuery) -> Result<SearchPage, Fault> {
        let listed = |record: &ModelRecord| discover::Listed {
            record: record.clone(),
            version: None,
            options: Vec::new(),
        };
        let index = Index::build(
            catalog::curated::records().iter().map(listed),
            Machine { memory_bytes: 0, cpus: 1, gpus: 0 },
        )
        .unwrap();
        search_page(&index, &query)
    }

    #[test]
    fn filters_arrive_in_any_spelling_and_pages_have_a_size() {
        let query = SearchQuery {
            filters: [
                ("task".to_owned(), vec!["fill_mask".to_owned()]),
                ("license".to_owned(), vec!["Apache 2.0".to_owned()]),
            ]
            .into(),
            ..SearchQuery::default()
        };
        let page = search(query).unwrap();
        assert_eq!((page.total, page.models.len(), page.limit), (8, 8, 24));
        assert_eq!(page.models[0].tasks, ["fill-mask"]);
        let names: Vec<_> = page.facets.iter().map(|facet| facet.name.as_str()).collect();
        assert_eq!(names, FacetName::ALL.map(FacetName::as_str));
        assert!(page.facets[1].values[0].selected);
        assert_eq!(search(SearchQuery::default()).unwrap().models.len(), 24);
    }

    #[test]
    fn filters_among_the_words_are_filters() {
        let query =
            SearchQuery { q: "bert task:fill_mask -license:mit".into(), ..Default::default() };
        let written = normalized(&query).unwrap();
        assert_eq!(written.q, "bert");
        assert_eq!(written.filters["task"], ["fill-mask"]);
        assert_eq!(written.excluded["license"], ["MIT"]);
        assert_eq!(normalized(&written).unwrap(), written);
        let (typed, chosen) = (search(query).unwrap(), search(written).unwrap());
        assert_eq!((typed.total, &typed.facets), (chosen.total, &chosen.facets));
    }

    #[test]
    fn what_does_not_exist_is_refused_with_what_does() {
        let filters = [("task".to_owned(), vec!["fil-mask".to_owned()])].into();
        let task = SearchQuery { filters, ..SearchQuery::default() };
        let fault = search(task).unwrap_err();
        assert_eq!(fault.kind(), Kind::Invalid);
        assert_eq!(fault.hint_text(), Some("did you mean `fill-mask`?"));
        let sort = SearchQuery { sort: Some("weight".into()), ..SearchQuery::default() };
        assert_eq!(search(sort).unwrap_err().kind(), Kind::Invalid);
    }
}
