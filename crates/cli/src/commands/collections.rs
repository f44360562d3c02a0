//! `modeldex collections`.

use api::{CollectionRemoved, CollectionRequest, CollectionView};
use domain::Fault;
use reqwest::Method;
use serde_json::json;

use crate::args::Collections;
use crate::client::Client;
use crate::{output, settings};

/// Runs one of the commands about collections.
///
/// # Errors
/// Where there is no such collection, or its source cannot be read.
pub async fn run(client: &Client, command: Collections, as_json: bool) -> Result<(), Fault> {
    match command {
        Collections::List => list(client, as_json).await,
        Collections::Show { name } => {
            let view: CollectionView = client.get(&["collections", &name]).await?;
            show(&view, as_json);
            Ok(())
        }
        Collections::Add { name, kind, source, title, description } => {
            // The server may stand in another folder.
            let source = match kind.as_str() {
                "assets" => {
                    settings::absolute(std::path::Path::new(&source))?.display().to_string()
                }
                _ => source,
            };
            let request = CollectionRequest { title, description, kind, source };
            let path = ["collections", &name];
            let view: CollectionView =
                client.send(Method::PUT, &path, Some(&json!(request))).await?;
            show(&view, as_json);
            Ok(())
        }
        Collections::Remove { name } => {
            let path = ["collections", &name];
            let removed: CollectionRemoved = client.send(Method::DELETE, &path, None).await?;
            if as_json {
                output::json(&removed);
            } else {
                print_removed(&removed);
            }
            Ok(())
        }
    }
}

async fn list(client: &Client, as_json: bool) -> Result<(), Fault> {
    let views: Vec<CollectionView> = client.get(&["collections"]).await?;
    if as_json {
        output::json(&views);
        return Ok(());
    }
    let row = |view: &CollectionView| {
        let (models, title) = (view.models.to_string(), view.title.clone());
        vec![view.name.clone(), view.kind.clone(), models, title]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    output::table(&["collection", "kind", "models", "title"], &rows);
    Ok(())
}

fn show(view: &CollectionView, as_json: bool) {
    if as_json {
        output::json(view);
        return;
    }
    output::line(format!("{}  ({}, {})", view.title, view.name, view.kind));
    if !view.description.is_empty() {
        output::line(&view.description);
    }
    output::line(format!("\n{:<17} {}", "Models", view.models));
    if let Some(source) = &view.source {
        output::line(format!("{:<17} {source}", "Source"));
    }
    for one in &view.attributes {
        output::line(format!("{:<17} {}", one.name, one.value));
    }
    if !view.capabilities.is_empty() {
        output::line("");
        let row = |one: &api::CollectionCapability| {
            let why = one.reason.clone().unwrap_or_default();
            vec![one.capability.clone(), format!("{} of {}", one.models, view.models), why]
        };
        let rows: Vec<_> = view.capabilities.iter().map(row).collect();
        output::table(&["to", "models", "why not the others, most of all"], &rows);
    }
}

fn print_removed(removed: &CollectionRemoved) {
    output::line(format!(
        "Removed from `{}`: listed models {}; models that stay, because their files are here: {}",
        removed.name, removed.models, removed.kept
    ));
}
