//! Models side by side: facts, what can be done, what was measured, what it takes to run them.

mod adding;
mod facts;
mod results;

use api::{CompareView, ModelSummary};
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::shell::{Page, Section, Shell};
use crate::trade_off::trade_off;
use crate::{format, link};

pub(crate) use results::source;

/// A page is told to compare no more: more columns fit no screen.
pub(crate) const COMPARED_MAX: usize = 6;

/// A search for one more model to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adding<'a> {
    /// What was typed.
    pub query: &'a str,
    /// What was found.
    pub found: &'a [ModelSummary],
}

/// Renders models as columns.
pub fn compare(shell: &Shell, view: &CompareView) -> Markup {
    compare_adding(shell, view, Adding::default())
}

/// Renders models as columns, and what was found for one more.
pub fn compare_adding(shell: &Shell, view: &CompareView, adding: Adding) -> Markup {
    let models: Vec<_> = view.models.iter().map(|card| card.summary.model.as_str()).collect();
    let main = html! {
        header.page-head.compare-head {
            h1 { "Compare models" }
            p { (lead(models.len())) }
            a.button href="/leaderboard" { (icon(Icon::Measure)) "Leaderboard" }
        }
        (adding::form(&models, adding))
        @if !models.is_empty() {
            (facts::columns(view))
            (results::results(view))
            @if let Some(plot) = &view.trade_off {
                section.panel.trade-off { h2 { "Quality against cost" } (trade_off(plot)) }
            }
        }
    };
    shell.page(Page { title: "Compare", section: Section::Models, query: "", main })
}

fn lead(models: usize) -> String {
    match models {
        0 => "Add two to six models to see them side by side.".to_owned(),
        1 => "Add one more model to see what differs.".to_owned(),
        _ => format!(
            "{} side by side. This address can be shared.",
            format::counted(models, "model", "models")
        ),
    }
}

/// Returns the path of the page for some models.
pub(crate) fn path<'a>(models: impl Iterator<Item = &'a str>) -> String {
    let models: Vec<_> = models.map(|model| format!("model={}", link::escape(model))).collect();
    if models.is_empty() { "/compare".to_owned() } else { format!("/compare?{}", models.join("&")) }
}
