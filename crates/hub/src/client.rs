//! Requests to one hub: redirects of our own, retries, and who gets to see the token.

use std::net::IpAddr;
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response};
use url::{Host, Url};

use crate::guard::{GuardedResolver, NotPublic, is_public};
use crate::reply::{Reply, refusal};
use crate::{Error, Network, Result, Token};

/// Hubs redirect twice: to a renamed repository, and to their CDN.
const REDIRECTS_MAX: usize = 5;
const USER_AGENT: &str = concat!("modeldex/", env!("CARGO_PKG_VERSION"));

/// A request for something of one model.
pub(crate) struct Ask<'a> {
    /// Where it is.
    pub(crate) url: Url,
    /// What it is, for messages.
    pub(crate) what: &'a str,
    /// The model; empty for a listing of models.
    pub(crate) id: &'a str,
    /// The revision that is asked for.
    pub(crate) revision: &'a str,
    /// `Range` and its like.
    pub(crate) headers: HeaderMap,
}

/// Connections to a hub, and to where it redirects.
#[derive(Clone)]
pub(crate) struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Url,
    token: Option<Token>,
    network: Network,
    own: reqwest::Client,
    foreign: OnceLock<reqwest::Client>,
}

impl Client {
    pub(crate) fn new(address: &str, token: Option<Token>, network: Network) -> Result<Self> {
        let hub = parse(address)?;
        let builder = || {
            let guard = GuardedResolver::own(Arc::clone(&network.lookup));
            let builder = builder(&network).dns_resolver(guard);
            if is_loopback(&hub) { builder.no_proxy() } else { builder }
        };
        let own = match builder().build() {
            // A machine without certificates can still reach a hub on it.
            Err(_) if hub.scheme() == "http" => builder().tls_certs_only([]).build(),
            built => built,
        };
        let own = own.map_err(Error::Client)?;
        let inner = Inner { hub, token, network, own, foreign: OnceLock::new() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns the hub's address without a `/` at the end.
    pub(crate) fn hub(&self) -> &str {
        self.inner.hub.as_str().trim_end_matches('/')
    }

    /// Returns an address at the hub; each part is encoded.
    pub(crate) fn url(&self, parts: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.inner.hub.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts.iter().flat_map(|part| part.split('/')));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Tells whether an address is the hub's own.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.inner.hub.origin()
    }

    /// Tells whether a token goes along.
    pub(crate) fn has_token(&self) -> bool {
        self.inner.token.is_some()
    }

    pub(crate) fn silence(&self) -> Duration {
        self.inner.network.silence
    }

    /// Returns the patience with this hub.
    pub(crate) fn network(&self) -> &Network {
        &self.inner.network
    }

    /// Asks until there is an answer of success, or a failure that will not pass.
    pub(crate) async fn get(&self, ask: &Ask<'_>) -> Result<Reply> {
        let mut failures = 0;
        loop {
            let (error, retry_after) = match self.follow(ask).await {
                Ok(reply) if reply.response.status().is_success() => return Ok(reply),
                Ok(reply) => refusal(self, ask, &reply),
                Err(error) => (error, None),
            };
            failures += 1;
            let network = &self.inner.network;
            let passes = error.may_pass() || matches!(error, Error::Busy { .. });
            let too_long = retry_after.is_some_and(|time| time > network.pause_max);
            if !passes || too_long || failures >= network.attempts {
                return Err(error);
            }
            tracing::debug!(what = ask.what, failures, %error, "asking again");
            match retry_after {
                Some(time) => (network.sleep)(time).await,
                None => network.wait(failures).await,
            }
        }
    }

    /// Asks once, and follows redirects as far as they are allowed.
    async fn follow(&self, ask: &Ask<'_>) -> Result<Reply> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.send(&url, ask).await?;
            let status = response.status();
            let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            match location {
                Some(to) if status.is_redirection() => url = self.redirected(&url, to, ask)?,
                _ => return Ok(Reply { response, url }),
            }
        }
        let why = format!("more than {REDIRECTS_MAX} redirects follow one another");
        Err(self.refused(ask, &url, why))
    }

