//! What is asked of every side, and what it answers.

use discover::{FacetName, Query};

/// One question.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A page of models with the counts of every filter.
    Search(Query),
    /// The same, with a word that is spelled wrong.
    Typo(Query),
    /// The ten best for what is typed so far.
    Prefix(String),
    /// One model by its whole name, typed into the search box.
    Exact(String),
}

/// What came back, as far as sides can be compared by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many models match.
    pub total: u64,
    /// The sum of the counts of every filter that is not [`LONG`].
    pub counted: u64,
}

/// Filters with more values than a page shows: which of the last ones it has is chance.
pub const LONG: [FacetName; 2] = [FacetName::Publisher, FacetName::Language];

/// One who answers.
pub trait Side {
    /// Returns its name for the table.
    fn name(&self) -> &'static str;

    /// Answers; `None` where it has no way to.
    ///
    /// # Errors
    /// Where it fails.
    fn answer(&mut self, ask: &Ask) -> Result<Option<Answer>, String>;
}
