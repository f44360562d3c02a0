//! A server under more than it can do, for long, by clients of every kind: whether every answer is
//! complete or a typed error, and whether anything is left behind.

mod answer;
mod ask;
mod client;
mod report;
mod tally;
mod watch;

use std::path::Path;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use self::answer::Outcome;
use self::ask::{Ask, ENDPOINT, canaries};
use self::client::{Client, Shared};
use self::report::{Check, Line};
use self::tally::Tally;
use self::watch::{Held, slope};
use crate::bench::endpoint::{Deployed, SETTLE_MAX, replica};
use crate::bench::http::call;
use crate::bench::say;
use crate::bench::server::Server;

/// Requests that wait for the worker; the 16 that it answers at once are the first of these.
const QUEUE_MAX: usize = 31;
/// Clients at once: twice what the queue holds with the one in front of it.
const CLIENTS: usize = 2 * (QUEUE_MAX + 1);
/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How much the memory of a process may grow in a minute, over the second half of the soak.
const GROWTH_KIB_MAX: f64 = 256.0;
/// Ticks of the processor in a second that are for looking after timers.
const IDLE_TICKS: u64 = 5;
/// Files and threads that may be open beyond those before the first client.
const SPARE: u64 = 4;

/// How long, and with which luck.
#[derive(Args)]
pub struct Soak {
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Starts a server with the sample's chat model, soaks it, and prints what came of it.
///
/// # Errors
/// Where the server does not start, or does not do what it was held to.
pub fn run(options: &Soak, root: &Path) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let server = Server::start(scratch.path())?;
    let deployment = json!({ "task": "chat-completion", "queue_max": QUEUE_MAX });
    let model = root.join("crates/cli/samples/chat");
    let deployed = Deployed::start(server.address(), ENDPOINT, &model, deployment)?;
    let pids = [server.pid(), deployed.pid];
    let answered = known_answers(server.address())?;
    let before = Rest::reached(server.address(), pids, None)?;
    let tally = Tally::default();
    let began = Instant::now();
    let end = began + Duration::from_secs(60 * options.minutes);
    let shared = Shared { address: server.address(), canaries: &answered, tally: &tally, end };
    let samples = std::thread::scope(|scope| {
        for number in 0..CLIENTS as u64 {
            let client = Client::new(&shared, options.seed.wrapping_mul(1_000) + number);
            scope.spawn(move || client.run());
        }
        watch_minutes(&shared, pids, began)
    });
    let after = Rest::reached(server.address(), pids, Some(&before))?;
    let restarts = replica(server.address(), ENDPOINT)?["restarts"].as_u64().unwrap_or(u64::MAX);
    let checks = checks(&tally, &samples, [before, after], restarts);
    say(format_args!("\n{}", report::checks(&checks)));
    server.stop()?;
    match checks.iter().filter(|check| !check.met).count() {
        0 => Ok(()),
        count => Err(format!("{count} of {} checks are not met", checks.len())),
    }
}

/// Asks each canary while nobody else asks.
fn known_answers(address: &str) -> Result<Vec<(Ask, String)>, String> {
    let known = |ask: Ask| {
        let body = serde_json::from_str(&ask.body).unwrap_or_default();
        let answer = call(address, "POST", &ask.path, &body)?.to_string();
        match answer::judge(&ask, 200, false, &answer) {
            Outcome::Whole => Ok((ask, answer::said(&answer).unwrap_or_default())),
            other => Err(format!("a first answer: {other:?}")),
        }
    };
    canaries().into_iter().map(known).collect()
}

/// What is there when nobody asks.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    in_flight: u64,
    held: [Held; 2],
}

impl Rest {
    /// Waits until no request is in work and the worker rests, and, after a soak, until no more is
    /// held than before it; what is there when the time for that is over is as good.
    fn reached(address: &str, pids: [u32; 2], before: Option<&Self>) -> Result<Self, String> {
        let began = Instant::now();
        let mut last = pids.map(Held::by);
        loop {
            park_timeout(Duration::from_secs(1));
            let held = pids.map(Held::by);
            let in_flight = replica(address, ENDPOINT)?["in_flight"].as_u64().unwrap_or(u64::MAX);
            let rest = Self { in_flight, held };
            let is_idle = held[1].ticks - last[1].ticks <= IDLE_TICKS && in_flight == 0;
            let is_back = before.is_none_or(|before| {
                (0..2).all(|at| within(before.held[at].files as u64, held[at].files as u64))
                    && (0..2).all(|at| within(before.held[at].threads, held[at].threads))
            });
            if (is_idle && is_back) || began.elapsed() > SETTLE_MAX {
                return Ok(rest);
            }
            last = held;
        }
    }
}

fn within(before: u64, after: u64) -> bool {
    after <= before + SPARE
}

/// Prints a line each minute; returns the memory of both processes over time.
fn watch_minutes(shared: &Shared<'_>, pids: [u32; 2], began: Instant) -> [Vec<(Duration, u64)>; 2] {
    let mut samples = [Vec::new(), Vec::new()];
    say(format_args!("{}", report::head()));
    let (mut minute, mut from) = (1, began);
    while Instant::now() < shared.end {
        park_timeout(LOOK);
        let held = pids.map(Held::by);
        for (samples, held) in samples.iter_mut().zip(held) {
            samples.push((began.elapsed(), held.memory_kib));
        }
        if from.elapsed() >= Duration::from_secs(60) || Instant::now() >= shared.end {
            let counts = shared.tally.stretch();
            let line = Line { minute, time: from.elapsed(), counts, held };
            say(format_args!("{}", report::line(&line)));
            (minute, from) = (minute + 1, Instant::now());
        }
    }
    samples
}

fn checks(
    tally: &Tally,
    samples: &[Vec<(Duration, u64)>; 2],
    [before, after]: [Rest; 2],
    restarts: u64,
) -> Vec<Check> {
    tally.stretch();
    let total = tally.total();
    let check = |what: &str, found: String, wanted: &str, met: bool| Check {
        what: what.to_owned(),
        found,
        wanted: wanted.to_owned(),
        met,
    };
    let (wrong, whole) = (total.wrong, total.whole);
    let mut checks = vec![
        check("complete answers", whole.to_string(), "> 0", whole > 0),
        check("refused at the door, 429", total.busy.to_string(), "> 0", total.busy > 0),
        check("neither complete nor a typed error", wrong.to_string(), "0", wrong == 0),
        check("no worker could answer, 503", total.unavailable.to_string(), "0", {
            total.unavailable == 0
        }),
        check("the worker came back", restarts.to_string(), "0", restarts == 0),
        check("requests in work at the end", after.in_flight.to_string(), "0", {
            after.in_flight == 0
        }),
    ];
    for (at, name) in ["server", "worker"].into_iter().enumerate() {
        let growth = slope(&samples[at]);
        let wanted = format!("< {GROWTH_KIB_MAX}");
        let what = format!("memory of the {name}, KiB a minute over the second half");
        checks.push(check(&what, format!("{growth:.0}"), &wanted, growth < GROWTH_KIB_MAX));
        let held = |before: u64, after: u64| (format!("{before} → {after}"), within(before, after));
        let (before, after) = (before.held[at], after.held[at]);
        let (files, met) = held(before.files as u64, after.files as u64);
        checks.push(check(&format!("files of the {name}, before → after"), files, "no more", met));
        let (threads, met) = held(before.threads, after.threads);
        let what = format!("threads of the {name}, before → after");
        checks.push(check(&what, threads, "no more", met));
    }
    checks
}
