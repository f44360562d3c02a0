//! `modeldex compare`.

use api::{CompareView, ModelCard};
use domain::Fault;

use crate::args::Compare;
use crate::client::Client;
use crate::output;

/// A heading and what stands under it for one model.
type Fact = (&'static str, fn(&ModelCard) -> String);

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
    let headings: Vec<_> = std::iter::once("").chain(names).collect();
    let facts: [Fact; 8] = [
        ("tasks", |card| card.summary.tasks.join(", ")),
        ("fine-tuning", |card| card.summary.finetuning_tasks.join(", ")),
        ("license", |card| card.summary.license.clone()),
        ("publisher", |card| card.summary.publisher.clone().unwrap_or_default()),
        ("parameters", |card| card.summary.parameters.map(output::parameters).unwrap_or_default()),
        ("context", |card| card.context_max.map(|max| max.to_string()).unwrap_or_default()),
        ("can", can),
        ("best accuracy", best_accuracy),
    ];
    let row = |(name, fact): &Fact| {
        std::iter::once((*name).to_owned()).chain(view.models.iter().map(fact)).collect()
    };
    let rows: Vec<Vec<String>> = facts.iter().map(row).collect();
    output::table(&headings, &rows);
    Ok(())
}

fn can(card: &ModelCard) -> String {
    let names = card.capabilities.iter().filter(|one| one.available).map(|one| &*one.capability);
    names.collect::<Vec<_>>().join(", ")
}

fn best_accuracy(card: &ModelCard) -> String {
    let accuracies =
        card.evaluations.iter().filter_map(|view| view.metrics.get("accuracy")?.as_f64());
    accuracies.reduce(f64::max).map(|value| format!("{value:.4}")).unwrap_or_default()
}
