//! Whether a model fits a machine: bars that stack up what it takes, with each sum in words.

use api::{FitPart, FitRow, FitView};
use maud::{Markup, html};

use crate::format;
use crate::link;
use crate::parts::{Field, Kind};

/// Shows the panel; `reference` names the model in the form's address.
pub(crate) fn panel(reference: &str, fit: &FitView) -> Markup {
    html! {
        (answer(fit))
        (form(reference, fit))
        (bars("To run it", &fit.running, fit.machine_room()))
        (legend(&fit.running))
        (bars("To teach it", &fit.finetuning, fit.machine_room()))
        (legend(&fit.finetuning))
        (disk(fit))
        (publisher(fit))
        @for note in &fit.notes { p.note { (note) } }
        p.note {
            "“Fits” leaves a fifth of the memory to everything else, “tight” leaves less. Sums are \
             worked out, not measured."
        }
    }
}

/// What a machine has for a model.
trait Room {
    fn machine_room(&self) -> u64;
}

impl Room for FitView {
    fn machine_room(&self) -> u64 {
        self.machine.memory_bytes.saturating_mul(u64::from(self.machine.gpus.max(1)))
    }
}

/// Says the most important thing first: how the published weights come out.
fn answer(fit: &FitView) -> Markup {
    let published = fit.running.iter().find(|row| row.published);
    let row = published.or_else(|| fit.running.iter().find(|row| row.name == "bf16"));
    let what = if published.is_some() { "as it is published, it" } else { "in 16 bits, it" };
    html! {
        p.fit-answer {
            "On " (machine(fit)) ": "
            @if let Some(row) = row {
                (what) " " (verdict(&row.verdict)) " · " (row.reason) "."
            }
        }
    }
}

fn machine(fit: &FitView) -> Markup {
    let machine = &fit.machine;
    let memory = match machine.memory_bytes {
        0 => "an unknown amount of memory".to_owned(),
        bytes => format!("{} of memory", format::bytes(bytes)),
    };
    html! {
        @if machine.this_machine { "this machine" } @else { "a machine" }
        " with " (memory)
        @if machine.cpus > 0 {
            ", " (format::counted(machine.cpus as usize, "core", "cores"))
        }
        @if machine.gpus > 0 {
            " on each of " (format::counted(machine.gpus as usize, "GPU", "GPUs"))
        }
    }
}

fn verdict(word: &str) -> Markup {
    let tone = match word {
        "fits" => "good",
        "tight" => "warn",
        "does not fit" => "bad",
        _ => "idle",
    };
    html! { span.state.(tone) { span.dot {} (word) } }
}

fn form(reference: &str, fit: &FitView) -> Markup {
    let asked = !fit.machine.this_machine;
    let gib = format!("{:.2}", fit.machine.memory_bytes as f64 / f64::from(1 << 30));
    let gib = gib.trim_end_matches('0').trim_end_matches('.').to_owned();
    let (gpus, context) = (fit.machine.gpus.to_string(), fit.context.to_string());
    let streams = fit.streams.to_string();
    let field = |name, label, kind, value| Field { kind, value, ..Field::new("fit", name, label) };
    let own = |value| if asked { value } else { "" };
    let memory = Field {
        placeholder: &gib,
        ..field("memory_gib", "Memory in GiB", Kind::Decimal, own(gib.as_str()))
    };
    let gpus = Field { placeholder: "0", ..field("gpus", "GPUs", Kind::Whole, own(gpus.as_str())) };
    html! {
        form.fit-form action={ (link::model(reference)) "#fit" } {
            div.fields {
                (memory.render())
                (gpus.render())
                (field("context", "Tokens of context", Kind::Whole, context.as_str()).render())
                (field("streams", "Streams at once", Kind::Whole, streams.as_str()).render())
            }
            div.form-foot {
                button type="submit" { span.label { "Work it out" } }
                @if asked { a href={ (link::model(reference)) "#fit" } { "This machine" } }
            }
        }
    }
}

/// Draws one bar for each row on one scale, and the machine's memory across all of them.
fn bars(title: &str, rows: &[FitRow], room: u64) -> Markup {
    let most = rows.iter().filter_map(|row| row.total_bytes).max().unwrap_or(0);
    // A machine with far more memory would make every bar a dot: then its end is not drawn.
    let shown = if room <= most.saturating_mul(3) { most.max(room) } else { most };
    html! {
        section.fit-use aria-label=(title) {
            h3 { (title) }
            ul.fit-rows {
                @for row in rows { li.fit-row { (bar(row, room, shown.max(1))) } }
            }
        }
    }
}

fn bar(row: &FitRow, room: u64, shown: u64) -> Markup {
    html! {
        div.fit-head {
            span.strong { (row.title) } " " code { (row.name) }
            @if row.published { span.badge.plain { "published" } }
            @if !row.here { span.badge.plain { "not run by this build" } }
            span.fit-total {
                @if let Some(total) = row.total_bytes { (format::bytes(total)) " " }
                (verdict(&row.verdict))
            }
        }
        @if row.total_bytes.is_some() { (picture(row, room, shown)) }
        details.fit-sum open[row.published] {
            summary { "The sum" span.hidden { " for " (row.title) } }
            (sums(&row.parts))
            p.note { (row.reason) }
        }
    }
}

