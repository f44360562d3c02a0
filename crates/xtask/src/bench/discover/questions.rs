//! The rows of the table: a thousand different questions each, drawn from what exists.

use std::collections::HashSet;

use discover::{FacetName, Filters, Query, Sort};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use testkit::catalog::Listings;

use super::ask::Ask;
use super::records::{MEMORY_BYTES, listed};

/// Models on a page, as the product shows them.
const PAGE: usize = 24;
/// The farthest page that is asked for begins here.
const DEPTH_MAX: f64 = 9_900.0;
/// How often a new question is drawn before there seem to be no more.
const PATIENCE: usize = 50;

/// How often people filter by what, roughly.
const FACETS: [(FacetName, u32); 12] = [
    (FacetName::Task, 4),
    (FacetName::License, 2),
    (FacetName::LicenseFamily, 1),
    (FacetName::FinetuningTask, 1),
    (FacetName::Deployment, 1),
    (FacetName::Size, 2),
    (FacetName::Fits, 1),
    (FacetName::Collection, 1),
    (FacetName::Publisher, 1),
    (FacetName::Library, 2),
    (FacetName::Language, 2),
    (FacetName::Status, 1),
];

/// What is wanted of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Milliseconds that half may take.
    pub p50_ms: Option<f64>,
    /// Milliseconds that ninety-nine of a hundred may take.
    pub p99_ms: Option<f64>,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is asked.
    pub title: String,
    /// The questions.
    pub asks: Vec<Ask>,
    /// Whether only one answer is right: filters are exact, words are a matter of taste.
    pub exact: bool,
    /// What is wanted of our side.
    pub target: Option<Target>,
}

/// Draws questions.
pub struct Questions<'a> {
    listings: &'a Listings,
    count: usize,
    rng: ChaCha8Rng,
}

