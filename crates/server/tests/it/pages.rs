//! Pages as a browser without scripts uses them.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::bench::Bench;

const CLASSIFIER: &str = "parity/bert-classification";

/// A browser: it does not follow on its own, so that tests see where it is sent.
struct Browser<'a> {
    bench: &'a Bench,
    http: Client,
}

/// What a browser got.
struct Shown {
    status: u16,
    location: String,
    html: String,
}

impl<'a> Browser<'a> {
    fn of(bench: &'a Bench) -> Self {
        Self { bench, http: Client::builder().redirect(Policy::none()).build().unwrap() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.bench.server.url())
    }

    async fn get(&self, path: &str) -> Shown {
        read(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        read(self.http.post(self.url(path)).form(fields).send().await.unwrap()).await
    }

    /// Posts a form with a file, as browsers write it.
    async fn send(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Shown {
        let mut body = String::new();
        for (name, value) in fields {
            body += &format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body += &format!("{value}\r\n");
        }
        let (name, text) = file;
        body += "--cut\r\nContent-Disposition: form-data; name=\"data\"; ";
        body +=
            &format!("filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--cut--\r\n");
        let kind = "multipart/form-data; boundary=cut";
        let request = self.http.post(self.url(path)).header("content-type", kind).body(body);
        read(request.send().await.unwrap()).await
    }
}

async fn read(response: Response) -> Shown {
    let status = response.status().as_u16();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap());
    let location = location.unwrap_or_default().to_owned();
    Shown { status, location, html: response.text().await.unwrap() }
}

#[tokio::test]
async fn every_page_answers_and_names_its_policy() {
    let bench = Bench::start_with(|config| config.offline = true).await;
    let browser = Browser::of(&bench);
    for (path, part) in [
        ("/", "Find a model"),
        ("/?task=fill-mask&q=bert", "Remove the filter"),
        ("/models/curated/bert-base-uncased", "Import"),
        ("/compare?model=curated/bert-base-uncased&model=curated/roberta-base", "Side by side"),
        ("/import?source=a/b", "value=\"a/b\""),
        ("/filters/publisher?prefix=goo&q=bert", "Google"),
        ("/collections", "What can be done"),
        ("/collections/curated", "What can be done with its models"),
        ("/saved", "Mark a model with the star"),
        ("/jobs", "No jobs yet"),
        ("/endpoints", "Nothing is deployed"),
    ] {
        let response = browser.http.get(browser.url(path)).send().await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(!policy.contains("unsafe"), "{policy}");
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        let shown = read(response).await;
        let found = shown.html.to_lowercase().contains(&part.to_lowercase());
        assert!(shown.status == 200 && found, "{path}: {}", shown.html);
        assert!(shown.html.contains(">offline<"), "{path}");
    }
}

#[tokio::test]
async fn a_page_finds_what_the_api_finds() {
    let bench = Bench::start().await;
    let query = "?task=fill-mask&license=Apache-2.0&sort=name";
    let found = bench.get(&format!("/api/v1/models{query}")).await.body;
    let html = Browser::of(&bench).get(&format!("/{query}")).await.html;
    assert!(html.contains(&format!("<strong>{}</strong>", found["total"])), "{html}");
    for model in found["models"].as_array().unwrap() {
        let path = format!("href=\"/models/{}\"", model["model"].as_str().unwrap());
        assert!(html.contains(&path), "{path}");
    }
}

#[tokio::test]
async fn people_get_a_page_and_programs_an_envelope() {
    let bench = Bench::start().await;
    let browser = Browser::of(&bench);
    let seven: Vec<_> = (1..8).map(|at| format!("model=curated/model-{at}")).collect();
    for (path, status, part) in [
        ("/nowhere", 404, "There is nothing at <code>/nowhere</code>"),
        ("/models/curated/bert-base-uncasd", 404, "bert-base-uncased"),
        ("/jobs/job-99", 404, "job-99"),
        ("/?limit=x", 400, "is not a number"),
        ("/compare?model=bert-base-uncased", 400, "bert-base-uncased"),
        (&format!("/compare?{}", seven.join("&")), 400, "two to six"),
        ("/static/0/app.css", 404, "There is no file"),
        ("/?q=task:fil-mask", 400, "fill-mask"),
        ("/filters/weight", 404, "There is no filter"),
        ("/collections/none", 404, "There is no collection"),
    ] {
        let shown = browser.get(path).await;
        assert_eq!(shown.status, status, "{path}");
        let page = shown.html.starts_with("<!DOCTYPE html>");
        assert!(page && shown.html.contains(part), "{path}: {}", shown.html);
    }
    bench.get("/api/v1/nowhere").await.refuses(404, "not_found", "/api/v1/nowhere");
}

#[tokio::test]
async fn a_refused_import_keeps_what_was_typed_but_not_the_token() {
    let bench = Bench::start_with(|config| config.offline = true).await;
    let fields = [("source", "acme/tiny"), ("name", "mine"), ("token", "hf_secret")];
    let shown = Browser::of(&bench).post("/import", &fields).await;
    assert_eq!(shown.status, 503);
    for part in ["value=\"acme/tiny\"", "value=\"mine\"", "the server is offline", "role=\"alert\""]
    {
        assert!(shown.html.contains(part), "{part}: {}", shown.html);
    }
    assert!(!shown.html.contains("hf_secret"));
}

#[tokio::test]
async fn a_form_with_a_file_becomes_a_job() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let browser = Browser::of(&bench);
    let fields = [
        ("map.text", "utterance"),
        ("map.label", ""),
        ("name", "mine"),
        ("method", "full"),
        ("hyper.epochs", "2"),
        ("hyper.schedule", "cosine"),
        ("hyper.seed", ""),
    ];
    let path = "/models/workspace/mood@1/finetune";
    let shown =
        browser.send(path, &fields, ("C:\\my\\train.csv", "utterance,label\nx,calm\n")).await;
    assert_eq!(shown.status, 303, "{}", shown.html);
    let job = bench.get(&format!("/api/v1{}", shown.location)).await.body;
    let asked = &job["payload"];
    assert_eq!(asked["map"], json!({ "text": "utterance" }));
    assert_eq!(asked["hyperparameters"], json!({ "epochs": 2, "schedule": "cosine" }));
    assert_eq!((&asked["method"], &asked["data"]["name"]), (&json!("full"), &json!("train.csv")));
    let file = format!("/api/v1/files/{}", asked["data"]["digest"].as_str().unwrap());
    assert_eq!(bench.get(&file).await.body, json!("utterance,label\nx,calm\n"));

