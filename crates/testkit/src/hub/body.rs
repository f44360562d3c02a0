//! Answers: bodies that break where planned, refusals, redirects.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use serde_json::Value;

use super::repository::File;
use super::{Fault, Shared, lock};

/// How much is sent at once; smaller than the tests' weights, so that faults fall between pieces.
const PIECE_BYTES: usize = 1 << 10;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What of a file is sent, and how.
pub(crate) struct Sending<'a> {
    pub(crate) path: &'a str,
    pub(crate) file: &'a File,
    pub(crate) etag: String,
    pub(crate) fault: Option<Fault>,
}

/// Answers with a file, or the part that `Range` asks for.
pub(crate) fn send(shared: &Arc<Shared>, headers: &HeaderMap, sending: Sending<'_>) -> Response {
    let size = sending.file.bytes.len() as u64;
    let fault = sending.fault.clone();
    let asked = headers.get(header::RANGE).and_then(|value| first_byte(value.to_str().ok()?));
    let unchanged = headers
        .get(header::IF_RANGE)
        .is_none_or(|value| value.as_bytes() == sending.etag.as_bytes());
    let from = asked.filter(|_| unchanged && fault != Some(Fault::NoRange));
    let mut bytes = sending.file.bytes.slice(from.unwrap_or(0).min(size) as usize..);
    let mut answer = Response::builder()
        .header(header::ETAG, &sending.etag)
        .header(header::ACCEPT_RANGES, "bytes");
    if let Some(from) = from {
        let range = format!("bytes {from}-{}/{size}", size.saturating_sub(1));
        answer = answer.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range);
    }
    match fault {
        Some(Fault::Longer(more)) => {
            bytes = [&bytes[..], &vec![0; more as usize]].concat().into();
        }
        Some(Fault::Overrun(more)) => {
            bytes = [&bytes[..], &vec![0; more as usize]].concat().into();
        }
        Some(Fault::Corrupt) => {
            let mut other = bytes.to_vec();
            let middle = other.len() / 2;
            other[middle] ^= 1;
            bytes = other.into();
        }
        _ => {}
    }
    if !matches!(sending.fault, Some(Fault::Overrun(_))) {
        answer = answer.header(header::CONTENT_LENGTH, bytes.len());
    }
    let body = breaking(shared, sending.path, bytes, sending.fault);
    answer.body(body).expect("the headers are sound")
}

/// Reads `bytes=N-`.
fn first_byte(range: &str) -> Option<u64> {
    range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

/// Yields the bytes piece by piece, counts them, and breaks where planned.
fn breaking(shared: &Arc<Shared>, path: &str, bytes: Bytes, fault: Option<Fault>) -> Body {
    let (shared, path) = (Arc::clone(shared), path.to_owned());
    let end = match fault {
        Some(Fault::Cut(after) | Fault::Stall(after)) => bytes.len().min(after as usize),
        _ => bytes.len(),
    };
    let breaks = matches!(fault, Some(Fault::Cut(_) | Fault::Stall(_)));
    Body::from_stream(stream::try_unfold(bytes.slice(..end), move |mut rest| {
        let (shared, path, fault) = (Arc::clone(&shared), path.clone(), fault.clone());
        async move {
            if rest.is_empty() && breaks {
                // What was sent before is flushed while this waits.
                tokio::task::yield_now().await;
                if matches!(fault, Some(Fault::Stall(_))) {
                    shared.stalls.send_modify(|stalls| *stalls += 1);
                    std::future::pending::<()>().await;
                }
                return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
            }
            if rest.is_empty() {
                return Ok(None);
            }
            let piece = rest.split_to(rest.len().min(PIECE_BYTES));
            *lock(&shared.served).entry(path).or_default() += piece.len() as u64;
            Ok(Some((piece, rest)))
        }
    }))
}

pub(crate) fn json(value: &Value) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(value.to_string().into())
        .expect("the headers are sound")
}

/// Answers with a page of JSON, which breaks or slows down where planned.
pub(crate) fn json_page(shared: &Arc<Shared>, value: &Value, fault: Option<&Fault>) -> Response {
    let mut answer = json(value);
    match fault {
        Some(Fault::Cut(_)) => {
            let bytes = Bytes::from(value.to_string());
            *answer.body_mut() = breaking(shared, "", bytes, fault.cloned());
        }
        Some(Fault::RateLimit(left, seconds)) => {
            let limit = HeaderValue::from_str(&format!("\"api\";r={left};t={seconds}"));
            let name = HeaderName::from_static("ratelimit");
            answer.headers_mut().insert(name, limit.expect("plain text"));
        }
        _ => {}
    }
    answer
}

/// Refuses as hubs do: the reason is in headers.
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    Response::builder()
        .status(status)
        .header(HeaderName::from_static("x-error-code"), code)
        .header(HeaderName::from_static("x-error-message"), message)
        .body(Body::empty())
        .expect("the headers are sound")
}

pub(crate) fn refusal(status: u16, retry_after: Option<u64>) -> Response {
    let mut answer = Response::builder().status(status);
    if let Some(seconds) = retry_after {
        answer = answer.header(header::RETRY_AFTER, seconds);
    }
    answer.body(Body::empty()).expect("the headers are sound")
}

/// Refuses until a moment, by a clock that stands still.
pub(crate) fn refusal_until(status: u16, seconds: u64) -> Response {
    const DAY: u64 = 86_400;
    const NOW: u64 = 784_111_777;
    let date = |seconds: u64| {
        // The epoch was a Thursday.
        let weekday =
            ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(seconds / DAY % 7) as usize];
        let (year, month, day) = super::listing::date((seconds / DAY) as i64);
        let month = MONTHS[month as usize - 1];
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
    };
    Response::builder()
        .status(status)
        .header(header::DATE, date(NOW))
        .header(header::RETRY_AFTER, date(NOW + seconds))
        .body(Body::empty())
        .expect("the headers are sound")
}

pub(crate) fn redirect(to: &str) -> Response {
    let answer = Response::builder().status(StatusCode::FOUND).header(header::LOCATION, to);
    answer.body(Body::empty()).expect("the headers are sound")
}
