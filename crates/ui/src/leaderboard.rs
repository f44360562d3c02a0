//! Models in the order of what was measured of them.

use api::{BoardChoice, LeaderboardQuery, LeaderboardRow, LeaderboardView, MetricView, Overview};
use maud::{Markup, html};

use crate::chart::{Bars, Group, Values, ValuesRow, bar_chart, value_map};
use crate::compare::source;
use crate::icon::{Icon, icon};
use crate::look::task_title;
use crate::shell::{Page, Section, Shell};
use crate::trade_off::{against, trade_off};
use crate::{format, link};

/// The bars beside the trade-off are as high as it is.
const BARS_MAX: usize = 10;

/// Renders a leaderboard.
pub fn leaderboard(shell: &Shell, query: &LeaderboardQuery, view: &LeaderboardView) -> Markup {
    let main = html! {
        header.page-head {
            h1 { "Leaderboard" }
            p { "What was measured here, and what others published." }
        }
        @match &view.metric {
            Some(metric) => (board(query, view, metric)),
            None => (nothing()),
        }
    };
    shell.page(Page { title: "Leaderboard", section: Section::Leaderboard, query: "", main })
}

fn nothing() -> Markup {
    html! {
        div.empty {
            (icon(Icon::Measure))
            h2 { "Nothing was measured yet" }
            p { "Evaluate a model on its page, or add results that others published:" }
            pre tabindex="0" { code { "modeldex catalog add-results FILE.csv" } }
            a.button href="/" { "Show all models" }
        }
    }
}

fn board(query: &LeaderboardQuery, view: &LeaderboardView, metric: &MetricView) -> Markup {
    let task = chosen(&view.tasks);
    let data = chosen(&view.data);
    let of_task = LeaderboardQuery { task: Some(task.value.clone()), ..Default::default() };
    let of_data = LeaderboardQuery { data: Some(data.value.clone()), ..of_task.clone() };
    html! {
        div.board-choices {
            (choices("Task", &view.tasks, |value| {
                LeaderboardQuery { task: Some(value.to_owned()), ..Default::default() }
            }))
            (choices("Data", &view.data, |value| {
                LeaderboardQuery { data: Some(value.to_owned()), ..of_task.clone() }
            }))
            (choices("Metric", &view.metrics, |value| {
                LeaderboardQuery { metric: Some(value.to_owned()), ..of_data.clone() }
            }))
        }
        div.board-charts {
            section.panel { h2 { "The best" } (bars(view, metric)) }
            @if let Some(plot) = &view.trade_off {
                section.panel.trade-off {
                    h2 { "Quality against cost" }
                    (axes(query, &plot.choices, &plot.against))
                    (trade_off(plot))
                }
            }
        }
        (ranking(query, view, metric))
        @if let Some(all) = &view.overview { (overview(all, &task.title)) }
    }
}

fn chosen(choices: &[BoardChoice]) -> BoardChoice {
    let none = BoardChoice { value: String::new(), title: String::new(), models: 0, chosen: true };
    choices.iter().find(|one| one.chosen).cloned().unwrap_or(none)
}

fn choices(
    title: &str,
    choices: &[BoardChoice],
    query: impl Fn(&str) -> LeaderboardQuery,
) -> Markup {
    html! {
        nav.pills aria-label=(title) {
            span.pills-title { (title) }
            ul {
                @for one in choices {
                    @let current = one.chosen.then_some("true");
                    li { a href=(path(&query(&one.value))) aria-current=[current] {
                        (one.title) " " span.count { (one.models) }
                    } }
                }
            }
        }
    }
}

fn axes(query: &LeaderboardQuery, all: &[String], shown: &str) -> Markup {
    let by = |name: &str| LeaderboardQuery { against: Some(name.to_owned()), ..query.clone() };
    html! {
        @if all.len() > 1 {
            nav.pills.small aria-label="Cost" {
                span.pills-title { "Against" }
                ul {
                    @for name in all {
                        @let current = (name == shown).then_some("true");
                        li { a href=(path(&by(name))) aria-current=[current] { (against(name)) } }
                    }
                }
            }
        }
    }
}

fn bars(view: &LeaderboardView, metric: &MetricView) -> Markup {
    let mut best: Vec<_> = view.rows.iter().collect();
    best.sort_by_key(|row| row.rank);
    best.truncate(BARS_MAX);
    let of_both = best.iter().any(|row| row.result.published_by.is_none())
        && best.iter().any(|row| row.result.published_by.is_some());
    let groups: Vec<_> = best.iter().map(|row| group(row, of_both)).collect();
    let series: &[&str] =
        if of_both { &["published", "measured here"] } else { &[metric.title.as_str()] };
    let better = if metric.lower_is_better { "lower is better" } else { "higher is better" };
    let title = format!("{}, {better}", metric.title);
    let range = metric.low.zip(metric.high);
    bar_chart(&Bars { title: &title, what: "Model", series, groups: &groups, range })
}

/// What was measured here and what was published are two series, where there are both.
fn group(row: &LeaderboardRow, of_both: bool) -> Group<'_> {
    let value = Some(row.result.value);
    let values = match (of_both, row.result.published_by.is_some()) {
        (true, true) => vec![value, None],
        (true, false) => vec![None, value],
        (false, _) => vec![value],
    };
    Group { name: &row.display_name, values }
}

