//! `/static`: files that are compiled in, under a path that names their content.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};

use super::answer::PageError;

/// The path changes with the content, so a year is as good as for ever.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Answers `GET /static/{revision}/{name}`.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ui::asset(&path) else {
        return PageError(Fault::new(Kind::NotFound, format!("there is no file `{path}`")))
            .into_response();
    };
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let tags =
        [(header::ETAG, HeaderValue::from_static(asset.etag)), (header::CACHE_CONTROL, FOR_EVER)];
    if seen.is_some_and(|seen| seen.contains(asset.etag)) {
        return (StatusCode::NOT_MODIFIED, tags).into_response();
    }
    let kind = HeaderValue::from_static(asset.content_type);
    (tags, [(header::CONTENT_TYPE, kind)], asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(path: &str, seen: Option<&'static str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(seen) = seen {
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(seen));
        }
        asset(Path(path.to_owned()), headers).await
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_and_not_sent_twice() {
        let shell = ui::Shell { now_ms: 0, version: "1", offline: false };
        let error = api::ErrorBody {
            code: "x".into(),
            message: String::new(),
            hint: None,
            request_id: None,
        };
        let html = ui::error(&shell, 404, &error).into_string();
        let path = html.split("/static/").nth(1).unwrap().split('"').next().unwrap();
        let response = ask(path, None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], FOR_EVER);
        let etag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
        let etag: &'static str = Box::leak(etag.into_boxed_str());
        assert_eq!(ask(path, Some(etag)).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("0/app.css", None).await.status(), StatusCode::NOT_FOUND);
    }
}
