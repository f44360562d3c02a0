//! Answers of pages: HTML, redirects, and failures in the same look.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::Fault;
use ui::Shell;

use crate::app::App;
use crate::error::{body, status};

/// What a handler of a page returns.
pub type PageResult = Result<Response, PageError>;

/// A fault on its way to a person.
#[derive(Debug)]
pub struct PageError(pub Fault);

impl<E: Into<Fault>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = status(self.0.kind());
        let shell = Shell { now_ms: 0, version: VERSION, offline: false };
        page(status, ui::error(&shell, status.as_u16(), &body(&self.0)).into_string())
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the frame of pages at this moment.
pub fn shell(app: &App) -> Shell<'static> {
    Shell { now_ms: app.clock.now_ms(), version: VERSION, offline: app.config.offline }
}

/// Answers with a page; what it shows changes, so a browser asks again.
pub fn page(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Sends the browser on after a form was obeyed, so that a reload repeats nothing.
pub fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}
