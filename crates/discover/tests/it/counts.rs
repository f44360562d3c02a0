//! Every count equals what counting one by one gives, whatever was changed before.

use catalog::{Flags, ModelRecord};
use discover::{Document, FacetName, Filters, Index, Listed, Machine, Query, Sort};
use domain::{Capability, License, Task};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const TASKS: [Task; 4] =
    [Task::FillMask, Task::TextGeneration, Task::TextClassification, Task::Translation];
const LICENSES: [&str; 4] = ["MIT", "Apache-2.0", "GPL-3.0-only", "cc-by-nc-4.0"];
const COLLECTIONS: [&str; 3] = ["curated", "workspace", "team"];
const PUBLISHERS: [&str; 4] = ["Meta", "meta", "Mistral AI", "mistralai"];
const LIBRARIES: [&str; 2] = ["transformers", "GGUF"];
const LANGUAGES: [&str; 3] = ["en", "DE", "fr"];
const WORDS: [&str; 5] = ["bert", "roberta", "tiny", "large", "gpt"];
const MACHINE: Machine = Machine { memory_bytes: 4_000_000_000, cpus: 2, gpus: 0 };
const EVERY: usize = 1_000;

prop_compose! {
    fn listed()(
        name in (vec(select(&WORDS[..]), 1..4), 0..9u8)
            .prop_map(|(words, n)| format!("{}-{n}", words.join("-"))),
        collection in select(&COLLECTIONS[..]),
        tasks in subsequence(TASKS.to_vec(), 0..=3),
        finetuning_tasks in subsequence(TASKS.to_vec(), 0..=2),
        license in select(&LICENSES[..]),
        publisher in of(select(&PUBLISHERS[..])),
        library in of(select(&LIBRARIES[..])),
        languages in subsequence(LANGUAGES.to_vec(), 0..=2),
        parameters in of(select(vec![9_000_000_u64, 400_000_000, 7_000_000_000])),
        (downloads, likes, modified_ms) in (0..4u64, 0..4u64, of(0..3i64)),
        (featured, deprecated, gated) in any::<(bool, bool, bool)>(),
        here in any::<bool>(),
        options in subsequence(vec![Capability::Online, Capability::Batch], 0..=2),
    ) -> Listed {
        let record = ModelRecord {
            tasks,
            finetuning_tasks,
            license: License::parse(license),
            publisher: publisher.map(str::to_owned),
            library: library.map(str::to_owned),
            languages: languages.into_iter().map(str::to_owned).collect(),
            parameters,
            downloads,
            likes,
            modified_ms,
            flags: Flags { featured, deprecated, gated, ..Flags::default() },
            ..ModelRecord::new(collection.parse().unwrap(), name.parse().unwrap())
        };
        Listed { record, version: here.then(|| "1".to_owned()), options }
    }
}

/// Values to filter by, of which some occur, and some in another spelling.
fn offered(name: FacetName) -> Vec<&'static str> {
    match name {
        FacetName::Task | FacetName::FinetuningTask => vec!["fill-mask", "translation"],
        FacetName::License => vec!["MIT", "Apache-2.0"],
        FacetName::LicenseFamily => vec!["permissive", "non-commercial"],
        FacetName::Deployment => vec!["online", "batch", "evaluate"],
        FacetName::Size => vec!["0-100m", "3b-8b"],
        FacetName::Fits => vec!["yes", "no"],
        FacetName::Collection => vec!["curated", "team", "absent"],
        FacetName::Publisher => vec!["META", "Mistral AI", "nobody"],
        FacetName::Library => vec!["gguf"],
        FacetName::Language => vec!["de", "en"],
        FacetName::Status => vec!["featured", "here", "gated"],
    }
}

fn filters(most: usize) -> impl Strategy<Value = Filters> {
    subsequence(FacetName::ALL.to_vec(), 0..=most).prop_flat_map(|names| {
        let of_name = |name: FacetName| {
            let values = offered(name);
            let most = values.len();
            (Just(name), subsequence(values, 1..=most))
        };
        let all: Vec<_> = names.into_iter().map(of_name).collect();
        all.prop_map(|all| {
            let own = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
            all.into_iter().map(|(name, values)| (name, own(values))).collect()
        })
    })
}

