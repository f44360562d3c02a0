//! One sequence of the scheduler: its tokens, how many of them the pages hold, and its pages.

use std::sync::Arc;

use domain::Millis;

use super::guess::Guesser;
use super::pages::{Link, PagePool};
use crate::lora::Adapter;

/// The number of a request; later ones are higher.
pub(crate) type Id = u64;

/// What the scheduler is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The prompt.
    pub(crate) tokens: Vec<u32>,
    /// How many tokens will be written at most.
    pub(crate) tokens_max: usize,
    /// Whether every row has to be computed: those of known pages are not at hand.
    pub(crate) every_row: bool,
    /// When to give up.
    pub(crate) deadline: Millis,
    /// What goes with the model.
    pub(crate) adapter: Option<Arc<Adapter>>,
}

/// A sequence, waiting or running.
#[derive(Debug)]
pub(crate) struct Sequence {
    /// The prompt and what was written.
    pub(crate) tokens: Vec<u32>,
    /// Its pages; while it runs, with room for all tokens but those just written.
    pub(crate) pages: Vec<u32>,
    /// How many tokens the pages hold.
    pub(crate) computed: usize,
    /// Whether it is turned as a long text.
    pub(crate) long: bool,
    /// Whether its reader is slow: it keeps what it has and does not go on.
    pub(crate) paused: bool,
    /// The last token and guesses of what comes after it, while they are taken in together.
    pub(crate) guessed: Vec<u32>,
    pub(super) guesser: Guesser,
    /// What goes with the model; it stays loaded for as long as the sequence is there.
    pub(crate) adapter: Option<Arc<Adapter>>,
    /// How many tokens there may be at most.
    pub(super) length_max: usize,
    pub(super) every_row: bool,
    pub(super) deadline: Millis,
    /// What the next page that fills comes after.
    link: Link,
    /// How many of its pages are remembered.
    linked: usize,
}

impl Sequence {
    pub(super) fn new(ask: Ask, long: bool) -> Self {
        Self {
            link: start(long, ask.adapter.as_deref()),
            length_max: ask.tokens.len() + ask.tokens_max,
            tokens: ask.tokens,
            pages: Vec::new(),
            computed: 0,
            long,
            paused: false,
            guessed: Vec::new(),
            guesser: Guesser::new(),
            adapter: ask.adapter,
            every_row: ask.every_row,
            deadline: ask.deadline,
            linked: 0,
        }
    }

    /// Counts the tokens that are not computed.
    pub(super) fn remaining(&self) -> usize {
        self.tokens.len() - self.computed
    }

    /// Returns the tokens that a step takes in: its own, or the last with what was guessed.
    pub(crate) fn taken_in(&self, first: usize, count: usize) -> Option<&[u32]> {
        let is_guessed = first + count > self.tokens.len();
        if is_guessed { Some(&self.guessed) } else { self.tokens.get(first..first + count) }
    }

    /// Guesses up to so many tokens after the last, as far as there is room for them.
    pub(super) fn guess(&mut self, count_max: usize, pool: &mut PagePool, page_tokens: usize) {
        self.guessed.clear();
        // The last token that is written needs no place, and is never guessed.
        let left = self.length_max.saturating_sub(self.tokens.len() + 1);
        let guess = self.guesser.guess(&self.tokens, count_max.min(left));
        let Some(last) = self.tokens.last().filter(|_| !guess.is_empty()) else { return };
        let wanted = self.tokens.len() + guess.len();
        while self.pages.len() * page_tokens < wanted {
            let Some(page) = pool.take() else { break };
            self.pages.push(page);
        }
        let room = self.pages.len() * page_tokens - self.tokens.len();
        self.guessed.push(*last);
        self.guessed.extend(guess.into_iter().take(room));
    }

    fn start(&self) -> Link {
        start(self.long, self.adapter.as_deref())
    }

    /// Finds the pages that hold its beginning already; the last token is always computed, for
    /// the scores after it.
    pub(super) fn known_pages(&self, pool: &PagePool, page_tokens: usize) -> Vec<(u32, Link)> {
        if self.every_row {
            return Vec::new();
        }
        let mut link = self.start();
        let before_last = &self.tokens[..self.tokens.len().saturating_sub(1)];
        let known = before_last.chunks_exact(page_tokens).map_while(|tokens| {
            let found = pool.find(link, tokens)?;
            link = found.1;
            Some(found)
        });
        known.collect()
    }

    /// Takes the known pages and new ones for all its tokens; the pool has them.
    pub(super) fn enter(&mut self, pool: &mut PagePool, known: &[(u32, Link)], page_tokens: usize) {
        known.iter().for_each(|(page, _)| pool.hold(*page));
        self.pages = known.iter().map(|(page, _)| *page).collect();
        self.link = known.last().map_or(self.start(), |(_, link)| *link);
        self.linked = known.len();
        self.computed = known.len() * page_tokens;
        while self.pages.len() < self.tokens.len().div_ceil(page_tokens) {
            let Some(page) = pool.take() else { break };
            self.pages.push(page);
        }
    }

    /// Lets go of all pages, the last ones first: beginnings are worth more.
    pub(super) fn leave(&mut self, pool: &mut PagePool) {
        self.pages.drain(..).rev().for_each(|page| pool.release(page));
        self.computed = 0;
    }

    /// Counts tokens as computed, and has the pages that are full now remembered.
    pub(super) fn advance(&mut self, count: usize, pool: &mut PagePool, page_tokens: usize) {
        self.computed += count;
        for number in self.linked..self.computed / page_tokens {
            let tokens = &self.tokens[number * page_tokens..(number + 1) * page_tokens];
            let page = &mut self.pages[number];
            (*page, self.link) = pool.remember(*page, self.link, tokens);
            self.linked = number + 1;
        }
    }
}

fn start(long: bool, adapter: Option<&Adapter>) -> Link {
    Link::Start { long, adapter: adapter.map(Adapter::id) }
}
