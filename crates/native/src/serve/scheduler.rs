//! Decides which tokens of which sequences the next step takes in.
//!
//! It does not run anything: it plans a step, is told what came of it, and plans the next. It has
//! no thread and no clock, so the same calls lead to the same plans.
//!
//! - Requests are admitted in the order in which they came, each when its prompt and a reserve
//!   fit into the pages that are left. Others wait; when too many wait, no more are taken.
//! - A step takes one token of every sequence that is being written, then parts of prompts,
//!   which share what is left of the step's budget, beginning with another one each time.
//! - When pages run out, the sequence that came last gives its pages back, those of slow readers
//!   before others. It waits and is computed again from its tokens, which gives the same numbers.
//!   The first always goes on, so all come to an end.

use std::collections::BTreeMap;

use domain::Millis;

use super::pages::PagePool;
use super::sequence::{Ask, Id, Sequence};

/// How much is done at once.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Pages of keys and values.
    pub(crate) pages: u32,
    /// Tokens of a page.
    pub(crate) page_tokens: usize,
    /// Sequences that run at once.
    pub(crate) running_max: usize,
    /// Requests that wait.
    pub(crate) waiting_max: usize,
    /// Tokens of a step while nothing is being written.
    pub(crate) step_tokens: usize,
    /// Tokens of prompts in a step that also writes: more of them slow down what is written.
    pub(crate) beside_tokens: usize,
    /// Tokens to write that there has to be room for when a request is admitted.
    pub(crate) reserve_tokens: usize,
    /// Rows of a step up to which what comes next is guessed: with few rows, weights are read
    /// faster than they are multiplied.
    pub(crate) guessing_rows: usize,
    /// The longest text whose positions turn as usual, where others turn otherwise.
    pub(crate) long_beyond: Option<usize>,
}

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// So many are waiting.
    Busy(usize),
    /// All pages together have room for this many tokens.
    TooLong(usize),
}

/// The tokens of one sequence that a step takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The sequence.
    pub(crate) id: Id,
    /// The position of the first.
    pub(crate) first: usize,
    /// How many.
    pub(crate) count: usize,
    /// Whether these are all that are left, so that the scores after them are wanted.
    pub(crate) last: bool,
    /// How many of them are guesses of what will be written: the scores before each are wanted.
    pub(crate) guessed: usize,
}

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What to take in.
    pub(crate) parts: Vec<Part>,
    /// Sequences that ran out of time and are gone.
    pub(crate) expired: Vec<Id>,
}

/// The sequences and their pages.
#[derive(Debug)]
pub(crate) struct Scheduler {
    limits: Limits,
    pool: PagePool,
    waiting: BTreeMap<Id, Sequence>,
    running: BTreeMap<Id, Sequence>,
    /// Who had the first part of a prompt in the last step.
    served: Id,
}

impl Scheduler {
    /// Starts with nothing to do.
    pub(crate) fn new(limits: Limits) -> Self {
        let pool = PagePool::new(limits.pages);
        let (waiting, running) = (BTreeMap::new(), BTreeMap::new());
        Self { limits, pool, waiting, running, served: 0 }
    }

    /// Takes a request in; ids have to rise.
    pub(crate) fn submit(&mut self, id: Id, mut ask: Ask) -> Result<(), Refused> {
        let room = self.room();
        if ask.tokens.len() > room {
            return Err(Refused::TooLong(room));
        }
        if self.waiting.len() >= self.limits.waiting_max {
            return Err(Refused::Busy(self.waiting.len()));
        }
        // The last token that is written needs no place.
        ask.tokens_max = ask.tokens_max.min(room - ask.tokens.len() + 1);
        let long = self.is_long(ask.tokens.len());
        self.waiting.insert(id, Sequence::new(ask, long));
        Ok(())
    }

    /// Returns a sequence that runs.
    pub(crate) fn running(&self, id: Id) -> Option<&Sequence> {
        self.running.get(&id)
    }

    /// Tells whether there is no sequence.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    /// Stops a sequence, or lets it go on.
    pub(crate) fn pause(&mut self, id: Id, paused: bool) {
        let sequence = self.running.get_mut(&id).or_else(|| self.waiting.get_mut(&id));
        if let Some(sequence) = sequence {
            sequence.paused = paused;
        }
    }

