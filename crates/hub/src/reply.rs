//! Answers of hubs: bounded bodies, and refusals as errors of ours.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use serde::de::DeserializeOwned;
use url::Url;

use crate::client::{Ask, Client, host};
use crate::{Error, Result};

/// The largest listing: 20,000 files at 400 bytes each, twice.
const LISTING_BYTES_MAX: usize = 16 << 20;

/// An answer, and the address that gave it.
pub(crate) struct Reply {
    pub(crate) response: Response,
    pub(crate) url: Url,
}

impl Client {
    /// Asks for JSON; returns it with the address of the next page, where there is one.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        ask: &Ask<'_>,
    ) -> Result<(T, Option<Url>)> {
        let Reply { mut response, url } = self.get(ask).await?;
        let wrong = |why: String| Error::Answer {
            hub: self.hub().to_owned(),
            what: ask.what.to_owned(),
            why,
        };
        let link = response.headers().get("link").and_then(|link| link.to_str().ok());
        let next = match link.and_then(next_page).map(|next| url.join(next)) {
            None => None,
            Some(Ok(next)) if self.is_own(&next) => Some(next),
            Some(_) => return Err(wrong("the next page is elsewhere".to_owned())),
        };
        let mut body = Vec::new();
        while let Some(piece) =
            response.chunk().await.map_err(|error| self.failed(ask, &url, error))?
        {
            if body.len() + piece.len() > LISTING_BYTES_MAX {
                return Err(wrong("it is longer than 16 MiB".to_owned()));
            }
            body.extend_from_slice(&piece);
        }
        let value = serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))?;
        Ok((value, next))
    }
}

/// Reads `<ADDRESS>; rel="next"`.
fn next_page(link: &str) -> Option<&str> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    next.trim().strip_prefix('<')?.split_once('>').map(|(address, _)| address)
}

/// Turns an answer that is no success into an error, with how long the hub asks to wait.
pub(crate) fn refusal(client: &Client, ask: &Ask<'_>, reply: &Reply) -> (Error, Option<Duration>) {
    let headers = reply.response.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = header(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    let (hub, id, what) = (client.hub().to_owned(), ask.id.to_owned(), ask.what.to_owned());
    let status = reply.response.status().as_u16();
    let code = header("x-error-code").unwrap_or_default();
    let invalid = header("x-error-message").is_some_and(|text| text.contains("Invalid cred"));
    let own = client.is_own(&reply.url);
    let error = match (status, code) {
        (429, _) => Error::Busy { hub, what, seconds },
        (401, _) if own && invalid => Error::Token { hub },
        (401 | 403, "GatedRepo") if own => Error::Gated { id, hub, with_token: client.has_token() },
        (404, "RevisionNotFound") if own => {
            Error::Revision { id, revision: ask.revision.to_owned(), near: Vec::new() }
        }
        (404, "EntryNotFound") if own => Error::Gone { place: hub, what },
        (401, "") if own && client.has_token() => Error::Token { hub },
        (401 | 404, _) if own => Error::NotFound { id, hub, near: Vec::new() },
        _ => Error::Status { host: host(&reply.url), what, status },
    };
    (error, seconds.map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let check = |link: &str, next: Option<&str>| assert_eq!(next_page(link), next, "{link}");
        check("<http://hub/a?cursor=3>; rel=\"next\"", Some("http://hub/a?cursor=3"));
        check("<http://hub/0>; rel=\"first\", </b>; rel=\"next\"", Some("/b"));
        check("<http://hub/0>; rel=\"first\"", None);
        check("rel=\"next\"", None);
    }
}
