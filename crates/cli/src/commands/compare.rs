//! `modeldex compare`.

use api::{CompareView, ModelCard, RunCost, SharedResult};
use domain::Fault;

use super::leaderboard::source;
use crate::args::Compare;
use crate::client::Client;
use crate::output;

/// A heading and what stands under it for one model.
type Fact<T> = (&'static str, fn(&T) -> String);

const FACTS: [Fact<ModelCard>; 8] = [
    ("tasks", |card| card.summary.tasks.join(", ")),
    ("fine-tuning", |card| card.summary.finetuning_tasks.join(", ")),
    ("license", |card| card.summary.license.clone()),
    ("family", |card| card.summary.license_family.clone()),
    ("publisher", |card| card.summary.publisher.clone().unwrap_or_default()),
    ("parameters", |card| card.summary.parameters.map(output::parameters).unwrap_or_default()),
    ("context", |card| card.context_max.map(|max| max.to_string()).unwrap_or_default()),
    ("can", can),
];

const COSTS: [Fact<RunCost>; 4] = [
    ("files", |cost| cost.size_bytes.map(output::bytes).unwrap_or_default()),
    ("memory to run", |cost| cost.memory_bytes.map(output::bytes).unwrap_or_default()),
    ("on this machine", |cost| cost.verdict.clone()),
    ("rows a second", |cost| {
        cost.rows_per_second.map(|rate| format!("{rate:.1}")).unwrap_or_default()
    }),
];

/// Prints models side by side.
///
/// # Errors
/// Where one of them does not exist.
pub async fn run(client: &Client, options: Compare, as_json: bool) -> Result<(), Fault> {
    let query: Vec<_> = options.models.into_iter().map(|model| ("model", model)).collect();
    let view: CompareView = client.get_with(&["compare"], &query).await?;
    if as_json {
        output::json(&view);
        return Ok(());
    }
    let names: Vec<_> = view.models.iter().map(|card| card.summary.model.as_str()).collect();
    let headings: Vec<_> = std::iter::once("").chain(names.iter().copied()).collect();
    let mut rows: Vec<_> = FACTS.iter().map(|fact| row(fact, &view.models)).collect();
    rows.extend(COSTS.iter().map(|fact| row(fact, &view.costs)));
    output::table(&headings, &rows);
    if !view.results.is_empty() {
        output::line("");
        let headings: Vec<_> = ["data", "metric"].into_iter().chain(names).collect();
        let rows: Vec<_> = view.results.iter().map(result).collect();
        output::table(&headings, &rows);
    }
    Ok(())
}

fn row<T>((name, fact): &Fact<T>, all: &[T]) -> Vec<String> {
    std::iter::once((*name).to_owned()).chain(all.iter().map(fact)).collect()
}

fn can(card: &ModelCard) -> String {
    let names = card.capabilities.iter().filter(|one| one.available).map(|one| &*one.capability);
    names.collect::<Vec<_>>().join(", ")
}

/// The best value of a row has a star; each says where it comes from.
fn result(one: &SharedResult) -> Vec<String> {
    let value = |value: &Option<api::ResultValue>| match value {
        Some(value) => {
            let star = if one.best == Some(value.value) { "*" } else { "" };
            format!("{:.4}{star} ({})", value.value, source(value))
        }
        None => "–".to_owned(),
    };
    let head = [one.data.clone(), one.metric.name.clone()];
    head.into_iter().chain(one.values.iter().map(value)).collect()
}
