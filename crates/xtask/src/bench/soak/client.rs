//! One client of a soak: asks, reads as it pleases, leaves when it pleases.

use std::io;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::answer::{Outcome, judge, said};
use super::ask::{Ask, draw};
use super::tally::{Tally, Times};
use crate::bench::http::{Connection, Head};

/// How a client behaves with one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    /// Reads to the end.
    Patient,
    /// Reads so few bytes at a time, with pauses.
    Slow(usize),
    /// Leaves when so much of the request is sent.
    Unfinished(f64),
    /// Leaves so many milliseconds after asking, before it has read anything.
    Hasty(u64),
    /// Leaves after so many bytes.
    Sated(usize),
}

impl Manner {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        match random.random_range(0..100) {
            0..78 => Self::Patient,
            78..83 => Self::Slow(random.random_range(200..2_000)),
            83..86 => Self::Unfinished(random.random_range(0.1..0.95)),
            86..92 => Self::Hasty(random.random_range(0..60)),
            _ => Self::Sated(random.random_range(1..4_000)),
        }
    }
}

/// What all clients share.
pub struct Shared<'a> {
    /// Where the server is.
    pub address: &'a str,
    /// Questions with the only answer that they may have.
    pub canaries: &'a [(Ask, String)],
    /// What came of the requests.
    pub tally: &'a Tally,
    /// When to stop.
    pub end: Instant,
}

/// A client with a connection that it keeps while it can.
pub struct Client<'a> {
    shared: &'a Shared<'a>,
    random: ChaCha8Rng,
    connection: Option<Connection>,
}

impl<'a> Client<'a> {
    /// Makes one whose doing follows from a seed.
    pub fn new(shared: &'a Shared<'a>, seed: u64) -> Self {
        Self { shared, random: ChaCha8Rng::seed_from_u64(seed), connection: None }
    }

    /// Asks until the time is up.
    pub fn run(mut self) {
        while Instant::now() < self.shared.end {
            let outcome = self.turn();
            if matches!(outcome, Outcome::Busy | Outcome::Unavailable) {
                // As clients do that were told to come back.
                park_timeout(Duration::from_millis(self.random.random_range(20..200)));
            }
            self.shared.tally.count(outcome);
        }
    }

    fn turn(&mut self) -> Outcome {
        if self.random.random_range(0..20) == 0 {
            let number = self.random.random_range(0..self.shared.canaries.len());
            return self.canary(number);
        }
        let ask = draw(&mut self.random);
        let manner = Manner::draw(&mut self.random);
        match self.exchange(&ask, manner) {
            Ok(Some((head, text))) => judge(&ask, head.status, head.retry_after, &text),
            Ok(None) => Outcome::Left,
            Err(error) => {
                self.connection = None;
                Outcome::Wrong(format!("{} broke off, {manner:?}: {error}", ask.path))
            }
        }
    }

    fn canary(&mut self, number: usize) -> Outcome {
        let (ask, expected) = &self.shared.canaries[number];
        match self.exchange(ask, Manner::Patient) {
            Ok(Some((head, text))) => match judge(ask, head.status, head.retry_after, &text) {
                Outcome::Whole if said(&text).as_ref() != Some(expected) => {
                    let found = said(&text).unwrap_or_default();
                    let what = format!("an answer changed from `{expected}` to `{found}`");
                    Outcome::Wrong(what)
                }
                outcome => outcome,
            },
            Ok(None) => Outcome::Left,
            Err(error) => {
                self.connection = None;
                Outcome::Wrong(format!("a canary broke off: {error}"))
            }
        }
    }

    /// Asks and reads; `None` where the client left.
    fn exchange(&mut self, ask: &Ask, manner: Manner) -> io::Result<Option<(Head, String)>> {
        let began = Instant::now();
        let share = if let Manner::Unfinished(share) = manner { share } else { 1.0 };
        let mut connection = self.ask(ask, share)?;
        match manner {
            Manner::Unfinished(_) => return Ok(None),
            Manner::Hasty(milliseconds) => {
                park_timeout(Duration::from_millis(milliseconds));
                return Ok(None);
            }
            _ => {}
        }
        let mut head = connection.head()?;
        let (mut body, mut times) = (Vec::new(), Times::default());
        loop {
            let most = if let Manner::Slow(most) = manner { most } else { 1 << 14 };
            let bytes = connection.read(&mut head, most)?;
            if bytes.is_empty() {
                break;
            }
            let events = bytes.windows(5).filter(|window| window == b"data:").count();
            times.note(began.elapsed(), events);
            body.extend(bytes);
            match manner {
                Manner::Sated(enough) if body.len() >= enough => return Ok(None),
                Manner::Slow(_) => park_timeout(Duration::from_millis(5)),
                _ => {}
            }
        }
        if ask.streams && head.status == 200 && manner == Manner::Patient {
            self.shared.tally.time(times);
        }
        self.connection = Some(connection);
        let text = String::from_utf8(body).map_err(io::Error::other)?;
        Ok(Some((head, text)))
    }

    /// Sends a request, over the connection that is there where the server still holds it.
    fn ask(&mut self, ask: &Ask, share: f64) -> io::Result<Connection> {
        let send =
            |connection: &mut Connection| connection.send("POST", &ask.path, &ask.body, share);
        if let Some(mut connection) = self.connection.take()
            && send(&mut connection).is_ok()
        {
            return Ok(connection);
        }
        let mut connection = Connection::open(self.shared.address)?;
        send(&mut connection)?;
        Ok(connection)
    }
}
