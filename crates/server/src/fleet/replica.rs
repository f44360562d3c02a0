//! One replica: a worker process that is started again when it dies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use deploy::{RestartPolicy, Restarts, Verdict};
use domain::{Clock, Millis};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::log::Log;
use super::process::{self, Launch, Running, Runtime};

/// A command that is told to end gets this long: its worker kills it a little sooner.
const END_TIME_MAX: Duration = Duration::from_secs(7);

/// What a replica is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Loading the model for the first time.
    Starting,
    /// Answering.
    Ready,
    /// Coming back after a death.
    Restarting,
    /// Died too often.
    Failed,
}

impl State {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Restarting => "restarting",
            Self::Failed => "failed",
        }
    }
}

/// What is known of a replica at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    state: State,
    message: Option<String>,
    address: Option<SocketAddr>,
    token: String,
}

/// What a replica needs to keep a worker running.
pub struct Worker {
    /// How to start it.
    pub launch: Launch,
    /// What it prints.
    pub log: Log,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A worker process with its supervisor.
pub struct Replica {
    status: watch::Sender<Status>,
    pid: AtomicU32,
    restarts: AtomicU32,
    in_flight: Arc<AtomicU32>,
    served: Arc<AtomicU64>,
    stopped: CancellationToken,
}

/// A place in a replica's queue, given back when it is dropped.
pub struct Ticket {
    address: SocketAddr,
    token: String,
    in_flight: Arc<AtomicU32>,
    served: Arc<AtomicU64>,
}

impl Ticket {
    /// Returns where the worker answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what the request must show.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.served.fetch_add(1, Ordering::Relaxed);
    }
}

impl Replica {
    /// Starts the worker and watches it until [`Replica::stop`].
    pub fn start(worker: Worker, policy: RestartPolicy, watching: &TaskTracker) -> Arc<Self> {
        let first =
            Status { state: State::Starting, message: None, address: None, token: String::new() };
        let replica = Arc::new(Self {
            status: watch::Sender::new(first),
            pid: AtomicU32::new(0),
            restarts: AtomicU32::new(0),
            in_flight: Arc::default(),
            served: Arc::default(),
            stopped: CancellationToken::new(),
        });
        watching.spawn(Arc::clone(&replica).supervise(worker, policy));
        replica
    }

    /// Ends the worker.
    pub fn stop(&self) {
        self.stopped.cancel();
    }

    /// Waits until it is told to end.
    pub async fn stopped(&self) {
        self.stopped.cancelled().await;
    }

    /// Returns what it is doing, and why it is not ready.
    pub fn state(&self) -> (State, Option<String>) {
        let status = self.status.borrow();
        (status.state, status.message.clone())
    }

    /// Returns where it answers, while it does.
    pub fn address(&self) -> Option<SocketAddr> {
        self.status.borrow().address
    }

    /// Returns where it answers and what requests must show, while it does.
    pub fn access(&self) -> Option<(SocketAddr, String)> {
        let status = self.status.borrow();
        Some((status.address?, status.token.clone()))
    }