fn picture(row: &FitRow, room: u64, shown: u64) -> Markup {
    let share = |bytes: u64| bytes as f64 / shown as f64 * 100.0;
    let mut left = 0.0;
    let mut pieces = Vec::new();
    for part in row.parts.iter().filter(|part| part.bytes.is_some()) {
        let width = share(part.bytes.unwrap_or(0));
        pieces.push((part, left, width));
        left += width;
    }
    html! {
        svg.fit-bar width="100%" height="18" aria-hidden="true" focusable="false" {
            rect.track width="100%" height="18" rx="5" {}
            @for (part, from, width) in pieces {
                rect.part.(slug(&part.name)) x=(percent(from)) width=(percent(width)) height="18" {
                    title { (part.name) ": " (part.sum) }
                }
            }
            @if room > 0 && room <= shown {
                line.room x1=(percent(share(room))) x2=(percent(share(room))) y2="18" {}
            }
        }
    }
}

fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

fn slug(name: &str) -> String {
    format!("p-{}", name.replace(' ', "-"))
}

fn sums(parts: &[FitPart]) -> Markup {
    html! {
        dl.sums {
            @for part in parts { div { dt { (part.name) } dd { (part.sum) } } }
        }
    }
}

/// Names the colors of the parts that some row has.
fn legend(rows: &[FitRow]) -> Markup {
    let mut names: Vec<&str> = Vec::new();
    for part in rows.iter().flat_map(|row| &row.parts) {
        if part.bytes.is_some() && !names.contains(&part.name.as_str()) {
            names.push(&part.name);
        }
    }
    html! {
        @if !names.is_empty() {
            p.fit-legend aria-hidden="true" {
                @for name in names {
                    span.key { span.swatch.part.(slug(name)) {} (name) }
                }
                span.key { span.swatch.room {} "the end of the memory, if in the picture" }
            }
        }
    }
}

fn disk(fit: &FitView) -> Markup {
    html! {
        section.fit-use aria-label="On the disk" { h3 { "On the disk" } (sums(&fit.disk)) }
    }
}

fn publisher(fit: &FitView) -> Markup {
    let purpose = |word: &str| match word {
        "run" => "Run",
        "evaluate" => "Evaluate",
        _ => "Fine-tune",
    };
    html! {
        @if !fit.publisher.is_empty() {
            section.fit-use aria-label="What its publisher asks for" {
                h3 { "What its publisher asks for" }
                dl.sums {
                    @for one in &fit.publisher {
                        div {
                            dt { (purpose(&one.purpose)) }
                            dd {
                                (one.wants) ": "
                                @if one.enough { "the machine has as much" }
                                @else { "the machine has less" }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::MachineView;

    fn row(name: &str, bytes: Option<u64>, verdict: &str) -> FitRow {
        let part =
            |name: &str, bytes| FitPart { name: name.into(), bytes, sum: format!("sum of {name}") };
        FitRow {
            name: name.into(),
            title: name.to_uppercase(),
            here: name != "int4",
            published: name == "bf16",
            parts: vec![part("weights", bytes), part("keys and values", bytes.map(|all| all / 4))],
            total_bytes: bytes.map(|all| all + all / 4),
            verdict: verdict.into(),
            reason: "so it is".into(),
        }
    }

    fn view(memory_bytes: u64, this_machine: bool) -> FitView {
        FitView {
            model: "workspace/a".into(),
            machine: MachineView { memory_bytes, cpus: 2, gpus: 0, this_machine },
            context: 512,
            streams: 1,
            parameters: Some(1),
            running: vec![row("bf16", Some(800), "fits"), row("int4", None, "not known")],
            finetuning: vec![],
            disk: vec![],
            publisher: vec![],
            notes: vec!["Take care.".into()],
        }
    }

    #[test]
    fn the_answer_comes_first_and_each_sum_is_told() {
        let html = panel("workspace/a@1", &view(1_000, true)).into_string();
        let first = html.split("</p>").next().unwrap();
        assert!(first.contains("this machine with 1 kB of memory, 2 cores"), "{first}");
        assert!(first.contains("as it is published, it <span class=\"state good\">"), "{first}");
        for part in ["sum of weights", "sum of keys and values", "Take care.", "not run by"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(html.contains(r#"action="/models/workspace/a@1#fit""#), "{html}");
    }

    #[test]
    fn bars_share_a_scale_with_the_memory() {
        let html = panel("a/b", &view(2_000, false)).into_string();
        assert!(html.contains(r#"x="0.000%" width="40.000%""#), "{html}");
        assert!(html.contains(r#"x="40.000%" width="10.000%""#), "{html}");
        assert!(html.contains(r#"x1="100.000%""#), "{html}");
        // A machine with far more leaves the bars their width.
        let html = panel("a/b", &view(1 << 40, true)).into_string();
        assert!(html.contains(r#"x="0.000%" width="80.000%""#) && !html.contains("x1="), "{html}");
    }
}
