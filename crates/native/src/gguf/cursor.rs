//! Reads a GGUF header byte by byte; every length is checked before it is used.

/// What is wrong, as a sentence fragment.
pub(super) type Checked<T> = Result<T, String>;

/// A place in the bytes of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Returns where the next byte is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Counts the bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Takes bytes.
    pub(super) fn take(&mut self, count: u64) -> Checked<&'a [u8]> {
        let left = self.left();
        match usize::try_from(count).ok().filter(|count| *count <= left) {
            Some(count) => {
                let start = self.at;
                self.at += count;
                Ok(&self.bytes[start..self.at])
            }
            None => Err(format!("claims {count} bytes where {left} are left")),
        }
    }

    fn array<const N: usize>(&mut self) -> Checked<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    pub(super) fn u32(&mut self) -> Checked<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Checked<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Takes a text with its length in front.
    pub(super) fn text(&mut self) -> Checked<&'a str> {
        let length = self.u64()?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
    }
}
