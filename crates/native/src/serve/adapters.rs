//! The adapters of a model that are in memory: loaded when they are first asked for, and let go
//! of, those that were used longest ago first, when others need their room.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::decoder::Decoder;
use crate::lora::Adapter;
use crate::{Error, Result};

/// How much room there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdapterRoom {
    pub(super) count_max: usize,
    pub(super) bytes_max: u64,
}

/// Adapters by their folders.
#[derive(Debug)]
pub(super) struct Adapters {
    room: AdapterRoom,
    /// Held while one is loaded: a disk does not get faster by being asked twice. Those that are
    /// in memory are had without it.
    loading: Mutex<()>,
    loaded: Mutex<Loaded>,
}

#[derive(Debug, Default)]
struct Loaded {
    entries: HashMap<PathBuf, Entry>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    adapter: Arc<Adapter>,
    used: u64,
}

impl Adapters {
    pub(super) fn new(room: AdapterRoom) -> Self {
        Self { room, loading: Mutex::default(), loaded: Mutex::default() }
    }

    /// Returns the adapter of a folder; loads it where it is not in memory. Whoever holds what it
    /// returns keeps it there.
    pub(super) fn get(&self, decoder: &Decoder, dir: &Path) -> Result<Arc<Adapter>> {
        if let Some(adapter) = self.loaded().find(dir) {
            return Ok(adapter);
        }
        let _loading = lock(&self.loading);
        // Another may have loaded it while this one waited.
        if let Some(adapter) = self.loaded().find(dir) {
            return Ok(adapter);
        }
        let files = decoder.adapter_files(dir)?;
        self.loaded().make_room(files.facts().size_bytes, self.room)?;
        let adapter = Arc::new(files.load()?);
        self.loaded().add(dir, Arc::clone(&adapter));
        Ok(adapter)
    }

    /// Lets go of the adapter of a folder; whoever uses it may go on.
    pub(super) fn forget(&self, dir: &Path) {
        self.loaded().entries.remove(dir);
    }

    /// Counts those that are in memory.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.loaded().entries.len()
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        lock(&self.loaded)
    }
}

impl Loaded {
    fn find(&mut self, dir: &Path) -> Option<Arc<Adapter>> {
        let entry = self.entries.get_mut(dir)?;
        self.uses += 1;
        entry.used = self.uses;
        Some(Arc::clone(&entry.adapter))
    }

    fn add(&mut self, dir: &Path, adapter: Arc<Adapter>) {
        self.uses += 1;
        self.entries.insert(dir.to_owned(), Entry { adapter, used: self.uses });
    }

    /// Lets go of adapters until one of so many bytes has room.
    fn make_room(&mut self, size_bytes: u64, room: AdapterRoom) -> Result<()> {
        if size_bytes > room.bytes_max || room.count_max == 0 {
            return Err(Error::LargeAdapter { bytes: size_bytes, bytes_max: room.bytes_max });
        }
        while self.entries.len() >= room.count_max || self.bytes() + size_bytes > room.bytes_max {
            // Adapters are handed out under the lock that is held here: one that only this map
            // holds stays so.
            let idle = self.entries.iter().filter(|(_, one)| Arc::strong_count(&one.adapter) == 1);
            let Some((dir, _)) = idle.min_by_key(|(_, entry)| entry.used) else {
                return Err(Error::AdaptersBusy { count: self.entries.len() });
            };
            let dir = dir.clone();
            self.entries.remove(&dir);
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.adapter.size_bytes()).sum()
    }
}

/// What is behind the locks is whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
