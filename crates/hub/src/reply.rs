//! Answers of hubs: bounded bodies, and refusals as errors of ours.

use std::time::Duration;

use reqwest::Response;
use serde::de::DeserializeOwned;
use url::Url;

use crate::client::{Ask, Client, host};
use crate::rate::{RateLimit, retry_after};
use crate::{Error, Result};

/// The largest listing of files: 20,000 files at 400 bytes each, twice.
const LISTING_BYTES_MAX: usize = 16 << 20;

/// An answer, and the address that gave it.
pub(crate) struct Reply {
    pub(crate) response: Response,
    pub(crate) url: Url,
}

/// A page of a listing, read to its end.
pub(crate) struct Page {
    /// Its bytes; absent where they are more than was allowed.
    pub(crate) body: Option<Vec<u8>>,
    /// Where it goes on.
    pub(crate) next: Option<Url>,
    /// How often the hub wants to be asked.
    pub(crate) rate: Option<RateLimit>,
    /// How many things all pages list, where the hub says so.
    pub(crate) total: Option<u64>,
}

impl Client {
    /// Asks for JSON; returns it with the address of the next page, where there is one.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        ask: &Ask<'_>,
    ) -> Result<(T, Option<Url>)> {
        let Page { body, next, .. } = self.page(ask, LISTING_BYTES_MAX).await?;
        let wrong = |why: String| self.wrong(ask.what, why);
        let body = body.ok_or_else(|| wrong("it is longer than 16 MiB".to_owned()))?;
        let value = serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))?;
        Ok((value, next))
    }

    /// Asks for a page until it is here whole, or a failure that will not pass.
    pub(crate) async fn page(&self, ask: &Ask<'_>, bytes_max: usize) -> Result<Page> {
        let mut failures = 0;
        loop {
            let reply = self.get(ask).await?;
            match self.read(ask, reply, bytes_max).await {
                Err(error) if error.may_pass() && failures + 1 < self.network().attempts => {
                    failures += 1;
                    tracing::debug!(what = ask.what, failures, %error, "asking again");
                    self.network().wait(failures).await;
                }
                done => return done,
            }
        }
    }

    async fn read(&self, ask: &Ask<'_>, reply: Reply, bytes_max: usize) -> Result<Page> {
        let Reply { mut response, url } = reply;
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let next = match header("link").and_then(next_page).map(|next| url.join(next)) {
            None => None,
            Some(Ok(next)) if self.is_own(&next) => Some(next),
            Some(_) => return Err(self.wrong(ask.what, "the next page is elsewhere".to_owned())),
        };
        let total = header("x-total-count").and_then(|text| text.trim().parse().ok());
        let mut page = Page { body: None, next, rate: RateLimit::read(headers), total };
        let mut body = Vec::new();
        while let Some(piece) =
            response.chunk().await.map_err(|error| self.failed(ask, &url, error))?
        {
            if body.len() + piece.len() > bytes_max {
                return Ok(page);
            }
            body.extend_from_slice(&piece);
        }
        page.body = Some(body);
        Ok(page)
    }

    /// Makes the error for an answer that is not what the protocol says.
    pub(crate) fn wrong(&self, what: &str, why: String) -> Error {
        Error::Answer { hub: self.hub().to_owned(), what: what.to_owned(), why }
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
    let pause = retry_after(headers);
    let (hub, id, what) = (client.hub().to_owned(), ask.id.to_owned(), ask.what.to_owned());
    let status = reply.response.status().as_u16();
    let code = header("x-error-code").unwrap_or_default();
    let invalid = header("x-error-message").is_some_and(|text| text.contains("Invalid cred"));
    let own = client.is_own(&reply.url);
    let of_listing = own && ask.id.is_empty();
    let error = match (status, code) {
        (429, _) => Error::Busy { hub, what, seconds: pause.map(|pause| pause.as_secs()) },
        (401, _) if own && invalid => Error::Token { hub },
        (401 | 403, "GatedRepo") if own => Error::Gated { id, hub, with_token: client.has_token() },
        (404, "RevisionNotFound") if own => {
            Error::Revision { id, revision: ask.revision.to_owned(), near: Vec::new() }
        }
        (404, "EntryNotFound") if own => Error::Gone { place: hub, what },
        (401, "") if own && client.has_token() => Error::Token { hub },
        (401 | 403, _) if of_listing && !client.has_token() => Error::Closed { hub, what },
        (401 | 404, _) if own && !of_listing => Error::NotFound { id, hub, near: Vec::new() },
        _ => Error::Status { host: host(&reply.url), what, status },
    };
    (error, pause)
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
