//! Splits texts into words, the same way for models and for queries.

use std::sync::LazyLock;

use domain::Task;

/// A query is a few words; what is longer was pasted by mistake.
const QUERY_CHARS_MAX: usize = 500;
pub(super) const QUERY_WORDS_MAX: usize = 24;

/// A word that is longer is none that people search for; the tokenizer drops it as well.
pub(super) const WORD_BYTES_MAX: usize = 40;

/// Words that say nothing, unless they are all there is.
const STOP_WORDS: [&str; 14] = [
    "a", "an", "and", "for", "from", "in", "model", "models", "of", "on", "or", "the", "to", "with",
];

/// A query: words that must all be there, and groups of words that must stand side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Wanted {
    pub(super) words: Vec<String>,
    pub(super) phrases: Vec<Vec<String>>,
    /// Everything, folded to letters and digits.
    pub(super) whole: String,
}

impl Wanted {
    /// Reads a query; `None` where there is nothing to find.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let mut wanted = Self { whole: crate::near::fold(&text), ..Self::default() };
        for (at, part) in text.split('"').enumerate() {
            let is_phrase = at % 2 == 1;
            let words: Vec<String> = split(part).take(QUERY_WORDS_MAX).collect();
            match (is_phrase, words.len()) {
                (true, 2..) => wanted.phrases.push(words),
                _ => wanted.words.extend(words),
            }
        }
        wanted.words.truncate(QUERY_WORDS_MAX);
        wanted.phrases.truncate(QUERY_WORDS_MAX / 2);
        let says = |word: &String| !STOP_WORDS.contains(&word.as_str());
        if !wanted.phrases.is_empty() || wanted.words.iter().any(says) {
            wanted.words.retain(says);
        }
        (!wanted.words.is_empty() || !wanted.phrases.is_empty()).then_some(wanted)
    }
}

/// Splits a text into words in lower case.
pub(in super::super) fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && word.len() <= WORD_BYTES_MAX);
    words.map(str::to_lowercase)
}

/// Returns neighbors in a name put together, and all of it.
pub(super) fn joined(name: &str) -> Vec<String> {
    let words: Vec<String> = split(name.rsplit('/').next().unwrap_or(name)).collect();
    let mut joined: Vec<String> = words.windows(2).map(<[String]>::concat).collect();
    if words.len() > 2 {
        joined.push(words.concat());
    }
    joined.retain(|word| word.len() <= WORD_BYTES_MAX);
    joined
}

/// Returns the one word that stands for a task in the postings: a task is known by a dozen words,
/// which are looked up when they are searched for.
pub(super) fn of_task(task: Task) -> &'static str {
    let known = TASKS.iter().find(|(one, _, _)| *one == task);
    known.map_or("", |(_, word, _)| word.as_str())
}

/// Returns the words that stand for the tasks which are known by a word, or, for one that may not
/// be typed to its end, by one that begins so.
pub(super) fn of_tasks(word: &str, is_last: bool) -> impl Iterator<Item = String> {
    let known_by = TASKS.iter().filter(move |(_, _, words)| {
        words.iter().any(|known| known == word || (is_last && known.starts_with(word)))
    });
    known_by.map(|(_, own, _)| own.clone())
}

/// Every task with its word in the postings, and with the words that it is known by.
static TASKS: LazyLock<Vec<(Task, String, Vec<String>)>> = LazyLock::new(|| {
    let words = |task: Task| {
        let texts = [task.tag(), task.title()].into_iter().chain(task.aliases());
        texts.flat_map(split).collect()
    };
    let own = |task: &Task| format!("task0{}", crate::near::fold(task.tag()));
    Task::ALL.iter().map(|task| (*task, own(task), words(*task))).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_phrases() {
        let check = |text: &str, words: &[&str], phrases: &[&[&str]]| {
            let wanted = Wanted::read(text).unwrap_or_default();
            assert_eq!(wanted.words, words, "{text}");
            assert_eq!(wanted.phrases, phrases, "{text}");
        };
        check("", &[], &[]);
        check("A model for Translation", &["translation"], &[]);
        check("the", &["the"], &[]);
        check("\"masked language\" bert", &["bert"], &[&["masked", "language"]]);
        check("\"bert\" \"", &["bert"], &[]);
        check("open \"masked lan", &["open"], &[&["masked", "lan"]]);
        check("--- !", &[], &[]);
    }

    #[test]
    fn neighbors_in_a_name_are_joined() {
        assert_eq!(joined("openai-community/gpt-2-xl"), ["gpt2", "2xl", "gpt2xl"]);
        assert_eq!(joined("bert"), [""; 0]);
    }
}
