//! Kubeflow's catalog, as its clients ask it.

use serde_json::{Value, json};

use super::bench::Bench;

const ROOT: &str = "/api/model_catalog/v1alpha1";
const MODEL: &str = "parity/bert-classification";

async fn ask(bench: &Bench, path: &str) -> Value {
    let answer = bench.get(&format!("{ROOT}{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.body
}

async fn see(bench: &Bench, path: &str) -> String {
    let answer = bench.get(&format!("{ROOT}{path}")).await;
    let body = serde_json::to_string_pretty(&answer.body).unwrap();
    format!("{}\n{body}", answer.status).replace(&bench.server.url(), "http://HOST")
}

async fn names(bench: &Bench, path: &str) -> Vec<String> {
    let page = ask(bench, path).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(page["size"], items.len());
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    for (name, path) in [
        ("kubeflow_sources", "/sources"),
        ("kubeflow_source", "/sources/workspace"),
        ("kubeflow_labels", "/labels"),
        ("kubeflow_models", "/models?source=workspace"),
        ("kubeflow_model", "/sources/workspace/models/mood"),
        ("kubeflow_artifacts", "/sources/workspace/models/mood/artifacts"),
        ("kubeflow_hub_artifacts", "/sources/curated/models/bert-base-uncased/artifacts"),
        ("kubeflow_performance", "/sources/workspace/models/mood/artifacts/performance"),
    ] {
        insta::assert_snapshot!(name, see(&bench, path).await);
    }
    let options = ask(&bench, "/models/filter_options").await;
    let filters = options["filters"].as_object().unwrap();
    for name in ["tasks", "license", "provider", "libraryName", "language", "source_id"] {
        assert_eq!(filters[name]["type"], "string", "{name}");
        assert!(filters[name]["values"].is_array(), "{name}");
    }
    assert_eq!(filters["downloads.int_value"]["type"], "number");
}

#[tokio::test]
async fn a_refusal_has_a_code_and_a_sentence() {
    let bench = Bench::start().await;
    for (name, path) in [
        ("kubeflow_no_source", "/sources/nowhere"),
        ("kubeflow_no_source_of_model", "/sources/nowhere/models/mood"),
        ("kubeflow_no_model", "/sources/curated/models/bert-base-uncasd"),
        ("kubeflow_no_name", "/sources/curated/models/..%2F.."),
        ("kubeflow_no_model_of_artifacts", "/sources/curated/models/none/artifacts"),
        ("kubeflow_bad_filter", "/models?filterQuery=license%20%3D"),
        ("kubeflow_bad_order", "/models?orderBy=WEIGHT"),
        ("kubeflow_bad_direction", "/models?sortOrder=UP"),
        ("kubeflow_bad_size", "/models?pageSize=0"),
        ("kubeflow_bad_token", "/models?nextPageToken=x"),
        ("kubeflow_bad_kind", "/sources?assetType=songs"),
        (
            "kubeflow_bad_artifact",
            "/sources/curated/models/bert-base-uncased/artifacts?artifactType=song",
        ),
    ] {
        insta::assert_snapshot!(name, see(&bench, path).await);
    }
    let answer = bench.post(&format!("{ROOT}/models"), json!({})).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn pages_join_in_every_order() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    let total = bench.get("/api/v1/models?limit=1").await.body["total"].as_u64().unwrap();
    let mut by_order = Vec::new();
    for order in ["NAME", "LAST_UPDATE_TIME", "parameters.int_value"] {
        for direction in ["ASC", "DESC"] {
            let (mut all, mut token) = (Vec::new(), String::new());
            loop {
                let query = format!("orderBy={order}&sortOrder={direction}&pageSize=40");
                let page = ask(&bench, &format!("/models?{query}&nextPageToken={token}")).await;
                let items = page["items"].as_array().unwrap();
                all.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
                token = page["nextPageToken"].as_str().unwrap().to_owned();
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(all.len() as u64, total, "{order}");
            by_order.push(all);
        }
    }
    for pair in by_order.chunks(2) {
        let reversed: Vec<_> = pair[1].iter().rev().cloned().collect();
        assert_eq!(pair[0], reversed);
    }
    // The newest is the one that was added.
    let newest = "/models?orderBy=CREATE_TIME&sortOrder=DESC&pageSize=1";
    assert_eq!(names(&bench, newest).await, ["mood"]);
}

#[tokio::test]
async fn a_filter_finds_what_the_search_finds() {
    let bench = Bench::start().await;
    for (filter, search) in [
        ("tasks = 'fill-mask'", "task=fill-mask"),
        ("tasks IN ('fill_mask', 'text-generation')", "task=fill-mask&task=text-generation"),
        ("license = 'mit' AND tasks = 'fill-mask'", "license=MIT&task=fill-mask"),
        ("license = 'MIT License' OR license = 'apache-2.0'", "license=MIT&license=Apache-2.0"),
        ("source_id = 'curated' AND featured = true", "status=featured"),
        ("name LIKE '%'", ""),
        ("unheard_of = 1", "collection=none"),
    ] {
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        let query = url.append_pair("filterQuery", filter).append_pair("pageSize", "1000").finish();
        let mut found = names(&bench, &format!("/models?{query}")).await;
        let page = bench.get(&format!("/api/v1/models?limit=1000&{search}")).await.body;
        let models = page["models"].as_array().unwrap().iter();
        let mut wanted: Vec<_> =
            models.map(|model| model["name"].as_str().unwrap().to_owned()).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{filter}");
    }
}

#[tokio::test]
async fn sources_and_labels_narrow_the_models() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    for (query, found) in [
        ("source=workspace", 1),
        ("source=workspace,nowhere", 1),
        ("source=nowhere", 0),
        ("sourceLabel=workspace", 1),
        ("sourceLabel=null", 0),
        ("source=workspace&sourceLabel=curated", 0),
        ("q=mood", 1),
    ] {
        assert_eq!(names(&bench, &format!("/models?{query}")).await.len(), found, "{query}");
    }
    assert_eq!(names(&bench, "/sources?name=CURATED").await.len(), 1);
    assert!(names(&bench, "/sources?assetType=mcp_servers").await.is_empty());
}
