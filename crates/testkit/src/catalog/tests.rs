use std::collections::{HashMap, HashSet};

use super::*;

const COUNT: usize = 20_000;

fn most_frequent<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[test]
fn the_same_seed_lists_the_same_models() {
    let (first, again) = (Listings::new(1_000, 7), Listings::new(1_000, 7));
    let other = Listings::new(1_000, 8);
    assert!(first.iter().eq(again.iter()));
    assert!(first.iter().zip(other.iter()).all(|(one, two)| one != two));
    assert_eq!(first.get(500), first.iter().nth(500).expect("five hundred"));
}

#[test]
fn no_two_models_have_one_name() {
    for count in [1, 2, 500, COUNT, 100_003] {
        let listings = Listings::new(count, 1);
        let names: HashSet<_> = (0..count).map(|number| listings.parts(number)).collect();
        assert_eq!(names.len(), count);
    }
}

#[test]
fn few_values_have_most_models() {
    let listings = Listings::new(COUNT, 1);
    let tasks = most_frequent(listings.iter().flat_map(|record| record.tasks));
    assert_eq!((tasks[0].0, tasks[1].0), (Task::ALL[0], Task::ALL[1]));
    assert_eq!(tasks.len(), Task::ALL.len());
    let licenses = most_frequent(listings.iter().map(|record| record.license));
    assert_eq!(licenses[0].0.as_str(), "Apache-2.0");
    assert!((55..=65).contains(&licenses.len()), "{}", licenses.len());
    let collections = most_frequent(listings.iter().map(|record| record.collection));
    assert_eq!((collections[0].0.as_str(), collections.len()), ("hub", 30));
    let authors = most_frequent(listings.iter().filter_map(|record| record.publisher));
    assert!((100..800).contains(&authors[0].1), "{}", authors[0].1);
    assert!(authors.len() > COUNT / 12, "{}", authors.len());
    let words = listings.iter().map(|record| record.summary);
    let words: Vec<String> =
        words.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    let words = most_frequent(words.iter());
    assert_eq!((words[0].0.as_str(), words[1].0.as_str()), ("the", "a"));
}

#[test]
fn numbers_are_those_of_a_hub() {
    let listings = Listings::new(COUNT, 1);
    let mut downloads: Vec<u64> = listings.iter().map(|record| record.downloads).collect();
    downloads.sort_unstable();
    assert!((10..60).contains(&downloads[COUNT / 2]), "{}", downloads[COUNT / 2]);
    assert!(downloads[COUNT - 1] > 100_000, "{}", downloads[COUNT - 1]);
    for record in listings.iter() {
        let words = record.summary.split(' ').count();
        assert!((35..=85).contains(&words), "{words}");
        assert!((1..=8).contains(&record.keywords.len()));
        assert!(record.languages.len() <= 3 && record.finetuning_tasks.len() <= 3);
        assert!(record.created_ms <= record.updated_ms);
    }
    let mut parameters: Vec<u64> = listings.iter().filter_map(|record| record.parameters).collect();
    parameters.sort_unstable();
    let median = parameters[parameters.len() / 2];
    assert!((800_000_000..1_250_000_000).contains(&median), "{median}");
}
