//! Pages of models that meet conditions which the index does not know.

use discover::{Index, Listed, Query};
use domain::Fault;

/// Models looked at together: as many as a search returns at most.
const WINDOW: usize = 1_000;

/// Windows looked at for one page: twenty searches are some hundred milliseconds where there are
/// millions of models. What is not full by then says where to go on.
const WINDOWS_MAX: usize = 20;

/// A page.
#[derive(Debug, Default)]
pub struct Sifted {
    /// The models.
    pub models: Vec<Listed>,
    /// How many to skip for the next page; absent where nothing is left.
    pub next: Option<usize>,
}

/// In which direction an order is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As the index gives it.
    Forwards,
    /// From its end.
    Backwards,
}

/// Returns up to `query.limit` models after the first `query.offset` that `keep` lets through.
///
/// # Errors
/// Where the index refuses the query.
pub fn sift(
    index: &Index,
    query: &Query,
    direction: Direction,
    keep: &dyn Fn(&Listed) -> bool,
) -> Result<Sifted, Fault> {
    let mut page = Sifted { models: Vec::new(), next: Some(query.offset) };
    let count = Query { limit: 0, offset: 0, cursor: None, ..query.clone() };
    let total = index.search(&count)?.total;
    for _ in 0..WINDOWS_MAX {
        let Some(start) = page.next.filter(|start| *start < total) else { break };
        let length = WINDOW.min(total - start);
        let offset = match direction {
            Direction::Forwards => start,
            Direction::Backwards => total - start - length,
        };
        let window = Query { offset, limit: length, ..count.clone() };
        let mut models = index.search(&window)?.models;
        if direction == Direction::Backwards {
            models.reverse();
        }
        for (at, hit) in models.into_iter().enumerate() {
            if page.models.len() == query.limit {
                page.next = Some(start + at);
                return Ok(page);
            }
            if keep(&hit.listed) {
                page.models.push(hit.listed);
            }
        }
        page.next = Some(start + length);
    }
    page.next = page.next.filter(|next| *next < total);
    Ok(page)
}

/// Leaves of what a person typed its words: nothing in it is a filter or a phrase.
pub fn words(text: &str) -> String {
    let spaced = text.replace([':', '"'], " ");
    let words = spaced.split_whitespace().map(|word| word.trim_start_matches('-'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use catalog::ModelRecord;
    use discover::Sort;

    use super::*;

    fn index(count: usize) -> Index {
        let listed = |number: usize| {
            let name = format!("m{number:05}").parse().unwrap();
            let record = ModelRecord::new(domain::CollectionName::workspace(), name);
            Listed { record, version: None, options: Vec::new() }
        };
        Index::build((0..count).map(listed).collect(), 0)
    }

    fn number(listed: &Listed) -> usize {
        listed.record.name.as_str()[1..].parse().unwrap()
    }

    #[test]
    fn pages_join_to_what_a_filter_would_give() {
        let index = index(2_500);
        let all: Vec<_> = (0..2_500).filter(|number| number % 7 == 3).collect();
        for direction in [Direction::Forwards, Direction::Backwards] {
            let mut query = Query { sort: Sort::Name, limit: 100, ..Query::default() };
            let mut found = Vec::new();
            loop {
                let page = sift(&index, &query, direction, &|one| number(one) % 7 == 3).unwrap();
                assert!(page.models.len() <= 100);
                found.extend(page.models.iter().map(number));
                let Some(next) = page.next else { break };
                query.offset = next;
            }
            let mut wanted = all.clone();
            if direction == Direction::Backwards {
                wanted.reverse();
            }
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn what_is_beyond_the_end_is_nothing() {
        let query = Query { offset: 99, limit: 10, ..Query::default() };
        let page = sift(&index(3), &query, Direction::Backwards, &|_| true).unwrap();
        assert!(page.models.is_empty() && page.next.is_none());
    }

    #[test]
    fn words_are_only_words() {
        assert_eq!(words("task:fill-mask -\"bert base\" --x -"), "task fill-mask bert base x");
    }
}
