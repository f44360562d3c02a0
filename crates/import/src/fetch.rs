//! One file: goes on where an earlier attempt stopped, checks while it streams.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use assets::Assets;
use futures::TryStreamExt;
use hub::{Checksum, Network, Resume, Source, SourceFile};
use jobs::Context;

use crate::checks::{Checks, Differs};
use crate::refusal::shown;
use crate::scratch::{Done, Scratch};
use crate::{Error, Result};

/// A connection that brought this much was worth its attempt: failures are counted anew.
const WORTH_BYTES: u64 = 1 << 20;
/// How much of a half file is read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// What fetching files takes.
pub(crate) struct Fetch<'a, S> {
    pub(crate) source: &'a S,
    pub(crate) revision: &'a str,
    pub(crate) scratch: &'a Scratch,
    pub(crate) assets: &'a Assets,
    pub(crate) network: &'a Network,
    pub(crate) meter: Meter<'a>,
}

/// Counts bytes for the job's progress.
pub(crate) struct Meter<'a> {
    done: AtomicU64,
    total: u64,
    context: &'a Context,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(context: &'a Context, total: u64) -> Self {
        Self { done: AtomicU64::new(0), total, context }
    }

    /// A file that had `before` bytes has `now`.
    fn moved(&self, before: u64, now: u64, file: &SourceFile) {
        self.done.fetch_sub(before, Ordering::Relaxed);
        let done = self.done.fetch_add(now, Ordering::Relaxed) + now;
        self.context.stage(done, Some(self.total), "bytes", file.path.as_str());
    }
}

/// Why an attempt at a file ended.
enum Ended {
    /// What came was not what the source lists.
    Differs(Differs),
    /// The bytes broke off; the second is how many had come.
    Broke(hub::Error, u64),
    /// The failure will not pass, or the source has been patient with it already.
    Failed(Error),
}