    async fn send(&self, url: &Url, ask: &Ask<'_>) -> Result<Response> {
        let mut request = self.connections(url)?.get(url.clone()).headers(ask.headers.clone());
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(token) = self.inner.token.as_ref().filter(|_| self.is_own(url)) {
            let mut value = HeaderValue::from_str(&token.header())
                .map_err(|_| Error::Token { hub: self.hub().to_owned() })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        request.send().await.map_err(|error| self.failed(ask, url, error))
    }

    /// Makes the error for a request or a body that failed.
    pub(crate) fn failed(&self, ask: &Ask<'_>, url: &Url, error: reqwest::Error) -> Error {
        if let Some(NotPublic(address)) = cause(&error) {
            return self.refused(ask, url, NotPublic(*address).to_string());
        }
        let (what, host) = (ask.what.to_owned(), host(url));
        if error.is_timeout() {
            return Error::Silent { what, host, seconds: self.silence().as_secs() };
        }
        // The address may be signed: it is no business of a log.
        Error::Reach { what, host, source: error.without_url() }
    }

    fn redirected(&self, from: &Url, to: &str, ask: &Ask<'_>) -> Result<Url> {
        let refused = |url: &Url, why: &str| Err(self.refused(ask, url, why.to_owned()));
        let Ok(to) = from.join(to) else { return refused(from, "the address is none") };
        if !matches!(to.scheme(), "http" | "https") {
            return refused(&to, "only `http` and `https` are followed");
        }
        if from.scheme() == "https" && to.scheme() == "http" {
            return refused(&to, "it leaves `https`");
        }
        if to.host() == self.inner.hub.host() {
            return Ok(to);
        }
        let literal = match to.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        match literal.filter(|address| !is_public(*address)) {
            Some(address) => Err(self.refused(ask, &to, NotPublic(address).to_string())),
            None => Ok(to),
        }
    }

    fn refused(&self, ask: &Ask<'_>, to: &Url, why: String) -> Error {
        let (hub, what) = (self.hub().to_owned(), ask.what.to_owned());
        Error::Redirect { hub, what, to: host(to), why }
    }

    /// Returns the connections for an address: only those to the hub may be private.
    fn connections(&self, url: &Url) -> Result<&reqwest::Client> {
        if url.host() == self.inner.hub.host() {
            return Ok(&self.inner.own);
        }
        if let Some(foreign) = self.inner.foreign.get() {
            return Ok(foreign);
        }
        let network = &self.inner.network;
        let guard = GuardedResolver::foreign(Arc::clone(&network.lookup));
        let built = builder(network).dns_resolver(guard).build().map_err(Error::Client)?;
        Ok(self.inner.foreign.get_or_init(|| built))
    }
}

fn builder(network: &Network) -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails where another crate was first, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(network.connect)
        .read_timeout(network.silence)
}

fn parse(address: &str) -> Result<Url> {
    let wrong = |shown: &str, why: &str| {
        Err(Error::Address { address: shown.to_owned(), why: why.to_owned() })
    };
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(error) => return wrong(address, &error.to_string()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(&host(&url), "a name or a password in it is not used: give a token");
    }
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong(address, "it begins with neither `http://` nor `https://`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(&host(&url), "it has a `?` or `#`");
    }
    Ok(url)
}

/// Returns scheme, host and port.
pub(crate) fn host(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Finds the refusal of [`GuardedResolver`] among the causes of an error.
fn cause(error: &reqwest::Error) -> Option<&NotPublic> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_no_hub_says_why_and_keeps_secrets() {
        let check = |address: &str, why: &str| {
            let error = parse(address).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("s3cret"), "{address}: {error}");
        };
        check("huggingface.co", "relative URL");
        check("ftp://hub", "neither `http://`");
        check("https://me:s3cret@hub", "give a token");
        check("https://hub?token=s3cret", "it has a `?`");
    }

    #[test]
    fn parts_are_encoded_and_a_prefix_is_kept() {
        let client = Client::new("http://127.0.0.1:1/hf/", None, Network::default()).unwrap();
        let url = client.url(&["acme/tiny", "resolve", "a b", "1_Pooling/ü?.json"], &[]);
        let path = "/hf/acme/tiny/resolve/a%20b/1_Pooling/%C3%BC%3F.json";
        assert_eq!(url.as_str(), format!("http://127.0.0.1:1{path}"));
        assert_eq!(client.hub(), "http://127.0.0.1:1/hf");
    }
}
