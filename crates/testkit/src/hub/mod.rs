//! A hub on loopback that speaks the Hugging Face protocol, and fails where it is told to.
//!
//! Large files are redirected to a second listener, as hubs do with their CDN: the same host,
//! another port, and so another origin.

mod api;
mod body;
mod files;
mod listing;
mod provider;
mod repository;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Files;
use listing::Listings;
use repository::Repository;

pub use repository::Access;

/// What goes wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is cut after this many bytes of the body.
    Cut(u64),
    /// After this many bytes of the body nothing more comes, and the connection stays open.
    Stall(u64),
    /// Nothing is answered at all.
    Silence,
    /// The answer says that the body is this much longer than the file.
    Longer(u64),
    /// The body goes on for this many bytes after the file's end, without having said its length.
    Overrun(u64),
    /// One byte of the body is another.
    Corrupt,
    /// `Range` is not looked at: the whole file comes.
    NoRange,
    /// A status, with seconds of `Retry-After`.
    Status(u16, Option<u64>),
    /// A status, with the date that is this many seconds after the hub's clock.
    StatusUntil(u16, u64),
    /// The answer is right, and says how many requests are left for how many seconds.
    RateLimit(u64, u64),
    /// The first listing of a page is this many bytes longer.
    Padded(u64),
    /// The next page of a listing is the same page.
    SamePage,
    /// A redirect.
    Redirect(String),
    /// A body that is no JSON.
    Garbage,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether the second listener was asked.
    pub by_cdn: bool,
    /// Path and query.
    pub path: String,
    /// The header `Range`.
    pub range: Option<String>,
    /// The header `If-Range`.
    pub if_range: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
}

/// The hub; it stops when it is dropped.
pub struct LoopbackHub {
    shared: Arc<Shared>,
    address: SocketAddr,
    listeners: Vec<JoinHandle<()>>,
}

pub(crate) struct Shared {
    repositories: Mutex<BTreeMap<String, Repository>>,
    listings: Mutex<Listings>,
    /// Ids that `/v1/models` lists.
    hosted: Mutex<Vec<String>>,
    plans: Mutex<Vec<(String, Fault)>>,
    seen: Mutex<Vec<Seen>>,
    served: Mutex<BTreeMap<String, u64>>,
    stalls: watch::Sender<u64>,
    cdn: SocketAddr,
}

impl LoopbackHub {
    /// Starts an empty hub on two free ports.
    ///
    /// # Panics
    /// Where loopback has no free port.
    pub async fn start() -> Self {
        let hub = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let cdn = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = hub.local_addr().expect("a bound port");
        let shared = Arc::new(Shared {
            repositories: Mutex::default(),
            listings: Mutex::default(),
            hosted: Mutex::default(),
            plans: Mutex::default(),
            seen: Mutex::default(),
            served: Mutex::default(),
            stalls: watch::Sender::new(0),
            cdn: cdn.local_addr().expect("a bound port"),
        });
        let routes = |by_cdn| Router::new().fallback(answer).with_state((shared.clone(), by_cdn));
        let listeners = [(hub, false), (cdn, true)].map(|(listener, by_cdn)| {
            let serving = axum::serve(listener, routes(by_cdn)).into_future();
            tokio::spawn(async move { serving.await.expect("serving on loopback") })
        });
        Self { shared, address, listeners: listeners.into() }
    }

    /// Returns the address, without a `/` at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Commits files to the main branch of a repository, and returns the commit.
    pub fn put(&self, id: &str, files: &Files) -> String {
        lock(&self.shared.repositories).entry(id.to_owned()).or_default().commit(files)
    }

    /// Commits files as [`LoopbackHub::put`] does, under a commit id that somebody has pinned.
    pub fn put_at(&self, id: &str, commit: &str, files: &Files) {
        let mut repositories = lock(&self.shared.repositories);
        let repository = repositories.entry(id.to_owned()).or_default();
        repository.commit(files);
        repository.rename_last(commit);
    }

    /// Says who may read a repository.
    pub fn set_access(&self, id: &str, access: Access) {
        lock(&self.shared.repositories).entry(id.to_owned()).or_default().access = access;
    }

    /// Leaves sizes out of the answer about a repository, as old hubs do: they are in the tree.
    pub fn hide_sizes(&self, id: &str) {
        lock(&self.shared.repositories).entry(id.to_owned()).or_default().sizes_hidden = true;
    }

