//! Pages of models that meet conditions which the index does not know.

use discover::{Index, Listed, Query};
use domain::Fault;

/// Models looked at together: as many as a search returns at most.
const WINDOW: usize = 1_000;

/// Windows looked at for one page: twenty searches are some hundred milliseconds where there are
/// millions of models. What is not full by then says where to go on.
const WINDOWS_MAX: usize = 20;

/// A page, and where the next one begins.
#[derive(Debug)]
pub struct Sifted<Place> {
    /// The models.
    pub models: Vec<Listed>,
    /// Absent where nothing is left.
    pub next: Option<Place>,
}

/// Returns up to `query.limit` models behind the cursor that `keep` lets through.
///
/// # Errors
/// Where the index refuses the query.
pub fn sift(
    index: &Index,
    query: &Query,
    keep: &dyn Fn(&Listed) -> bool,
) -> Result<Sifted<String>, Fault> {
    let mut page = Sifted { models: Vec::new(), next: query.cursor.clone() };
    let search = |limit, cursor: &Option<String>| {
        index.search(&Query { limit, cursor: cursor.clone(), ..query.clone() })
    };
    if query.limit == 0 {
        return Ok(Sifted { next: None, ..page });
    }
    for _ in 0..WINDOWS_MAX {
        let window = search(WINDOW, &page.next)?;
        let count = window.models.len();
        for (at, hit) in window.models.into_iter().enumerate() {
            if !keep(&hit.listed) {
                continue;
            }
            page.models.push(hit.listed);
            if page.models.len() == query.limit && at + 1 < count {
                // A page that ended here tells where to go on.
                page.next = search(at + 1, &page.next)?.next;
                return Ok(page);
            }
        }
        page.next = window.next;
        if page.next.is_none() || page.models.len() == query.limit {
            break;
        }
    }
    Ok(page)
}

/// Returns up to `query.limit` models that `keep` lets through, the last ones first, after so many
/// that were looked at already.
///
/// # Errors
/// Where the index refuses the query: where there are many models, their end is too far away.
pub fn sift_from_end(
    index: &Index,
    query: &Query,
    skip: usize,
    keep: &dyn Fn(&Listed) -> bool,
) -> Result<Sifted<usize>, Fault> {
    let total = index.search(&Query { limit: 0, ..query.clone() })?.total;
    let mut page = Sifted { models: Vec::new(), next: None };
    let mut start = skip;
    for _ in 0..WINDOWS_MAX {
        let limit = WINDOW.min(total.saturating_sub(start));
        if limit == 0 {
            return Ok(Sifted { next: None, ..page });
        }
        let window = Query { offset: total - start - limit, limit, ..query.clone() };
        for (at, hit) in index.search(&window)?.models.into_iter().rev().enumerate() {
            if page.models.len() == query.limit {
                page.next = Some(start + at);
                return Ok(page);
            }
            if keep(&hit.listed) {
                page.models.push(hit.listed);
            }
        }
        start += limit;
    }
    page.next = (start < total).then_some(start);
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
    use discover::{Machine, Sort};

    use super::*;

    fn index(count: usize) -> Index {
        let listed = |number: usize| {
            let name = format!("m{number:05}").parse().unwrap();
            let record = ModelRecord::new(domain::CollectionName::workspace(), name);
            Listed { record, version: None, options: Vec::new() }
        };
        let machine = Machine { memory_bytes: 0, cpus: 0, gpus: 0 };
        Index::build((0..count).map(listed), machine).unwrap()
    }

    fn number(listed: &Listed) -> usize {
        listed.record.name.as_str()[1..].parse().unwrap()
    }

    fn is_wanted(listed: &Listed) -> bool {
        number(listed) % 7 == 3
    }

    fn by_name(limit: usize) -> Query {
        Query { sort: Sort::Name, limit, ..Query::default() }
    }

    #[test]
    fn pages_join_to_what_a_filter_would_give() {
        let index = index(2_500);
        let mut wanted: Vec<_> = (0..2_500).filter(|number| number % 7 == 3).collect();
        for limit in [1, 100, 1_000] {
            let (mut query, mut found) = (by_name(limit), Vec::new());
            loop {
                let page = sift(&index, &query, &is_wanted).unwrap();
                assert!(page.models.len() <= limit);
                found.extend(page.models.iter().map(number));
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(found, wanted, "{limit}");
        }
        wanted.reverse();
        let (mut skip, mut found) = (Some(0), Vec::new());
        while let Some(start) = skip {
            let page = sift_from_end(&index, &by_name(100), start, &is_wanted).unwrap();
            found.extend(page.models.iter().map(number));
            skip = page.next;
        }
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_beyond_the_end_is_nothing() {
        let page = sift_from_end(&index(3), &by_name(10), 99, &|_| true).unwrap();
        assert!(page.models.is_empty() && page.next.is_none());
        let page = sift(&index(3), &by_name(0), &|_| true).unwrap();
        assert!(page.models.is_empty() && page.next.is_none());
    }

    #[test]
    fn words_are_only_words() {
        assert_eq!(words("task:fill-mask -\"bert base\" --x -"), "task fill-mask bert base x");
    }
}
