//! What `filterQuery` can ask of models.

use std::collections::BTreeMap;

use api::kubeflow::{FilterOption, FilterOptions, Range};
use axum::Json;
use axum::extract::State;
use catalog::ModelRecord;
use discover::{Facet, FacetName, Index, Query, Sort};
use domain::{Fault, Kind};

use super::fault::RefusedResult;
use crate::app::App;

/// Lists properties with their values.
pub async fn options(State(app): State<App>) -> RefusedResult<Json<FilterOptions>> {
    let index = app.index.current();
    let read = tokio::task::spawn_blocking(move || read(&index)).await;
    Ok(Json(read.map_err(|error| Fault::wrap(Kind::Internal, error))??))
}

/// Reads a number of a model.
type Number = fn(&ModelRecord) -> Option<u64>;

fn read(index: &Index) -> Result<FilterOptions, Fault> {
    let page = index.search(&Query { limit: 0, ..Query::default() })?;
    let mut filters: BTreeMap<_, _> = page.facets.iter().filter_map(texts).collect();
    let sized = page.facets.iter().find(|facet| facet.name == FacetName::Size);
    let sized = sized.map_or(0, |facet| facet.values.iter().map(|value| value.count).sum());
    let numbers: [(_, _, usize, Number); 3] = [
        ("downloads.int_value", Sort::Downloads, page.total, |record| Some(record.downloads)),
        ("likes.int_value", Sort::Likes, page.total, |record| Some(record.likes)),
        // Those whose size is not known come after those whose size is.
        ("parameters.int_value", Sort::Size, sized, |record| record.parameters),
    ];
    for (name, sort, count, number) in numbers {
        let at = |place| value_at(index, sort, place, number);
        // The end of millions is too far away to look at.
        let bounds = at(0)?.zip(at(count.saturating_sub(1)).unwrap_or(None));
        let range = bounds.map(|(a, b)| Range { min: a.min(b) as f64, max: a.max(b) as f64 });
        filters.insert(
            name.to_owned(),
            FilterOption { r#type: "number".to_owned(), values: None, range },
        );
    }
    Ok(FilterOptions { filters, named_queries: BTreeMap::new() })
}

fn texts(facet: &Facet) -> Option<(String, FilterOption)> {
    let name = match facet.name {
        FacetName::Task => "tasks",
        FacetName::License => "license",
        FacetName::Publisher => "provider",
        FacetName::Library => "libraryName",
        FacetName::Language => "language",
        FacetName::Collection => "source_id",
        _ => return None,
    };
    let values = facet.values.iter().map(|one| one.value.clone()).collect();
    let option = FilterOption { r#type: "string".to_owned(), values: Some(values), range: None };
    Some((name.to_owned(), option))
}

fn value_at(
    index: &Index,
    sort: Sort,
    offset: usize,
    number: Number,
) -> Result<Option<u64>, Fault> {
    let page = index.search(&Query { sort, offset, limit: 1, ..Query::default() })?;
    Ok(page.models.first().and_then(|hit| number(&hit.listed.record)))
}
