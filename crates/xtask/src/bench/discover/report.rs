//! The tables of the bench, as Markdown.

use std::fmt::Write;

use super::ours::Built;
use super::pages::Pages;
use super::questions::Target;
use super::steps::Asked;
use crate::bench::latency::{self, Latency};
use crate::bench::process::{Memory, machine};

/// Everything that was measured.
#[derive(Debug)]
pub struct Findings {
    /// Building the large index, unless it was there.
    pub built: Option<Built>,
    /// Asking: alone, and beside others on fewer records where that was wanted.
    pub asked: Vec<Asked>,
    /// Building the small index in memory.
    pub in_memory: Built,
    /// Opening and asking the small one.
    pub small: Asked,
    /// Pages over HTTP.
    pub pages: Option<Pages>,
}

/// A figure with what is wanted.
struct Figure {
    what: String,
    found: String,
    wanted: Option<(String, bool)>,
}

/// Writes the tables.
pub fn text(findings: &Findings) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!("`cargo xtask {}`, {}, {}\n\n", command.join(" "), date(), machine());
    text.push_str(&figures(findings));
    for asked in &findings.asked {
        let _ = write!(text, "\n{} models:\n\n{}", grouped(asked.records), rows(asked));
    }
    if let Some(found) = &findings.pages {
        let _ = write!(text, "\n{}", pages(found));
    }
    text
}

fn figures(findings: &Findings) -> String {
    let mut figures = Vec::new();
    figures.extend(findings.built.iter().flat_map(of_building));
    figures.extend(findings.asked.first().into_iter().flat_map(of_opening));
    figures.extend(of_small(&findings.in_memory, &findings.small));
    for asked in &findings.asked {
        figures.extend(of_filling(asked));
    }
    let mut text = String::from("| | found | wanted | met |\n|---|--:|--:|---|\n");
    for Figure { what, found, wanted } in figures {
        let (wanted, met) = wanted.map_or((String::new(), ""), |(wanted, met)| (wanted, yes(met)));
        let _ = writeln!(text, "| {what} | {found} | {wanted} | {met} |");
    }
    text
}

fn of_building(built: &Built) -> Vec<Figure> {
    let rate = built.records as f64 / built.seconds;
    let plain = |what: &str, found: String| Figure { what: what.to_owned(), found, wanted: None };
    vec![
        Figure {
            what: format!("{} models are indexed, per second", grouped(built.records)),
            found: grouped(rate as usize),
            wanted: Some(("≥ 40 000".to_owned(), rate >= 40_000.0)),
        },
        plain("building, wall and processor time", {
            format!("{:.1} s, {:.1} s", built.seconds, built.cpu_seconds)
        }),
        plain("memory of building at most", megabytes(built.memory[1].peak)),
        plain("snapshot on disk", megabytes(built.disk_bytes / 1024)),
    ]
}

fn of_opening(asked: &Asked) -> Vec<Figure> {
    let [_, opened, after] = asked.opened.memory;
    let seconds = asked.opened.milliseconds / 1e3;
    let resident = after.resident as f64 * 1024.0 / 1e9;
    vec![
        Figure {
            what: "opening the snapshot in a new process".to_owned(),
            found: format!("{seconds:.2} s"),
            wanted: Some(("≤ 5 s".to_owned(), seconds <= 5.0)),
        },
        Figure {
            what: "resident when open: own + mapped".to_owned(),
            found: memory(opened),
            wanted: None,
        },
        Figure {
            what: "resident after every question: own + mapped".to_owned(),
            found: memory(after),
            wanted: Some(("≤ 1.2 GB".to_owned(), resident <= 1.2)),
        },
    ]
}

fn of_small(in_memory: &Built, asked: &Asked) -> Vec<Figure> {
    let added = |later: Memory, before: Memory| later.resident.saturating_sub(before.resident);
    let wanted = |added: u64| Some(("≤ 5 MB".to_owned(), added * 1024 <= 5_000_000));
    let quick = |found: f64| Some(("≤ 50 ms".to_owned(), found <= 50.0));
    let built = in_memory.seconds * 1e3;
    let models = grouped(in_memory.records);
    let in_memory = added(in_memory.memory[1], in_memory.memory[0]);
    let open = added(asked.opened.memory[1], asked.opened.memory[0]);
    let asked_of = added(asked.opened.memory[2], asked.opened.memory[0]);
    vec![
        Figure {
            what: format!("{models} models are indexed in memory"),
            found: format!("{built:.1} ms"),
            wanted: quick(built),
        },
        Figure {
            what: "memory that this adds".to_owned(),
            found: megabytes(in_memory),
            wanted: wanted(in_memory),
        },
        Figure {
            what: format!("opening the snapshot of {models} models"),
            found: format!("{:.1} ms", asked.opened.milliseconds),
            wanted: quick(asked.opened.milliseconds),
        },
        Figure {
            what: "memory that this adds; after every question".to_owned(),
            found: format!("{}; {}", megabytes(open), megabytes(asked_of)),
            wanted: wanted(open),
        },
    ]
}

