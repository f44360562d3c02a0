//! The worker processes that serve models: started, watched, restarted, asked, stopped.

mod ask;
mod environment;
mod log;
pub mod memory;
mod process;
pub mod programs;
mod replica;

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderValue;
use axum::response::Response;
use deploy::RestartPolicy;
use domain::{Clock, Fault, Kind, Task};
use tokio_util::task::TaskTracker;

pub use ask::{Ask, pass_on};
pub use log::{forget as forget_log, read as read_log};
pub use process::{Hello, Runtime};
pub use replica::{Replica, State};

/// Longest wait for a worker that is still loading: a large model from a slow disk.
const READY_WAIT: Duration = Duration::from_secs(120);
/// Longest wait for a worker to let go of an adapter; it only takes an entry out of a list.
const FORGET_WAIT: Duration = Duration::from_secs(5);
/// The header by which a worker is told the folder of an adapter.
pub const ADAPTER_HEADER: &str = "x-worker-adapter";
/// Models kept in memory for trying them out; the one that idled longest makes room.
const TRIED_MAX: usize = 2;
/// A model that was tried leaves the memory after this time without a request.
const TRIED_IDLE_MS: i64 = 300_000;

/// What a group of replicas runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    /// The model's files.
    pub model_dir: PathBuf,
    /// The task.
    pub task: Task,
    /// Worker processes.
    pub replicas: u8,
    /// Requests that may wait for one of them.
    pub queue_max: u32,
    /// What runs in them.
    pub runtime: Runtime,
}

/// The replicas of one deployment.
pub struct Group {
    spec: GroupSpec,
    replicas: Vec<Arc<Replica>>,
    used_ms: AtomicU64,
    /// The folders of its adapters, which change while it runs.
    adapters: Mutex<BTreeMap<String, PathBuf>>,
}

/// All groups by key: `endpoint/deployment`, or `try://…` for models that are being tried.
#[derive(Clone)]
pub struct Fleet {
    inner: Arc<Inner>,
}

struct Inner {
    program: PathBuf,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
    groups: Mutex<BTreeMap<String, Arc<Group>>>,
    /// The supervisors of all workers.
    watching: TaskTracker,
}

impl Group {
    /// Returns its replicas.
    pub fn replicas(&self) -> &[Arc<Replica>] {
        &self.replicas
    }

    /// Takes note of the folders of its adapters, and returns those that were another's before.
    pub fn set_adapters(&self, adapters: BTreeMap<String, PathBuf>) -> Vec<PathBuf> {
        let mut held = lock(&self.adapters);
        let before = std::mem::replace(&mut *held, adapters);
        before.into_values().filter(|dir| !held.values().any(|kept| kept == dir)).collect()
    }

    fn adapter(&self, name: &str) -> Result<HeaderValue, Fault> {
        let gone = || {
            Fault::new(Kind::Unavailable, format!("the files of the adapter `{name}` are gone"))
                .hint("load it again, or deploy the model without it")
        };
        let dir = lock(&self.adapters).get(name).cloned().ok_or_else(gone)?;
        folder_header(&dir)
    }

    /// Waits until none of its workers is loading for the first time; tells whether one answers.
    pub async fn ready(&self) -> bool {
        let mut changes: Vec<_> = self.replicas.iter().map(|one| one.changes()).collect();
        loop {
            let starting = self.replicas.iter().any(|one| one.state().0 == State::Starting);
            match self.state().0 {
                State::Failed => return false,
                State::Ready if !starting => return true,
                _ => {}
            }
            let changed = changes.iter_mut().map(|one| Box::pin(one.changed()));
            let _ = futures::future::select_all(changed).await.0;
        }
    }

    /// Waits until it is told to end.
    pub async fn stopped(&self) {
        for replica in &self.replicas {
            replica.stopped().await;
        }
    }

    /// Returns one word for the group and why it is not ready.
    pub fn state(&self) -> (State, Option<String>) {
        let states: Vec<_> = self.replicas.iter().map(|replica| replica.state()).collect();
        let first = |wanted: State| states.iter().find(|(state, _)| *state == wanted).cloned();
        [State::Ready, State::Starting, State::Restarting, State::Failed]
            .into_iter()
            .find_map(first)
            .unwrap_or((State::Failed, Some("it has no replica".to_owned())))
    }