/// What an attempt at a file comes to.
type Attempt = std::result::Result<Done, Ended>;

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<hub::Error> for Ended {
    fn from(error: hub::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl<S: Source> Fetch<'_, S> {
    /// As [`Fetch::file`], with the file itself.
    pub(crate) async fn named(&self, file: SourceFile) -> Result<(SourceFile, Done)> {
        let done = self.file(&file).await?;
        Ok((file, done))
    }

    /// Makes sure that a file is here, in the job's folder or in the store, with its digest.
    pub(crate) async fn file(&self, file: &SourceFile) -> Result<Done> {
        if let Some(done) = self.already_here(file).await? {
            self.meter.moved(0, file.size, file);
            return Ok(done);
        }
        let context = self.meter.context;
        let (mut failures, mut damaged, mut counted) = (0, 0, 0);
        loop {
            match self.attempt(file, &mut counted).await {
                Ok(done) => {
                    context.log(format!("fetched `{}` ({})", file.path, shown(file.size)));
                    return Ok(done);
                }
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::Differs(differs)) => {
                    self.scratch.discard_half(&file.path);
                    damaged += 1;
                    if damaged > 1 {
                        return Err(self.mismatch(file, differs));
                    }
                    context.log(format!("`{}` came damaged: fetching it again", file.path));
                }
                Err(Ended::Broke(error, came)) => {
                    failures = if came >= WORTH_BYTES { 1 } else { failures + 1 };
                    if !error.may_pass() || failures >= self.network.attempts {
                        return Err(error.into());
                    }
                    context.log(format!("{error}: going on after {} bytes", counted));
                    self.network.wait(failures).await;
                }
            }
        }
    }

    /// Looks for a file that an earlier attempt, or another import, brought here.
    async fn already_here(&self, file: &SourceFile) -> Result<Option<Done>> {
        let noted = self.scratch.done(&file.path).filter(|done| done.size == file.size);
        if let Some(done) = &noted {
            let whole = std::fs::metadata(self.scratch.whole(&file.path));
            if whole.is_ok_and(|whole| whole.len() == file.size) {
                return Ok(noted);
            }
            if self.is_stored(done).await? {
                return Ok(noted);
            }
        }
        self.scratch.forget(&file.path);
        if let Some(Checksum::Sha256(sha256)) = &file.checksum {
            let done = Done { sha256: sha256.clone(), size: file.size };
            if self.is_stored(&done).await? {
                let path = &file.path;
                self.meter.context.log(format!("`{path}` is in the store already"));
                self.scratch.set_done(path, &done)?;
                return Ok(Some(done));
            }
        }
        Ok(None)
    }

    /// Reads a small file that is here.
    pub(crate) async fn read(&self, file: &SourceFile, done: &Done) -> Result<Vec<u8>> {
        let whole = self.scratch.whole(&file.path);
        let path = if whole.exists() { whole } else { self.assets.path(&done.sha256).await? };
        tokio::fs::read(&path).await.map_err(Error::scratch("read", &path))
    }

    async fn is_stored(&self, done: &Done) -> Result<bool> {
        match self.assets.renew(&done.sha256).await {
            Ok(size) => Ok(size == done.size),
            Err(assets::Error::NotFound { .. } | assets::Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Fetches what is missing of a file, once. `counted` is what the progress knows of it.
    async fn attempt(&self, file: &SourceFile, counted: &mut u64) -> Attempt {
        let mut checks = Checks::new(file);
        let begun = self.scratch.begun(&file.path).filter(|(length, _)| *length <= file.size);
        let (mut have, tag) = match begun {
            // All of it is here, or its source can say whether the rest is of the same file.
            Some((length, tag)) if length == file.size || tag.is_some() => (length, tag),
            _ => (0, None),
        };
        if have > 0 {
            checks = self.checked(file, checks).await?;
        }
        let mut count = |now: u64| self.meter.moved(std::mem::replace(counted, now), now, file);
        count(have);
        let began = have;
        if have < file.size || have == 0 {
            let resume = tag.filter(|_| have > 0).map(|etag| Resume { from: have, etag });
            let mut opened = self.source.open(self.revision, file, resume).await?;
            if opened.from != have {
                (have, checks) = (0, Checks::new(file));
                count(0);
            }
            let mut half = self.scratch.append(&file.path, have, opened.etag.as_deref())?;
            let path = self.scratch.half(&file.path);
            loop {
                let next = opened.pieces.try_next().await;
                let next = next.map_err(|error| Ended::Broke(error, have.abs_diff(began)))?;
                let Some(piece) = next else { break };
                // Small pieces into the page cache: less than a millisecond.
                half.write_all(&piece).map_err(Error::scratch("write", &path))?;
                checks.update(&piece);
                have += piece.len() as u64;
                count(have);
            }
        }
        let sha256 = checks.finish(file).map_err(Ended::Differs)?;
        let done = Done { sha256, size: file.size };
        self.scratch.complete(&file.path, &done)?;
        Ok(done)
    }

    /// Takes the digest of what is here of a file.
    async fn checked(&self, file: &SourceFile, mut checks: Checks) -> Result<Checks> {
        let path = self.scratch.half(&file.path);
        let reading = tokio::task::spawn_blocking(move || {
            let fail = Error::scratch("read", &path);
            let read = || {
                let mut half = std::fs::File::open(&path)?;
                let mut chunk = vec![0; CHUNK_BYTES];
                loop {
                    match half.read(&mut chunk)? {
                        0 => return Ok(checks),
                        count => checks.update(&chunk[..count]),
                    }
                }
            };
            read().map_err(fail)
        });
        reading.await.map_err(Error::Stopped)?
    }

    fn mismatch(&self, file: &SourceFile, differs: Differs) -> Error {
        let (path, place) = (file.path.to_string(), self.source.place());
        Error::Mismatch { path, place, listed: differs.listed, found: differs.found }
    }
}
