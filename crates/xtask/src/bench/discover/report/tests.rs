use std::time::Duration;

use super::super::ours::Opened;
use super::super::turns::Measured;
use super::*;

fn latency(milliseconds: u64, cut: bool) -> Option<Latency> {
    Latency::of(vec![Duration::from_millis(milliseconds); 4], cut)
}

fn asked() -> Asked {
    let row = |row: &str, target, sides, different| Measured {
        row: row.to_owned(),
        target,
        sides,
        different,
    };
    let target = Target { p50_ms: Some(1.0), p99_ms: Some(5.0) };
    Asked {
        records: 2_000_000,
        opened: Opened { milliseconds: 900.0, memory: [Memory::default(); 3] },
        sides: vec!["Modeldex".to_owned(), "SQLite".to_owned()],
        filled: Vec::new(),
        rows: vec![
            row("two filters", Some(target), vec![latency(2, false), latency(1_500, true)], 0),
            row("typo", None, vec![latency(3, false), None], 2),
        ],
    }
}

#[test]
fn sides_stand_beside_each_other_with_what_is_wanted() {
    let text = rows(&asked());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "| 4 questions | Modeldex, p50 / p90 / p99 / max | SQLite, p50 / p90 / p99 / max \
             | wanted | met |",
            "|---|--:|--:|--:|---|",
            "| two filters | 2.00 ms / 2.00 ms / 2.00 ms / 2.00 ms \
             | 1.5 s / 1.5 s / 1.5 s / 1.5 s (n = 4) | p50 ≤ 1 ms, p99 ≤ 5 ms | **no** |",
            "| typo (2 answers differ) | 3.00 ms / 3.00 ms / 3.00 ms / 3.00 ms | – |  |  |",
        ]
    );
}

#[test]
fn a_target_is_met_by_both_of_its_figures() {
    let quick = latency(1, false).unwrap();
    let check = |p50_ms, p99_ms, met| assert_eq!(is_met(Target { p50_ms, p99_ms }, &quick), met);
    check(Some(1.0), Some(1.0), true);
    check(None, Some(0.9), false);
    check(Some(0.9), None, false);
    check(None, None, true);
}

#[test]
fn numbers_are_written_for_reading() {
    assert_eq!([7, 1_234, 2_000_000].map(grouped), ["7", "1 234", "2 000 000"]);
    assert_eq!(megabytes(1_000_000), "1024.0 MB");
}
