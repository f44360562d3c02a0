//! Searches as clients ask and see them.

use api::{Facet, FacetValue, ModelSummary, SearchPage, SearchQuery};
use catalog::ModelRecord;
use discover::{Index, Query};
use domain::{Fault, License};

/// Models on a page where nothing is said: a grid of three or four columns comes out even.
const LIMIT_DEFAULT: usize = 24;

/// Runs a search.
///
/// # Errors
/// Where a filter names no task, or the order does not exist.
pub fn search_page(index: &Index, query: &SearchQuery) -> Result<SearchPage, Fault> {
    let query = read(query)?;
    let page = index.search(&query);
    let models = page.models.iter().map(|listed| summary(&listed.record, listed.version.clone()));
    Ok(SearchPage {
        total: page.total,
        offset: query.offset,
        limit: query.limit,
        models: models.collect(),
        facets: page.facets.into_iter().map(facet).collect(),
        suggestions: page.suggestions,
    })
}

fn read(query: &SearchQuery) -> Result<Query, Fault> {
    let tasks = |names: &[String]| {
        let tasks = names.iter().map(|name| discover::parse_task(name));
        tasks.collect::<discover::Result<Vec<_>>>()
    };
    Ok(Query {
        text: query.q.clone(),
        tasks: tasks(&query.task)?,
        licenses: query.license.iter().map(|name| License::parse(name)).collect(),
        finetuning_tasks: tasks(&query.finetuning_task)?,
        collections: query.collection.clone(),
        publishers: query.publisher.clone(),
        sort: query.sort.as_deref().map_or(Ok(discover::Sort::default()), str::parse)?,
        offset: query.offset,
        limit: query.limit.unwrap_or(LIMIT_DEFAULT),
    })
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
        publisher: record.publisher.clone(),
        parameters: record.parameters,
        version,
        featured: record.flags.featured,
        preview: record.flags.preview,
        updated_ms: record.updated_ms,
    }
}

fn facet(facet: discover::Facet) -> Facet {
    let value = |one: discover::FacetValue| FacetValue {
        value: one.value,
        label: one.label,
        count: one.count,
        selected: one.selected,
    };
    Facet {
        name: facet.name.as_str().to_owned(),
        title: facet.name.title().to_owned(),
        values: facet.values.into_iter().map(value).collect(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Kind;

    use super::*;

    fn search(query: SearchQuery) -> Result<SearchPage, Fault> {
        let index = Index::build(catalog::curated::records().to_vec());
        search_page(&index, &query)
    }

    #[test]
    fn filters_arrive_in_any_spelling_and_pages_have_a_size() {
        let query = SearchQuery {
            task: vec!["fill_mask".into()],
            license: vec!["Apache 2.0".into()],
            ..SearchQuery::default()
        };
        let page = search(query).unwrap();
        assert_eq!((page.total, page.models.len(), page.limit), (8, 8, 24));
        assert_eq!(page.models[0].tasks, ["fill-mask"]);
        let names: Vec<_> = page.facets.iter().map(|facet| facet.name.as_str()).collect();
        assert_eq!(names, ["task", "license", "finetuning_task", "collection", "publisher"]);
        assert!(page.facets[1].values[0].selected);
        assert_eq!(search(SearchQuery::default()).unwrap().models.len(), 24);
    }

    #[test]
    fn what_does_not_exist_is_refused_with_what_does() {
        let task = SearchQuery { task: vec!["fil-mask".into()], ..SearchQuery::default() };
        let fault = search(task).unwrap_err();
        assert_eq!(fault.kind(), Kind::Invalid);
        assert_eq!(fault.hint_text(), Some("did you mean `fill-mask`?"));
        let sort = SearchQuery { sort: Some("size".into()), ..SearchQuery::default() };
        assert_eq!(search(sort).unwrap_err().kind(), Kind::Invalid);
    }
}
