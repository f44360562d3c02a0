//! `modeldex show`.

mod diff;
mod fit;

use api::{CapabilityView, ModelCard};
use domain::Fault;

use crate::args::Show;
use crate::client::Client;
use crate::output;

/// Prints the card of a model.
///
/// # Errors
/// Where there is no such model.
pub async fn run(client: &Client, options: &Show, as_json: bool) -> Result<(), Fault> {
    if options.fit {
        return fit::run(client, options, as_json).await;
    }
    if let Some(versions) = &options.diff {
        return diff::run(client, &options.model, versions, as_json).await;
    }
    let card: ModelCard = client.get(&model_path(&options.model)).await?;
    if as_json {
        output::json(&card);
        return Ok(());
    }
    print_facts(&card);
    print_capabilities(&card.capabilities);
    print_versions(&card);
    print_evaluations(&card);
    if !card.description_text.trim().is_empty() {
        output::line(format!("\n{}", card.description_text.trim_end()));
    }
    Ok(())
}

/// Returns the path of a model below `/api/v1`.
pub fn model_path(model: &str) -> Vec<&str> {
    path("models", model)
}

fn path<'a>(about: &'a str, model: &'a str) -> Vec<&'a str> {
    std::iter::once(about).chain(model.split('/')).collect()
}

/// Returns what to know of a model's license before its files are fetched.
pub fn license_lines(card: &ModelCard) -> Vec<String> {
    let summary = &card.summary;
    let mut lines = vec![
        format!("license of {}: {} ({})", summary.model, summary.license, summary.license_family),
        format!("  {}", card.license_meaning),
    ];
    lines.extend(card.terms.iter().map(|terms| format!("  {terms}")));
    lines
}

fn print_facts(card: &ModelCard) {
    let summary = &card.summary;
    output::line(format!("{}  ({})", summary.display_name, summary.model));
    output::line(format!("{}\n", summary.summary));
    let facts = [
        ("Tasks", summary.tasks.join(", ")),
        ("Fine-tuning", summary.finetuning_tasks.join(", ")),
        ("License", format!("{} ({})", summary.license, summary.license_family)),
        ("", card.license_meaning.clone()),
        ("Terms", card.terms.clone().unwrap_or_default()),
        ("Publisher", summary.publisher.clone().unwrap_or_default()),
        ("Languages", card.languages.join(", ")),
        ("Parameters", summary.parameters.map(output::parameters).unwrap_or_default()),
        ("Context", card.context_max.map(|max| format!("{max} tokens")).unwrap_or_default()),
        ("Hugging Face", card.hub_id.clone().unwrap_or_default()),
        ("Source", card.source_url.clone().unwrap_or_default()),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        output::line(format!("{name:<13} {value}"));
    }
}

fn print_capabilities(capabilities: &[CapabilityView]) {
    output::line("\nWhat you can do with it");
    for one in capabilities {
        let mark = if one.available { "yes" } else { "no " };
        let reason = one.reason.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
        output::line(format!("  {mark}  {:<9}{reason}", one.capability).trim_end());
    }
}

fn print_versions(card: &ModelCard) {
    if card.versions.is_empty() {
        return;
    }
    output::line("");
    let row = |version: &api::VersionView| {
        vec![
            version.version.clone(),
            output::bytes(version.size_bytes),
            version.parent.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = card.versions.iter().map(row).collect();
    output::table(&["version", "size", "made from"], &rows);
}

fn print_evaluations(card: &ModelCard) {
    if card.evaluations.is_empty() {
        return;
    }
    output::line("");
    let metric = |view: &api::EvaluationView, name: &str| {
        let value = view.metrics.get(name).and_then(serde_json::Value::as_f64);
        value.map(|value| format!("{value:.4}")).unwrap_or_default()
    };
    let row = |view: &api::EvaluationView| {
        vec![
            view.model.clone(),
            view.data_name.clone(),
            view.rows.map(|rows| rows.to_string()).unwrap_or_default(),
            metric(view, "accuracy"),
            metric(view, "f1_macro"),
        ]
    };
    let rows: Vec<_> = card.evaluations.iter().map(row).collect();
    output::table(&["evaluated", "data", "rows", "accuracy", "f1 macro"], &rows);
}
