//! Runs what the scheduler plans, step by step, and writes what comes of it.

use std::collections::BTreeMap;

use domain::Millis;

use super::answer::{Answer, Reader, Room};
use super::scheduler::{Limits, Part, Plan, Refused, Scheduler};
use super::sequence::{Ask, Id};
use crate::decoder::{Chunk, KvKind, KvStore};
use crate::generate::{Ending, Finish, GenerateRequest, Writer};
use crate::{Decoder, Error, Result};

/// Rows whose scores are computed at once when a prompt is scored.
const SCORED_ROWS: usize = 32;

/// A request with the tokens of its prompt.
pub(super) struct Request {
    pub(super) request: GenerateRequest,
    pub(super) prompt: Vec<u32>,
    pub(super) reader: Box<dyn Reader>,
    /// When to give up.
    pub(super) deadline: Millis,
}

/// A model with the pages, the sequences and the answers of all requests.
pub(super) struct Runner<'a> {
    decoder: &'a Decoder,
    store: KvStore,
    scheduler: Scheduler,
    answers: BTreeMap<Id, Answer<'a>>,
    /// Requests that are not read to their end, whatever they wait for.
    open_max: usize,
    next: Id,
}

impl<'a> Runner<'a> {
    pub(super) fn new(decoder: &'a Decoder, kind: KvKind, limits: Limits) -> Self {
        Self {
            decoder,
            store: decoder.store(kind, limits.pages as usize),
            open_max: limits.running_max + limits.waiting_max,
            scheduler: Scheduler::new(limits),
            answers: BTreeMap::new(),
            next: 1,
        }
    }

    /// Tells whether every answer was read to its end.
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Takes a request in, or ends it with the reason why not.
    pub(super) fn take(&mut self, request: Request) {
        let id = self.next;
        self.next += 1;
        let answer = match self.begin(id, &request) {
            Ok((writer, tokens_max)) => {
                let echo = request.request.echo.then_some(request.prompt);
                Answer::new(writer, echo, tokens_max, request.reader)
            }
            Err(error) => Answer::refused(request.reader, error),
        };
        let answer = answer.until(request.deadline);
        self.answers.insert(id, answer);
    }

    fn begin(&mut self, id: Id, asked: &Request) -> Result<(Writer<'a>, usize)> {
        if self.answers.len() >= self.open_max {
            return Err(Error::Busy { waiting: self.answers.len() });
        }
        let Request { request, prompt, .. } = asked;
        let room = self.scheduler.room();
        if prompt.len() > room {
            return Err(Error::Memory { tokens: prompt.len(), tokens_max: room });
        }
        // The last token that is written needs no place.
        let mut ending = self.decoder.ending(request, prompt);
        ending.tokens_max = ending.tokens_max.min(room - prompt.len() + 1);
        let Ending { tokens_max, .. } = ending;
        let writer = Writer::new(self.decoder.tokenizer(), request, prompt, ending)?;
        let every_row = request.echo && request.logprobs.is_some();
        let tokens = prompt.clone();
        let adapter = request.adapter.clone();
        let ask = Ask { tokens, tokens_max, every_row, deadline: asked.deadline, adapter };
        match self.scheduler.submit(id, ask) {
            Ok(()) => Ok((writer, tokens_max)),
            Err(Refused::Busy(waiting)) => Err(Error::Busy { waiting }),
            Err(Refused::TooLong(tokens_max)) => {
                Err(Error::Memory { tokens: prompt.len(), tokens_max })
            }
        }
    }

    /// Runs one step; tells whether there was anything to do.
    pub(super) fn step(&mut self, now: Millis) -> bool {
        self.hand_out(now);
        let plan = self.scheduler.plan(now);
        for id in &plan.expired {
            let Some(answer) = self.answers.get_mut(id) else { continue };
            if answer.has_begun() {
                answer.finish(Some(Finish::Deadline));
            } else {
                answer.fail(Error::Expired);
            }
        }
        if !plan.parts.is_empty() {
            self.run(&plan);
        }
        self.hand_out(now);
        !plan.parts.is_empty()
    }

