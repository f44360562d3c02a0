//! Live pages: a server-sent `patch` carries elements, each of which replaces the one with its id;
//! `done` says that nothing more will come.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;

/// How often a list looks for news; a job's own stream looks more often.
pub const PERIOD: Duration = Duration::from_secs(1);

/// Makes the event that carries elements.
pub fn patch(html: String) -> Event {
    Event::default().event("patch").data(html.replace('\r', ""))
}

/// Makes the event after which a page stops listening.
pub fn done() -> Event {
    Event::default().event("done").data("done")
}

/// Answers with a stream of events.
pub fn stream(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures::StreamExt;
    Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default()).into_response()
}
