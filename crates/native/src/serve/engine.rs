//! The thread that serves a decoder.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::time::Duration;

use domain::{Clock, Millis};

use super::adapters::{AdapterRoom, Adapters};
use super::answer::Reader;
use super::runner::{Request, Runner};
use super::scheduler::Limits;
use crate::decoder::{KvKind, PAGE_TOKENS};
use crate::generate::GenerateRequest;
use crate::{Adapter, Decoder, Error, Result};

/// How often slow readers are looked after while nothing else is to be done.
const LOOK: Duration = Duration::from_millis(5);
/// Tokens of a step that only reads prompts: enough for products to run at full speed.
const STEP_TOKENS: usize = 512;
/// Tokens of prompts beside what is being written: with more, streams would falter.
const BESIDE_TOKENS: usize = 64;
/// Tokens to write that a request finds room for when it begins.
const RESERVE_TOKENS: usize = 64;

/// Rows of a step up to which what comes next is guessed.
const GUESSING_ROWS: usize = 8;

/// How much is served at once.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// How keys and values are kept; as precise as the model's words where nothing is said.
    pub kv_cache: Option<KvKind>,
    /// Memory for keys and values; what no prompt of all sequences could fill is not taken.
    pub cache_bytes: u64,
    /// Requests that are answered at the same time.
    pub running_max: usize,
    /// Requests that wait for their turn; more are refused.
    pub waiting_max: usize,
    /// How long a request may take, waiting included.
    pub time_max: Duration,
    /// Whether what repeats is guessed and then checked: answers stay the same, and those that
    /// repeat their prompts come faster.
    pub guesses: bool,
    /// Adapters that are in memory at the same time.
    pub adapters_max: usize,
    /// Memory for them.
    pub adapter_bytes: u64,
}

impl Default for ServeOptions {
    /// Has 1 GiB, 16 requests at once, 256 that wait, an hour for each; 32 adapters in 1 GiB.
    fn default() -> Self {
        Self {
            kv_cache: None,
            cache_bytes: 1 << 30,
            running_max: 16,
            waiting_max: 256,
            time_max: Duration::from_secs(3600),
            guesses: true,
            adapters_max: 32,
            adapter_bytes: 1 << 30,
        }
    }
}

impl ServeOptions {
    fn kv_kind(&self, decoder: &Decoder) -> KvKind {
        self.kv_cache.unwrap_or_else(|| decoder.kv_kind())
    }

    fn limits(&self, decoder: &Decoder) -> Limits {
        let wanted = self.cache_bytes / decoder.page_bytes(self.kv_kind(decoder)) as u64;
        let context = decoder.facts().context_max as usize;
        let useful = self.running_max.max(1) * context.div_ceil(PAGE_TOKENS);
        Limits {
            pages: wanted.clamp(1, useful as u64).min(u64::from(u32::MAX)) as u32,
            page_tokens: PAGE_TOKENS,
            running_max: self.running_max.max(1),
            waiting_max: self.waiting_max.max(1),
            step_tokens: STEP_TOKENS,
            beside_tokens: BESIDE_TOKENS,
            reserve_tokens: RESERVE_TOKENS,
            guessing_rows: if self.guesses { GUESSING_ROWS } else { 0 },
            long_beyond: decoder.long_beyond(),
        }
    }
}

/// A decoder that answers many requests at once; its thread ends with the last answer after this
/// is dropped.
pub struct Engine {
    decoder: Arc<Decoder>,
    adapters: Adapters,
    requests: SyncSender<Request>,
    clock: Arc<dyn Clock>,
    time_max: Millis,
    waiting_max: usize,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn start(
        decoder: Arc<Decoder>,
        options: &ServeOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let (limits, kind) = (options.limits(&decoder), options.kv_kind(&decoder));
        let (requests, receiver) = sync_channel(limits.waiting_max);
        let waiting_max = limits.waiting_max;
        let (model, time) = (Arc::clone(&decoder), Arc::clone(&clock));
        let work = move || {
            work(Runner::new(&model, kind, limits), &receiver, &*time);
        };
        let named = std::thread::Builder::new().name("decoder".to_owned());
        named.spawn(work).map_err(|source| Error::Thread { source })?;
        let time_max = Millis::try_from(options.time_max.as_millis()).unwrap_or(Millis::MAX);
        let room =
            AdapterRoom { count_max: options.adapters_max, bytes_max: options.adapter_bytes };
        let adapters = Adapters::new(room);
        Ok(Self { decoder, adapters, requests, clock, time_max, waiting_max })
    }

    /// Returns the model.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Returns the adapter of a folder, for requests; loads it where it is not in memory, and then
    /// lets go of others that nobody uses where they leave no room.
    ///
    /// # Errors
    /// Where it cannot be loaded, is too large, or all others are in use.
    pub fn adapter(&self, dir: &Path) -> Result<Arc<Adapter>> {
        self.adapters.get(&self.decoder, dir)
    }

    /// Lets go of the adapter of a folder; requests that use it go on.
    pub fn forget_adapter(&self, dir: &Path) {
        self.adapters.forget(dir);
    }

    /// Asks for an answer, which the reader receives.
    ///
    /// # Errors
    /// Where the request is not one that the model can answer, or too many are waiting.
    pub fn submit(&self, request: GenerateRequest, reader: Box<dyn Reader>) -> Result<()> {
        request.check()?;
        self.decoder.check_adapter(request.adapter.as_deref())?;
        let prompt = self.decoder.prompt_tokens(&request.prompt)?;
        let deadline = self.clock.now_ms().saturating_add(self.time_max);
        let sent = self.requests.try_send(Request { request, prompt, reader, deadline });
        sent.map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy { waiting: self.waiting_max },
            TrySendError::Disconnected(_) => Error::Stopped,
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("decoder", &self.decoder.facts()).finish_non_exhaustive()
    }
}

/// Serves until nobody can ask any more and all is answered.
fn work(mut runner: Runner<'_>, requests: &Receiver<Request>, clock: &dyn Clock) {
    let mut had_work = false;
    loop {
        match next(requests, runner.is_empty(), had_work) {
            Next::Request(request) => {
                runner.take(*request);
                had_work = true;
                continue;
            }
            Next::Nothing => {}
            Next::Closed if runner.is_empty() => return,
            Next::Closed if !had_work => std::thread::park_timeout(LOOK),
            Next::Closed => {}
        }
        had_work = runner.step(clock.now_ms());
    }
}

enum Next {
    Request(Box<Request>),
    Nothing,
    Closed,
}

/// Takes the next request: waits for it where nothing is to be done, a moment where only slow
/// readers are left, not at all otherwise.
fn next(requests: &Receiver<Request>, is_empty: bool, had_work: bool) -> Next {
    let received = if is_empty {
        requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
    } else if had_work {
        requests.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
        })
    } else {
        requests.recv_timeout(LOOK)
    };
    match received {
        Ok(request) => Next::Request(Box::new(request)),
        Err(RecvTimeoutError::Timeout) => Next::Nothing,
        Err(RecvTimeoutError::Disconnected) => Next::Closed,
    }
}