    /// Removes a sequence, at its end or before.
    pub(crate) fn remove(&mut self, id: Id) {
        self.waiting.remove(&id);
        if let Some(mut sequence) = self.running.remove(&id) {
            sequence.leave(&mut self.pool);
        }
    }

    /// Plans a step. It has to run before the next is planned.
    pub(crate) fn plan(&mut self, now: Millis) -> Plan {
        let expired = self.expire(now);
        self.admit();
        let mut parts = self.plan_writing();
        let budget = match parts.len() {
            0 => self.limits.step_tokens,
            _ => self.limits.beside_tokens,
        };
        self.plan_prompts(budget, &mut parts);
        Plan { parts, expired }
    }

    /// Takes note that a step was run.
    pub(crate) fn ran(&mut self, plan: &Plan) {
        for part in &plan.parts {
            if let Some(sequence) = self.running.get_mut(&part.id) {
                let certain = part.count - part.guessed;
                sequence.advance(certain, &mut self.pool, self.limits.page_tokens);
            }
        }
    }

    /// Takes note that the token which was just written had been guessed: it was taken in.
    /// Returns whether the sequence is still running.
    pub(crate) fn was_guessed(&mut self, id: Id) -> bool {
        let Some(sequence) = self.running.get_mut(&id) else { return false };
        sequence.advance(1, &mut self.pool, self.limits.page_tokens);
        true
    }

    /// Takes note of how many guesses of a part were right.
    pub(crate) fn learn(&mut self, part: &Part, right: usize) {
        if let Some(sequence) = self.running.get_mut(&part.id).filter(|_| part.guessed > 0) {
            sequence.guesser.learn(part.guessed, right);
        }
    }

    /// Adds the token that was written after the last of a sequence.
    pub(crate) fn wrote(&mut self, id: Id, token: u32) {
        let Some(sequence) = self.running.get_mut(&id) else { return };
        sequence.tokens.push(token);
        let length = sequence.tokens.len();
        if self.is_long(length) && !self.is_long(length - 1) {
            // All that was turned as in a short text counts no more.
            self.preempt(id);
            self.waiting.entry(id).and_modify(|sequence| sequence.long = true);
        }
    }

    /// Returns how many tokens all pages together have room for.
    pub(crate) fn room(&self) -> usize {
        self.pool.len() * self.limits.page_tokens
    }

    fn is_long(&self, length: usize) -> bool {
        self.limits.long_beyond.is_some_and(|beyond| length > beyond)
    }

    fn expire(&mut self, now: Millis) -> Vec<Id> {
        let all = self.waiting.iter().chain(&self.running);
        let late = all.filter(|(_, sequence)| sequence.deadline <= now);
        let late: Vec<Id> = late.map(|(id, _)| *id).collect();
        late.iter().for_each(|id| self.remove(*id));
        late
    }

    fn admit(&mut self) {
        let next = |waiting: &BTreeMap<Id, Sequence>| {
            waiting.iter().find(|(_, sequence)| !sequence.paused).map(|(id, _)| *id)
        };
        while let Some(id) = next(&self.waiting) {
            if self.enter(id) {
                continue;
            }
            // A slow reader's room is given to one who reads.
            match self.running.iter().rev().find(|(_, sequence)| sequence.paused) {
                Some((paused, _)) => self.preempt(*paused),
                None => return,
            }
        }
    }

    /// Lets a waiting sequence run where there is room.
    fn enter(&mut self, id: Id) -> bool {
        let Some(sequence) = self.waiting.get(&id) else { return false };
        let page_tokens = self.limits.page_tokens;
        let known = sequence.known_pages(&self.pool, page_tokens);
        let idle = known.iter().filter(|(page, _)| self.pool.is_idle(*page)).count();
        let reserve = self.limits.reserve_tokens.min(sequence.length_max - sequence.tokens.len());
        // The last token that is written needs no place.
        let length = (sequence.tokens.len() + reserve).min(sequence.length_max.saturating_sub(1));
        let length = length.max(sequence.tokens.len());
        let wanted = length.div_ceil(page_tokens) - known.len();
        let fits = wanted + idle <= self.pool.available();
        if !fits || self.running.len() >= self.limits.running_max {
            return false;
        }
        if let Some(mut sequence) = self.waiting.remove(&id) {
            sequence.enter(&mut self.pool, &known, page_tokens);
            self.running.insert(id, sequence);
        }
        true
    }

