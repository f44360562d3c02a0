//! Reads tasks as people write them.

use std::str::FromStr;

use domain::Task;

use crate::{Error, Result, near};

/// Reads a task in any spelling of the field, such as `embeddings`.
///
/// # Errors
/// Where there is no such task; the error names the nearest.
pub fn parse_task(text: &str) -> Result<Task> {
    Task::from_str(text).map_err(|_| {
        let all = Task::ALL.iter().flat_map(|task| {
            let title = (task.title(), task.tag());
            task.aliases().map(|alias| (alias, task.tag())).chain([(task.tag(), task.tag()), title])
        });
        let spellings: Vec<_> = all.collect();
        let mut tags = Vec::new();
        for word in near::nearest(text, spellings.iter().map(|(spelling, _)| *spelling), 6) {
            let tag = spellings.iter().find(|(spelling, _)| *spelling == word);
            tags.extend(tag.map(|(_, tag)| *tag).filter(|tag| !tags.contains(tag)));
        }
        tags.truncate(3);
        Error::UnknownTask { text: text.to_owned(), near: tags }
    })
}
