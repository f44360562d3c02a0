//! The API of the Hugging Face hub, as its clients ask it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;

use super::bench::{Bench, fixture_dir};

const MODEL: &str = "parity/bert-classification";

async fn ask(bench: &Bench, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = bench.http.request(method, format!("{}{path}", bench.server.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// Writes an answer as a client sees it; the port is another each time.
async fn read(bench: &Bench, response: Response) -> String {
    let known = [
        "x-error-code",
        "x-error-message",
        "x-repo-commit",
        "x-linked-size",
        "x-linked-etag",
        "etag",
        "content-length",
        "content-range",
        "content-type",
        "content-disposition",
        "accept-ranges",
        "link",
    ];
    let mut text = format!("{}\n", response.status().as_u16());
    let headers = response.headers().clone();
    let json = headers.get("content-type").is_some_and(|kind| kind == "application/json");
    for name in known {
        // How long JSON is says its text.
        if let Some(value) = headers.get(name).filter(|_| !json || name != "content-length") {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
    }
    let body = response.text().await.unwrap();
    if let Ok(body) = serde_json::from_str::<Value>(&body) {
        text += &serde_json::to_string_pretty(&body).unwrap();
    }
    text.replace(&bench.server.url(), "http://HOST")
}

async fn see(bench: &Bench, path: &str) -> String {
    read(bench, ask(bench, Method::GET, path, &[]).await).await
}

async fn json(bench: &Bench, path: &str) -> Value {
    let response = ask(bench, Method::GET, path, &[]).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    let base = "/api/models/workspace/mood";
    for (name, path) in [
        ("list", "/api/models?author=workspace"),
        ("list_full", "/api/models?author=workspace&full=true&config=true"),
        ("list_expand", "/api/models?author=workspace&expand=sha&expand=safetensors"),
        ("list_page", "/api/models?search=bert&sort=downloads&limit=2&expand=likes"),
        ("info", base),
        ("info_blobs", &format!("{base}/revision/1?blobs=true&expand%5B%5D=siblings")),
        ("info_without_files", "/api/models/curated/bert-base-uncased"),
        ("tree", &format!("{base}/tree/main?recursive=true&expand=true")),
        ("tree_page", &format!("{base}/tree/main?limit=1")),
        ("refs", &format!("{base}/refs")),
        ("commits", &format!("{base}/commits/main")),
    ] {
        insta::assert_snapshot!(name, see(&bench, path).await);
    }
    let url = format!("{}{base}/paths-info/main", bench.server.url());
    let form = [("paths", "config.json"), ("paths", "nothing.bin"), ("expand", "false")];
    let response = bench.http.post(url).form(&form).send().await.unwrap();
    insta::assert_snapshot!("paths_info", read(&bench, response).await);
}

#[tokio::test]
async fn a_refusal_says_in_a_header_what_is_missing() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    for (name, path) in [
        ("no_model", "/api/models/workspace/none"),
        ("no_model_of_one_word", "/api/models/none"),
        ("no_revision", "/api/models/workspace/mood/revision/7"),
        ("no_folder", "/api/models/workspace/mood/tree/main/weights"),
        ("no_files", "/api/models/curated/bert-base-uncased/tree/main?recursive=true"),
        ("no_file", "/workspace/mood/resolve/main/none.bin"),
        ("no_file_here", "/curated/bert-base-uncased/resolve/main/config.json"),
        ("no_revision_of_file", "/workspace/mood/resolve/7/config.json"),
        ("no_model_of_file", "/workspace/none/resolve/main/config.json"),
        ("bad_sort", "/api/models?sort=loud"),
        ("bad_limit", "/api/models?limit=x"),
        ("bad_cursor", "/api/models?filter=chatty&cursor=x"),
        ("bad_tree_cursor", "/api/models/workspace/mood/tree/main?cursor=x"),
    ] {
        insta::assert_snapshot!(name, see(&bench, path).await);
    }
    // What would upload a file learns it at its first question.
    for (name, path) in [("only_read", ""), ("only_read_before_an_upload", "/preupload/main")] {
        let url = format!("{}/api/models/workspace/mood{path}", bench.server.url());
        let response = bench.http.post(url).body("{}").send().await.unwrap();
        insta::assert_snapshot!(name, read(&bench, response).await);
    }
}

#[tokio::test]
async fn pages_of_a_list_join_to_all_of_it() {
    let bench = Bench::start().await;
    let total = bench.get("/api/v1/models?limit=1").await.body["total"].as_u64().unwrap();
    // The second is filtered here, the first by the index.
    for (query, wanted) in [("", total), ("&filter=en&filter=license:mit&filter=en", 0)] {
        let mut ids = BTreeSet::new();
        let (mut next, mut count) =
            (format!("{}/api/models?limit=50{query}", bench.server.url()), 0);
        loop {
            let response = bench.http.get(&next).send().await.unwrap();
            assert_eq!(response.status(), 200, "{next}");
            let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            let page: Vec<Value> = response.json().await.unwrap();
            assert!(page.len() <= 50);
            count += page.len() as u64;
            ids.extend(page.iter().map(|model| model["id"].as_str().unwrap().to_owned()));
            let Some(link) = link else { break };
            next = link.strip_prefix('<').unwrap().split_once(">; rel=\"next\"").unwrap().0.into();
        }
        assert_eq!(ids.len() as u64, count, "{query}");
        if wanted > 0 {
            assert_eq!(count, wanted);
        }
    }
    // More than a page may have is a page, as the hub has it.
    let all = json(&bench, "/api/models?limit=100000").await;
    assert_eq!(all.as_array().unwrap().len() as u64, total);
    assert_eq!(json(&bench, "/api/models?limit=0").await, serde_json::json!([]));
}

#[tokio::test]
async fn filters_agree_with_the_search() {
    let bench = Bench::start().await;
    for (hub, search) in [
        ("filter=fill-mask", "task=fill-mask"),
        ("pipeline_tag=text-generation", "task=text-generation"),
        ("filter=license:mit&filter=fill-mask", "license=MIT&task=fill-mask"),
        ("filter=transformers", "library=transformers"),
        ("author=curated", "collection=curated"),
        ("filter=collection:curated&tags=license:apache-2.0", "license=Apache-2.0"),
        ("gated=true", "status=gated"),
        ("gated=false", "not_status=gated"),
        ("search=bert", "q=bert"),
        ("pipeline_tag=mind-reading", "collection=none"),
    ] {
        let models = json(&bench, &format!("/api/models?limit=1000&{hub}")).await;
        let page = bench.get(&format!("/api/v1/models?limit=1000&{search}")).await.body;
        let name = |model: &Value, key: &str| model[key].as_str().unwrap().to_owned();
        let found: BTreeSet<_> =
            models.as_array().unwrap().iter().map(|one| name(one, "_id")).collect();
        let wanted: BTreeSet<_> =
            page["models"].as_array().unwrap().iter().map(|one| name(one, "model")).collect();
        assert_eq!(found, wanted, "{hub}");
    }
    let downloads = json(&bench, "/api/models?sort=downloads&direction=-1").await;
    let downloads = downloads.as_array().unwrap();
    let counts: Vec<_> = downloads.iter().map(|one| one["downloads"].as_u64().unwrap()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
}

#[tokio::test]
async fn files_come_as_they_are_whole_or_in_part() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    let path = "/workspace/mood/resolve/main/model.safetensors";
    let bytes = std::fs::read(fixture_dir(MODEL).join("model.safetensors")).unwrap();
    let size = bytes.len();

    let head = ask(&bench, Method::HEAD, path, &[("accept-encoding", "gzip")]).await;
    let tag = head.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(head.headers()["content-length"], size.to_string().as_str());
    insta::assert_snapshot!("head", read(&bench, head).await);
    let whole = ask(&bench, Method::GET, path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(whole.headers()["etag"], tag.as_str());
    let commit = whole.headers()["x-repo-commit"].to_str().unwrap().to_owned();
    assert_eq!(whole.bytes().await.unwrap(), bytes);

    let end = format!("bytes={}-", size - 3);
    for (headers, status, part) in [
        (vec![("range", "bytes=2-9")], 206, 2..10),
        (vec![("range", end.as_str())], 206, size - 3..size),
        (vec![("range", "bytes=-4"), ("if-range", &tag)], 206, size - 4..size),
        (vec![("range", "bytes=-4"), ("if-range", "\"other\"")], 200, 0..size),
        (vec![("range", "bytes=99999999-")], 416, 0..0),
        (vec![("if-none-match", tag.as_str())], 304, 0..0),
    ] {
        let response = ask(&bench, Method::GET, path, &headers).await;
        assert_eq!(response.status(), status, "{headers:?}");
        if status == 206 {
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            assert_eq!(response.headers()["content-range"], range.as_str());
        }
        assert_eq!(response.bytes().await.unwrap(), bytes[part], "{headers:?}");
    }
    // A version has its number, its commit, and the start of its manifest's digest.
    for revision in ["1", commit.as_str(), "refs%2Ftags%2F1", "HEAD"] {
        let path = format!("/workspace/mood/resolve/{revision}/config.json");
        assert_eq!(ask(&bench, Method::HEAD, &path, &[]).await.status(), 200, "{revision}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_a_model() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    for path in [
        "/workspace/mood/resolve/main/..%2f..%2f..%2fetc%2fpasswd",
        "/workspace/mood/resolve/main/%2e%2e/%2e%2e/modeldex.db",
        "/workspace/mood/resolve/main/%2Fetc%2Fpasswd",
        "/workspace/mood/resolve/main/./config.json",
        "/workspace/mood/resolve/main/x/%2e%2e%2fconfig.json",
        "/workspace/mood/resolve/main/config.json%00",
        "/workspace/mood/resolve/main/C:%5Cconfig.json",
        "/workspace/mood/resolve/..%2Fmain/config.json",
        "/workspace/..%2Fmood/resolve/main/config.json",
        "/..%2F..%2Fetc/resolve/main/passwd",
        "/workspace/mood@1/resolve/main/config.json",
        "/workspace/mood/resolve/main/%ff",
        "/api/models/workspace/mood/tree/main/%2e%2e",
        "/api/models/..%2F..",
        "/api/models/%ff",
    ] {
        // Written by hand: clients tidy paths up before they send them.
        let status = raw_status(&bench, path).await;
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
}

/// Sends a path exactly as it stands.
async fn raw_status(bench: &Bench, path: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = bench.server.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn pages_and_other_routes_stay_where_they_are() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    for (path, status, kind) in [
        ("/models/curated/bert-base-uncased", 200, "text/html"),
        ("/models/workspace/mood", 200, "text/html"),
        ("/nowhere", 404, "text/html"),
        ("/workspace/mood", 404, "text/html"),
        ("/workspace/mood/blob/main/config.json", 404, "text/html"),
        ("/static/0/resolve/main/x", 404, "text/html"),
        ("/jobs/resolve/main/x", 404, "application/json"),
        ("/api/v1/models", 200, "application/json"),
        ("/api/nothing", 404, "application/json"),
    ] {
        let response = ask(&bench, Method::GET, path, &[]).await;
        let found = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(response.status() == status && found.starts_with(kind), "{path}: {found}");
    }
    let post = ask(&bench, Method::POST, "/workspace/mood/resolve/main/config.json", &[]).await;
    assert_eq!(post.status(), 405);
}

#[tokio::test]
async fn a_hub_id_finds_the_model_whose_files_are_here() {
    let bench = Bench::start().await;
    bench.add_model("mood", MODEL).await;
    // A curated model that has this id on the hub, and no files.
    let id = "google-bert/bert-base-uncased";
    let listed = json(&bench, &format!("/api/models/{id}")).await;
    assert_eq!((&listed["id"], &listed["siblings"]), (&id.into(), &Value::Null));
    assert_eq!(listed["_id"], "curated/bert-base-uncased");

    let stores = bench.stores().await;
    let (workspace, name) = (domain::CollectionName::workspace(), "mood".parse().unwrap());
    let mut record = stores.catalog.get_model(&workspace, &name).await.unwrap().unwrap();
    record.hub_id = Some(id.to_owned());
    stores.catalog.put_models(&[record]).await.unwrap();
    // The index notices by itself.
    let here = async {
        while json(&bench, &format!("/api/models/{id}")).await["_id"] != "workspace/mood" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), here).await.unwrap();
    let file = format!("/{id}/resolve/main/config.json");
    assert_eq!(ask(&bench, Method::GET, &file, &[]).await.status(), 200);
    // Who asks for the listed one gets it.
    let listed = json(&bench, "/api/models/curated/bert-base-uncased").await;
    assert_eq!(listed["siblings"], Value::Null);
}
