//! A filter with more values than are kept: what is shown are still those that most models have.

use std::collections::BTreeMap;

use catalog::ModelRecord;
use discover::{Document, FacetName, Filters, Index, Listed, Machine, Query};
use domain::Task;

const MACHINE: Machine = Machine { memory_bytes: 4_000_000_000, cpus: 2, gpus: 0 };
const SHOWN: usize = 100;

fn listed(publisher: usize, number: usize, task: Task) -> Listed {
    let name = format!("p{publisher:04}-{task}-{number}");
    let record = ModelRecord {
        tasks: vec![task],
        publisher: Some(format!("p{publisher:04}")),
        ..ModelRecord::new("team".parse().unwrap(), name.parse().unwrap())
    };
    Listed { record, version: None, options: Vec::new() }
}

/// Models of 1,500 publishers: the first `loud` have many of one task, all have few of another.
fn models(loud: usize) -> Vec<Listed> {
    let few = |publisher: usize| 1 + publisher % 7;
    let all = (0..1_500).flat_map(move |publisher| {
        (0..few(publisher)).map(move |number| listed(publisher, number, Task::Translation))
    });
    let many = (0..loud)
        .flat_map(|publisher| (0..20).map(move |number| listed(publisher, number, Task::FillMask)));
    all.chain(many).collect()
}

fn filter(task: Task) -> Filters {
    [(FacetName::Task, vec![task.tag().to_owned()])].into_iter().collect()
}

/// Counts one by one, the most first.
fn by_hand<'a>(models: impl Iterator<Item = &'a Listed>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    models.for_each(|one| *counts.entry(one.record.publisher.clone().unwrap()).or_default() += 1);
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(SHOWN);
    counts
}

fn check(index: &Index, query: &Query, expected: &[(String, usize)]) {
    let page = index.search(query).unwrap();
    let facet = page.facets.into_iter().find(|facet| facet.name == FacetName::Publisher).unwrap();
    let shown: Vec<(String, usize)> =
        facet.values.into_iter().map(|value| (value.value, value.count)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn those_with_most_models_are_shown() {
    for loud in [50, 150, 190, 250] {
        let models = models(loud);
        let index = Index::build(models.clone(), MACHINE).unwrap();
        let is = |task: Task| move |one: &&Listed| one.record.tasks == [task];
        check(&index, &Query::default(), &by_hand(models.iter()));
        for task in [Task::Translation, Task::FillMask] {
            let query = Query { filters: filter(task), ..Query::default() };
            check(&index, &query, &by_hand(models.iter().filter(is(task))));
            let query = Query { excluded: filter(task), ..Query::default() };
            check(&index, &query, &by_hand(models.iter().filter(|one| !is(task)(one))));
        }
    }
}

#[test]
fn deleted_models_make_room_for_others() {
    let models = models(190);
    let index = Index::build(models.clone(), MACHINE).unwrap();
    let (gone, kept): (Vec<Listed>, Vec<Listed>) =
        models.into_iter().partition(|one| one.record.tasks == [Task::FillMask]);
    let names: Vec<String> = gone.iter().map(|one| one.record.model().to_string()).collect();
    let more: Vec<Listed> = (0..5).map(|n| listed(1_400, 100 + n, Task::Translation)).collect();
    let documents = more.iter().cloned().map(|listed| Document { listed, text: String::new() });
    let index = index.with_changes(documents.collect(), &names).unwrap();
    check(&index, &Query::default(), &by_hand(kept.iter().chain(&more)));
}
