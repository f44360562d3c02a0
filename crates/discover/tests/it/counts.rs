//! Every count equals what counting one by one gives.

use catalog::ModelRecord;
use discover::{FacetName, Index, Query, Sort};
use domain::{License, Task};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const TASKS: [Task; 4] =
    [Task::FillMask, Task::TextGeneration, Task::TextClassification, Task::Translation];
const LICENSES: [&str; 3] = ["MIT", "Apache-2.0", "custom"];
const COLLECTIONS: [&str; 3] = ["curated", "workspace", "team"];
const PUBLISHERS: [&str; 4] = ["Meta", "meta", "Mistral AI", "mistralai"];
const WORDS: [&str; 5] = ["bert", "roberta", "tiny", "large", "gpt"];

fn record() -> impl Strategy<Value = ModelRecord> {
    let name = (vec(select(&WORDS[..]), 1..4), 0..9u8)
        .prop_map(|(words, n)| format!("{}-{n}", words.join("-")));
    let facts = (
        name,
        select(&COLLECTIONS[..]),
        subsequence(TASKS.to_vec(), 0..=3),
        subsequence(TASKS.to_vec(), 0..=2),
        select(&LICENSES[..]),
        proptest::option::of(select(&PUBLISHERS[..])),
    );
    facts.prop_map(|(name, collection, tasks, finetuning_tasks, license, publisher)| ModelRecord {
        tasks,
        finetuning_tasks,
        license: License::parse(license),
        publisher: publisher.map(str::to_owned),
        ..ModelRecord::new(collection.parse().unwrap(), name.parse().unwrap())
    })
}

fn query() -> impl Strategy<Value = Query> {
    let strings = |values: &'static [&'static str]| {
        subsequence(values, 0..=2)
            .prop_map(|chosen| chosen.into_iter().map(str::to_owned).collect())
    };
    let filters = (
        proptest::option::of(select(&WORDS[..])),
        subsequence(TASKS.to_vec(), 0..=2),
        subsequence(TASKS.to_vec(), 0..=1),
        subsequence(LICENSES.to_vec(), 0..=2),
        strings(&["curated", "workspace", "team", "absent"]),
        strings(&["META", "Mistral AI", "nobody"]),
    );
    filters.prop_map(|(text, tasks, finetuning_tasks, licenses, collections, publishers)| Query {
        text: text.unwrap_or_default().to_owned(),
        tasks,
        finetuning_tasks,
        licenses: licenses.into_iter().map(License::parse).collect(),
        collections,
        publishers,
        sort: Sort::Relevance,
        offset: 0,
        limit: 1_000,
    })
}

fn fold(publisher: &str) -> String {
    publisher.to_lowercase().replace(' ', "")
}

/// Tells whether a model passes every filter but the one that is left out.
fn passes(record: &ModelRecord, query: &Query, left_out: Option<FacetName>) -> bool {
    let any = |name: FacetName, chosen: bool, hit: bool| Some(name) == left_out || !chosen || hit;
    let does = |tasks: &[Task], wanted: &[Task]| tasks.iter().any(|task| wanted.contains(task));
    let publisher = record.publisher.as_deref().map(fold);
    any(FacetName::Task, !query.tasks.is_empty(), does(&record.tasks, &query.tasks))
        && any(
            FacetName::FinetuningTask,
            !query.finetuning_tasks.is_empty(),
            does(&record.finetuning_tasks, &query.finetuning_tasks),
        )
        && any(
            FacetName::License,
            !query.licenses.is_empty(),
            query.licenses.contains(&record.license),
        )
        && any(
            FacetName::Collection,
            !query.collections.is_empty(),
            query.collections.iter().any(|one| one == record.collection.as_str()),
        )
        && any(
            FacetName::Publisher,
            !query.publishers.is_empty(),
            query.publishers.iter().any(|one| Some(fold(one)) == publisher),
        )
}

fn has(record: &ModelRecord, facet: FacetName, value: &str) -> bool {
    let does = |tasks: &[Task]| tasks.iter().any(|task| task.tag() == value);
    match facet {
        FacetName::Task => does(&record.tasks),
        FacetName::FinetuningTask => does(&record.finetuning_tasks),
        FacetName::License => record.license.as_str() == value,
        FacetName::Collection => record.collection.as_str() == value,
        FacetName::Publisher => record.publisher.as_deref().map(fold) == Some(fold(value)),
    }
}

proptest! {
    #[test]
    fn every_count_equals_brute_force(records in vec(record(), 0..80), query in query()) {
        let index = Index::build(records);
        let everything = Query { limit: 1_000, ..Query::default() };
        let by_text = Query { text: query.text.clone(), ..everything };
        let texts = index.search(&by_text);
        let found: Vec<&ModelRecord> = texts.models.iter().map(|one| &one.record).collect();
        prop_assert_eq!(found.len(), texts.total);
        let word = query.text.as_str();
        prop_assert!(found.iter().all(|one| one.name.as_str().contains(word)));

        let page = index.search(&query);
        let expected: Vec<_> = found.iter().filter(|one| passes(one, &query, None)).collect();
        prop_assert_eq!(page.total, expected.len());
        prop_assert_eq!(page.models.len(), expected.len());
        prop_assert!(page.models.iter().all(|one| passes(&one.record, &query, None)));
        prop_assert_eq!(page.suggestions.is_empty() || page.total == 0, true);
        for facet in &page.facets {
            let others: Vec<_> =
                found.iter().filter(|one| passes(one, &query, Some(facet.name))).collect();
            let mut seen = 0;
            for value in &facet.values {
                let count = others.iter().filter(|one| has(one, facet.name, &value.value)).count();
                prop_assert_eq!(value.count, count, "{:?} {}", facet.name, &value.value);
                prop_assert!(value.count > 0 || value.selected);
                seen += count;
            }
            let total: usize = others.iter().map(|one| match facet.name {
                FacetName::Task => one.tasks.len(),
                FacetName::FinetuningTask => one.finetuning_tasks.len(),
                FacetName::Publisher => usize::from(one.publisher.is_some()),
                FacetName::License | FacetName::Collection => 1,
            }).sum();
            prop_assert_eq!(seen, total, "a value of {:?} is missing", facet.name);
        }
    }

    #[test]
    fn pages_put_together_are_the_whole(records in vec(record(), 0..40), size in 1..7usize) {
        let index = Index::build(records);
        for sort in [Sort::Relevance, Sort::Name, Sort::Updated] {
            let page = |offset, limit| {
                let query = Query { sort, offset, limit, ..Query::default() };
                let page = index.search(&query);
                page.models.iter().map(|one| one.record.model().to_string()).collect::<Vec<_>>()
            };
            let pages: Vec<_> =
                (0..index.len()).step_by(size).flat_map(|offset| page(offset, size)).collect();
            prop_assert_eq!(pages, page(0, 1_000));
        }
    }

    #[test]
    fn no_text_makes_a_search_panic(text in ".{0,60}") {
        let index = Index::build(catalog::curated::records()[..20].to_vec());
        let query = Query { text: text.clone(), limit: 5, ..Query::default() };
        let page = index.search(&query);
        prop_assert!(page.models.len() <= 5 && page.models.len() <= page.total);
        index.near_misses(&text, 3);
    }
}