    /// Tells whether it runs this already; what failed has to be started anew.
    fn runs(&self, spec: &GroupSpec) -> bool {
        self.spec == *spec && self.state().0 != State::Failed
    }

    /// Picks the ready replica with the fewest requests; refuses where all queues are full.
    fn pick(&self) -> Result<Option<replica::Ticket>, Fault> {
        let mut ready: Vec<_> =
            self.replicas.iter().filter(|one| one.address().is_some()).collect();
        ready.sort_by_key(|replica| replica.in_flight());
        let Some(replica) = ready.first() else { return Ok(None) };
        match replica.enter(self.spec.queue_max) {
            Some(ticket) => Ok(Some(ticket)),
            None => {
                let waiting = self.spec.queue_max;
                let message = format!("the queue is full: {waiting} requests are waiting");
                Err(Fault::new(Kind::Busy, message)
                    .hint("ask again in a second, or deploy more replicas"))
            }
        }
    }
}

impl Fleet {
    /// Makes an empty fleet whose workers run `program`.
    pub fn new(program: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        let (groups, watching) = (Mutex::default(), TaskTracker::new());
        Self { inner: Arc::new(Inner { program, clock, client, groups, watching }) }
    }

    /// Starts the workers of `key`; running ones are kept where nothing changed, else replaced.
    /// What they print is kept at `log`.
    pub fn start(&self, key: &str, spec: GroupSpec, log: Option<&Path>) -> Arc<Group> {
        let mut groups = self.groups();
        if let Some(group) = groups.get(key).filter(|group| group.runs(&spec)) {
            return Arc::clone(group);
        }
        let replicas = self.launch(&spec, log);
        let used_ms = AtomicU64::new(self.now());
        let adapters = Mutex::default();
        let group = Arc::new(Group { spec, replicas, used_ms, adapters });
        let old = groups.insert(key.to_owned(), Arc::clone(&group));
        drop(groups);
        stop(old);
        group
    }

    fn launch(&self, spec: &GroupSpec, log: Option<&Path>) -> Vec<Arc<Replica>> {
        let Inner { program, clock, watching, .. } = &*self.inner;
        let log = log::Log::open(log.map(Path::to_owned), Arc::clone(clock));
        let one = |number: u8| {
            let launch = process::Launch {
                program: program.clone(),
                model_dir: spec.model_dir.clone(),
                task: spec.task,
                runtime: spec.runtime.clone(),
            };
            let log = if spec.replicas > 1 { log.of_worker(number) } else { log.clone() };
            let worker = replica::Worker { launch, log, clock: Arc::clone(clock) };
            Replica::start(worker, RestartPolicy::default(), watching)
        };
        (1..=spec.replicas).map(one).collect()
    }

    /// Starts a worker to try a model, and stops those that were not used for long.
    pub fn start_trial(&self, key: &str, spec: GroupSpec) -> Arc<Group> {
        let group = self.start(key, spec, None);
        group.used_ms.store(self.now(), Ordering::Relaxed);
        self.retire_trials(TRIED_MAX);
        group
    }

    /// Stops trial workers beyond `keep`, and those that idled for too long.
    pub fn retire_trials(&self, keep: usize) {
        let now = self.now();
        let mut groups = self.groups();
        let mut trials: Vec<(u64, String)> = groups
            .iter()
            .filter(|(key, _)| key.starts_with("try://"))
            .map(|(key, group)| (group.used_ms.load(Ordering::Relaxed), key.clone()))
            .collect();
        trials.sort_unstable_by(|a, b| b.cmp(a));
        let idle = |used: u64| now.saturating_sub(used) > TRIED_IDLE_MS.unsigned_abs();
        let leaving =
            trials.iter().enumerate().filter(|(at, (used, _))| *at >= keep || idle(*used));
        let stopped: Vec<_> = leaving.filter_map(|(_, (_, key))| groups.remove(key)).collect();
        drop(groups);
        stopped.into_iter().for_each(|group| stop(Some(group)));
    }

