//! Which models have which words, and how much a word says about a model.

use std::collections::BTreeMap;

use catalog::ModelRecord;
use domain::Task;

use crate::near;

/// How much a word counts by where it stands.
const NAME: f32 = 8.0;
const HUB_ID: f32 = 6.0;
const LABEL: f32 = 4.0;
const SUMMARY: f32 = 2.0;
const DETAIL: f32 = 1.0;

/// How much a word counts by how it matches.
const EXACT: f32 = 1.0;
const PREFIX: f32 = 0.6;
const INSIDE: f32 = 0.35;
const MISSPELLED: f32 = 0.25;

/// A query is a few words; what is longer was pasted by mistake.
const QUERY_CHARS_MAX: usize = 500;
const QUERY_WORDS_MAX: usize = 24;

/// Words that say nothing, unless they are all there is.
const STOP_WORDS: [&str; 14] = [
    "a", "an", "and", "for", "from", "in", "model", "models", "of", "on", "or", "the", "to", "with",
];

/// Words and the models that have them.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// For each word the models, rising, with the weight of the best place.
    terms: BTreeMap<String, Vec<(u32, f32)>>,
    /// The names, folded to letters and digits.
    names: Vec<String>,
}

/// The models that match a query with how well they do, rising by model.
pub(super) type Scores = BTreeMap<u32, f32>;

impl Words {
    /// Reads the words of every model.
    pub(super) fn build<'a>(records: impl Iterator<Item = &'a ModelRecord>) -> Self {
        let mut words = Self::default();
        for (id, record) in records.enumerate() {
            words.names.push(near::fold(record.name.as_str()));
            for (text, weight) in texts(record) {
                for term in split(&text) {
                    words.insert(term, id as u32, weight);
                }
            }
        }
        words
    }

    fn insert(&mut self, term: String, id: u32, weight: f32) {
        let postings = self.terms.entry(term).or_default();
        match postings.last_mut() {
            Some((last, best)) if *last == id => *best = best.max(weight),
            _ => postings.push((id, weight)),
        }
    }

    /// Finds the models that have every word of `text`, or whose name holds it as a whole;
    /// `None` where there is nothing to find.
    pub(super) fn find(&self, text: &str) -> Option<Scores> {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let words = query_words(&text);
        let (first, rest) = words.split_first()?;
        let mut scores = self.word(first);
        for word in rest {
            let others = self.word(word);
            scores.retain(|id, score| match others.get(id) {
                Some(more) => {
                    *score += more;
                    true
                }
                None => false,
            });
        }
        self.add_whole_names(&near::fold(&text), &mut scores);
        Some(scores)
    }

    /// Lifts models whose name is the query, or begins with it.
    fn add_whole_names(&self, whole: &str, scores: &mut Scores) {
        if whole.is_empty() {
            return;
        }
        for (id, name) in self.names.iter().enumerate() {
            let bonus = if name == whole {
                1_000.0
            } else if name.starts_with(whole) {
                // The more of the name was typed, the better.
                100.0 + 100.0 * whole.len() as f32 / name.len() as f32
            } else if whole.len() >= 3 && name.contains(whole) {
                20.0
            } else {
                continue;
            };
            *scores.entry(id as u32).or_default() += bonus;
        }
    }

    /// Finds the models that have one word: as it is, as the beginning or a part of another, or,
    /// where nobody has it so, misspelled.
    fn word(&self, word: &str) -> Scores {
        let mut scores = Scores::new();
        for (term, postings) in &self.terms {
            let quality = if term == word {
                EXACT
            } else if term.starts_with(word) {
                PREFIX
            } else if word.len() >= 3 && term.contains(word) {
                INSIDE
            } else {
                continue;
            };
            // A part of a word only counts in a name: `code` is not what an encoder is about.
            let least = if quality == INSIDE { HUB_ID } else { 0.0 };
            self.collect(postings, quality, least, &mut scores);
        }
        let most = near::edits_allowed(word);
        if scores.is_empty() && most > 0 {
            for (term, postings) in &self.terms {
                if let Some(edits) = near::distance(word, term, most) {
                    let quality = MISSPELLED / edits.max(1) as f32;
                    self.collect(postings, quality, 0.0, &mut scores);
                }
            }
        }
        scores
    }

    /// Takes the best of what was found in places that count at least so much; rare words count
    /// more.
    fn collect(&self, postings: &[(u32, f32)], quality: f32, least: f32, scores: &mut Scores) {
        let rarity = (1.0 + self.names.len() as f32 / postings.len() as f32).ln();
        for (id, weight) in postings.iter().filter(|(_, weight)| *weight >= least) {
            let score = scores.entry(*id).or_default();
            *score = score.max(quality * weight * rarity);
        }
    }
}

/// Splits a query; words that say nothing are left out where others say something.
fn query_words(text: &str) -> Vec<String> {
    let mut words: Vec<_> = split(text).take(QUERY_WORDS_MAX).collect();
    if words.iter().any(|word| !STOP_WORDS.contains(&word.as_str())) {
        words.retain(|word| !STOP_WORDS.contains(&word.as_str()));
    }
    words
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

/// Returns the texts of a model with what a word in each counts.
fn texts(record: &ModelRecord) -> Vec<(String, f32)> {
    let mut texts = vec![
        (record.name.to_string(), NAME),
        (record.display_name.clone(), NAME),
        (record.hub_id.clone().unwrap_or_default(), HUB_ID),
        (record.keywords.join(" "), LABEL),
        (record.publisher.clone().unwrap_or_default(), LABEL),
        (record.summary.clone(), SUMMARY),
        (record.datasets.join(" "), DETAIL),
        (record.license.to_string(), DETAIL),
        (record.collection.to_string(), DETAIL),
    ];
    texts.extend(record.tasks.iter().map(|task| (task_words(*task), LABEL)));
    texts.extend(record.finetuning_tasks.iter().map(|task| (task_words(*task), DETAIL)));
    texts
}

fn task_words(task: Task) -> String {
    let aliases = task.aliases().collect::<Vec<_>>().join(" ");
    format!("{} {} {aliases}", task.tag(), task.title())
}