fn of_filling(asked: &Asked) -> Vec<Figure> {
    let others = asked.sides.iter().skip(1).zip(&asked.filled);
    let figure = |(side, filled): (&String, &super::peers::Filled)| Figure {
        what: format!("{side}: filling with {} models; on disk", grouped(asked.records)),
        found: format!("{:.0} s; {}", filled.seconds, megabytes(filled.disk_bytes / 1024)),
        wanted: None,
    };
    others.map(figure).collect()
}

fn rows(asked: &Asked) -> String {
    let sides: Vec<String> =
        asked.sides.iter().map(|side| format!("{side}, p50 / p90 / p99 / max")).collect();
    let mut text =
        format!("| {} questions | {} | wanted | met |\n", most(asked), sides.join(" | "));
    let _ = writeln!(text, "|---|{}--:|---|", "--:|".repeat(sides.len()));
    for row in &asked.rows {
        let cells: Vec<String> = row.sides.iter().map(|side| cell(side.as_ref())).collect();
        let ours = row.sides.first().and_then(Option::as_ref);
        let (wanted, met) = match (row.target, ours) {
            (Some(target), Some(ours)) => (wanted(target), yes(is_met(target, ours))),
            _ => (String::new(), ""),
        };
        let differ = match row.different {
            0 => String::new(),
            different => format!(" ({different} answers differ)"),
        };
        let cells = cells.join(" | ");
        let _ = writeln!(text, "| {}{differ} | {cells} | {wanted} | {met} |", row.row);
    }
    text
}

/// Returns the most questions of a row that were answered by one side.
fn most(asked: &Asked) -> usize {
    let counts = asked.rows.iter().flat_map(|row| row.sides.iter().flatten());
    counts.map(|side| side.count).max().unwrap_or_default()
}

fn cell(latency: Option<&Latency>) -> String {
    let Some(latency) = latency else { return "–".to_owned() };
    let parts = [latency.p50, latency.p90, latency.p99, latency.max].map(latency::text);
    match latency.cut {
        true => format!("{} (n = {})", parts.join(" / "), latency.count),
        false => parts.join(" / "),
    }
}

fn wanted(target: Target) -> String {
    let part = |name: &str, ms: Option<f64>| ms.map(|ms| format!("{name} ≤ {ms} ms"));
    let parts = [part("p50", target.p50_ms), part("p99", target.p99_ms)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn is_met(target: Target, ours: &Latency) -> bool {
    let within = |found: f64, ms: Option<f64>| ms.is_none_or(|ms| found <= ms * 1e3);
    within(ours.p50, target.p50_ms) && within(ours.p99, target.p99_ms)
}

fn pages(found: &Pages) -> String {
    let mut text = format!("The server answers {:.1} s after its start.", found.start);
    if let Some(seconds) = found.first_start {
        let _ = write!(text, " The first time, when it makes its index, {seconds:.0} s.");
    }
    text.push_str(
        "\n\n| whole pages over HTTP | pages/s | p50 / p90 / p99 / max | KiB | wanted | met |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    for one in &found.served {
        let (wanted, met) = match one.clients {
            1 => ("p99 ≤ 15 ms", one.latency.p99 <= 15_000.0),
            _ => ("≥ 1 500/s", one.per_second >= 1_500.0),
        };
        let _ = writeln!(
            text,
            "| {}, {} clients | {:.0} | {} | {:.0} | {wanted} | {} |",
            one.what,
            one.clients,
            one.per_second,
            cell(Some(&one.latency)),
            one.bytes_each / 1024.0,
            yes(met),
        );
    }
    text
}

fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "**no**" }
}

fn memory(memory: Memory) -> String {
    format!(
        "{} = {} + {}",
        megabytes(memory.resident),
        megabytes(memory.own),
        megabytes(memory.mapped)
    )
}

/// Writes KiB as MB, as the limits are given.
fn megabytes(kib: u64) -> String {
    format!("{:.1} MB", kib as f64 * 1024.0 / 1e6)
}

/// Writes a number in groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Returns today's date, where the system tells it.
fn date() -> String {
    let output = std::process::Command::new("date").arg("+%F").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests;
