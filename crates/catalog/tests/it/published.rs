//! Results that others published: small files made up here, and the real one where it is.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use catalog::published::{self, Names, Published};
use catalog::{Catalog, EvaluationRecord};
use data::DataFile;
use db::testing::each_database;
use domain::{ManualClock, Task};
use serde_json::json;

fn read(text: &str, names: &mut Names) -> catalog::Result<Published> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    std::fs::write(&path, text).unwrap();
    published::read(&DataFile { path, name: "results.csv".into() }, "someone", names)
}

const TABLE: &str = "\
model,dataset,task,accuracy_metric_name,m:accuracy,m:GPTSimilarity,p:n_shot,evaluation_type
BERT_base_uncased,boolq,question-answering,exact_match,0.81,,5,text_generation
unheard-of,boolq,question_answering,nan,0.5,3.25,None,
embedder,SciFact,retrieval,,0.7,,,text_embeddings
";

#[test]
fn a_row_becomes_a_record_of_the_model_that_it_means() {
    let mut names = Names::default();
    catalog::curated::records().iter().for_each(|record| names.add(record));
    let read = read(TABLE, &mut names).unwrap();
    assert_eq!((read.records.len(), read.skipped), (3, 0), "{:?}", read.defects);
    let [listed, unlisted, embedder] = read.records.as_slice() else { panic!() };
    assert_eq!(listed.model.to_string(), "curated/bert-base-uncased");
    assert_eq!(listed.metrics, json!({ "exact_match": 0.81 }));
    assert_eq!(listed.published_by.as_deref(), Some("someone"));
    assert_eq!(listed.report["source"], "someone");
    assert_eq!(listed.report["parameters"], json!({ "n_shot": "5" }));
    assert_eq!((&listed.data_digest, listed.rows, &listed.job), (&None, None, &None));
    assert_eq!(unlisted.model.to_string(), "published/unheard-of");
    assert_eq!(unlisted.metrics, json!({ "accuracy": 0.5, "gpt_similarity": 3.25 }));
    assert_eq!(unlisted.task, Task::QuestionAnswering);
    assert_eq!(
        (embedder.task, &embedder.report["kind"]),
        (Task::FeatureExtraction, &json!("retrieval"))
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_its_column() {
    let text = "model,dataset,task,m:f1_score\n\
                a,boolq,fill-mask,0.5\n\
                ,boolq,fill-mask,0.5\n\
                a,,fill-mask,0.5\n\
                a,boolq,dancing,0.5\n\
                a,boolq,fill-mask,much\n\
                a,boolq,fill-mask,inf\n\
                a,boolq,fill-mask,nan\n\
                what? no,boolq,fill-mask,0.5\n\
                a,boolq,fill-mask\n\
                b,boolq,fill-mask,0.25\n";
    let read = read(text, &mut Names::default()).unwrap();
    assert_eq!((read.records.len(), read.skipped), (2, 8));
    let found: Vec<_> =
        read.defects.iter().map(|one| (one.line, one.column.as_str(), &*one.message)).collect();
    for (at, (line, column, message)) in [
        (3, "model", "it is empty"),
        (4, "dataset", "it is empty"),
        (5, "task", "`dancing` is not a task"),
        (6, "m:f1_score", "`much` is not a number"),
        (7, "m:f1_score", "`inf` is not a number"),
        (8, "", "none of its metrics has a value"),
        (9, "model", "only letters"),
        (10, "", "3 fields where the header has 4"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!((found[at].0, found[at].1), (line, column), "{found:#?}");
        assert!(found[at].2.contains(message), "{}: {message}", found[at].2);
    }
}

#[test]
fn a_file_that_is_none_of_results_is_refused() {
    for (text, wanted) in [
        ("name,score\na,1\n", "no column `model`"),
        ("model,score\na,1\n", "no column `dataset`"),
        ("model,dataset,score\na,b,1\n", "no column of a metric"),
        ("model,dataset,m:f1\n", "has no rows"),
    ] {
        let error = domain::Fault::from(read(text, &mut Names::default()).unwrap_err());
        assert!(error.chain().contains(wanted), "{}", error.chain());
        assert_eq!(error.kind(), domain::Kind::Invalid);
    }
}

#[tokio::test]
async fn the_same_results_again_change_nothing_and_a_listed_model_takes_its_own() {
    each_database("published", async |db| {
        let clock = Arc::new(ManualClock::new(5));
        let catalog = Catalog::new(db, clock.clone());
        let add = async || {
            let mut names = catalog.names(None).await.unwrap();
            let records = read(TABLE, &mut names).unwrap().records;
            catalog.put_evaluations(&records).await.unwrap()
        };
        assert_eq!(add().await, 3);
        let revision = catalog.revision().await.unwrap();
        clock.advance(5);
        assert_eq!(add().await, 0);
        assert_eq!(catalog.revision().await.unwrap(), revision);
        let of = async |model: &str| {
            let all = catalog.evaluations(&model.parse().unwrap()).await.unwrap();
            all.into_iter().map(|one| one.created_ms).collect::<Vec<_>>()
        };
        assert_eq!(of("published/unheard-of").await, [5]);
        assert_eq!(of("curated/bert-base-uncased@7").await, [5], "it is of every version");
        let model =
            catalog::ModelRecord::new("assets".parse().unwrap(), "Unheard-Of".parse().unwrap());
        catalog.put_models(&[model]).await.unwrap();
        assert_eq!(add().await, 1);
        assert!(of("published/unheard-of").await.is_empty());
        assert_eq!(of("assets/Unheard-Of").await, [10]);
        let mut names = catalog.names(Some(&"assets".parse().unwrap())).await.unwrap();
        let read = read(TABLE, &mut names).unwrap();
        assert_eq!(read.records[0].model.to_string(), "published/BERT_base_uncased");
    })
    .await;
}

#[tokio::test]
async fn all_evaluations_are_read_page_by_page() {
    each_database("all_evaluations", async |db| {
        let catalog = Catalog::new(db, Arc::new(ManualClock::default()));
        let records = read(TABLE, &mut Names::default()).unwrap().records;
        catalog.put_evaluations(&records).await.unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = catalog.all_evaluations(after.as_deref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 2);
            after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|one| one.id));
        }
        let mut expected: Vec<_> = records.into_iter().map(|one| one.id).collect();
        expected.sort();
        assert_eq!(seen, expected);
    })
    .await;
}

