//! `modeldex searches`.

use api::{Marks, SaveSearchRequest};
use domain::Fault;
use reqwest::Method;
use serde_json::json;

use crate::args::Searches;
use crate::client::Client;
use crate::output;

/// Runs one of the commands about saved searches; each prints what they are then.
///
/// # Errors
/// Where a name or a query cannot be one, or there is no such search.
pub async fn run(client: &Client, command: Searches, as_json: bool) -> Result<(), Fault> {
    let marks: Marks = match command {
        Searches::List => client.get(&["marks"]).await?,
        Searches::Save { name, query } => {
            let request = json!(SaveSearchRequest { query });
            client.send(Method::PUT, &["searches", &name], Some(&request)).await?
        }
        Searches::Delete { name } => {
            client.send(Method::DELETE, &["searches", &name], None).await?
        }
    };
    if as_json {
        output::json(&marks.searches);
    } else if marks.searches.is_empty() {
        output::line("No search is saved.");
    } else {
        let row = |one: &api::SavedSearch| vec![one.name.clone(), one.query.clone()];
        let rows: Vec<_> = marks.searches.iter().map(row).collect();
        output::table(&["search", "query"], &rows);
    }
    Ok(())
}