    /// Takes the pages of a running sequence back and lets it wait.
    fn preempt(&mut self, id: Id) {
        if let Some(mut sequence) = self.running.remove(&id) {
            sequence.leave(&mut self.pool);
            self.waiting.insert(id, sequence);
        }
    }

    /// Plans the next token of every sequence that is being written.
    fn plan_writing(&mut self) -> Vec<Part> {
        let is_written = |sequence: &Sequence| sequence.remaining() == 1 && !sequence.paused;
        let written = self.running.iter().filter(|(_, sequence)| is_written(sequence));
        let written: Vec<Id> = written.map(|(id, _)| *id).collect();
        let mut parts = Vec::new();
        for id in written {
            if !self.make_room(id) {
                continue;
            }
            if let Some(sequence) = self.running.get(&id) {
                parts.push(Part { id, first: sequence.computed, count: 1, last: true, guessed: 0 });
            }
        }
        self.guess(&mut parts);
        parts
    }

    /// Adds guesses to what is written, each sequence's share of the rows that are left.
    fn guess(&mut self, parts: &mut [Part]) {
        let mut left = self.limits.guessing_rows.saturating_sub(parts.len());
        let mut others = parts.len();
        for part in parts {
            let share = left.div_ceil(others.max(1));
            others -= 1;
            let Some(sequence) = self.running.get_mut(&part.id) else { continue };
            // What crosses the bound of long texts is not guessed: all before it turns otherwise.
            let share = match self.limits.long_beyond {
                Some(beyond) => share.min(beyond.saturating_sub(sequence.tokens.len() + 1)),
                None => share,
            };
            sequence.guess(share, &mut self.pool, self.limits.page_tokens);
            part.guessed = sequence.guessed.len().saturating_sub(1);
            part.count += part.guessed;
            left -= part.guessed;
        }
    }

    /// Sees to it that a sequence has a page for its last token, or that it waits.
    fn make_room(&mut self, id: Id) -> bool {
        let page_tokens = self.limits.page_tokens;
        while let Some(sequence) = self.running.get_mut(&id) {
            if sequence.pages.len() * page_tokens >= sequence.tokens.len() {
                return true;
            }
            if let Some(page) = self.pool.take() {
                sequence.pages.push(page);
                continue;
            }
            let paused = self.running.iter().rev().find(|(_, sequence)| sequence.paused);
            let Some((victim, _)) = paused.or_else(|| self.running.last_key_value()) else {
                return false;
            };
            self.preempt(*victim);
        }
        false
    }

    /// Shares a budget between prompts: equal shares first, then what is left.
    fn plan_prompts(&mut self, budget: usize, parts: &mut Vec<Part>) {
        let is_read = |sequence: &Sequence| sequence.remaining() > 1 && !sequence.paused;
        let mut read: Vec<(Id, usize)> = (self.running.iter())
            .filter(|(_, sequence)| is_read(sequence))
            .map(|(id, sequence)| (*id, sequence.remaining()))
            .collect();
        let after = read.iter().position(|(id, _)| *id > self.served).unwrap_or(0);
        read.rotate_left(after);
        let Some((first, _)) = read.first() else { return };
        self.served = *first;
        let share = (budget / read.len()).max(self.limits.page_tokens);
        let mut left = budget;
        let mut counts = vec![0; read.len()];
        for bound in [share, budget] {
            for (count, (_, remaining)) in counts.iter_mut().zip(&read) {
                let more = (*remaining - *count).min(bound).min(left);
                *count += more;
                left -= more;
            }
        }
        for ((id, remaining), count) in read.into_iter().zip(counts) {
            let Some(sequence) = self.running.get(&id).filter(|_| count > 0) else { continue };
            let last = count == remaining;
            parts.push(Part { id, first: sequence.computed, count, last, guessed: 0 });
        }
    }
}

#[cfg(test)]
mod tests;
