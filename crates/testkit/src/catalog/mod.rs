//! Listings as a large hub has them: as many as wanted, the same for the same seed, each by its
//! number alone and without memory of the others.

mod draw;
mod names;
mod words;

use catalog::{Flags, ModelRecord};
use domain::{CollectionName, License, ModelName, Task};

use draw::{Draw, Zipf};
use names::Names;
use words::Words;

pub use names::Parts;

/// What is listed today; records change in the years before it.
const TODAY_MS: i64 = 1_795_000_000_000;
/// Ten years, the age of the oldest.
const OLDEST_MS: f64 = 315_360_000_000.0;
/// Distinct keywords.
const KEYWORDS: usize = 20_000;
/// Tasks that are taught.
const TAUGHT: usize = 15;

/// Listings, drawn from the distributions of a hub.
#[derive(Debug)]
pub struct Listings {
    count: usize,
    seed: u64,
    words: Words,
    names: Names,
    collections: Vec<CollectionName>,
    licenses: Vec<License>,
}

impl Listings {
    /// Prepares so many listings.
    pub fn new(count: usize, seed: u64) -> Self {
        let words = Words::new();
        let names = Names::new(count, seed);
        let licenses = words::LICENSES.split_whitespace().map(License::parse).collect();
        let collection = |name: String| name.parse().expect("a collection's name");
        let others = (0..29).map(|number| format!("team-{}", words.made_up(number * 7)));
        let collections = std::iter::once("hub".to_owned()).chain(others).map(collection).collect();
        Self { count, seed, words, names, collections, licenses }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns every listing in the order of its number.
    pub fn iter(&self) -> impl Iterator<Item = ModelRecord> + '_ {
        (0..self.count).map(|number| self.get(number))
    }

    /// Returns the author and the words of a listing's name.
    pub fn parts(&self, number: usize) -> Parts {
        let mut draw = Draw::new(self.seed, number as u64);
        self.names.draw(&self.words, number, &mut draw)
    }

    /// Returns one listing.
    pub fn get(&self, number: usize) -> ModelRecord {
        let mut draw = Draw::new(self.seed, number as u64);
        let parts = self.names.draw(&self.words, number, &mut draw);
        let name = format!("{}/{}", parts.author, parts.name);
        let collection =
            self.collections[Zipf::new(self.collections.len()).draw(&mut draw)].clone();
        let name: ModelName = name.parse().expect("a model's name");
        let mut record = ModelRecord::new(collection, name);
        record.display_name = parts.name;
        record.hub_id = Some(record.name.as_str().to_owned());
        record.publisher = Some(parts.author);
        self.describe(&mut record, &mut draw);
        self.classify(&mut record, &mut draw);
        measure(&mut record, &mut draw);
        record
    }

    /// Writes the summary and the keywords.
    fn describe(&self, record: &mut ModelRecord, draw: &mut Draw) {
        let all = Zipf::new(self.words.len());
        for number in 0..draw.between(35, 85) {
            if number > 0 {
                record.summary.push(' ');
            }
            record.summary.push_str(self.words.get(all.draw(draw)));
        }
        record.summary.push('.');
        let keywords = Zipf::new(KEYWORDS);
        for _ in 0..draw.between(2, 8) {
            let word = self.words.get(words::FUNCTION_WORDS + keywords.draw(draw)).to_owned();
            if !record.keywords.contains(&word) {
                record.keywords.push(word);
            }
        }
    }

    /// Draws what filters look at.
    fn classify(&self, record: &mut ModelRecord, draw: &mut Draw) {
        let tasks = [0, 1, 1, 1, 1, 1, 1, 1, 1, 2][draw.below(10)];
        distinct(&mut record.tasks, tasks, Task::ALL, draw);
        let taught = draw.below(4);
        distinct(&mut record.finetuning_tasks, taught, &Task::ALL[..TAUGHT], draw);
        let license = Zipf::new(self.licenses.len()).draw(draw);
        record.license = self.licenses[license].clone();
        let mut languages = Vec::new();
        let known = draw.below(4);
        distinct(&mut languages, known, words::languages(), draw);
        record.languages = languages.into_iter().map(str::to_owned).collect();
        if draw.chance(0.9) {
            let libraries = words::libraries();
            record.library = Some(libraries[Zipf::new(libraries.len()).draw(draw)].to_owned());
        }
        record.flags = Flags {
            featured: draw.chance(0.000_5),
            preview: draw.chance(0.01),
            deprecated: draw.chance(0.01),
            gated: draw.chance(0.05),
            ..Flags::default()
        };
    }
}

/// Draws numbers and dates: popularity of Pareto, sizes that are log-normal.
fn measure(record: &mut ModelRecord, draw: &mut Draw) {
    let pareto = draw.unit().powf(-1.25) - 1.0;
    record.downloads = (pareto * 20.0) as u64;
    record.likes = (pareto.powf(0.6) * draw.unit() * 2.0) as u64;
    if draw.chance(0.8) {
        let parameters = (draw.normal() * 2.0 + f64::ln(1e9)).exp();
        record.parameters = Some(parameters as u64);
        let bytes = [2.0, 2.0, 2.0, 4.0, 0.6][draw.below(5)];
        record.size_bytes = draw.chance(0.8).then_some((parameters * bytes) as u64);
    }
    // Most are young: there are more every year.
    let age = draw.unit().powi(2) * OLDEST_MS;
    record.created_ms = TODAY_MS - age as i64;
    record.updated_ms = TODAY_MS - (age * draw.unit()) as i64;
    record.modified_ms = Some(record.updated_ms);
}

/// Adds up to `count` different values, the first of `all` most often.
fn distinct<T: Copy + PartialEq>(into: &mut Vec<T>, count: usize, all: &[T], draw: &mut Draw) {
    for _ in 0..count {
        let value = all[Zipf::new(all.len()).draw(draw)];
        if !into.contains(&value) {
            into.push(value);
        }
    }
}

#[cfg(test)]
mod tests;
