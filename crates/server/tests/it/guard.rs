//! Who is let in.

use reqwest::Method;
use serde_json::json;

use super::bench::Bench;

#[tokio::test]
async fn a_foreign_host_or_page_is_sent_away() {
    let bench = Bench::start().await;
    let url = format!("{}/api/v1/info", bench.server.url());
    let own = bench.http.get(&url).send().await.unwrap();
    assert_eq!(own.status(), 200);
    assert_eq!(own.headers()["x-content-type-options"], "nosniff");
    assert!(own.headers()["content-security-policy"].to_str().unwrap().contains("default-src"));

    let foreign = bench.http.get(&url).header("host", "evil.test").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert!(foreign.text().await.unwrap().contains("`Host`"));

    let delete = format!("{}/api/v1/endpoints/a", bench.server.url());
    for (origin, status) in [("http://evil.test", 403), (&*bench.server.url(), 404)] {
        let request = bench.http.delete(&delete).header("origin", origin);
        assert_eq!(request.send().await.unwrap().status(), status, "{origin}");
    }
}

#[tokio::test]
async fn a_token_opens_every_path() {
    let bench = Bench::start_with(|config| config.token = Some("s3cret".into())).await;
    let paths = ["/api/v1/info", "/v1/models", "/", "/static/nothing", "/endpoints/a/score"];
    for path in paths {
        let url = format!("{}{path}", bench.server.url());
        let refused = bench.http.get(&url).send().await.unwrap();
        assert_eq!(refused.status(), 401, "{path}");
        assert!(refused.headers().contains_key("www-authenticate"), "{path}");
        let wrong = bench.http.get(&url).bearer_auth("s3cre").send().await.unwrap();
        assert_eq!(wrong.status(), 401, "{path}");
        let shown = bench.http.get(&url).bearer_auth("s3cret").send().await.unwrap();
        assert_ne!(shown.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn a_path_that_is_nothing_says_where_to_look() {
    let bench = Bench::start().await;
    let answer = bench.get("/api/v1/nothing").await;
    answer.refuses(404, "not_found", "there is nothing at `/api/v1/nothing`");
    answer.hints("openapi.json");
    let answer = bench.send(Method::DELETE, "/api/v1/models", Some(json!({}))).await;
    assert_eq!(answer.status, 405);
}
