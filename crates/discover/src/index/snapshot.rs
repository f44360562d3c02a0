//! How the browse plane lies on disk: plain arrays, one after the other, and a checksum.
//!
//! Written whole, read whole. Numbers are in the machine's own order: a snapshot never leaves the
//! machine, and one that does not fit is made anew.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use bytemuck::Pod;
use roaring::RoaringBitmap;

/// Large enough that a disk is busy, small enough not to matter in memory.
const BUFFER_BYTES: usize = 1 << 18;

/// What goes to disk.
pub(super) struct Writer {
    inner: Summed<BufWriter<File>>,
}

/// What comes from disk.
pub(super) struct Reader {
    inner: Summed<BufReader<File>>,
    /// No array can be longer than the file.
    size: u64,
}

/// Bytes with their checksum.
struct Summed<T> {
    inner: T,
    sum: crc32fast::Hasher,
}

impl Writer {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let inner = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
        Ok(Self { inner: Summed { inner, sum: crc32fast::Hasher::new() } })
    }

    pub(super) fn number(&mut self, number: u64) -> io::Result<()> {
        self.inner.write_all(&number.to_ne_bytes())
    }

    pub(super) fn slice<T: Pod>(&mut self, values: &[T]) -> io::Result<()> {
        self.number(values.len() as u64)?;
        self.inner.write_all(bytemuck::cast_slice(values))
    }

    pub(super) fn bitmap(&mut self, bitmap: &RoaringBitmap) -> io::Result<()> {
        bitmap.serialize_into(&mut self.inner)
    }

    /// Makes sure that everything is on disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let Summed { mut inner, sum } = self.inner;
        inner.write_all(&sum.finalize().to_ne_bytes())?;
        inner.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Reader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let inner = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(Self { inner: Summed { inner, sum: crc32fast::Hasher::new() }, size })
    }

    pub(super) fn number(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.inner.read_exact(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    pub(super) fn slice<T: Pod>(&mut self) -> io::Result<Vec<T>> {
        let len = self.number()?;
        if len.saturating_mul(size_of::<T>() as u64) > self.size {
            return Err(damaged("an array is longer than the file"));
        }
        let mut values = vec![T::zeroed(); len as usize];
        self.inner.read_exact(bytemuck::cast_slice_mut(&mut values))?;
        Ok(values)
    }

    pub(super) fn bitmap(&mut self) -> io::Result<RoaringBitmap> {
        RoaringBitmap::deserialize_from(&mut self.inner)
    }

    /// Checks that what was read is what was written.
    pub(super) fn finish(self) -> io::Result<()> {
        let Summed { mut inner, sum } = self.inner;
        let mut bytes = [0; 4];
        inner.read_exact(&mut bytes)?;
        match u32::from_ne_bytes(bytes) == sum.finalize() {
            true => Ok(()),
            false => Err(damaged("its checksum is wrong")),
        }
    }
}

/// Says that a snapshot is not what was written.
pub(super) fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Summed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.sum.update(&bytes[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written_or_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snapshot");
        let bitmap: RoaringBitmap = (0..9_000).step_by(3).collect();
        let mut writer = Writer::create(&path).unwrap();
        writer.slice(&[1_u32, 2, 3]).unwrap();
        writer.bitmap(&bitmap).unwrap();
        writer.slice::<u64>(&[]).unwrap();
        writer.finish().unwrap();
        let read = || -> io::Result<(Vec<u32>, RoaringBitmap, Vec<u64>)> {
            let mut reader = Reader::open(&path)?;
            let all = (reader.slice()?, reader.bitmap()?, reader.slice()?);
            reader.finish()?;
            Ok(all)
        };
        assert_eq!(read().unwrap(), (vec![1, 2, 3], bitmap, vec![]));
        let whole = std::fs::read(&path).unwrap();
        for at in [0, 5, 9, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 0x40;
            std::fs::write(&path, &changed).unwrap();
            assert!(read().is_err(), "a changed byte at {at}");
        }
        std::fs::write(&path, &whole[..whole.len() - 2]).unwrap();
        assert!(read().is_err());
    }
}
