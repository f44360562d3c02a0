//! Compares what is deployed in fewer bits with the original, beside everything else: once the
//! deployment answers, one model at a time, in a process that yields to all others.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deploy::parity::{Outcome, Report, Reports};
use domain::{Fault, ModelRef};
use native::Quantize;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::app::{App, Opened};
use crate::fleet::Group;
use crate::machine;

/// Twice 1,024 tokens through 7 billion numbers take ten minutes of two slow cores that have
/// nothing better to do; who has more numbers than this allows may ask for it by hand.
const TIME_MAX: Duration = Duration::from_secs(1_200);
/// What a comparison takes beside the weights, with some room for the others: keys and values of
/// 256 tokens, one block's numbers, the scores of 32 tokens, the tokenizer.
const BESIDE_BYTES: u64 = 512 << 20;

/// What came of comparisons, read from memory; and those that are under way.
#[derive(Clone)]
pub struct Parities {
    inner: Arc<Inner>,
}

struct Inner {
    reports: Reports,
    known: Mutex<Vec<(Key, Outcome)>>,
    /// One at a time: each may take as much memory as its model.
    turn: Semaphore,
    running: Mutex<Vec<Key>>,
}

/// What is compared: a version, and how many bits.
type Key = (ModelRef, Quantize);

/// Takes a comparison off the list when it is dropped.
struct Mark {
    parities: Parities,
    key: Key,
}

impl Parities {
    /// Reads what is known already.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open(reports: Reports) -> Result<Self, deploy::Error> {
        let (known, turn, running) = (Mutex::default(), Semaphore::new(1), Mutex::default());
        let parities = Self { inner: Arc::new(Inner { reports, known, turn, running }) };
        parities.refresh().await?;
        Ok(parities)
    }

    /// Takes what jobs and other servers on the same database found out.
    ///
    /// # Errors
    /// Where the database fails; what was known stays then.
    pub async fn refresh(&self) -> Result<(), deploy::Error> {
        let all = self.inner.reports.list().await?;
        let all = all.into_iter().map(|(model, quantize, outcome)| ((model, quantize), outcome));
        *lock(&self.inner.known) = all.collect();
        Ok(())
    }

    /// Returns what came of comparing a version, where that was done.
    pub fn outcome(&self, model: &ModelRef, quantize: Quantize) -> Option<Outcome> {
        let known = lock(&self.inner.known);
        let found = known.iter().find(|((of, bits), _)| of == model && *bits == quantize);
        found.map(|(_, outcome)| outcome.clone())
    }

    /// Tells whether a version is being compared, or waits for that.
    pub fn is_running(&self, model: &ModelRef, quantize: Quantize) -> bool {
        let running = lock(&self.inner.running);
        running.iter().any(|(of, bits)| of == model && *bits == quantize)
    }

    fn mark(&self, key: Key) -> Mark {
        lock(&self.inner.running).push(key.clone());
        Mark { parities: self.clone(), key }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut running = lock(&self.parities.inner.running);
        if let Some(at) = running.iter().position(|key| *key == self.key) {
            running.swap_remove(at);
        }
    }
}

/// Has what a group serves compared with the original, unless that was done; it ends with the
/// group. What could not be compared is tried again at the next deployment or start.
pub fn compare(app: &App, group: &Arc<Group>, opened: &Opened, quantize: Quantize) {
    let comparison = Comparison {
        app: app.clone(),
        key: (opened.model.clone(), quantize),
        dir: opened.dir.clone(),
        needs_bytes: needs_bytes(&opened.facts),
    };
    let mark = app.parities.mark(comparison.key.clone());
    let group = Arc::clone(group);
    tokio::spawn(async move {
        let _mark = mark;
        let compared = tokio::select! {
            compared = comparison.run(&group) => compared,
            () = group.stopped() => return,
        };
        if let Err(fault) = compared {
            let (model, quantize) = &comparison.key;
            tracing::error!(%model, %quantize, error = %fault.chain(), "not compared");
        }
    });
}

/// The original in memory; 16-bit floats that are not bf16 are widened.
pub fn needs_bytes(facts: &native::ModelFacts) -> u64 {
    let widened = if facts.dtype == "f16" { 2 } else { 1 };
    facts.size_bytes.saturating_mul(widened).saturating_add(BESIDE_BYTES)
}

struct Comparison {
    app: App,
    key: Key,
    dir: PathBuf,
    needs_bytes: u64,
}