fn query() -> impl Strategy<Value = Query> {
    let parts = (of(select(&WORDS[..])), filters(3), filters(1), select(&Sort::ALL[..]));
    parts.prop_map(|(text, filters, excluded, sort)| Query {
        text: text.unwrap_or_default().to_owned(),
        filters,
        excluded,
        sort,
        limit: EVERY,
        ..Query::default()
    })
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace(' ', "")
}

/// What a model has in a filter, worked out apart from the index.
fn values(listed: &Listed, name: FacetName) -> Vec<String> {
    let record = &listed.record;
    let tags = |tasks: &[Task]| tasks.iter().map(|task| task.tag().to_owned()).collect();
    match name {
        FacetName::Task => tags(&record.tasks),
        FacetName::FinetuningTask => tags(&record.finetuning_tasks),
        FacetName::License => vec![record.license.to_string()],
        FacetName::LicenseFamily => vec![record.license.family().as_str().to_owned()],
        FacetName::Deployment => {
            listed.options.iter().map(|option| option.as_str().to_owned()).collect()
        }
        FacetName::Size => record
            .parameters
            .iter()
            .map(|count| match count {
                9_000_000 => "0-100m".to_owned(),
                400_000_000 => "100m-500m".to_owned(),
                _ => "3b-8b".to_owned(),
            })
            .collect(),
        FacetName::Fits => record
            .parameters
            .iter()
            .map(|count| match count {
                7_000_000_000 => "no".to_owned(),
                _ => "yes".to_owned(),
            })
            .collect(),
        FacetName::Collection => vec![record.collection.to_string()],
        FacetName::Publisher => record.publisher.iter().map(|name| fold(name)).collect(),
        FacetName::Library => record.library.iter().map(|name| fold(name)).collect(),
        FacetName::Language => record.languages.iter().map(|name| fold(name)).collect(),
        FacetName::Status => {
            let flags = &record.flags;
            let here = listed.version.is_some();
            [
                ("featured", flags.featured),
                ("here", here),
                ("deprecated", flags.deprecated),
                ("gated", flags.gated),
            ]
            .iter()
            .filter(|(_, set)| *set)
            .map(|(mark, _)| (*mark).to_owned())
            .collect()
        }
    }
}

fn has(listed: &Listed, name: FacetName, value: &str) -> bool {
    let value = if name == FacetName::Publisher { fold(value) } else { value.to_owned() };
    values(listed, name).contains(&value)
}

/// Tells whether a model passes every filter but the one that is left out.
fn passes(listed: &Listed, query: &Query, left_out: Option<FacetName>) -> bool {
    let any = |(name, wanted): (&FacetName, &Vec<String>)| {
        Some(*name) == left_out || wanted.iter().any(|value| has(listed, *name, value))
    };
    let none = |(name, wanted): (&FacetName, &Vec<String>)| {
        !wanted.iter().any(|value| has(listed, *name, value))
    };
    listed.record.name.as_str().contains(&query.text)
        && query.filters.iter().all(any)
        && query.excluded.iter().all(none)
}

/// What is in the catalog after some changes: models by reference.
type Known = std::collections::BTreeMap<String, Listed>;

fn reference(listed: &Listed) -> String {
    listed.record.model().to_string()
}

/// Builds an index of some models, changes others and deletes a few, in steps.
fn changed(base: Vec<Listed>, steps: Vec<(Vec<Listed>, Vec<usize>)>) -> (Index, Known) {
    let mut known: Known = base.iter().map(|one| (reference(one), one.clone())).collect();
    let mut index = Index::build(base, MACHINE).unwrap();
    for (added, gone) in steps {
        let gone: Vec<String> =
            gone.into_iter().filter_map(|at| known.keys().nth(at).cloned()).collect();
        gone.iter().for_each(|name| drop(known.remove(name)));
        known.extend(added.iter().map(|one| (reference(one), one.clone())));
        let gone: Vec<String> = gone.into_iter().filter(|name| !known.contains_key(name)).collect();
        let documents = added.into_iter().map(|listed| Document { listed, text: String::new() });
        index = index.with_changes(documents.collect(), &gone).unwrap();
    }
    (index, known)
}

