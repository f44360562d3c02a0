//! `modeldex favorites`.

use api::{Marks, ModelSummary};
use domain::Fault;
use reqwest::Method;

use crate::args::Favorites;
use crate::client::Client;
use crate::output;

/// Runs one of the commands about favorites; each prints what they are then.
///
/// # Errors
/// Where there is no such model, or it is no favorite.
pub async fn run(client: &Client, command: Favorites, as_json: bool) -> Result<(), Fault> {
    let marks: Marks = match command {
        Favorites::List => client.get(&["marks"]).await?,
        Favorites::Add { model } => client.send(Method::PUT, &path(&model), None).await?,
        Favorites::Remove { model } => client.send(Method::DELETE, &path(&model), None).await?,
    };
    if as_json {
        output::json(&marks.favorites);
    } else if marks.favorites.is_empty() {
        output::line("No model is a favorite.");
    } else {
        let rows: Vec<_> = marks.favorites.iter().map(row).collect();
        output::table(&["favorite", "tasks", "license"], &rows);
    }
    Ok(())
}

fn path(model: &str) -> Vec<&str> {
    std::iter::once("favorites").chain(model.split('/')).collect()
}

fn row(model: &ModelSummary) -> Vec<String> {
    vec![model.model.clone(), model.tasks.join(", "), model.license.clone()]
}