/// A column: its name for sorting, if it sorts, and its heading.
const COLUMNS: [(&str, &str); 6] = [
    ("rank", "Rank"),
    ("model", "Model"),
    ("parameters", "Parameters"),
    ("size", "Files"),
    ("license", "License"),
    ("memory", "Memory to run"),
];

fn ranking(query: &LeaderboardQuery, view: &LeaderboardView, metric: &MetricView) -> Markup {
    let title = format!("Ranked by {}", metric.title.to_lowercase());
    html! {
        form.ranking action="/compare" {
            div.table-frame tabindex="0" role="region" aria-label=(title) {
                table {
                    caption.hidden { (title) }
                    thead { tr {
                        th scope="col" { span.hidden { "Compare" } }
                        @for column in &COLUMNS[..2] { (heading_link(query, column)) }
                        th scope="col" { (metric.title) }
                        @for column in &COLUMNS[2..] { (heading_link(query, column)) }
                    } }
                    tbody { @for row in &view.rows { (ranked(row)) } }
                }
            }
            div.form-foot {
                button type="submit" { (icon(Icon::Compare)) "Compare the marked models" }
                span.note { (shown(view)) }
            }
        }
    }
}

fn shown(view: &LeaderboardView) -> String {
    let all = format::counted(view.total, "model", "models");
    if view.rows.len() < view.total {
        return format!("The first {} of {all}.", view.rows.len());
    }
    format!("{all}.")
}

/// The heading of the column that is sorted by turns the order round.
fn heading_link(query: &LeaderboardQuery, (name, heading): &(&str, &str)) -> Markup {
    let sort = query.sort.as_deref().unwrap_or("rank");
    let (backwards, sorted) = match sort.strip_prefix('-') {
        Some(sorted) => (true, sorted),
        None => (false, sort),
    };
    let is_sorted = sorted == *name;
    let next = if is_sorted && !backwards { format!("-{name}") } else { (*name).to_owned() };
    let order = is_sorted.then_some(if backwards { "descending" } else { "ascending" });
    let wanted = LeaderboardQuery { sort: Some(next), ..query.clone() };
    html! {
        th scope="col" aria-sort=[order] {
            a.sort href=(path(&wanted)) {
                (heading)
                @if is_sorted { span aria-hidden="true" { (if backwards { " ↓" } else { " ↑" }) } }
            }
        }
    }
}

fn ranked(row: &LeaderboardRow) -> Markup {
    html! {
        tr {
            td {
                @if row.listed {
                    input type="checkbox" name="model" value=(row.model)
                        aria-label={ "Compare " (row.display_name) };
                }
            }
            td.rank { (row.rank) }
            th scope="row" {
                (model_name(&row.model, &row.display_name, row.listed))
                (source(&row.result))
            }
            td.value { (format::metric(row.result.value)) }
            td { (known(row.parameters.map(format::compact))) }
            td { (known(row.size_bytes.map(format::bytes))) }
            td {
                (known(row.license.clone()))
                @if let Some(family) = &row.license_family { " " span.family.(family) { (family) } }
            }
            td {
                (known(row.cost.memory_bytes.map(format::bytes)))
                @if row.cost.memory_bytes.is_some() {
                    " "
                    span.verdict.{ "is-" (row.cost.verdict.replace(' ', "-")) }
                        title=(row.cost.because) {
                        (row.cost.verdict)
                    }
                }
            }
        }
    }
}

fn model_name(model: &str, display_name: &str, listed: bool) -> Markup {
    html! {
        @if listed {
            a href=(link::model(model)) title=(model) { (display_name) }
        } @else {
            span title="No collection lists it" { (display_name) }
        }
    }
}

fn known(value: Option<String>) -> Markup {
    match value {
        Some(value) => html! { (value) },
        None => html! { span.muted title="Not known" { "–" } },
    }
}

fn overview(all: &Overview, task: &str) -> Markup {
    let columns: Vec<_> =
        std::iter::once("mean").chain(all.data.iter().map(String::as_str)).collect();
    let row = |row: &api::OverviewRow| ValuesRow {
        head: model_name(&row.model, &row.display_name, row.listed),
        values: std::iter::once(Some(row.mean)).chain(row.values.iter().copied()).collect(),
    };
    let rows: Vec<_> = all.rows.iter().map(row).collect();
    let caption =
        format!("{} on all data of {}", all.metric.title, task_title(task).to_lowercase());
    html! {
        section.panel.overview {
            h2 { (caption) }
            p.note {
                "Models that were measured on as many of the data as any other. Shades run from \
                 the worst to the best of a column."
                @if all.left_out > 0 {
                    " " (format::counted(all.left_out, "model", "models"))
                    " with fewer data are left out."
                }
            }
            (value_map(&Values {
                caption: &caption,
                what: "Model",
                columns: &columns,
                rows: &rows,
                lower_is_better: all.metric.lower_is_better,
            }))
        }
    }
}

/// Returns the path of a leaderboard.
fn path(query: &LeaderboardQuery) -> String {
    let pairs = [
        ("task", &query.task),
        ("data", &query.data),
        ("metric", &query.metric),
        ("sort", &query.sort),
        ("against", &query.against),
    ];
    let said = pairs
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", link::escape(value.as_deref()?))));
    let said: Vec<_> = said.collect();
    if said.is_empty() {
        "/leaderboard".to_owned()
    } else {
        format!("/leaderboard?{}", said.join("&"))
    }
}
