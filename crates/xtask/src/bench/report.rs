//! The table of a bench.

use std::fmt::Write;

use serde::Deserialize;

/// One epoch of one side.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Epoch {
    /// The training alone.
    pub seconds: f64,
    /// The share of test rows that were right after it.
    pub accuracy: f64,
}

/// Writes the epochs of both sides beside each other, as Markdown.
pub fn table(ours: &[Epoch], theirs: &[Epoch]) -> String {
    let mut text = String::from(
        "| epoch | Modeldex, s | torch, s | torch / Modeldex \
         | Modeldex, accuracy | torch, accuracy |\n\
         |--:|--:|--:|--:|--:|--:|\n",
    );
    for (number, (our, their)) in (1..).zip(ours.iter().zip(theirs)) {
        let seconds = times(our.seconds, their.seconds);
        let _ = writeln!(
            text,
            "| {number} | {seconds} | {:.4} | {:.4} |",
            our.accuracy, their.accuracy
        );
    }
    let sum = |epochs: &[Epoch]| epochs.iter().map(|epoch| epoch.seconds).sum();
    let _ = writeln!(text, "| all | {} | | |", times(sum(ours), sum(theirs)));
    text
}

fn times(ours: f64, theirs: f64) -> String {
    format!("{ours:.1} | {theirs:.1} | {:.2}", theirs / ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_stand_beside_each_other() {
        let epoch = |seconds, accuracy| Epoch { seconds, accuracy };
        let ours = [epoch(10.0, 0.5), epoch(12.0, 0.75)];
        let theirs = [epoch(25.0, 0.25), epoch(30.0, 0.5)];
        let table = table(&ours, &theirs);
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| 1 | 10.0 | 25.0 | 2.50 | 0.5000 | 0.2500 |",
                "| 2 | 12.0 | 30.0 | 2.50 | 0.7500 | 0.5000 |",
                "| all | 22.0 | 55.0 | 2.50 | | |",
            ]
        );
    }
}
