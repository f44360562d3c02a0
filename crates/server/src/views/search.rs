//! Searches as clients ask and see them.

use std::collections::BTreeMap;

use api::{Facet, FacetValue, Fragment, ModelSummary, SearchPage, SearchQuery, Suggestion};
use catalog::ModelRecord;
use discover::{FacetName, Filters, Index, Query};
use domain::{Fault, Kind};

/// Models on a page where nothing is said: a grid of three or four columns comes out even.
const LIMIT_DEFAULT: usize = 24;

/// Runs a search.
///
/// # Errors
/// Where a filter has no such value, or the order or the cursor does not exist.
pub fn search_page(index: &Index, query: &SearchQuery) -> Result<SearchPage, Fault> {
    let asked = read(query)?;
    let page = index.search(&asked)?;
    Ok(SearchPage {
        total: page.total,
        offset: asked.offset,
        limit: asked.limit,
        models: page.models.into_iter().map(found).collect(),
        facets: page.facets.into_iter().map(facet).collect(),
        next: page.next,
        suggestions: page.suggestions.iter().map(|one| suggestion(query, one)).collect(),
    })
}

fn read(query: &SearchQuery) -> Result<Query, Fault> {
    Ok(Query {
        text: query.q.clone(),
        filters: read_filters(&query.filters)?,
        excluded: read_filters(&query.excluded)?,
        sort: query.sort.as_deref().map_or(Ok(discover::Sort::default()), str::parse)?,
        offset: query.offset,
        cursor: query.cursor.clone(),
        limit: query.limit.unwrap_or(LIMIT_DEFAULT),
    })
}

fn read_filters(filters: &BTreeMap<String, Vec<String>>) -> Result<Filters, Fault> {
    let mut read = Filters::new();
    for (name, values) in filters {
        let facet = FacetName::from_name(name)
            .ok_or_else(|| Fault::new(Kind::Invalid, format!("there is no filter `{name}`")))?;
        for value in values {
            read.entry(facet).or_default().push(facet.read(value)?);
        }
    }
    Ok(read)
}

fn found(hit: discover::Hit) -> ModelSummary {
    let fragment = |one: discover::Fragment| Fragment { text: one.text, hit: one.hit };
    let options = hit.listed.options.iter().map(|one| one.as_str().to_owned()).collect();
    ModelSummary {
        snippet: hit.snippet.into_iter().map(fragment).collect(),
        deployment: options,
        ..summary(&hit.listed.record, hit.listed.version)
    }
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

fn facet(facet: discover::Facet) -> Facet {
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
            discover::Machine { memory_bytes: 0, cpus: 1, gpus: 0 },
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
