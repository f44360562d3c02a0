//! `modeldex search`.

use api::{Marks, ModelSummary, SearchPage};
use domain::{Fault, Kind};
use serde_json::json;

use crate::args::Search;
use crate::client::Client;
use crate::output;

/// Finds models and prints them.
///
/// # Errors
/// Where a filter names something unknown, or no search is saved under the name.
pub async fn run(client: &Client, options: Search, as_json: bool) -> Result<(), Fault> {
    let saved = match &options.saved {
        Some(name) => saved(client, name).await?,
        None => String::new(),
    };
    let query = beside(&saved, query(&options));
    let page: SearchPage = client.get_with(&["models"], &query).await?;
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

/// Returns the query of a saved search.
async fn saved(client: &Client, name: &str) -> Result<String, Fault> {
    let marks: Marks = client.get(&["marks"]).await?;
    let found = marks.searches.into_iter().find(|one| one.name == name);
    found.map(|one| one.query).ok_or_else(|| {
        Fault::new(Kind::NotFound, format!("there is no saved search `{name}`"))
            .hint("`modeldex searches list` shows them")
    })
}

/// Puts what was asked for beside a saved query: its words behind the saved ones, and everything
/// else as if it were typed there too. Of what can be said once, it says it.
fn beside(saved: &str, asked: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    let mut query: Vec<(String, String)> =
        url::form_urlencoded::parse(saved.as_bytes()).into_owned().collect();
    for (name, value) in asked {
        let known = query.iter_mut().find(|(known, _)| *known == name);
        match (name, known) {
            ("q", Some((_, words))) => *words = format!("{words} {value}").trim().to_owned(),
            ("sort", Some((_, order))) => *order = value,
            _ => query.push((name.to_owned(), value)),
        }
    }
    query
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stands_beside_what_was_saved() {
        let check = |saved: &str, asked: &[(&'static str, &str)], wanted: &str| {
            let asked = asked.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            let query = beside(saved, asked).into_iter();
            let pairs: Vec<_> = query.map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(pairs.join("&"), wanted);
        };
        check("", &[("q", "bert"), ("limit", "5")], "q=bert&limit=5");
        check("q=bert", &[("q", "")], "q=bert");
        check("q=%22a+b%22", &[("q", "c")], "q=\"a b\" c");
        check("task=fill-mask", &[("q", ""), ("task", "x")], "task=fill-mask&q=&task=x");
        check("sort=likes", &[("sort", "name")], "sort=name");
        check("not_license=MIT", &[("sort", "name")], "not_license=MIT&sort=name");
    }
}