    /// Stops the workers of every key for which `gone` holds; their memory comes back.
    pub fn stop_where(&self, gone: impl Fn(&str) -> bool) {
        let mut groups = self.groups();
        let keys: Vec<_> = groups.keys().filter(|key| gone(key)).cloned().collect();
        let stopped: Vec<_> = keys.iter().filter_map(|key| groups.remove(key)).collect();
        drop(groups);
        stopped.into_iter().for_each(|group| stop(Some(group)));
    }

    /// Stops all workers and waits until they are gone.
    pub async fn stop_all(&self, patience: Duration) {
        self.stop_where(|_| true);
        self.inner.watching.close();
        let _ = tokio::time::timeout(patience, self.inner.watching.wait()).await;
    }

    /// Returns the group of `key`.
    pub fn group(&self, key: &str) -> Option<Arc<Group>> {
        self.groups().get(key).cloned()
    }

    /// Sends a request to a worker of `group` and streams its answer.
    ///
    /// # Errors
    /// `Busy` where the queue is full, `Unavailable` where no worker gets ready or it dies.
    pub async fn ask(&self, group: &Group, ask: Ask) -> Result<Response, Fault> {
        let adapter = ask.adapter.as_deref().map(|name| group.adapter(name)).transpose()?;
        let ticket = self.ticket(group).await?;
        let base = format!("http://{}", ticket.address());
        let mut request = ask.request(&self.inner.client, &base);
        if let Some(dir) = adapter {
            request = request.header(ADAPTER_HEADER, dir);
        }
        let answer = request.header("x-worker-token", ticket.token()).send().await;
        let answer = answer.map_err(|error| {
            Fault::new(Kind::Unavailable, "the worker stopped while it was answering")
                .because(error)
                .hint("it is being restarted: ask again")
        })?;
        Ok(pass_on(answer, ticket))
    }

    /// Tells every worker of a group to let go of an adapter; one that does not listen has none,
    /// or lets go of it when others need its room.
    pub async fn forget_adapter(&self, group: &Group, dir: &Path) -> Result<(), Fault> {
        let header = folder_header(dir)?;
        for replica in &group.replicas {
            let Some((address, token)) = replica.access() else { continue };
            let request = self
                .inner
                .client
                .post(format!("http://{address}/adapters/forget"))
                .header("x-worker-token", token)
                .header(ADAPTER_HEADER, header.clone())
                .timeout(FORGET_WAIT);
            if let Err(error) = request.send().await {
                tracing::warn!(%address, %error, "a worker keeps an adapter");
            }
        }
        Ok(())
    }

    /// Waits for a ready worker and a place in its queue.
    async fn ticket(&self, group: &Group) -> Result<replica::Ticket, Fault> {
        // Subscribed before the first look, so that no change falls between look and wait.
        let mut changes: Vec<_> = group.replicas.iter().map(|one| one.changes()).collect();
        let waiting = async {
            loop {
                if let Some(ticket) = group.pick()? {
                    return Ok(ticket);
                }
                if let (State::Failed, why) = group.state() {
                    let why = why.unwrap_or_default();
                    return Err(Fault::new(
                        Kind::Unavailable,
                        format!("no worker can serve the model: {why}"),
                    )
                    .hint("deploy again once the cause is gone"));
                }
                let changed = changes.iter_mut().map(|one| Box::pin(one.changed()));
                let _ = futures::future::select_all(changed).await.0;
            }
        };
        match tokio::time::timeout(READY_WAIT, waiting).await {
            Ok(ticket) => ticket,
            Err(_) => Err(Fault::new(Kind::Unavailable, "no worker got ready in two minutes")
                .hint("`modeldex endpoints show` tells what the workers are doing")),
        }
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Group>>> {
        lock(&self.inner.groups)
    }

    fn now(&self) -> u64 {
        self.inner.clock.now_ms().unsigned_abs()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a folder as a header.
fn folder_header(dir: &Path) -> Result<HeaderValue, Fault> {
    HeaderValue::from_bytes(dir.as_os_str().as_bytes()).map_err(|error| {
        let message = format!("the folder `{}` cannot be named to a worker", dir.display());
        Fault::new(Kind::Unsupported, message)
            .because(error)
            .hint("choose a data directory without control characters in its name")
    })
}

fn stop(group: Option<Arc<Group>>) {
    for replica in group.iter().flat_map(|group| &group.replicas) {
        replica.stop();
    }
}
