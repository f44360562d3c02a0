//! What the workers of a deployment print: kept line by line in two files of bounded size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use api::LogLine;
use domain::Clock;

/// A file this large becomes the older one, and what was older goes: a day of a talkative server.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// A longer line is cut in pieces.
const LINE_BYTES_MAX: usize = 4_096;

/// The log of a deployment. Its clones write to the same files.
#[derive(Clone)]
pub struct Log {
    writer: Arc<Mutex<Writer>>,
    clock: Arc<dyn Clock>,
    /// Stands before each line, where several workers write.
    prefix: String,
}

struct Writer {
    /// Where nothing is kept: a model that is only tried.
    path: Option<PathBuf>,
    file: Option<File>,
    size_bytes: u64,
    seq: i64,
}

impl Log {
    /// Opens the log at `path`, or one that keeps nothing; it goes on counting where it stopped.
    pub fn open(path: Option<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        let last = path.as_deref().and_then(|path| read(path, 0).pop());
        let seq = last.map_or(0, |line| line.seq);
        let writer = Writer { path, file: None, size_bytes: 0, seq };
        Self { writer: Arc::new(Mutex::new(writer)), clock, prefix: String::new() }
    }

    /// Returns the log of one of several workers.
    #[must_use]
    pub fn of_worker(&self, number: u8) -> Self {
        Self { prefix: format!("[{number}] "), ..self.clone() }
    }

    /// Appends a text, each of its lines for itself. The bytes go to the page cache: microseconds.
    pub fn write(&self, text: &str) {
        let at_ms = self.clock.now_ms();
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty()) {
            let line = format!("{}{line}", self.prefix);
            if let Err(error) = writer.append(at_ms, line) {
                tracing::warn!(%error, "cannot write the log of a deployment");
                return;
            }
        }
    }

    /// Returns a splitter of output into lines of this log.
    pub fn lines(&self) -> Lines {
        Lines { log: self.clone(), rest: Vec::new() }
    }
}

/// Cuts output into lines, and writes them.
pub struct Lines {
    log: Log,
    rest: Vec<u8>,
}

impl Lines {
    /// Takes a piece of output.
    pub fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let ended = self.rest.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        let ended = ended.map(|at| at + 1);
        let whole = ended.or((self.rest.len() >= LINE_BYTES_MAX).then_some(self.rest.len()));
        if let Some(whole) = whole {
            let lines: Vec<u8> = self.rest.drain(..whole).collect();
            self.log.write(&String::from_utf8_lossy(&lines));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.log.write(&String::from_utf8_lossy(&self.rest));
    }
}

impl Writer {
    fn append(&mut self, at_ms: i64, line: String) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.size_bytes > FILE_BYTES_MAX {
            self.file = None;
            fs::rename(path, older(path))?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)?;
                }
                let file = OpenOptions::new().create(true).append(true).open(path)?;
                self.size_bytes = file.metadata()?.len();
                self.file.insert(file)
            }
        };
        self.seq += 1;
        let mut text = serde_json::to_string(&LogLine { seq: self.seq, at_ms, line })?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
        self.size_bytes += text.len() as u64;
        Ok(())
    }
}

fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// Deletes the log at `path`, if there is one.
pub fn forget(path: &Path) {
    for path in [older(path), path.to_owned()] {
        // What never printed has no log.
        let _ = fs::remove_file(path);
    }
}

/// Returns the lines of the log at `path` after `after`; none where there is no such file.
pub fn read(path: &Path, after: i64) -> Vec<LogLine> {
    let text = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let text = text(older(path)) + &text(path.to_owned());
    // A server that was killed may have left half a line.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<LogLine>(line).ok());
    lines.filter(|line| line.seq > after).collect()
}

#[cfg(test)]
mod tests {
    use domain::ManualClock;

    use super::*;

    fn open(path: &Path) -> Log {
        Log::open(Some(path.to_owned()), Arc::new(ManualClock::new(7)))
    }

    fn texts(path: &Path, after: i64) -> Vec<String> {
        read(path, after).into_iter().map(|line| line.line).collect()
    }

    #[test]
    fn lines_are_counted_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.jsonl");
        let log = open(&path);
        let mut lines = log.of_worker(2).lines();
        for piece in ["lo", "ading\rha", "lf\n\nd", "one"] {
            lines.push(piece.as_bytes());
        }
        drop(lines);
        open(&path).write("again");
        let all = ["[2] loading", "[2] half", "[2] done", "again"];
        assert_eq!(texts(&path, 0), all);
        assert_eq!(texts(&path, 3), ["again"]);
        assert_eq!(read(&path, 3)[0].at_ms, 7);
    }

    #[test]
    fn a_full_file_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.jsonl");
        let mut lines = open(&path).lines();
        // No line ever ends: it is cut.
        for _ in 0..1_000 {
            lines.push(&[b'x'; LINE_BYTES_MAX]);
        }
        let kept = read(&path, 0);
        assert_eq!(kept.last().unwrap().seq, 1_000);
        let size: u64 =
            [older(&path), path.clone()].map(|path| fs::metadata(path).unwrap().len()).iter().sum();
        assert!(size < 2 * FILE_BYTES_MAX + 20_000, "{size}");
        forget(&path);
        assert_eq!(read(&path, 0), []);
    }

    #[test]
    fn a_model_that_is_tried_has_no_log() {
        let log = Log::open(None, Arc::new(ManualClock::new(7)));
        log.write("a\nb");
        assert_eq!(log.writer.lock().unwrap().seq, 0);
    }
}
