//! Quality against cost, as a picture and as words.

use api::TradeOff;
use maud::{Markup, html};

use crate::chart::{Dot, Scatter, scatter_chart};
use crate::format;

/// Draws a trade-off, and says who is left out of it.
pub(crate) fn trade_off(plot: &TradeOff) -> Markup {
    let dots: Vec<_> = plot
        .points
        .iter()
        .map(|point| Dot {
            name: &point.display_name,
            cost: point.cost,
            quality: point.quality,
            is_front: point.front,
        })
        .collect();
    let metric = &plot.metric;
    let better = if metric.lower_is_better { "lower is better" } else { "higher is better" };
    let title = format!("{} on {}, {better}", metric.title, plot.data);
    let chart =
        Scatter { title: &title, cost: cost(&plot.against), quality: &metric.title, dots: &dots };
    html! {
        (scatter_chart(&chart))
        @if plot.left_out > 0 {
            p.note {
                (format::counted(plot.left_out, "model is", "models are"))
                " not drawn: " (unknown(&plot.against)) " not known."
            }
        }
    }
}

/// Returns what a trade-off is against, for people.
pub(crate) fn against(name: &str) -> &'static str {
    cost(name).0
}

fn cost(against: &str) -> (&'static str, fn(f64) -> String) {
    match against {
        "size" => ("Bytes of files", |value| format::bytes(value as u64)),
        "speed" => ("Time for a row", |value| format!("{} ms", format::metric(value))),
        _ => ("Parameters", |value| format::compact(value as u64)),
    }
}

fn unknown(against: &str) -> &'static str {
    match against {
        "size" => "the size of their files is",
        "speed" => "they were not measured here, so their speed is",
        _ => "the number of their parameters is",
    }
}