#[test]
fn a_record_that_was_stored_before_results_were_published_still_loads() {
    let stored = json!({
        "id": "evaluation-1", "model": "workspace/a@1", "task": "fill-mask",
        "data_name": "test.csv", "data_digest": "09".repeat(32), "rows": 10,
        "metrics": {}, "report": {}, "job": null, "created_ms": 7,
    });
    let record: EvaluationRecord = serde_json::from_value(stored).unwrap();
    assert_eq!((record.rows, &record.published_by), (Some(10), &None));
    assert!(record.data_digest.is_some());
}

#[test]
fn every_published_result_of_the_real_table_is_read() {
    let Some(folder) = super::azure_real::published() else { return };
    let path = Path::new(&folder).join("azureml-evalresults.csv");
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no `{}`", path.display());
        return;
    }
    let mut names = Names::default();
    catalog::curated::records().iter().for_each(|record| names.add(record));
    let file = DataFile { path, name: "azureml-evalresults.csv".into() };
    let read = published::read(&file, "azureml", &mut names).unwrap();
    assert_eq!((read.records.len(), read.skipped), (724, 0), "{:?}", read.defects);
    let count = |of: fn(&EvaluationRecord) -> String| {
        read.records.iter().map(of).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(count(|one| one.id.clone()), 724, "no result takes another's place");
    assert_eq!(count(|one| one.data_name.clone()), 35);
    assert_eq!(count(|one| one.task.to_string()), 4);
    let listed = |one: &&EvaluationRecord| one.model.collection.as_str() == "curated";
    let models: BTreeSet<_> =
        read.records.iter().filter(listed).map(|one| one.model.to_string()).collect();
    assert!(models.len() >= 10, "{models:?}");
}
