//! What is asked of every side, and what it answers.

use discover::Query;

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
    /// The sum of the counts of every filter but the publisher, of which sides show the first few.
    pub counted: u64,
}

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
