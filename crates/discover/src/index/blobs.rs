//! Texts by number, kept outside of memory: a page reads two dozen of two million.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread::{self, JoinHandle};

use super::snapshot::{Reader, Writer, damaged};

/// A text has a few hundred bytes; its length has 24 bits of 64, where it begins the rest.
const LENGTH_BITS: u32 = 24;

/// Texts, by model.
#[derive(Debug)]
pub(super) struct Blobs {
    store: Store,
    spans: Vec<u64>,
}

#[derive(Debug)]
enum Store {
    File(File),
    Memory(Vec<u8>),
}

/// Texts to come.
pub(super) struct BlobsWriter {
    to: To,
    spans: Vec<u64>,
    end: u64,
    flush: Flush,
}

/// Writes back what was written while more comes, so that the end does not wait for all of it.
#[derive(Default)]
struct Flush {
    running: Option<JoinHandle<()>>,
    /// How much was written when it began.
    from: u64,
}

/// What is written back in one go: a second of a slow disk.
const FLUSH_BYTES: u64 = 128 << 20;

impl Flush {
    fn passed(&mut self, file: &File, end: u64) {
        let is_idle = self.running.as_ref().is_none_or(JoinHandle::is_finished);
        if end - self.from >= FLUSH_BYTES
            && is_idle
            && let Ok(file) = file.try_clone()
        {
            self.from = end;
            // Whether it worked is asked at the end.
            self.running = Some(thread::spawn(move || drop(file.sync_data())));
        }
    }
}

enum To {
    File(BufWriter<File>),
    Memory(Vec<u8>),
}

impl BlobsWriter {
    /// Writes to a file, or to memory where there is none.
    pub(super) fn create(path: Option<&Path>) -> io::Result<Self> {
        let to = match path {
            Some(path) => {
                let file = File::options().read(true).write(true).create_new(true).open(path)?;
                To::File(BufWriter::with_capacity(1 << 20, file))
            }
            None => To::Memory(Vec::new()),
        };
        Ok(Self { to, spans: Vec::new(), end: 0, flush: Flush::default() })
    }

    pub(super) fn add(&mut self, text: &[u8]) -> io::Result<()> {
        if text.len() >> LENGTH_BITS != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a listing is above 16 MiB"));
        }
        match &mut self.to {
            To::File(file) => {
                file.write_all(text)?;
                self.flush.passed(file.get_ref(), self.end);
            }
            To::Memory(bytes) => bytes.extend_from_slice(text),
        }
        self.spans.push(self.end << LENGTH_BITS | text.len() as u64);
        self.end += text.len() as u64;
        Ok(())
    }

    /// Puts the texts in order; `order` tells for each place which model stands there.
    pub(super) fn finish(self, order: &[u32]) -> io::Result<Blobs> {
        let store = match self.to {
            To::File(file) => {
                Store::File(file.into_inner().map_err(io::IntoInnerError::into_error)?)
            }
            To::Memory(bytes) => Store::Memory(bytes),
        };
        let spans = order.iter().map(|doc| self.spans[*doc as usize]).collect();
        Ok(Blobs { store, spans })
    }
}

impl Blobs {
    /// Reads the text of a model.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn get(&self, doc: u32) -> io::Result<Vec<u8>> {
        let span = self.spans[doc as usize];
        let (start, len) = (span >> LENGTH_BITS, (span & ((1 << LENGTH_BITS) - 1)) as usize);
        match &self.store {
            Store::File(file) => {
                let mut text = vec![0; len];
                file.read_exact_at(&mut text, start)?;
                Ok(text)
            }
            Store::Memory(bytes) => {
                let text = bytes.get(start as usize..start as usize + len);
                Ok(text.ok_or_else(|| damaged("a text is cut off"))?.to_vec())
            }
        }
    }

    /// Writes where the texts are, and makes sure that they are on disk.
    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        if let Store::File(file) = &self.store {
            file.sync_all()?;
        }
        to.slice(&self.spans)
    }

    pub(super) fn read(from: &mut Reader, path: &Path, docs: usize) -> io::Result<Self> {
        let spans: Vec<u64> = from.slice()?;
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let end = |span: &u64| (span >> LENGTH_BITS) + (span & ((1 << LENGTH_BITS) - 1));
        match spans.len() == docs && spans.iter().all(|span| end(span) <= size) {
            true => Ok(Self { store: Store::File(file), spans }),
            false => Err(damaged("a text is cut off")),
        }
    }
}
