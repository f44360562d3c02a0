//! Opens a file as UTF-8 text, whatever Unicode encoding it has.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::{DataFile, Error, Result};

/// A file without its mark, UTF-16 turned into UTF-8; without a mark its bytes are passed on as
/// they are, and whoever cuts them into rows checks them.
pub(crate) type Source = BufReader<DecodeReaderBytes<File, Vec<u8>>>;

/// Opens a file that holds text.
pub(crate) fn open(file: &DataFile) -> Result<Source> {
    let unreadable = |source| Error::Open { name: file.name.clone(), source };
    let mut opened = File::open(&file.path).map_err(unreadable)?;
    if is_binary(&mut opened).map_err(unreadable)? {
        return Err(Error::Encoding { name: file.name.clone(), line: 1, column: None });
    }
    let decoded = DecodeReaderBytesBuilder::new()
        .bom_sniffing(true)
        .strip_bom(true)
        .utf8_passthru(true)
        .build(opened);
    let mut source = BufReader::new(decoded);
    if source.fill_buf().map_err(unreadable)?.is_empty() {
        return Err(Error::Empty { name: file.name.clone() });
    }
    Ok(source)
}

/// How much is looked at: the first records of every format that is no text have zero bytes.
const BEGIN_BYTES: u64 = 1024;

/// Tells whether a file begins with zero bytes in it, as UTF-16 without its mark, spreadsheets and
/// archives do; text has none.
fn is_binary(file: &mut File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.by_ref().take(BEGIN_BYTES).read_to_end(&mut begin)?;
    file.rewind()?;
    let is_utf_16 = begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff");
    Ok(!is_utf_16 && begin.contains(&0))
}

/// Returns how many lines end in `bytes`.
pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Reads a line into `line`, without more than `bytes_max` of it; tells how many were read.
pub(crate) fn read_line(
    source: &mut impl BufRead,
    bytes_max: usize,
    line: &mut Vec<u8>,
) -> io::Result<usize> {
    line.clear();
    source.by_ref().take(bytes_max as u64 + 1).read_until(b'\n', line)
}
