//! What fewer bits change, as the API tells it.

use api::{ParityReport, ParityView};
use deploy::parity::Report;
use native::Quantize;

/// Shows a report.
pub fn measured(report: &Report) -> ParityView {
    let summary = report.summary();
    let Report { tokens, perplexity, perplexity_quantized, agreement, difference, .. } = *report;
    let milliseconds = report.milliseconds;
    let numbers = ParityReport {
        tokens,
        perplexity,
        perplexity_quantized,
        agreement,
        difference,
        milliseconds,
    };
    ParityView { report: Some(numbers), ..view("measured", report.quantize, summary) }
}

/// Shows that a report is on its way.
pub fn measuring(quantize: Quantize) -> ParityView {
    view("measuring", quantize, format!("{quantize}: being compared with the original"))
}

/// Shows why there is no report.
pub fn not_measured(quantize: Quantize, why: &str) -> ParityView {
    view("absent", quantize, format!("{quantize}: not compared with the original: {why}"))
}

fn view(state: &str, quantize: Quantize, summary: String) -> ParityView {
    ParityView { state: state.to_owned(), quantize: quantize.to_string(), summary, report: None }
}
