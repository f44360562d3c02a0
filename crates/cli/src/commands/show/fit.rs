//! `modeldex show MODEL --fit`.

use api::{FitPart, FitRow, FitView};
use domain::Fault;

use crate::args::Show;
use crate::client::Client;
use crate::output;

/// Prints what a model takes, and whether it fits.
///
/// # Errors
/// Where there is no such model.
pub async fn run(client: &Client, options: &Show, as_json: bool) -> Result<(), Fault> {
    let asked = [
        ("memory_gib", options.memory_gib.map(|gib| gib.to_string())),
        ("gpus", options.gpus.map(|count| count.to_string())),
        ("context", options.context.map(|count| count.to_string())),
        ("streams", options.streams.map(|count| count.to_string())),
    ];
    let query: Vec<_> =
        asked.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let fit: FitView = client.get_with(&super::path("fit", &options.model), &query).await?;
    if as_json {
        output::json(&fit);
        return Ok(());
    }
    output::line(format!(
        "{} on {}, {} tokens, {}",
        fit.model,
        machine(&fit),
        fit.context,
        counted(fit.streams, "stream")
    ));
    output::line("\nTo run it");
    print_rows(&fit.running);
    output::line("\nTo teach it");
    print_rows(&fit.finetuning);
    output::line("\nOn the disk");
    print_parts(&fit.disk);
    if !fit.publisher.is_empty() {
        output::line("\nWhat its publisher asks for");
        for one in &fit.publisher {
            let enough = if one.enough { "it has as much" } else { "it has less" };
            output::line(format!("  {:<9} {}: {enough}", one.purpose, one.wants));
        }
    }
    fit.notes.iter().for_each(|note| output::line(format!("\n{note}")));
    Ok(())
}

fn machine(fit: &FitView) -> String {
    let machine = &fit.machine;
    let which = if machine.this_machine { "the server's machine" } else { "a machine" };
    let memory = match machine.memory_bytes {
        0 => "unknown memory".to_owned(),
        bytes => output::bytes(bytes),
    };
    match machine.gpus {
        0 => format!("{which} ({memory})"),
        gpus => format!("{which} ({} with {memory} each)", counted(gpus.into(), "GPU")),
    }
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn print_rows(rows: &[FitRow]) {
    for row in rows {
        let published = if row.published { ", as published" } else { "" };
        let elsewhere = if row.here { "" } else { ", not run by this build" };
        output::line(format!(
            "  {} ({}{published}{elsewhere}): {}, {}",
            row.title, row.name, row.verdict, row.reason
        ));
        print_parts(&row.parts);
    }
}

fn print_parts(parts: &[FitPart]) {
    for part in parts {
        output::line(format!("    {:<21} {}", part.name, part.sum));
    }
}