    /// Hands out what readers have room for; slow ones pause, and those that left are forgotten,
    /// as are those that have not read to the end when their time is over.
    fn hand_out(&mut self, now: Millis) {
        let mut done = Vec::new();
        for (id, answer) in &mut self.answers {
            let room = answer.hand_out();
            self.scheduler.pause(*id, room == Room::Full);
            let is_read = room == Room::Free || answer.is_late(now);
            if room == Room::Gone || (is_read && answer.has_ended()) {
                done.push(*id);
            }
        }
        for id in done {
            self.scheduler.remove(id);
            if let Some(answer) = self.answers.remove(&id) {
                answer.close();
            }
        }
    }

    fn run(&mut self, plan: &Plan) {
        let hidden = {
            let chunk = |part: &Part| {
                let sequence = self.scheduler.running(part.id)?;
                let tokens = sequence.taken_in(part.first, part.count)?;
                let (pages, long) = (&*sequence.pages, sequence.long);
                let adapter = sequence.adapter.as_deref();
                Some(Chunk { tokens, first: part.first, pages, long, adapter })
            };
            let chunks: Vec<Chunk<'_>> = plan.parts.iter().filter_map(chunk).collect();
            self.decoder.forward(&mut self.store, &chunks)
        };
        self.scheduler.ran(plan);
        let width = self.decoder.width();
        let (mut rest, mut last_rows) = (&*hidden, Vec::new());
        for part in &plan.parts {
            let (rows, after) = rest.split_at(part.count * width);
            self.repeat(part, rows);
            if part.last {
                last_rows.extend_from_slice(&rows[rows.len() - (1 + part.guessed) * width..]);
            }
            rest = after;
        }
        let scores = self.decoder.scores_of(&last_rows);
        let mut rest = &*scores;
        for part in plan.parts.iter().filter(|part| part.last) {
            let (own, after) = rest.split_at((1 + part.guessed) * self.decoder.vocabulary());
            self.write_part(part, own);
            rest = after;
        }
    }

    /// Writes the tokens of a part whose guesses are right, and the one after them.
    fn write_part(&mut self, part: &Part, scores: &[f32]) {
        let sequence = self.scheduler.running(part.id);
        let guesses = sequence.map_or(Vec::new(), |sequence| sequence.guessed.clone());
        // The first is the last token that was certain.
        let mut guesses = guesses.into_iter().skip(1).take(part.guessed);
        let mut right = 0;
        for scores in scores.chunks_exact(self.decoder.vocabulary()) {
            let token = self.write(part.id, scores);
            let is_right = guesses.next().is_some_and(|guess| token == Some(guess));
            if !is_right || !self.scheduler.was_guessed(part.id) {
                break;
            }
            right += 1;
        }
        self.scheduler.learn(part, right);
    }

    /// Repeats what the rows of a part lead to, where the prompt is repeated.
    fn repeat(&mut self, part: &Part, rows: &[f32]) {
        let Some(answer) = self.answers.get_mut(&part.id) else { return };
        if !answer.wants_rows(part.first, part.count) {
            return;
        }
        let width = self.decoder.width();
        for (number, rows) in rows.chunks(SCORED_ROWS * width).enumerate() {
            let scores = answer.wants_logprobs().then(|| self.decoder.scores_of(rows));
            let first = part.first + number * SCORED_ROWS;
            answer.repeat(first, rows.len() / width, scores.as_deref());
        }
    }

    /// Writes the token that the scores lead to; returns it where writing goes on.
    fn write(&mut self, id: Id, scores: &[f32]) -> Option<u32> {
        let token = self.answers.get_mut(&id)?.write(scores);
        match token {
            Some(token) => self.scheduler.wrote(id, token),
            None => self.scheduler.remove(id),
        }
        token
    }
}

#[cfg(test)]
mod tests;
