//! `modeldex catalog`.

use api::{CatalogAddRequest, CatalogAdded, CollectionView, ResultsAddRequest, ResultsAdded};
use domain::Fault;

use super::start;
use crate::args::Catalog;
use crate::client::Client;
use crate::{output, settings};

/// Runs one of the commands about the catalog.
///
/// # Errors
/// Where the folder cannot be read.
pub async fn run(client: &Client, command: Catalog, as_json: bool) -> Result<(), Fault> {
    match command {
        Catalog::Add { folder, collection } => {
            let folder = settings::absolute(&folder)?.display().to_string();
            let request = CatalogAddRequest { folder, collection };
            let added: CatalogAdded = client.post(&["catalog", "assets"], &request).await?;
            if as_json {
                output::json(&added);
            } else {
                print_added(&added);
            }
        }
        Catalog::AddResults { file, publisher, collection } => {
            let data = start::upload(client, &file).await?;
            let request = ResultsAddRequest { data, publisher, collection };
            let added: ResultsAdded = client.post(&["catalog", "results"], &request).await?;
            if as_json {
                output::json(&added);
            } else {
                print_results(&added);
            }
        }
        Catalog::Collections => {
            let collections: Vec<CollectionView> = client.get(&["collections"]).await?;
            if as_json {
                output::json(&collections);
            } else {
                let row = |one: &CollectionView| {
                    vec![one.name.clone(), one.models.to_string(), one.title.clone()]
                };
                let rows: Vec<_> = collections.iter().map(row).collect();
                output::table(&["collection", "models", "title"], &rows);
            }
        }
    }
    Ok(())
}

fn print_added(added: &CatalogAdded) {
    for defect in &added.defects {
        let field =
            if defect.field.is_empty() { String::new() } else { format!(" {}", defect.field) };
        output::note(format!("{}: {}{field}: {}", defect.severity, defect.file, defect.message));
    }
    output::line(format!(
        "Added to `{}`: {}; skipped {}; defects found: {}",
        added.collection,
        added.added,
        added.skipped,
        added.defects.len()
    ));
}

fn print_results(added: &ResultsAdded) {
    for defect in &added.defects {
        let column =
            if defect.field.is_empty() { String::new() } else { format!(" {}", defect.field) };
        output::note(format!("{}: {}{column}: {}", defect.severity, defect.file, defect.message));
    }
    if !added.unmatched.is_empty() {
        output::note(format!("In no collection: {}", added.unmatched.join(", ")));
    }
    output::line(format!(
        "Published by `{}`: results {}, of which new {}; rows skipped {}; data sets {}; \
         models listed {}, not listed {}",
        added.publisher,
        added.results,
        added.changed,
        added.skipped,
        added.data,
        added.matched.len(),
        added.unmatched.len()
    ));
}
