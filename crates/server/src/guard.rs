//! Who may speak to the server, and what a browser may do with its answers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use domain::{Fault, Kind};

use crate::error::ApiError;
use crate::worker::OpenAiError;

/// What the guard knows.
#[derive(Clone)]
pub struct Guard {
    token: Option<Arc<str>>,
    /// Whether only loopback names may stand in `Host`: keeps DNS rebinding out.
    loopback_only: bool,
}

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

impl Guard {
    /// Guards a server that listens on `address`.
    ///
    /// # Errors
    /// Where it would be open to the network without a token.
    pub fn new(address: IpAddr, token: Option<String>) -> Result<Self, Fault> {
        if !address.is_loopback() && token.is_none() {
            let message = format!("listening on `{address}` would let anybody in");
            return Err(Fault::new(Kind::Denied, message)
                .hint("set MODELDEX_TOKEN to a secret that clients must show"));
        }
        Ok(Self { token: token.map(Arc::from), loopback_only: address.is_loopback() })
    }

    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
        if self.loopback_only && !host(uri, headers).is_some_and(is_loopback_host) {
            return Err(Fault::new(Kind::Denied, "the `Host` of the request is not this machine")
                .hint("use http://127.0.0.1 or http://localhost"));
        }
        if !method.is_safe() {
            check_origin(uri, headers)?;
        }
        match &self.token {
            Some(token) if !shows(headers, token) => {
                Err(Fault::new(Kind::Unauthenticated, "the request shows no valid token")
                    .hint("send `Authorization: Bearer $MODELDEX_TOKEN`"))
            }
            _ => Ok(()),
        }
    }
}

/// Lets a request through or answers it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let checked = guard.check(request.method(), request.uri(), request.headers());
    let path = request.uri().path();
    let openai = path.starts_with("/v1/") || path.starts_with("/openai/");
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(fault) if openai => OpenAiError::from(fault).into_response(),
        Err(fault) => ApiError(fault).into_response(),
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"modeldex\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST)?.to_str().ok())
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Refuses a change that another site's page asks for.
fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let from = origin.split_once("://").map_or(origin, |(_, host)| host);
    if host(uri, headers) == Some(from) {
        return Ok(());
    }
    Err(Fault::new(Kind::Denied, format!("a page of `{origin}` may not change anything here")))
}

fn shows(headers: &HeaderMap, token: &str) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let api_key = headers.get("api-key").and_then(|value| value.to_str().ok());
    let shown = match value {
        Some(value) => match value.split_once(' ') {
            Some(("Bearer", shown)) => Some(shown.to_owned()),
            Some(("Basic", encoded)) => basic_password(encoded),
            _ => None,
        },
        None => api_key.map(str::to_owned),
    };
    shown.is_some_and(|shown| equal(shown.as_bytes(), token.as_bytes()))
}

fn basic_password(encoded: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

/// Compares in a time that does not tell how much is right.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let differs = a.iter().zip(b).fold(0, |seen, (a, b)| seen | (a ^ b));
    a.len() == b.len() && differs == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let parse = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(parse).collect()
    }

    fn check(
        token: Option<&str>,
        method: Method,
        pairs: &[(&'static str, &str)],
    ) -> Result<(), Kind> {
        let address = "127.0.0.1".parse().unwrap();
        let guard = Guard::new(address, token.map(str::to_owned)).unwrap();
        guard.check(&method, &Uri::from_static("/x"), &headers(pairs)).map_err(|fault| fault.kind())
    }

    #[test]
    fn only_loopback_hosts_pass() {
        for host in ["localhost:7878", "127.0.0.1", "[::1]:80", "LOCALHOST"] {
            assert_eq!(check(None, Method::GET, &[("host", host)]), Ok(()), "{host}");
        }
        for host in ["evil.test", "127.0.0.1.evil.test", "10.0.0.1:7878", ""] {
            assert_eq!(check(None, Method::GET, &[("host", host)]), Err(Kind::Denied), "{host}");
        }
    }

    #[test]
    fn another_sites_page_changes_nothing() {
        let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        let other = [("host", "localhost:1"), ("origin", "http://evil.test")];
        let hidden = [("host", "localhost:1"), ("origin", "null")];
        assert_eq!(check(None, Method::POST, &own), Ok(()));
        assert_eq!(check(None, Method::POST, &other), Err(Kind::Denied));
        assert_eq!(check(None, Method::POST, &hidden), Err(Kind::Denied));
        assert_eq!(check(None, Method::GET, &other), Ok(()));
    }

    #[test]
    fn a_token_may_come_in_three_ways() {
        let with =
            |name, value| check(Some("s3"), Method::GET, &[("host", "localhost"), (name, value)]);
        assert_eq!(with("authorization", "Bearer s3"), Ok(()));
        assert_eq!(with("authorization", "Basic eDpzMw=="), Ok(()));
        assert_eq!(with("api-key", "s3"), Ok(()));
        assert_eq!(with("authorization", "Bearer s4"), Err(Kind::Unauthenticated));
        assert_eq!(with("authorization", "Basic !!"), Err(Kind::Unauthenticated));
        assert_eq!(with("accept", "*/*"), Err(Kind::Unauthenticated));
    }

    #[test]
    fn the_network_needs_a_token() {
        assert!(Guard::new("0.0.0.0".parse().unwrap(), None).is_err());
        assert!(Guard::new("0.0.0.0".parse().unwrap(), Some("s".into())).is_ok());
    }
}