impl Comparison {
    /// Waits for the group and for its turn, compares, and keeps what came of it.
    async fn run(&self, group: &Group) -> Result<(), Fault> {
        let parities = &self.app.parities;
        parities.refresh().await?;
        if self.is_done() || !group.ready().await {
            return Ok(());
        }
        let Ok(_turn) = parities.inner.turn.acquire().await else { return Ok(()) };
        // Another deployment of the same version may have had its turn.
        if self.is_done() {
            return Ok(());
        }
        let outcome = match lacking(self.needs_bytes, machine::available_bytes()) {
            Some(why) => Outcome::Absent { why },
            None => self.measure().await,
        };
        let (model, quantize) = &self.key;
        parities.inner.reports.put(model, *quantize, &outcome).await?;
        Ok(parities.refresh().await?)
    }

    fn is_done(&self) -> bool {
        let (model, quantize) = &self.key;
        matches!(self.app.parities.outcome(model, *quantize), Some(Outcome::Measured(_)))
    }

    async fn measure(&self) -> Outcome {
        let measured = match tokio::time::timeout(TIME_MAX, self.ask()).await {
            Ok(Ok(output)) => read(&output),
            Ok(Err(error)) => Err(format!("cannot start the comparison: {error}")),
            Err(_) => Err(format!("it took more than {} minutes", TIME_MAX.as_secs() / 60)),
        };
        measured.map_or_else(|why| Outcome::Absent { why }, Outcome::Measured)
    }

    /// Runs the worker to its end; it ends with this future, and with the server.
    async fn ask(&self) -> std::io::Result<Output> {
        let mut child = Command::new(&self.app.config.program)
            .args(["worker", "parity", "--json", "--quantize", self.key.1.as_str(), "--model-dir"])
            .arg(&self.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()?;
        // Taken out, as waiting for a child closes what is left in it.
        let _lifeline = child.stdin.take();
        child.wait_with_output().await
    }
}

/// Says why there is not enough memory, where there is not.
pub fn lacking(needs_bytes: u64, available_bytes: Option<u64>) -> Option<String> {
    let available = available_bytes.filter(|available| *available < needs_bytes)?;
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let (needs, available) = (gib(needs_bytes), gib(available));
    Some(format!("it takes {needs:.1} GiB of memory, and {available:.1} GiB are free"))
}

/// Reads what a worker printed.
fn read(output: &Output) -> Result<Report, String> {
    if let Ok(report) = serde_json::from_slice(&output.stdout) {
        return Ok(report);
    }
    match serde_json::from_slice::<api::ErrorEnvelope>(&output.stdout) {
        Ok(api::ErrorEnvelope { error }) => Err(error.message),
        Err(_) => Err(format!("the comparison ended early ({})", output.status)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn memory_is_asked_for_where_it_is_known() {
        let check = |needs: u64, available: Option<u64>, expected: Option<&str>| {
            let why = lacking(needs << 30, available.map(|gib| gib << 30));
            assert_eq!(why.as_deref(), expected);
        };
        check(3, Some(4), None);
        check(4, Some(4), None);
        check(5, None, None);
        check(5, Some(4), Some("it takes 5.0 GiB of memory, and 4.0 GiB are free"));
    }

    #[test]
    fn what_a_worker_printed_is_read() {
        let said = |code: i32, stdout: &str| {
            let (stdout, stderr) = (stdout.as_bytes().to_vec(), Vec::new());
            read(&Output { status: ExitStatus::from_raw(code), stdout, stderr })
        };
        let report = r#"{"quantize": "q4", "tokens": 7, "perplexity": 2.0, "milliseconds": 1,
            "perplexity_quantized": 2.5, "agreement": 0.5, "difference": 0.25}"#;
        assert_eq!(said(0, report).map(|report| report.milliseconds), Ok(1));
        let error = r#"{"error": {"code": "invalid", "message": "it is damaged"}}"#;
        assert_eq!(said(256, error), Err("it is damaged".to_owned()));
        let killed = said(9, "").unwrap_err();
        assert!(killed.contains("ended early (signal: 9"), "{killed}");
    }

    #[tokio::test]
    async fn what_runs_twice_is_listed_until_both_are_over() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let db = db::Db::open(&url).await.unwrap();
        let reports = Reports::new(db, Arc::new(domain::ManualClock::default()));
        let parities = Parities::open(reports).await.unwrap();
        let model: ModelRef = "workspace/a@1".parse().unwrap();
        let [one, two] = [(); 2].map(|()| parities.mark((model.clone(), Quantize::Q4)));
        drop(one);
        assert!(parities.is_running(&model, Quantize::Q4));
        assert!(!parities.is_running(&model, Quantize::Int8));
        drop(two);
        assert!(!parities.is_running(&model, Quantize::Q4));
    }
}