    /// Lists a size for a file that it does not have.
    pub fn lie_about_size(&self, id: &str, path: &str, size: u64) {
        let mut repositories = lock(&self.shared.repositories);
        repositories.entry(id.to_owned()).or_default().lies.insert(path.to_owned(), size);
    }

    /// Lists `count` models beside the repositories; a seed makes them when they are asked for.
    pub fn list_made(&self, seed: u64, count: usize) {
        lock(&self.shared.listings).make(seed, count);
    }

    /// Gives small pages, so that tests turn some.
    pub fn page_max(&self, page_max: usize) {
        lock(&self.shared.listings).page_max(page_max);
    }

    /// Lists a model with exactly these words, in front of all others.
    pub fn list(&self, listing: serde_json::Value) {
        lock(&self.shared.listings).give(listing);
    }

    /// Changes one of the made models, `ms` after the newest of them.
    pub fn touch(&self, index: usize, ms: i64) {
        lock(&self.shared.listings).touch(index, ms);
    }

    /// Stops listing a model.
    pub fn leave(&self, id: &str) {
        lock(&self.shared.listings).leave(id);
    }

    /// Lists a model that this hub would run itself, at `/v1/models`.
    pub fn host(&self, id: &str) {
        lock(&self.shared.hosted).push(id.to_owned());
    }

    /// Stops running a model.
    pub fn unhost(&self, id: &str) {
        lock(&self.shared.hosted).retain(|hosted| hosted != id);
    }

    /// Plans what goes wrong with the next request whose path or query contains `part`.
    pub fn plan(&self, part: &str, fault: Fault) {
        lock(&self.shared.plans).push((part.to_owned(), fault));
    }

    /// Forgets what was planned and did not happen.
    pub fn clear_plans(&self) {
        lock(&self.shared.plans).clear();
    }

    /// Returns the requests so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// Returns how many bytes of a file went out so far.
    pub fn bytes_served(&self, path: &str) -> u64 {
        lock(&self.shared.served).get(path).copied().unwrap_or(0)
    }

    /// Waits until `count` answers have stalled since the start.
    ///
    /// # Panics
    /// Where the hub has stopped.
    pub async fn stalled(&self, count: u64) {
        let mut stalls = self.shared.stalls.subscribe();
        stalls.wait_for(|stalls| *stalls >= count).await.expect("the hub runs");
    }
}

impl Drop for LoopbackHub {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

impl Shared {
    /// Takes the fault that was planned for a request.
    fn fault(&self, path: &str) -> Option<Fault> {
        let mut plans = lock(&self.plans);
        let index = plans.iter().position(|(part, _)| path.contains(part.as_str()))?;
        Some(plans.remove(index).1)
    }

    fn note(&self, by_cdn: bool, request: &Request) {
        let header = |name| {
            let value = request.headers().get(name)?;
            Some(value.to_str().unwrap_or("?").to_owned())
        };
        lock(&self.seen).push(Seen {
            by_cdn,
            path: request.uri().to_string(),
            range: header(header::RANGE),
            if_range: header(header::IF_RANGE),
            authorization: header(header::AUTHORIZATION),
        });
    }
}

async fn answer(State((shared, by_cdn)): State<(Arc<Shared>, bool)>, request: Request) -> Response {
    shared.note(by_cdn, &request);
    let path = request.uri().path().to_owned();
    let fault = shared.fault(&request.uri().to_string());
    match &fault {
        Some(Fault::Silence) => {
            shared.stalls.send_modify(|stalls| *stalls += 1);
            std::future::pending().await
        }
        Some(Fault::Status(status, retry_after)) => body::refusal(*status, *retry_after),
        Some(Fault::StatusUntil(status, seconds)) => body::refusal_until(*status, *seconds),
        Some(Fault::Redirect(to)) => body::redirect(to),
        Some(Fault::Garbage) => Response::new("<html>".into()),
        _ if by_cdn => files::from_cdn(&shared, &request, fault),
        _ if path.starts_with("/api/") => api::answer(&shared, &request, fault.as_ref()),
        _ if path == "/v1/models" => provider::answer(&shared, &request),
        _ => files::from_hub(&shared, &request, fault),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the names and values of a query.
fn arguments(request: &Request) -> Vec<(String, String)> {
    let pairs = request.uri().query().unwrap_or_default().split('&');
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(&value.replace('+', " ")))).collect()
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| text_at(after)).flatten();
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text_at(after: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(after.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}