    let page = browser.get(&shown.location).await;
    assert!(page.html.contains("queued") && page.html.contains("Cancel"), "{}", page.html);
    let cancelled = browser.post(&format!("{}/cancel", shown.location), &[]).await;
    assert_eq!((cancelled.status, cancelled.location), (303, shown.location.clone()));
    let page = browser.get(&shown.location).await;
    assert!(page.html.contains("cancelled") && page.html.contains("Resume"), "{}", page.html);
}

#[tokio::test]
async fn a_refused_form_says_why_where_it_stands() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let browser = Browser::of(&bench);
    let nothing = ("", "");
    for (action, fields, file, status, part) in [
        ("evaluate", vec![], nothing, 400, "No file was chosen"),
        ("evaluate", vec![], ("a.csv", ""), 400, "is empty"),
        ("evaluate", vec![("task", "fill-mask")], ("a.csv", "text\nx\n"), 422, "cannot do"),
        ("batch", vec![("chunk_rows", "many")], ("a.csv", "text\nx\n"), 400, "many"),
        ("deploy", vec![("endpoint", "not a name!")], nothing, 400, "not a name!"),
        ("deploy", vec![], nothing, 400, "The endpoint has no name"),
        ("finetune", vec![("name", "")], ("a.csv", "text\nx\n"), 400, "The new model has no name"),
    ] {
        let path = format!("/models/workspace/mood/{action}");
        let shown = browser.send(&path, &fields, file).await;
        assert_eq!(shown.status, status, "{path}: {}", shown.html);
        let row = shown.html.split(&format!("id=\"act-{action}\"")).nth(1);
        let row = row.unwrap_or_else(|| panic!("{path}: {}", shown.html));
        let form = row.split("class=\"verb-row").next().unwrap();
        assert!(form.contains("role=\"alert\"") && form.contains(part), "{path}: {form}");
    }
    let none: Vec<Value> = bench.get("/api/v1/jobs").await.body["jobs"].as_array().unwrap().clone();
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn another_sites_form_changes_nothing() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let browser = Browser::of(&bench);
    let request = browser.http.post(browser.url("/models/workspace/mood/deploy"));
    let request = request.header("origin", "http://evil.test").form(&[("endpoint", "desk")]);
    assert_eq!(request.send().await.unwrap().status(), 403);
    assert!(browser.get("/endpoints").await.html.contains("Nothing is deployed"));
}

