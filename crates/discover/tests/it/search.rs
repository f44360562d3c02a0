//! Searching the curated collection as a person would.

use std::sync::LazyLock;

use discover::{
    Error, FacetName, Filters, Index, Listed, Machine, Page, Query, Sort, Suggestion, parse_task,
};
use domain::Task;

const MACHINE: Machine = Machine { memory_bytes: 8 << 30, cpus: 2, gpus: 0 };

static CURATED: LazyLock<Index> = LazyLock::new(|| {
    let listed = catalog::curated::records().iter().map(|record| Listed {
        record: record.clone(),
        version: (record.name.as_str() == "gpt2").then(|| "3".to_owned()),
        options: Vec::new(),
    });
    Index::build(listed, MACHINE).unwrap()
});

fn index(records: &[catalog::ModelRecord]) -> Index {
    let listed = |record: &catalog::ModelRecord| Listed {
        record: record.clone(),
        version: None,
        options: Vec::new(),
    };
    Index::build(records.iter().map(listed), MACHINE).unwrap()
}

fn search(query: &Query) -> Page {
    CURATED.search(query).unwrap()
}

fn with(filters: &[(FacetName, &str)], query: Query) -> Query {
    let mut chosen = Filters::new();
    for (name, value) in filters {
        chosen.entry(*name).or_default().push((*value).to_owned());
    }
    Query { filters: chosen, ..query }
}

fn text(text: &str) -> Query {
    Query { text: text.to_owned(), limit: 1_000, ..Query::default() }
}

fn names(page: &Page) -> Vec<&str> {
    page.models.iter().map(|hit| hit.listed.record.name.as_str()).collect()
}

fn count(page: &Page, facet: FacetName, value: &str) -> Option<usize> {
    let facet = page.facets.iter().find(|one| one.name == facet)?;
    facet.values.iter().find(|one| one.value == value).map(|one| one.count)
}

#[test]
fn filters_combine_and_their_counts_are_exact() {
    let license = FacetName::License.read("Apache 2.0").unwrap();
    let filters = [(FacetName::Task, "fill-mask"), (FacetName::License, license.as_str())];
    let page = search(&with(&filters, text("")));
    assert_eq!(page.total, 8);
    // The task's own counts are those under the license alone, and the other way around.
    assert_eq!(count(&page, FacetName::License, "MIT"), Some(5));
    assert_eq!(count(&page, FacetName::License, "Apache-2.0"), Some(8));
    assert_eq!(count(&page, FacetName::Task, "fill-mask"), Some(8));
    assert_eq!(count(&page, FacetName::Task, "object-detection"), Some(11));
    assert_eq!(count(&page, FacetName::Collection, "curated"), Some(8));
    let values = page.facets.iter().flat_map(|one| &one.values);
    let selected = values.filter(|one| one.selected);
    let labels: Vec<_> = selected.map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["Fill mask", "Apache-2.0"]);
}

#[test]
fn a_filter_takes_every_spelling() {
    for spelling in ["embeddings", "Feature Extraction", "feature_extraction", "embedding"] {
        assert_eq!(parse_task(spelling).unwrap(), Task::FeatureExtraction, "{spelling}");
    }
    for spelling in ["Mistral AI", "mistralai", "MISTRAL-AI"] {
        let query = with(&[(FacetName::Publisher, spelling)], text(""));
        assert_eq!(search(&query).total, 9, "{spelling}");
    }
}

#[test]
fn an_unknown_task_is_an_error_with_the_nearest() {
    let check = |text: &str, expected: &[&str]| match parse_task(text) {
        Err(Error::UnknownTask { near, .. }) => assert_eq!(near, expected, "{text}"),
        other => panic!("{text}: {other:?}"),
    };
    check("fill-maks", &["fill-mask"]);
    check("sumarization", &["summarization"]);
    check("mind-reading", &[]);
    check("named-entity", &["token-classification"]);
}

#[test]
fn a_value_that_nothing_has_finds_nothing_and_says_what_would() {
    let publisher = |name: &str| with(&[(FacetName::Publisher, name)], text(""));
    let instead = |value: &str| Suggestion::Value {
        facet: FacetName::Publisher,
        instead_of: value.to_owned(),
        value: "Mistral AI".to_owned(),
    };
    let page = search(&publisher("Mistrl AI"));
    assert_eq!(page.total, 0);
    let without = Suggestion::Without { facet: FacetName::Publisher, count: 156 };
    assert_eq!(page.suggestions, [instead("Mistrl AI"), without]);
    assert_eq!(search(&publisher("Mistrl")).suggestions[0], instead("Mistrl"));
    let (facet, value) = (FacetName::License, "qqq".to_owned());
    let suggestions = search(&with(&[(facet, "qqq")], text(""))).suggestions;
    assert_eq!(suggestions[0], Suggestion::UnknownValue { facet, value });
    let suggestions = search(&with(&[(FacetName::Task, "translation")], text("gpt2"))).suggestions;
    let is_without = matches!(suggestions[0], Suggestion::Without { facet: FacetName::Task, .. });
    assert!(is_without, "{suggestions:?}");
    let near = search(&text("zzbert-uncasedd whisper")).suggestions;
    assert!(near.iter().all(|one| matches!(one, Suggestion::Model(_))), "{near:?}");
}

