//! How far something is, and how large a share of one.

use api::Progress;
use maud::{Markup, html};

use crate::format;

/// Shows how far a job is, with its rate and what is left.
pub(crate) fn progress(progress: &Progress) -> Markup {
    let Progress { done, total, unit, rate_per_second, eta_seconds, message } = progress;
    let amount = |number| match unit.as_str() {
        "bytes" => format::bytes(number),
        _ => format::count(number),
    };
    let noun = if unit == "bytes" { "" } else { unit.as_str() };
    html! {
        div.progress {
            @match total {
                Some(total) if *total > 0 => {
                    progress value=(done) max=(total) aria-label="Progress" {}
                }
                _ => progress aria-label="Progress" {},
            }
            p.progress-line {
                span { (message) }
                span.figures {
                    (amount(*done))
                    @if let Some(total) = total { " of " (amount(*total)) }
                    " " (noun)
                    @if let Some(rate) = rate_per_second { " · " (speed(*rate, unit)) }
                    @if let Some(left) = eta_seconds { " · " (format::duration(*left)) " left" }
                }
            }
        }
    }
}

fn speed(rate: f64, unit: &str) -> String {
    match unit {
        "bytes" => format!("{}/s", format::bytes(rate.max(0.0) as u64)),
        _ if rate >= 100.0 => format!("{}/s", format::count(rate as u64)),
        _ => format!("{rate:.1}/s"),
    }
}

/// Draws a share of one as a bar; the number itself stands beside it.
pub(crate) fn share_bar(share: f64) -> Markup {
    let width = format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.share width="100%" height="8" aria-hidden="true" focusable="false" {
            rect.track width="100%" height="8" rx="4" {}
            rect.fill width=(width) height="8" rx="4" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_much_how_fast_and_how_long() {
        let half = Progress {
            done: 50_000_000,
            total: Some(100_000_000),
            unit: "bytes".into(),
            rate_per_second: Some(1_500_000.0),
            eta_seconds: Some(34.0),
            message: "fetching".into(),
        };
        let html = progress(&half).into_string();
        assert!(html.contains("50 MB of 100 MB  · 1.5 MB/s · 34 s left"), "{html}");
        let open = Progress { total: None, rate_per_second: None, eta_seconds: None, ..half };
        let html = progress(&open).into_string();
        assert!(html.contains("<progress aria-label"), "{html}");
    }

    #[test]
    fn a_share_stays_inside_its_bar() {
        assert!(
            share_bar(7.0)
                .into_string()
                .contains(r#"width="100.00%" height="8" rx="4"></rect></svg>"#)
        );
        assert!(share_bar(-1.0).into_string().contains(r#"width="0.00%""#));
    }
}
