//! Every side answers every question of a row, in turns.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::ask::{Answer, Ask, Side};
use super::questions::{Row, Target};
use crate::bench::latency::Latency;

/// Questions in a turn: enough to be warm in one's own data, few enough that the machine is the
/// same for all.
const TURN: usize = 20;

/// What one row came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The row's title.
    pub row: String,
    /// What is wanted of our side.
    pub target: Option<Target>,
    /// The durations of each side; `None` where it has no answer.
    pub sides: Vec<Option<Latency>>,
    /// Questions that sides answered differently although only one answer is right.
    pub different: usize,
}

/// A side at the table.
struct Seat<'a> {
    side: &'a mut dyn Side,
    able: bool,
    spent: Duration,
    durations: Vec<Duration>,
    answers: Vec<Answer>,
}

impl<'a> Seat<'a> {
    fn new(side: &'a mut dyn Side) -> Self {
        let (durations, answers) = (Vec::new(), Vec::new());
        Self { side, able: true, spent: Duration::ZERO, durations, answers }
    }

    fn turn(&mut self, asks: &[Ask], cap: Duration) -> Result<(), String> {
        for ask in asks {
            if !self.able || self.spent > cap {
                return Ok(());
            }
            let began = Instant::now();
            let answer = self.side.answer(ask);
            let took = began.elapsed();
            let failed = |error| format!("{} cannot answer {ask:?}: {error}", self.side.name());
            match answer.map_err(failed)? {
                Some(answer) => self.answers.push(answer),
                None => self.able = false,
            }
            if self.able {
                self.durations.push(took);
                self.spent += took;
            }
        }
        Ok(())
    }
}

/// Asks everything of a row; a side that has used up `cap` is asked no more.
///
/// # Errors
/// Where a side fails.
pub fn measure(row: &Row, sides: &mut [Box<dyn Side>], cap: Duration) -> Result<Measured, String> {
    let mut seats: Vec<Seat<'_>> = sides.iter_mut().map(|side| Seat::new(side.as_mut())).collect();
    for asks in row.asks.chunks(TURN) {
        for seat in &mut seats {
            seat.turn(asks, cap)?;
        }
    }
    let different = if row.exact { different(&seats) } else { 0 };
    let latency = |seat: Seat<'_>| {
        let cut = seat.durations.len() < row.asks.len();
        Latency::of(seat.durations, cut)
    };
    let sides = seats.into_iter().map(latency).collect();
    Ok(Measured { row: row.title.clone(), target: row.target, sides, different })
}

/// Counts the questions that others answered differently than the first.
fn different(seats: &[Seat<'_>]) -> usize {
    let Some((first, others)) = seats.split_first() else { return 0 };
    let unlike = |other: &Seat<'_>| {
        let pairs = first.answers.iter().zip(&other.answers);
        pairs.filter(|(ours, theirs)| ours != theirs).count()
    };
    others.iter().map(unlike).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake {
        total: Option<u64>,
        asked: usize,
    }

    impl Side for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }

        fn answer(&mut self, _ask: &Ask) -> Result<Option<Answer>, String> {
            self.asked += 1;
            Ok(self.total.map(|total| Answer { total, counted: 0 }))
        }
    }

    fn measured(totals: &[Option<u64>], cap: Duration) -> Measured {
        let side =
            |total: &Option<u64>| -> Box<dyn Side> { Box::new(Fake { total: *total, asked: 0 }) };
        let mut sides: Vec<_> = totals.iter().map(side).collect();
        let asks = vec![Ask::Prefix("a".into()); 50];
        let row = Row { title: "prefix".into(), asks, exact: true, target: None };
        measure(&row, &mut sides, cap).unwrap()
    }

    #[test]
    fn every_side_answers_everything_and_differences_are_counted() {
        let measured = measured(&[Some(1), Some(1), Some(2), None], Duration::from_secs(9));
        let counts: Vec<_> =
            measured.sides.iter().map(|side| side.as_ref().map(|one| one.count)).collect();
        assert_eq!(counts, [Some(50), Some(50), Some(50), None]);
        assert_eq!(measured.different, 50);
    }

    #[test]
    fn a_side_whose_time_is_up_is_cut() {
        let measured = measured(&[Some(1)], Duration::ZERO);
        let side = measured.sides[0].as_ref().unwrap();
        assert!(side.cut && side.count < 50, "{side:?}");
    }
}
