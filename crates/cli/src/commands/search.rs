//! `modeldex search`.

use api::{ModelSummary, SearchPage};
use domain::Fault;
use serde_json::json;

use crate::args::Search;
use crate::client::Client;
use crate::output;

/// Finds models and prints them.
///
/// # Errors
/// Where a filter names something unknown.
pub async fn run(client: &Client, options: Search, as_json: bool) -> Result<(), Fault> {
    let page: SearchPage = client.get_with(&["models"], &query(&options)).await?;
    if as_json {
        output::json(&stable(&page));
        return Ok(());
    }
    if page.models.is_empty() {
        output::line("No model matches.");
        for suggestion in &page.suggestions {
            output::line(format!("  {}", suggestion.text));
        }
        return Ok(());
    }
    let rows: Vec<_> = page.models.iter().map(row).collect();
    output::table(&["model", "tasks", "license", "publisher", "size"], &rows);
    output::line(format!("\n{} of {} models", page.models.len(), page.total));
    if options.facets {
        print_facets(&page);
    }
    Ok(())
}

fn query(options: &Search) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("q", options.query.clone()),
        ("limit", options.limit.to_string()),
        ("offset", options.offset.to_string()),
    ];
    let lists = [
        ("task", &options.task),
        ("license", &options.license),
        ("finetuning_task", &options.finetuning_task),
        ("collection", &options.collection),
        ("publisher", &options.publisher),
    ];
    for (name, values) in lists {
        query.extend(values.iter().map(|value| (name, value.clone())));
    }
    query.extend(options.sort.iter().map(|sort| ("sort", sort.clone())));
    query
}

/// The documented form: facets as `{name: {value: count}}`.
fn stable(page: &SearchPage) -> serde_json::Value {
    let counts = |facet: &api::Facet| {
        let values: serde_json::Map<_, _> =
            facet.values.iter().map(|value| (value.value.clone(), json!(value.count))).collect();
        (facet.name.clone(), json!(values))
    };
    let facets: serde_json::Map<_, _> = page.facets.iter().map(counts).collect();
    json!({
        "total": page.total, "offset": page.offset, "limit": page.limit,
        "facets": facets, "models": page.models, "suggestions": page.suggestions,
    })
}

fn row(model: &ModelSummary) -> Vec<String> {
    vec![
        model.model.clone(),
        model.tasks.join(", "),
        model.license.clone(),
        model.publisher.clone().unwrap_or_default(),
        model.parameters.map(output::parameters).unwrap_or_default(),
    ]
}

fn print_facets(page: &SearchPage) {
    for facet in &page.facets {
        output::line(format!("\n{}", facet.title));
        for value in &facet.values {
            let mark = if value.selected { "*" } else { " " };
            output::line(format!("{mark} {:>6}  {}", value.count, value.label));
        }
    }
}