#[tokio::test]
async fn the_address_of_an_answer_leads_back_to_the_card() {
    let bench = Bench::start().await;
    let shown = Browser::of(&bench).get("/models/curated/bert-base-uncased/try").await;
    let card = "/models/curated/bert-base-uncased";
    assert_eq!((shown.status, shown.location.as_str()), (303, card));
}

#[tokio::test]
async fn a_live_job_sends_its_parts_and_an_end() {
    let bench = Bench::start().await;
    bench.add_model("mood", CLASSIFIER).await;
    let browser = Browser::of(&bench);
    let path = "/models/workspace/mood/evaluate";
    let job = browser.send(path, &[], ("a.csv", "text,label\nx,calm\n")).await.location;
    browser.post(&format!("{job}/cancel"), &[]).await;
    let events = browser.get(&format!("{job}/live")).await;
    assert_eq!(events.status, 200);
    let (patches, end) = events.html.split_once("event: done").unwrap();
    let heads = patches.lines().filter(|line| line.contains("id=\"job-head\"")).count();
    assert!(heads == 1 && patches.contains("cancelled"), "{}", events.html);
    assert!(!end.contains("patch"), "{end}");
}

#[tokio::test]
async fn every_order_of_the_search_is_offered() {
    let bench = Bench::start().await;
    let browser = Browser::of(&bench);
    for sort in discover::Sort::ALL {
        let shown = browser.get(&format!("/?sort={}", sort.as_str())).await;
        let chosen = match sort {
            discover::Sort::Relevance => "<option value=\"\" selected>".to_owned(),
            _ => format!("<option value=\"{}\" selected>", sort.as_str()),
        };
        assert!(shown.status == 200 && shown.html.contains(&chosen), "{chosen}: {}", shown.html);
    }
}

#[tokio::test]
async fn what_is_kept_at_hand_is_shown_until_it_is_given_up() {
    let bench = Bench::start().await;
    let browser = Browser::of(&bench);
    let (model, query) = ("curated/roberta-base", "q=roberta&task=fill-mask");
    let marked = [("add", model), ("back", "/?q=roberta")];
    let shown = browser.post("/saved/favorites", &marked).await;
    assert_eq!((shown.status, shown.location.as_str()), (303, "/?q=roberta"));
    let star = format!("name=\"remove\" value=\"{model}\" aria-pressed=\"true\"");
    assert!(browser.get("/?q=roberta").await.html.contains(&star));

    let saved = [("name", "Robertas"), ("query", query), ("back", "//evil.test")];
    let shown = browser.post("/saved/searches", &saved).await;
    assert_eq!((shown.status, shown.location.as_str()), (303, "/saved"));
    assert!(browser.get(&format!("/?{query}")).await.html.contains("Saved as"));
    browser.get(&format!("/models/{model}")).await;

    let start = browser.get("/").await.html;
    for part in ["Recently seen", "Favorites", "Saved searches", "Robertas"] {
        assert!(start.contains(part), "{part}: {start}");
    }
    browser.post("/saved/favorites", &[("remove", model)]).await;
    browser.post("/saved/searches/delete", &[("name", "Robertas")]).await;
    let start = browser.get("/").await.html;
    assert!(!start.contains("Robertas") && !start.contains("Favorites</h2>"), "{start}");
    assert_eq!(browser.post("/saved/searches", &[("query", query)]).await.status, 400);
}

#[tokio::test]
async fn a_collection_is_defined_and_removed_by_forms() {
    let bench = Bench::start_with(|config| config.offline = true).await;
    let browser = Browser::of(&bench);
    let fields = [("name", "masks"), ("kind", "query"), ("source", "task=fill-mask")];
    let shown = browser.post("/collections", &fields).await;
    assert_eq!((shown.status, shown.location.as_str()), (303, "/collections/masks"));
    let page = browser.get("/collections/masks").await.html;
    assert!(page.contains("href=\"/?task=fill-mask\""), "{page}");

    let wrong = [("name", "no name!"), ("kind", "query"), ("source", "task=fill-mask")];
    let shown = browser.post("/collections", &wrong).await;
    assert_eq!(shown.status, 400);
    assert!(shown.html.contains("value=\"no name!\"") && shown.html.contains("role=\"alert\""));

    let shown = browser.post("/collections/hub/sync", &[]).await;
    assert!(shown.status >= 400 && shown.html.contains("role=\"alert\""), "{}", shown.html);
    let shown = browser.post("/collections/masks/delete", &[]).await;
    assert_eq!((shown.status, shown.location.as_str()), (303, "/collections"));
    assert_eq!(browser.get("/collections/masks").await.status, 404);
}