    /// Returns the process, while there is one.
    pub fn pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0)
    }

    /// Returns how often it came back.
    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Returns the requests in work and waiting.
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Returns the requests that it was asked.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Returns a receiver that wakes at each change of state.
    pub fn changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Takes a place in the queue: one request in work and `queue_max` waiting.
    pub fn enter(&self, queue_max: u32) -> Option<Ticket> {
        let status = self.status.borrow();
        let address = status.address?;
        let free = |now: u32| (now <= queue_max).then_some(now + 1);
        self.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).ok()?;
        Some(Ticket {
            address,
            token: status.token.clone(),
            in_flight: Arc::clone(&self.in_flight),
            served: Arc::clone(&self.served),
        })
    }

    async fn supervise(self: Arc<Self>, worker: Worker, policy: RestartPolicy) {
        let mut restarts = Restarts::default();
        let Worker { launch, log, clock } = worker;
        loop {
            let began = clock.now_ms();
            let Some(death) = self.live(&launch, &log).await else { return };
            self.pid.store(0, Ordering::Relaxed);
            tracing::warn!(model = %launch.model_dir.display(), "{death}");
            let now = clock.now_ms();
            // Its last words are in the log already.
            let what = death.split_inclusive(')').next().unwrap_or_default();
            match restarts.died(&policy, now - began, now) {
                Verdict::GiveUp => {
                    log.write(&format!("modeldex: {what}; it is not started again"));
                    return self.set(State::Failed, Some(death), None);
                }
                Verdict::StartAt(moment) => {
                    let wait = moment - now;
                    log.write(&format!("modeldex: {what}; it is started again in {wait} ms"));
                    self.set(State::Restarting, Some(death), None);
                    self.restarts.store(restarts.total(), Ordering::Relaxed);
                    if self.pause(wait).await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// Runs the worker once; returns how it died, or `None` where it was told to stop.
    async fn live(&self, launch: &Launch, log: &Log) -> Option<String> {
        let note_pid = |pid: Option<u32>| self.pid.store(pid.unwrap_or(0), Ordering::Relaxed);
        let started = tokio::select! {
            started = process::start(launch, log, note_pid) => started,
            () = self.stopped.cancelled() => return None,
        };
        let running = match started {
            Ok(running) => running,
            Err(death) => return Some(death),
        };
        let Running { mut child, leash, address, token, lifeline, words } = running;
        self.set(State::Ready, None, Some((address, token)));
        let ended = tokio::select! {
            ended = child.wait() => ended,
            () = self.stopped.cancelled() => {
                self.set(State::Failed, Some("it was stopped".to_owned()), None);
                drop(lifeline);
                if let Runtime::Process { .. } = launch.runtime {
                    let _ = tokio::time::timeout(END_TIME_MAX, child.wait()).await;
                }
                let _ = child.kill().await;
                return None;
            }
        };
        let status = ended.map(|status| status.to_string()).unwrap_or_default();
        // What it started may hold its output open.
        drop(leash);
        let words = words.await.unwrap_or_default();
        Some(format!("the worker ended ({status}) {words}").trim().to_owned())
    }

    async fn pause(&self, milliseconds: Millis) -> Option<()> {
        let time = Duration::from_millis(milliseconds.unsigned_abs());
        tokio::select! {
            () = tokio::time::sleep(time) => Some(()),
            () = self.stopped.cancelled() => None,
        }
    }

    fn set(&self, state: State, message: Option<String>, at: Option<(SocketAddr, String)>) {
        let (address, token) = at.map_or((None, String::new()), |(at, token)| (Some(at), token));
        self.status.send_replace(Status { state, message, address, token });
    }
}

#[cfg(test)]
mod tests {
    use domain::ManualClock;

    use super::*;

    #[tokio::test]
    async fn a_program_that_cannot_start_fails_with_the_reason() {
        let launch = Launch {
            program: "/nonexistent/modeldex".into(),
            model_dir: "/nonexistent/model".into(),
            task: domain::Task::FillMask,
            runtime: Runtime::Native { quantize: None, engine: deploy::EngineOptions::default() },
        };
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
        let log = Log::open(None, Arc::clone(&clock));
        let worker = Worker { launch, log, clock };
        let policy = RestartPolicy { backoff_ms: 1, deaths_max: 3, ..RestartPolicy::default() };
        let replica = Replica::start(worker, policy, &TaskTracker::new());
        let mut status = replica.status.subscribe();
        let failed = status.wait_for(|status| status.state == State::Failed).await.unwrap();
        let message = failed.message.clone().unwrap_or_default();
        assert!(message.contains("cannot start `/nonexistent/modeldex`"), "{message}");
        drop(failed);
        assert_eq!(replica.restarts(), 2);
        assert!(replica.enter(1).is_none());
    }
}
