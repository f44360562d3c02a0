//! The parts that run in processes of their own, and what each tells.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use testkit::catalog::Listings;

use super::ask::Side;
use super::ours::{self, Opened, Ours};
use super::peers::{self, Filled, Peer};
use super::questions::{Questions, Row};
use super::turns::{self, Measured};
use super::{Discover, Step, index_dir};
use crate::bench::process::Memory;

/// What asking came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Of how many models.
    pub records: usize,
    /// How our index was opened.
    pub opened: Opened,
    /// Who was asked.
    pub sides: Vec<String>,
    /// How those after the first were filled.
    pub filled: Vec<Filled>,
    /// The rows.
    pub rows: Vec<Measured>,
}

/// Runs one part; what it found is returned as JSON.
///
/// # Errors
/// Where it fails.
pub fn run(step: Step, options: &Discover) -> Result<String, String> {
    let listings = Listings::new(options.records, options.seed);
    let data_dir = options.dir.as_deref().unwrap_or(Path::new("."));
    std::fs::create_dir_all(data_dir).map_err(|error| format!("cannot make a folder: {error}"))?;
    let dir = index_dir(data_dir);
    match step {
        Step::Build => json(&ours::build(&listings, Some(&dir))?),
        Step::Memory => json(&ours::build(&listings, None)?),
        Step::Ask => json(&ask(options, &listings, data_dir)?),
    }
}

fn json<T: Serialize>(found: &T) -> Result<String, String> {
    serde_json::to_string(found).map_err(|error| format!("cannot write: {error}"))
}

fn ask(options: &Discover, listings: &Listings, data_dir: &Path) -> Result<Asked, String> {
    let mut questions = Questions::new(listings, options.queries, options.seed);
    let (mut rows, deep) = (questions.rows(), questions.deep());
    let (ours, mut opened) = Ours::open(&index_dir(data_dir))?;
    rows.push(ours.deep_row(deep)?);
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(ours)];
    let cap = Duration::from_secs(options.cap);
    let mut measured = measure(&rows, &mut sides, cap)?;
    opened.memory[2] = Memory::now();
    let mut filled = Vec::new();
    if options.peers {
        let sqlite = data_dir.join("sqlite");
        let (peer, of_sqlite) = Peer::sqlite(listings, &sqlite)?;
        sides.push(Box::new(peer));
        eprintln!("SQLite is filled: {:.0} s", of_sqlite.seconds);
        let (peer, of_postgres) = Peer::postgres(listings, &options.postgres, cap)?;
        sides.push(Box::new(peer));
        eprintln!("PostgreSQL is filled: {:.0} s", of_postgres.seconds);
        filled.extend([of_sqlite, of_postgres]);
        measured = measure(&rows, &mut sides, cap)?;
    }
    let names = sides.iter().map(|side| side.name().to_owned()).collect();
    drop(sides);
    if options.peers {
        peers::clean_up(&options.postgres, &data_dir.join("sqlite"))?;
    }
    Ok(Asked { records: options.records, opened, sides: names, filled, rows: measured })
}

fn measure(
    rows: &[Row],
    sides: &mut [Box<dyn Side>],
    cap: Duration,
) -> Result<Vec<Measured>, String> {
    let mut measured = Vec::new();
    for row in rows {
        eprintln!("{} × {} for {} sides", row.asks.len(), row.title, sides.len());
        measured.push(turns::measure(row, sides, cap)?);
    }
    Ok(measured)
}