fn models(index: &Index, query: &Query) -> Vec<String> {
    let page = index.search(query).unwrap();
    page.models.iter().map(|hit| reference(&hit.listed)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_count_equals_brute_force(
        base in vec(listed(), 0..60),
        steps in vec((vec(listed(), 0..12), vec(0..40usize, 0..4)), 0..3),
        query in query(),
    ) {
        let (index, known) = changed(base, steps);
        prop_assert_eq!(index.len(), known.len());
        let page = index.search(&query).unwrap();
        let expected = known.values().filter(|one| passes(one, &query, None)).count();
        prop_assert_eq!(page.total, expected);
        prop_assert_eq!(page.models.len(), expected);
        prop_assert!(page.models.iter().all(|hit| passes(&hit.listed, &query, None)));
        for hit in &page.models {
            prop_assert_eq!(Some(&hit.listed), known.get(&reference(&hit.listed)));
        }
        let names: Vec<_> = page.facets.iter().map(|facet| facet.name).collect();
        prop_assert_eq!(names, FacetName::ALL.to_vec());
        for facet in &page.facets {
            let others: Vec<_> =
                known.values().filter(|one| passes(one, &query, Some(facet.name))).collect();
            let mut seen = 0;
            for value in &facet.values {
                let count = others.iter().filter(|one| has(one, facet.name, &value.value)).count();
                prop_assert_eq!(value.count, count, "{:?} {}", facet.name, &value.value);
                prop_assert!(value.count > 0 || value.selected || value.excluded);
                seen += count;
            }
            let all: usize = others.iter().map(|one| values(one, facet.name).len()).sum();
            prop_assert_eq!(seen, all, "a value of {:?} is missing", facet.name);
            let found = index.values(&query, facet.name, "", EVERY).unwrap();
            let expected = facet.values.iter().filter(|value| value.count > 0);
            prop_assert_eq!(found, expected.cloned().collect::<Vec<_>>());
        }
    }

    #[test]
    fn pages_put_together_are_the_whole(
        base in vec(listed(), 0..40),
        steps in vec((vec(listed(), 0..12), vec(0..40usize, 0..4)), 0..3),
        query in query(),
        size in 1..7usize,
    ) {
        let (index, _) = changed(base, steps);
        let whole = models(&index, &query);
        let offsets = (0..whole.len()).step_by(size);
        let by_offset: Vec<_> = offsets
            .flat_map(|offset| models(&index, &Query { offset, limit: size, ..query.clone() }))
            .collect();
        prop_assert_eq!(&by_offset, &whole);
        let (mut by_cursor, mut cursor) = (Vec::new(), None);
        loop {
            let page = index.search(&Query { cursor, limit: size, ..query.clone() }).unwrap();
            by_cursor.extend(page.models.iter().map(|hit| reference(&hit.listed)));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(&by_cursor, &whole);
    }

    #[test]
    fn an_order_holds_across_segments(
        base in vec(listed(), 0..40),
        steps in vec((vec(listed(), 0..12), vec(0..40usize, 0..4)), 0..3),
        sort in select(&Sort::ALL[..]),
    ) {
        let (index, known) = changed(base, steps);
        let whole = Index::build(known.into_values(), MACHINE).unwrap();
        let query = Query { sort, limit: EVERY, ..Query::default() };
        prop_assert_eq!(models(&index, &query), models(&whole, &query));
    }

    #[test]
    fn no_query_makes_reading_it_panic(
        text in r#"([a-z]{0,8}|[-:",]|task|license|sort|\PC){0,40}"#
    ) {
        if let Ok(query) = Query::parse(&text) {
            prop_assert!(query.text.len() <= text.len());
            let values = query.filters.values().chain(query.excluded.values());
            let values: usize = values.map(Vec::len).sum();
            prop_assert!(values <= text.len());
        }
    }

    #[test]
    fn no_text_makes_a_search_panic(text in ".{0,60}") {
        let listed = |record: &ModelRecord| Listed {
            record: record.clone(),
            version: None,
            options: Vec::new(),
        };
        let index = Index::build(catalog::curated::records()[..20].iter().map(listed), MACHINE);
        let index = index.unwrap();
        let query = Query { text: text.clone(), limit: 5, ..Query::default() };
        let page = index.search(&query).unwrap();
        prop_assert!(page.models.len() <= 5 && page.models.len() <= page.total);
        index.near_misses(&text, 3);
        index.suggest(&text, 3).unwrap();
    }
}
