//! What fewer bits change, as the API tells it.

use api::{ParityReport, ParityView};
use deploy::parity::Report;
use native::Quantize;
use native::parity::Parity;

/// Shows a report.
pub fn measured(report: &Report) -> ParityView {
    let numbers = match &report.parity {
        Parity::Decoder(parity) => ParityReport {
            tokens: parity.tokens as u64,
            agreement: parity.agreement,
            perplexity: Some(parity.perplexity),
            perplexity_quantized: Some(parity.perplexity_quantized),
            difference: Some(parity.difference),
            milliseconds: report.milliseconds,
            ..ParityReport::default()
        },
        Parity::Encoder(parity) => ParityReport {
            tokens: parity.tokens as u64,
            agreement: parity.agreement,
            texts: Some(parity.texts as u64),
            similarity: Some(parity.similarity),
            choice: Some(parity.choice.as_str().to_owned()),
            choices: Some(parity.choices as u64),
            milliseconds: report.milliseconds,
            ..ParityReport::default()
        },
    };
    let summary = report.summary();
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
