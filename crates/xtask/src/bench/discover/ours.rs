//! Our side: building the index, opening it, asking it.

use std::path::Path;
use std::time::{Duration, Instant};

use discover::{Index, Listed, Page, Query};
use serde::{Deserialize, Serialize};
use testkit::catalog::Listings;

use super::ask::{Answer, Ask, LONG, Side};
use super::index;
use super::questions::Row;
use super::records::listed;
use crate::bench::process::{Memory, cpu_seconds, disk_bytes};

/// Records that are made before they are added, so that making them is not measured.
const BATCH: usize = 2_000;
/// Models that are offered while somebody types.
const OFFERED: usize = 10;

/// What building an index came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// How many models.
    pub records: usize,
    /// How long it took, without making the records.
    pub seconds: f64,
    /// The processor time of all threads, without making the records.
    pub cpu_seconds: f64,
    /// Bytes of the snapshot.
    pub disk_bytes: u64,
    /// Before the first record, and when the index stood.
    pub memory: [Memory; 2],
}

/// What opening an index and asking it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// How long opening took, in milliseconds.
    pub milliseconds: f64,
    /// Before, when it was open, and after every question.
    pub memory: [Memory; 3],
}

/// Builds an index of all listings, with a snapshot where there is a folder.
///
/// # Errors
/// Where the index cannot be written.
pub fn build(listings: &Listings, dir: Option<&Path>) -> Result<Built, String> {
    let before = Memory::now();
    let mut builder = index::Builder::create(dir)?;
    let mut spent = Duration::ZERO;
    let mut making = Duration::ZERO;
    let cpu = cpu_seconds();
    for start in (0..listings.len()).step_by(BATCH) {
        let began = Instant::now();
        let numbers = start..listings.len().min(start + BATCH);
        let batch: Vec<Listed> = numbers.map(|number| listed(listings, number)).collect();
        making += began.elapsed();
        let began = Instant::now();
        batch.into_iter().try_for_each(|one| builder.add(one))?;
        spent += began.elapsed();
    }
    let began = Instant::now();
    let index = builder.finish()?;
    spent += began.elapsed();
    let cpu_seconds = (cpu_seconds() - cpu - making.as_secs_f64()).max(0.0);
    let memory = [before, Memory::now()];
    drop(index);
    let disk_bytes = dir.map_or(0, disk_bytes);
    let seconds = spent.as_secs_f64();
    Ok(Built { records: listings.len(), seconds, cpu_seconds, disk_bytes, memory })
}

/// The index as a side of the table.
pub struct Ours(Index);

impl Ours {
    /// Opens a snapshot; says how long it took and what it added to the memory.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(dir: &Path) -> Result<(Self, Opened), String> {
        let before = Memory::now();
        let began = Instant::now();
        let index = index::open(dir)?;
        let milliseconds = began.elapsed().as_secs_f64() * 1e3;
        let now = Memory::now();
        Ok((Self(index), Opened { milliseconds, memory: [before, now, now] }))
    }

    /// Makes a row of queries that begin where a page far down ended.
    ///
    /// # Errors
    /// Where a query fails.
    pub fn deep_row(&self, queries: Vec<Query>) -> Result<Row, String> {
        let mut asks = Vec::new();
        for query in queries {
            let total = self.search(&Query { limit: 1, offset: 0, ..query.clone() })?.total;
            // Filters with few models have no page that far down: their last but one will do.
            let last = total.saturating_sub(2 * query.limit);
            let before = query.offset.saturating_sub(query.limit).min(last);
            let page = self.search(&Query { offset: before, ..query.clone() })?;
            if let Some(cursor) = page.next {
                let offset = before + query.limit;
                asks.push(Ask::Search(Query { offset, cursor: Some(cursor), ..query }));
            }
        }
        let title = "one filter, a page far down by its cursor".to_owned();
        Ok(Row { title, asks, exact: true, target: None })
    }

    fn search(&self, query: &Query) -> Result<Page, String> {
        self.0.search(query).map_err(|error| error.to_string())
    }
}

impl Side for Ours {
    fn name(&self) -> &'static str {
        "Modeldex"
    }

    fn answer(&mut self, ask: &Ask) -> Result<Option<Answer>, String> {
        let page = match ask {
            Ask::Search(query) | Ask::Typo(query) => self.search(query)?,
            Ask::Exact(name) => {
                self.search(&Query { text: name.clone(), limit: 1, ..Query::default() })?
            }
            Ask::Prefix(prefix) => {
                let total = index::suggest(&self.0, prefix, OFFERED)?.len() as u64;
                return Ok(Some(Answer { total, counted: 0 }));
            }
        };
        let facets = page.facets.iter().filter(|facet| !LONG.contains(&facet.name));
        let counts = facets.flat_map(|facet| &facet.values).map(|value| value.count as u64);
        Ok(Some(Answer { total: page.total as u64, counted: counts.sum() }))
    }
}
