//! Who holds which page of keys and values, and which beginnings of texts pages remember.
//!
//! A page that is full can be *remembered*: by its tokens and by what came before it. Another
//! sequence that begins alike holds the same page instead of computing it again. A remembered
//! page that nobody holds stays until its room is needed; the one that was let go of first goes
//! first. Tokens are compared, not hashes of them: no text ever gets another's page.

use std::collections::{BTreeMap, HashMap};

use crate::lora::AdapterId;

/// What a page comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    /// Nothing: it is the beginning of a text. Keys are others where positions turn as in a long
    /// text, and with each adapter.
    Start { long: bool, adapter: Option<AdapterId> },
    /// A page that is remembered.
    Page(u64),
}

/// A fixed number of pages.
#[derive(Debug)]
pub(crate) struct PagePool {
    pages: Vec<Page>,
    free: Vec<u32>,
    known: HashMap<(Link, Box<[u32]>), u32>,
    /// Remembered pages that nobody holds, by when they were let go of.
    idle: BTreeMap<u64, u32>,
    links: u64,
    releases: u64,
}

#[derive(Debug, Default)]
struct Page {
    holders: u32,
    memory: Option<Memory>,
    /// When the last holder let go.
    released: u64,
}

/// What a page is remembered by.
#[derive(Debug)]
struct Memory {
    link: Link,
    after: Link,
    tokens: Box<[u32]>,
}

impl PagePool {
    /// Makes a pool of so many pages.
    pub(crate) fn new(pages: u32) -> Self {
        Self {
            pages: (0..pages).map(|_| Page::default()).collect(),
            free: (0..pages).rev().collect(),
            known: HashMap::new(),
            idle: BTreeMap::new(),
            links: 0,
            releases: 0,
        }
    }

    /// Counts all pages.
    pub(crate) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Counts the pages that can be taken.
    pub(crate) fn available(&self) -> usize {
        self.free.len() + self.idle.len()
    }

    /// Tells whether nobody holds a page.
    pub(crate) fn is_idle(&self, page: u32) -> bool {
        self.pages[page as usize].holders == 0
    }

    /// Takes a page for a first holder; forgets a remembered one where no other is left.
    pub(crate) fn take(&mut self) -> Option<u32> {
        let page = self.free.pop().or_else(|| self.forget_oldest())?;
        self.pages[page as usize].holders = 1;
        Some(page)
    }

    /// Finds the page that has these tokens after what the link names.
    pub(crate) fn find(&self, after: Link, tokens: &[u32]) -> Option<(u32, Link)> {
        let page = *self.known.get(&(after, tokens.into()))?;
        let memory = self.pages[page as usize].memory.as_ref()?;
        Some((page, memory.link))
    }

    /// Adds a holder to a page that has one, or that is remembered.
    pub(crate) fn hold(&mut self, page: u32) {
        let entry = &mut self.pages[page as usize];
        if entry.holders == 0 {
            self.idle.remove(&entry.released);
        }
        entry.holders += 1;
    }

    /// Takes a holder away.
    pub(crate) fn release(&mut self, page: u32) {
        let entry = &mut self.pages[page as usize];
        debug_assert!(entry.holders > 0, "page {page} has no holder");
        entry.holders = entry.holders.saturating_sub(1);
        if entry.holders > 0 {
            return;
        }
        if entry.memory.is_none() {
            return self.free.push(page);
        }
        self.releases += 1;
        entry.released = self.releases;
        self.idle.insert(self.releases, page);
    }

    /// Remembers a full page, and returns the page that its holder goes on with: another one
    /// where the same was remembered before.
    pub(crate) fn remember(&mut self, page: u32, after: Link, tokens: &[u32]) -> (u32, Link) {
        if let Some((known, link)) = self.find(after, tokens) {
            if known != page {
                self.hold(known);
                self.release(page);
            }
            return (known, link);
        }
        self.forget(page);
        self.links += 1;
        let link = Link::Page(self.links);
        let tokens: Box<[u32]> = tokens.into();
        self.known.insert((after, tokens.clone()), page);
        self.pages[page as usize].memory = Some(Memory { link, after, tokens });
        (page, link)
    }

    fn forget_oldest(&mut self) -> Option<u32> {
        let (_, page) = self.idle.pop_first()?;
        self.forget(page);
        Some(page)
    }

    fn forget(&mut self, page: u32) {
        if let Some(memory) = self.pages[page as usize].memory.take() {
            self.known.remove(&(memory.after, memory.tokens));
        }
    }
}

#[cfg(test)]
mod tests;