#[test]
fn the_best_match_comes_first() {
    let first = |query: &str, expected: &[&str]| {
        let page = search(&text(query));
        let found: Vec<_> = names(&page).into_iter().take(expected.len()).collect();
        assert_eq!(found, expected, "{query}");
    };
    first("gpt2", &["gpt2", "gpt2-large", "gpt2-medium"]);
    first("bert-base", &["bert-base-cased", "bert-base-uncased"]);
    first("BERT base uncased", &["bert-base-uncased"]);
    first("google-bert/bert-large-cased", &["bert-large-cased"]);
    first("phi4", &["Phi-4"]);
    first("gpt-2", &["gpt2"]);
    first("whisper", &["openai-whisper-large", "openai-whisper-large-v3"]);
    first("robreta-large", &["roberta-large"]);
    first("speech recognition", &["openai-whisper-large"]);
    first("french names", &["Jean-Baptiste-camembert-ner"]);
}

#[test]
fn words_must_all_be_there_and_small_words_do_not_count() {
    let total = |query: &str| search(&text(query)).total;
    assert_eq!(total("a model for translation"), total("translation"));
    assert!(total("bert question answering") > 0);
    assert_eq!(total("whisper segmentation"), 0);
    assert_eq!(total("  "), 156);
    assert!(total("code") < total("encoder"), "a part of a word counts in names alone");
    assert_eq!(total("the"), total("The"));
}

#[test]
fn featured_models_come_first_where_nothing_is_asked() {
    let page = search(&text(""));
    let featured: Vec<_> = page.models.iter().map(|one| one.listed.record.flags.featured).collect();
    let deprecated: Vec<_> =
        page.models.iter().map(|one| one.listed.record.flags.deprecated).collect();
    assert!(featured[0] && !deprecated[0]);
    assert!(deprecated.is_sorted(), "deprecated models come last");
    let by_name = search(&Query { sort: Sort::Name, limit: 2, ..text("") });
    assert_eq!(names(&by_name), ["ALLaM-2-7b-instruct", "Atomica"]);
}

#[test]
fn what_changed_last_comes_first_when_sorted_by_that() {
    let mut records = catalog::curated::records()[..3].to_vec();
    records[1].updated_ms = 20;
    records[2].updated_ms = 10;
    let expected: Vec<_> = [1, 2, 0].map(|at: usize| records[at].name.to_string()).into();
    let index = index(&records);
    let page = index.search(&Query { sort: Sort::Updated, limit: 9, ..text("") }).unwrap();
    assert_eq!(names(&page), expected);
    assert!(matches!("newest".parse::<Sort>(), Err(Error::UnknownSort { .. })));
}

#[test]
fn a_name_that_does_not_exist_has_near_misses() {
    let near = |text: &str| CURATED.near_misses(text, 2);
    assert_eq!(near("workspace/bert-base-uncased")[0], "curated/bert-base-uncased");
    assert_eq!(near("curated/bert-base-uncasd")[0], "curated/bert-base-uncased");
    assert_eq!(near("curated/roberta-lagre")[0], "curated/roberta-large");
    assert_eq!(near("curated/phi4")[0], "curated/Phi-4");
    assert_eq!(near("curated/zzzzzz"), [""; 0]);
}

#[test]
fn the_index_knows_collections_and_versions_and_takes_the_later_record() {
    assert_eq!(CURATED.collections(), [("curated".to_owned(), 156)]);
    let page = search(&text("gpt2"));
    assert_eq!(page.models[0].listed.version.as_deref(), Some("3"));
    assert_eq!(page.models[1].listed.version, None);
    let mut records = vec![catalog::curated::records()[0].clone(); 2];
    records[1].summary = "changed".into();
    let index = index(&records);
    assert_eq!(index.len(), 1);
    assert_eq!(index.search(&text("")).unwrap().models[0].listed.record.summary, "changed");
    assert!(Index::build([], MACHINE).unwrap().is_empty());
}
