use std::time::Duration;

use super::super::ours::{self, Ours};
use super::super::questions::Questions;
use super::super::turns;
use super::*;

/// Runs every row with few questions on our index and on `peer`; returns the rows that differ
/// although only one answer is right.
fn differing(peer: &dyn Fn(&Listings, &Path) -> Peer) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let listings = Listings::new(300, 5);
    ours::build(&listings, Some(&folder.path().join("index"))).unwrap();
    let (ours, _) = Ours::open(&folder.path().join("index")).unwrap();
    let mut questions = Questions::new(&listings, 15, 5);
    let mut rows = questions.rows();
    rows.push(ours.deep_row(questions.deep()).unwrap());
    let mut sides: Vec<Box<dyn Side>> =
        vec![Box::new(ours), Box::new(peer(&listings, &folder.path().join("peer")))];
    let cap = Duration::from_secs(60);
    let measured = rows.iter().map(|row| turns::measure(row, &mut sides, cap).unwrap());
    let differ = measured.filter(|row| row.different > 0);
    differ.map(|row| format!("{}: {}", row.row, row.different)).collect()
}

#[test]
fn sqlite_gives_our_totals_and_counts_for_filters() {
    let differ = differing(&|listings, dir| Peer::sqlite(listings, dir).unwrap().0);
    assert_eq!(differ, Vec::<String>::new());
}

#[test]
fn postgres_gives_our_totals_and_counts_for_filters() {
    let Ok(url) = std::env::var(db::testing::URL_VARIABLE) else {
        eprintln!("SKIPPED: {} is not set", db::testing::URL_VARIABLE);
        return;
    };
    let cap = Duration::from_secs(60);
    let differ = differing(&|listings, _| Peer::postgres(listings, &url, cap).unwrap().0);
    runtime().unwrap().block_on(postgres::drop_schema(&url)).unwrap();
    assert_eq!(differ, Vec::<String>::new());
}