impl<'a> Questions<'a> {
    /// Draws `count` questions for each row, the same for the same seed.
    pub fn new(listings: &'a Listings, count: usize, seed: u64) -> Self {
        Self { listings, count, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Returns every row but the deep pages, whose cursors only an index can tell.
    pub fn rows(&mut self) -> Vec<Row> {
        let target = |p50_ms, p99_ms| Some(Target { p50_ms, p99_ms });
        let mut rows = vec![
            self.searches("two filters", target(Some(1.0), Some(5.0)), |this| this.two_filters()),
            self.searches("one filter, up to three values", None, |this| this.one_filter()),
            self.searches("no filter, any sort and page", None, |this| this.no_filter()),
        ];
        for sort in Sort::ALL.into_iter().filter(|sort| *sort != Sort::Relevance) {
            let title = format!("one filter, by {}", sort.as_str());
            rows.push(self.searches(&title, None, |this| Query { sort, ..this.one_filter() }));
        }
        let with_filter = |this: &mut Self| {
            let text = this.words();
            Query { text, ..this.filtered(1) }
        };
        let text_target = target(None, Some(10.0));
        rows.push(self.texts("one to three words, one filter", text_target, with_filter));
        let bare = |this: &mut Self| Query { text: this.words(), ..page() };
        rows.push(self.texts("one to three words", text_target, bare));
        let typo = |this: &mut Self| Ask::Typo(Query { text: this.typo(), ..page() });
        rows.push(self.row("a word with one or two typos", target(None, Some(20.0)), typo));
        let prefix = |this: &mut Self| Ask::Prefix(this.prefix());
        rows.push(self.row("prefix as you type, best 10", target(None, Some(1.0)), prefix));
        let exact = |this: &mut Self| Ask::Exact(this.name());
        rows.push(self.row("a whole name", None, exact));
        rows
    }

    /// Returns queries with one filter that begin far down.
    pub fn deep(&mut self) -> Vec<Query> {
        let query = |this: &mut Self| {
            let offset = DEPTH_MAX.powf(this.rng.random::<f64>()) as usize + PAGE;
            Ask::Search(Query { offset, ..this.filtered(1) })
        };
        let asks = self.different(query).into_iter();
        asks.filter_map(|ask| if let Ask::Search(query) = ask { Some(query) } else { None })
            .collect()
    }

    fn searches(
        &mut self,
        title: &str,
        target: Option<Target>,
        mut draw: impl FnMut(&mut Self) -> Query,
    ) -> Row {
        let row = self.row(title, target, |this| Ask::Search(draw(this)));
        Row { exact: true, ..row }
    }

    fn texts(
        &mut self,
        title: &str,
        target: Option<Target>,
        mut draw: impl FnMut(&mut Self) -> Query,
    ) -> Row {
        self.row(title, target, |this| Ask::Search(draw(this)))
    }

    fn row(
        &mut self,
        title: &str,
        target: Option<Target>,
        draw: impl FnMut(&mut Self) -> Ask,
    ) -> Row {
        Row { title: title.to_owned(), asks: self.different(draw), exact: false, target }
    }

    /// Draws until there are enough different questions, or no more seem to exist.
    fn different(&mut self, mut draw: impl FnMut(&mut Self) -> Ask) -> Vec<Ask> {
        let mut seen = HashSet::new();
        let mut asks = Vec::new();
        let mut patience = PATIENCE * self.count;
        while asks.len() < self.count && patience > 0 {
            let ask = draw(self);
            if seen.insert(format!("{ask:?}")) {
                asks.push(ask);
            }
            patience -= 1;
        }
        asks
    }

    fn number(&mut self) -> usize {
        self.rng.random_range(0..self.listings.len())
    }

    fn facet(&mut self) -> FacetName {
        let weights = FACETS.choose_weighted(&mut self.rng, |(_, weight)| *weight);
        weights.map_or(FacetName::Task, |(facet, _)| *facet)
    }

    /// Draws a value that a model has: frequent values come often.
    fn value(&mut self, facet: FacetName, number: usize) -> Option<String> {
        let model = listed(self.listings, number);
        let values = facet.values(&model, MEMORY_BYTES);
        values.choose(&mut self.rng).map(|value| value.to_string())
    }

    /// Filters by what one model has, so that something is found.
    fn filtered(&mut self, filters: usize) -> Query {
        let mut chosen = Filters::new();
        while chosen.len() < filters {
            let (facet, number) = (self.facet(), self.number());
            let mut facets = vec![facet];
            facets.extend((1..filters).map(|_| self.facet()));
            chosen.clear();
            for facet in facets {
                let value = self.value(facet, number);
                chosen.extend(value.map(|value| (facet, vec![value])));
            }
        }
        Query { filters: chosen, ..page() }
    }

    fn two_filters(&mut self) -> Query {
        self.filtered(2)
    }

    fn one_filter(&mut self) -> Query {
        let mut query = self.filtered(1);
        let more = self.rng.random_range(0..3);
        for (facet, values) in &mut query.filters {
            for _ in 0..more {
                let number = self.number();
                values.extend(self.value(*facet, number));
            }
            values.sort_unstable();
            values.dedup();
        }
        query
    }

    fn no_filter(&mut self) -> Query {
        let sort = Sort::ALL.choose(&mut self.rng).copied().unwrap_or_default();
        let pages = (self.listings.len() / PAGE).clamp(1, 400);
        Query { sort, offset: self.rng.random_range(0..pages) * PAGE, ..page() }
    }

    /// Draws words that stand in one model's texts.
    fn words(&mut self) -> String {
        let number = self.number();
        let words = words_of(self.listings, number);
        let count = self.rng.random_range(1..=3);
        let chosen = words.choose_multiple(&mut self.rng, count);
        chosen.cloned().collect::<Vec<_>>().join(" ")
    }

    /// Misspells a word of a name or a keyword: twice where it is long.
    fn typo(&mut self) -> String {
        loop {
            let record = self.listings.get(self.number());
            let long: Vec<_> = record.keywords.iter().filter(|word| word.len() >= 5).collect();
            if let Some(word) = long.choose(&mut self.rng) {
                let once = self.misspell(word);
                return if word.len() >= 8 { self.misspell(&once) } else { once };
            }
        }
    }

    fn misspell(&mut self, word: &str) -> String {
        let mut letters: Vec<char> = word.chars().collect();
        let at = self.rng.random_range(0..letters.len() - 1);
        let letter = self.rng.random_range('a'..='z');
        match self.rng.random_range(0..4) {
            0 => letters[at] = letter,
            1 => letters.insert(at, letter),
            2 => letters.swap(at, at + 1),
            _ => drop(letters.remove(at)),
        }
        letters.into_iter().collect()
    }

    fn prefix(&mut self) -> String {
        let number = self.number();
        let name = self.listings.parts(number).name.to_lowercase();
        let length = self.rng.random_range(1..=8);
        name.chars().take(length).collect()
    }

    fn name(&mut self) -> String {
        let parts = self.listings.parts(self.rng.random_range(0..self.listings.len()));
        format!("{}/{}", parts.author, parts.name)
    }
}

fn page() -> Query {
    Query { limit: PAGE, ..Query::default() }
}

/// Returns the words of a model's name, keywords and summary.
fn words_of(listings: &Listings, number: usize) -> Vec<String> {
    let record = listings.get(number);
    let name = record.display_name.split('-').map(str::to_lowercase);
    let summary = record.summary.trim_end_matches('.').split(' ').map(str::to_owned);
    let mut words: Vec<String> = name.chain(record.keywords.clone()).chain(summary).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_for_one_seed_and_their_questions_differ() {
        let listings = Listings::new(5_000, 1);
        let rows = Questions::new(&listings, 100, 3).rows();
        let again = Questions::new(&listings, 100, 3).rows();
        let text = |rows: &[Row]| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
        assert_eq!(text(&rows), text(&again));
        for row in &rows {
            let different: HashSet<_> = row.asks.iter().map(|ask| format!("{ask:?}")).collect();
            assert_eq!(different.len(), 100, "{}", row.title);
        }
    }

    #[test]
    fn two_filters_are_of_two_facets_and_a_model_has_both() {
        let listings = Listings::new(500, 1);
        let mut questions = Questions::new(&listings, 50, 3);
        for _ in 0..50 {
            let query = questions.two_filters();
            assert_eq!(query.filters.len(), 2);
            let has_all = |number: &usize| {
                let model = listed(&listings, *number);
                let has = |(facet, values): (&FacetName, &Vec<String>)| {
                    facet.values(&model, MEMORY_BYTES).iter().any(|one| *one == values[0])
                };
                query.filters.iter().all(has)
            };
            assert!((0..500).any(|number| has_all(&number)), "{query:?}");
        }
    }
}
