//! The output of a run, and how much of it counts.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::BatchDone;
use super::line::Line;
use crate::Error;

/// The answers in the job's folder.
pub(super) const OUTPUT: &str = "answers.jsonl";
/// Says how much of the answers counts.
pub(super) const LEDGER: &str = "ledger.json";

/// Up to where the output counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Committed {
    rows: u64,
    failed: u64,
    size_bytes: u64,
}

/// Appends chunks of lines so that each is there wholly or not at all.
pub(super) struct Ledger {
    folder: PathBuf,
    output: File,
    committed: Committed,
}

impl Ledger {
    /// Opens the output in `folder` and cuts off what does not count.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(OUTPUT);
        let fail = |source| Error::Output { path: path.clone(), source };
        let options = File::options().create(true).truncate(false).write(true).open(&path);
        let mut output = options.map_err(fail)?;
        let mut committed = read(&folder.join(LEDGER));
        let size_bytes = output.metadata().map_err(fail)?.len();
        if size_bytes < committed.size_bytes {
            // Somebody took the answers away: their rows are asked again.
            committed = Committed::default();
        }
        output.set_len(committed.size_bytes).map_err(fail)?;
        output.seek(SeekFrom::End(0)).map_err(fail)?;
        Ok(Self { folder: folder.to_owned(), output, committed })
    }

    /// Returns how many rows count.
    pub(super) fn rows(&self) -> u64 {
        self.committed.rows
    }

    /// Appends a chunk: first its lines reach the disk, then the ledger says that they count.
    pub(super) fn commit(&mut self, lines: &[Line]) -> Result<(), Error> {
        let path = self.folder.join(OUTPUT);
        let mut text = Vec::new();
        for line in lines {
            line.write(&mut text);
        }
        let mut write = || {
            self.output.write_all(&text)?;
            self.output.sync_data()
        };
        write().map_err(|source| Error::Output { path, source })?;
        let committed = Committed {
            rows: self.committed.rows + lines.len() as u64,
            failed: self.committed.failed
                + lines.iter().filter(|line| line.failed()).count() as u64,
            size_bytes: self.committed.size_bytes + text.len() as u64,
        };
        let path = self.folder.join(LEDGER);
        store(&self.folder, committed).map_err(|source| Error::Output { path, source })?;
        self.committed = committed;
        Ok(())
    }

    /// Says what is there.
    pub(super) fn done(&self) -> BatchDone {
        let Committed { rows, failed, .. } = self.committed;
        BatchDone { output: self.folder.join(OUTPUT), rows, failed }
    }
}

/// Reads the ledger; none, or one that cannot be read, counts nothing.
fn read(path: &Path) -> Committed {
    let text = std::fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Replaces the ledger at once.
fn store(folder: &Path, committed: Committed) -> std::io::Result<()> {
    let written = folder.join("ledger.json.new");
    let mut file = File::create(&written)?;
    serde_json::to_writer(&mut file, &committed)?;
    file.sync_all()?;
    std::fs::rename(&written, folder.join(LEDGER))?;
    File::open(folder)?.sync_all()
}
