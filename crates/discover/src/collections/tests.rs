use super::*;
use crate::{Listed, Machine};

fn model(name: usize, task: Option<Task>) -> ModelRecord {
    let mut record = ModelRecord::new("hub".parse().unwrap(), format!("m{name}").parse().unwrap());
    record.tasks = task.into_iter().collect();
    record.hub_id = Some(format!("a/m{name}"));
    record
}

/// Six kinds of models in turn: one that classifies, one that can be taught, one that is not run,
/// one of no known task, one that a provider runs, one whose files are here.
fn models(count: usize) -> Vec<Sampled> {
    let one = |number: usize| {
        let classify = Task::TextClassification;
        let mut record = match number % 6 {
            0 => model(number, Some(classify)),
            1 | 5 => model(number, Some(Task::FillMask)),
            2 => model(number, Some(Task::ObjectDetection)),
            3 => model(number, None),
            _ => model(number, Some(Task::ChatCompletion)),
        };
        let mut files = Files::Absent;
        match number % 6 {
            1 => record.finetuning_tasks = vec![classify],
            4 => (record.flags.hosted, record.hub_id) = (true, None),
            5 => {
                files = Files::Here(FileFacts {
                    tasks: vec![Task::FillMask],
                    finetuning_tasks: vec![classify],
                    context_max: None,
                });
            }
            _ => {}
        }
        Sampled { record, files }
    };
    (0..count).map(one).collect()
}

fn index(models: &[Sampled]) -> Index {
    let listed = |one: &Sampled| Listed {
        record: one.record.clone(),
        version: (one.files != Files::Absent).then(|| "1".to_owned()),
        options: capabilities::offered(&one.record, &one.files),
    };
    let machine = Machine { memory_bytes: 1 << 34, cpus: 2, gpus: 0 };
    Index::build(models.iter().map(listed), machine).unwrap()
}

fn hub() -> Query {
    let filters = [(FacetName::Collection, vec!["hub".to_owned()])].into();
    Query { filters, ..Query::default() }
}

fn counts(uses: &[CollectionUse]) -> Vec<(&'static str, usize)> {
    uses.iter().map(|one| (one.capability.as_str(), one.models)).collect()
}

#[test]
fn a_small_collection_is_counted_to_the_last_model() {
    let models = models(60);
    let uses = uses(&index(&models), &hub(), &models).unwrap();
    let expected = [
        ("try", 30),
        ("evaluate", 10),
        ("finetune", 20),
        ("online", 30),
        ("batch", 30),
        ("import", 30),
    ];
    assert_eq!(counts(&uses), expected);
    assert!(uses.iter().all(|one| one.reason.is_some()), "{uses:?}");
}

#[test]
fn a_large_collection_is_counted_by_the_index_and_gives_the_same_numbers() {
    let models = models(600);
    let index = index(&models);
    let exact = uses(&index, &hub(), &models).unwrap();
    let sampled = uses(&index, &hub(), &models[..120]).unwrap();
    assert_eq!(sampled, exact);
}

#[test]
fn a_query_that_filters_by_use_is_counted_as_its_sample_is() {
    let models = models(600);
    let mut query = hub();
    query.filters.insert(FacetName::Deployment, vec!["evaluate".to_owned()]);
    let evaluated = |one: &&Sampled| {
        capabilities::offered(&one.record, &one.files).contains(&Capability::Evaluate)
    };
    let sample: Vec<Sampled> = models.iter().filter(evaluated).take(50).cloned().collect();
    let uses = uses(&index(&models), &query, &sample).unwrap();
    assert_eq!(counts(&uses)[..2], [("try", 100), ("evaluate", 100)]);
    assert_eq!(uses[0].reason, None);
}

#[test]
fn the_commonest_reason_is_given() {
    let reasons = ["b", "a", "c", "a", "b"];
    assert_eq!(commonest(&reasons).as_deref(), Some("a"));
    assert_eq!(commonest(&[]), None);
    let listed = models(6);
    let of = |number: usize, at: usize| absent(&listed[number])[at].clone().unwrap_or_default();
    let (evaluate, finetune, import) = (1, 2, 5);
    assert!(of(1, evaluate).contains("this build measures"), "{}", of(1, evaluate));
    assert!(of(0, finetune).contains("names no task"), "{}", of(0, finetune));
    assert!(of(2, evaluate).contains("does not run `object-detection`"));
    assert!(of(3, evaluate).contains("import it first"));
    assert!(of(4, import).contains("a provider runs it"));
    assert!(of(5, import).contains("here already"));
}

#[test]
fn every_kind_says_the_same_four_things_about_itself() {
    for kind in CollectionKind::ALL {
        let names: Vec<_> = attributes(kind).iter().map(|one| one.name).collect();
        assert_eq!(names, ["Model format", "Hosting", "Isolated network", "Support"]);
    }
}
