//! What is worked out about one model: fit, lineage, differences, and the page that shows them.

use catalog::{EvaluationRecord, ModelRecord, NewVersion};
use domain::{CollectionName, ModelRef};
use serde_json::{Value, json};

use super::bench::Bench;

const CLASSIFIER: &str = "parity/bert-classification";

fn row<'a>(rows: &'a Value, name: &str) -> &'a Value {
    rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test]
async fn a_model_is_held_against_a_machine() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let fit = bench.get("/api/v1/fit/workspace/mood").await.body;
    assert_eq!(fit["machine"]["this_machine"], json!(true));
    let published = row(&fit["running"], "f32");
    assert_eq!((&published["published"], &published["verdict"]), (&json!(true), &json!("fits")));
    let parameters = fit["parameters"].as_u64().unwrap();
    let halves = row(&fit["running"], "bf16");
    assert_eq!(halves["parts"][0]["bytes"], json!(parameters * 2));
    assert!(halves["parts"][0]["sum"].as_str().unwrap().contains("× 2 bytes ="), "{halves}");
    let full = row(&fit["finetuning"], "full");
    assert_eq!(full["parts"][2]["bytes"], json!(parameters * 8));
    let tiny = bench.get("/api/v1/fit/workspace/mood?memory_gib=0.001&context=100000").await.body;
    assert_eq!(row(&tiny["finetuning"], "full")["verdict"], "does not fit");
    assert!(tiny["notes"][0].as_str().unwrap().contains("tokens at most"), "{tiny}");
    let wrong = bench.get("/api/v1/fit/workspace/mood?memory_gib=much").await;
    wrong.refuses(400, "invalid", "`memory_gib=much` is not a number");
    bench.get("/api/v1/fit/workspace/moon").await.refuses(404, "not_found", "workspace/moon");
}

#[tokio::test]
async fn of_a_listing_only_what_is_known_is_told() {
    let bench = Bench::start().await;
    let fit = bench.get("/api/v1/fit/curated/bert-base-uncased?memory_gib=16&cpus=4").await.body;
    for row in fit["running"].as_array().unwrap() {
        let known = row["total_bytes"].is_u64();
        assert_eq!(row["verdict"] == "not known", !known, "{row}");
    }
}

/// Adds a version with the files of the fixture under a name, made from another.
async fn add_version(bench: &Bench, name: &str, parent: Option<&str>, origin: Value) -> String {
    let stores = bench.stores().await;
    let of = |name: &str| format!("workspace/{name}").parse::<ModelRef>().unwrap();
    let known = stores.catalog.get_version(&of("mood")).await.unwrap().unwrap();
    let mut record = ModelRecord::new(CollectionName::workspace(), name.parse().unwrap());
    record.keywords = match name {
        "mood" => vec!["base_model:finetune:google-bert/nowhere".to_owned()],
        _ => Vec::new(),
    };
    let version = NewVersion {
        manifest: known.manifest.unwrap(),
        size_bytes: known.size_bytes,
        facts: known.facts,
        parent: parent.map(|parent| parent.parse().unwrap()),
        origin,
        once: None,
    };
    stores.catalog.add_version(&record, version).await.unwrap().to_string()
}

async fn evaluate(bench: &Bench, model: &str, accuracy: f64) {
    let record = EvaluationRecord {
        id: format!("evaluation-of-{}", model.replace(['/', '@'], "-")),
        model: model.parse().unwrap(),
        task: domain::Task::TextClassification,
        data_name: "test.csv".into(),
        data_digest: None,
        rows: Some(10),
        metrics: json!({ "accuracy": accuracy }),
        report: json!({}),
        job: None,
        published_by: None,
        created_ms: 0,
    };
    bench.stores().await.catalog.put_evaluation(&record).await.unwrap();
}

#[tokio::test]
async fn a_lineage_names_data_and_figures() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let base = add_version(&bench, "mood", None, json!({ "source": "fixture" })).await;
    let taught = json!({ "source": "finetune", "data": { "name": "train.csv", "digest": "ab" } });
    let child = add_version(&bench, "desk", Some(&base), taught).await;
    evaluate(&bench, &child, 0.75).await;
    let lineage = bench.get(&format!("/api/v1/lineage/{base}")).await.body;
    let names: Vec<_> =
        lineage["nodes"].as_array().unwrap().iter().map(|node| &node["model"]).collect();
    assert_eq!(names, ["workspace/mood@2", "google-bert/nowhere", "workspace/desk@1"]);
    assert_eq!(lineage["nodes"][1]["known"], json!(false));
    assert_eq!(lineage["nodes"][2]["measured"], json!(["accuracy 0.7500 on test.csv"]));
    let edge = json!({ "from": 0, "to": 2, "data_name": "train.csv", "data_digest": "ab" });
    assert!(lineage["edges"].as_array().unwrap().contains(&edge), "{lineage}");
    let alone = bench.get("/api/v1/lineage/curated/gpt2").await.body;
    assert_eq!((alone["nodes"].as_array().map(Vec::len), &alone["cut"]), (Some(1), &json!(false)));
    bench.get("/api/v1/lineage/curated/moon").await.refuses(404, "not_found", "curated/moon");
}

#[tokio::test]
async fn two_versions_are_compared() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let hyper = json!({ "source": "finetune", "hyperparameters": { "epochs": 3 } });
    let second = add_version(&bench, "mood", None, hyper).await;
    evaluate(&bench, "workspace/mood@1", 0.5).await;
    evaluate(&bench, &second, 0.75).await;
    let diff = bench.get("/api/v1/diff/workspace/mood?from=1&to=2").await.body;
    assert_eq!(diff["files"], json!([]));
    assert!(diff["files_same"].as_u64().unwrap() > 1);
    let epochs = json!({ "name": "hyperparameters.epochs", "to": "3" });
    assert!(diff["origin"].as_array().unwrap().contains(&epochs), "{diff}");
    let gain = json!({ "data_name": "test.csv", "metric": "accuracy", "from": 0.5, "to": 0.75 });
    assert_eq!(diff["evaluations"], json!([gain]));
    let path = "/api/v1/diff/workspace/mood";
    bench.get(&format!("{path}?from=1")).await.refuses(400, "invalid", "two versions");
    bench.get(path).await.refuses(400, "invalid", "two versions");
    bench.get(&format!("{path}?from=1&to=9")).await.refuses(404, "not_found", "mood@9");
}

#[tokio::test]
async fn the_page_shows_what_the_api_works_out() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let base = add_version(&bench, "mood", None, json!({ "source": "fixture" })).await;
    add_version(&bench, "desk", Some(&base), json!({ "data": { "name": "train.csv" } })).await;
    let get = async |path: &str| {
        let url = format!("{}{path}", bench.server.url());
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };
    let html = get("/models/workspace/mood?memory_gib=0.01&from=1&to=2").await;
    for part in [
        "id=\"fit\"",
        "a machine with 10.7 MB of memory",
        "id=\"lineage\"",
        "taught on train.csv",
        "Version 1 to version 2",
        "names no license",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let listed = get("/models/curated/bert-base-uncased").await;
    let license = listed.find("class=\"license-box\"").unwrap();
    assert!(license < listed.find("Start import").or(listed.rfind("Import</span>")).unwrap());
}
