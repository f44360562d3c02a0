//! The intent data set: what people type, and what they want.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::grammar::{Grammar, Register, Sentence};

/// Rows of each intent.
const TRAIN_ROWS: usize = 120;
const TEST_ROWS: usize = 30;
/// Rows from templates that the training data does not have.
const UNSEEN_ROWS: usize = 10;
const FORMAL_ROWS: usize = 90;
const SEED: u64 = 1;

/// A text and its intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was typed.
    pub text: String,
    /// The intent.
    pub label: String,
}

/// Training and test data that have no sentence in common.
#[derive(Debug, PartialEq, Eq)]
pub struct DataSet {
    /// What people type, to learn from.
    pub train: Vec<Row>,
    /// What other people type.
    pub test: Vec<Row>,
    /// The same wishes as in letters, from which the encoder learns before it is published.
    pub formal: Vec<Row>,
}

impl DataSet {
    /// Makes the data, always the same.
    pub fn make(grammar: &Grammar) -> Self {
        let mut maker = Maker { grammar, random: ChaCha8Rng::seed_from_u64(SEED) };
        // The test data comes first and takes its sentences away from the training data, but for
        // those without slots: such a sentence is all that its template can say.
        let mut held = BTreeSet::new();
        let is_free = |one: &Sentence| !one.slots.is_empty() && held.insert(one.core.clone());
        let mut test = maker.rows(Register::Casual, TEST_ROWS, is_free);
        let is_new = |one: &Sentence| held.insert(one.core.clone());
        test.extend(maker.rows(Register::Unseen, UNSEEN_ROWS, is_new));
        let mut texts = BTreeSet::new();
        let mut is_new =
            |one: &Sentence| !held.contains(&one.core) && texts.insert(one.text.clone());
        let train = maker.rows(Register::Casual, TRAIN_ROWS, &mut is_new);
        let formal = maker.rows(Register::Formal, FORMAL_ROWS, is_new);
        Self { train: shuffled(train, 2), test: shuffled(test, 3), formal: shuffled(formal, 4) }
    }
}

struct Maker<'a> {
    grammar: &'a Grammar,
    random: ChaCha8Rng,
}

impl Maker<'_> {
    /// Makes so many rows of each intent, of sentences that are wanted.
    fn rows(
        &mut self,
        register: Register,
        count: usize,
        mut is_wanted: impl FnMut(&Sentence) -> bool,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        for intent in self.grammar.intents() {
            // Templates with few fillings repeat themselves; the bound only says that this ends.
            let sentences = (0..100 * count).map(|_| {
                let filling = self.grammar.filling(&mut self.random);
                self.grammar.sentence(intent, register, &filling, &mut self.random)
            });
            let wanted = sentences.filter(&mut is_wanted).take(count);
            rows.extend(wanted.map(|one| Row { text: one.text, label: intent.to_owned() }));
        }
        rows
    }
}

fn shuffled(mut rows: Vec<Row>, seed: u64) -> Vec<Row> {
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    rows
}

/// Writes rows as CSV.
///
/// # Errors
/// Where memory is not enough.
pub fn csv(rows: &[Row]) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |error: csv::Error| format!("cannot write CSV: {error}");
    writer.write_record(["text", "label"]).map_err(wrong)?;
    for row in rows {
        writer.write_record([&row.text, &row.label]).map_err(wrong)?;
    }
    writer.into_inner().map_err(|error| format!("cannot write CSV: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn counts(rows: &[Row]) -> BTreeMap<&str, usize> {
        rows.iter().fold(BTreeMap::new(), |mut counts, row| {
            *counts.entry(row.label.as_str()).or_default() += 1;
            counts
        })
    }

    #[test]
    fn intents_have_equally_many_rows() {
        let data = DataSet::make(&Grammar::library().unwrap());
        for (rows, of_intent) in [(&data.train, 120), (&data.test, 40), (&data.formal, 90)] {
            let counts = counts(rows);
            assert_eq!(counts.len(), 10);
            assert!(counts.values().all(|count| *count == of_intent), "{counts:?}");
        }
    }

    #[test]
    fn no_sentence_is_in_both_parts_whatever_greeting_it_has() {
        let data = DataSet::make(&Grammar::library().unwrap());
        let train: BTreeSet<&str> = data.train.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(train.len(), data.train.len());
        for row in &data.test {
            let held = train.iter().find(|text| text.contains(row.text.as_str()));
            assert_eq!(held, None, "{}", row.text);
        }
    }

    #[test]
    fn the_committed_files_are_what_the_grammar_makes() {
        let data = DataSet::make(&Grammar::library().unwrap());
        let folder = crate::samples::folder(&crate::root());
        for (name, rows) in [("train.csv", &data.train), ("test.csv", &data.test)] {
            let committed = std::fs::read_to_string(folder.join(name)).unwrap();
            let made = String::from_utf8(csv(rows).unwrap()).unwrap();
            assert!(committed == made, "{name} is stale: run `cargo xtask samples data`");
        }
    }
}
