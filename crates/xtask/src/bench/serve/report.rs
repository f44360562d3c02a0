//! The tables of the bench, as Markdown.

use super::models::Models;
use super::workload::{Answer, Workload};
use crate::bench::limits::Limits;
use crate::bench::say;
use crate::bench::side::Side;

/// Prints what was started, and begins the table.
pub fn sides(sides: &[Side]) {
    for side in sides {
        let Side { name, loaded, .. } = side;
        say(format_args!("{name}: {}, first token {:.2} s", loaded.version, loaded.seconds));
    }
    let names: String = sides.iter().map(|side| format!(" {} |", side.name)).collect();
    let lines: String = sides.iter().map(|_| "--:|").collect();
    say(format_args!("\n| question |{names} times the best other | memory, GB/s | of the floor |"));
    say(format_args!("|---|{lines}--:|--:|--:|"));
}

/// Prints the rates of all engines, and how much of what the machine can do just now ours is.
pub fn workload(
    workload: &Workload,
    sides: &[Side],
    answers: &[Vec<Answer>],
    (models, limits): (&Models, &Limits),
) {
    let floor = models.floor(workload, limits);
    let rates: Vec<Rates> = answers.iter().map(|answers| Rates::of(workload, answers)).collect();
    let cells: String = rates.iter().map(|rates| format!(" {} |", rates.cell())).collect();
    let ours = sides.iter().zip(&rates).find(|(side, _)| side.name == "Modeldex");
    let ours = ours.map_or(0.0, |(_, rates)| rates.middle());
    let others = sides.iter().zip(&rates).filter(|(side, _)| side.name != "Modeldex");
    let best = others.map(|(_, rates)| rates.middle()).fold(0.0, f64::max);
    let times = if best > 0.0 { format!("{:.2}", ours / best) } else { "–".to_owned() };
    let share = floor.map_or("–".to_owned(), |floor| format!("{:.0} %", 100.0 * ours / floor));
    let memory = limits.bandwidth / 1e9;
    say(format_args!("| {} |{cells} {times} | {memory:.1} | {share} |", workload.name));
}

/// Prints how much memory the engines have.
pub fn memory(sides: &[Side], models: &Models) {
    let mib = |kib: u64| kib >> 10;
    say(format_args!("\nweights: {} MiB", models.weight_bytes() >> 20));
    for side in sides {
        let (loaded, now) = (side.resident, side.resident_now());
        say(format_args!(
            "{}: {} MiB in memory after the first token, {} MiB after all questions",
            side.name,
            mib(loaded),
            mib(now)
        ));
    }
}

/// The rates of an engine in every round, the lowest first.
struct Rates(Vec<f64>);

impl Rates {
    fn of(workload: &Workload, answers: &[Answer]) -> Self {
        let mut rates: Vec<f64> = answers.iter().map(|answer| workload.rate(answer)).collect();
        rates.sort_by(f64::total_cmp);
        Self(rates)
    }

    fn middle(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(0.0)
    }

    /// Shows the middle one, and the lowest and the highest.
    fn cell(&self) -> String {
        match &*self.0 {
            [] => "–".to_owned(),
            [lowest, .., highest] => {
                format!("{:.1} ({lowest:.1}–{highest:.1})", self.middle())
            }
            [only] => format!("{only:.1}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_shows_the_middle_of_all_rounds() {
        let cases: [(&[f64], &str); 3] =
            [(&[], "–"), (&[2.0], "2.0"), (&[3.0, 4.5, 9.0], "4.5 (3.0–9.0)")];
        for (rates, cell) in cases {
            assert_eq!(Rates(rates.to_vec()).cell(), cell);
        }
    }
}
