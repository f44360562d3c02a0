//! The values of GGUF metadata: checked once, and read where they lie.

use std::ops::Range;

use super::cursor::{Checked, Cursor};

/// How deep lists may hold lists; files in use have none that do.
const DEPTH_MAX: usize = 4;

/// The types of values, with the numbers that files use for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Flag,
    Text,
    List,
    U64,
    I64,
    F64,
}

impl Kind {
    fn read(cursor: &mut Cursor<'_>) -> Checked<Self> {
        const KINDS: [Kind; 13] = [
            Kind::U8,
            Kind::I8,
            Kind::U16,
            Kind::I16,
            Kind::U32,
            Kind::I32,
            Kind::F32,
            Kind::Flag,
            Kind::Text,
            Kind::List,
            Kind::U64,
            Kind::I64,
            Kind::F64,
        ];
        let number = cursor.u32()?;
        let kind = KINDS.get(number as usize).copied();
        kind.ok_or_else(|| format!("is of the unknown type {number}"))
    }

    /// Returns the bytes of one value, where all have the same.
    fn width(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Flag => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::List => None,
        }
    }
}

/// One value, or one of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Count(u64),
    Negative(i64),
    Float(f64),
    Flag(bool),
    Text(&'a str),
}

/// Where a value lies in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    kind: Kind,
    /// The type of the elements and their count, of a list.
    list: Option<(Kind, u64)>,
    bytes: Range<usize>,
}

impl Value {
    /// Checks a value and steps over it.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Checked<Self> {
        let kind = Kind::read(cursor)?;
        if kind != Kind::List {
            let start = cursor.at();
            skip(cursor, kind)?;
            return Ok(Self { kind, list: None, bytes: start..cursor.at() });
        }
        let (of, count) = list_head(cursor)?;
        let start = cursor.at();
        skip_list(cursor, (of, count), 1)?;
        Ok(Self { kind, list: Some((of, count)), bytes: start..cursor.at() })
    }

    /// Returns the one value, unless it is a list.
    pub(super) fn scalar<'a>(&self, file: &'a [u8]) -> Option<Scalar<'a>> {
        if self.list.is_some() {
            return None;
        }
        scalar(&mut Cursor::new(file, self.bytes.start), self.kind)
    }

    /// Counts the values of a list.
    pub(super) fn count(&self) -> Option<u64> {
        self.list.map(|(_, count)| count)
    }

    /// Returns the values of a list that holds no lists.
    pub(super) fn list<'a>(&self, file: &'a [u8]) -> Option<impl Iterator<Item = Scalar<'a>>> {
        let (of, count) = self.list.filter(|(of, _)| *of != Kind::List)?;
        let mut cursor = Cursor::new(file, self.bytes.start);
        Some((0..count).map_while(move |_| scalar(&mut cursor, of)))
    }

    /// Says what the value is, for messages.
    pub(super) fn describe(&self, file: &[u8]) -> String {
        match (self.list, self.scalar(file)) {
            (Some((_, count)), _) => format!("a list of {count}"),
            (None, Some(Scalar::Count(number))) => number.to_string(),
            (None, Some(Scalar::Negative(number))) => number.to_string(),
            (None, Some(Scalar::Float(number))) => number.to_string(),
            (None, Some(Scalar::Flag(flag))) => flag.to_string(),
            (None, Some(Scalar::Text(text))) => {
                format!("`{}`", text.chars().take(40).collect::<String>())
            }
            (None, None) => "unreadable".to_owned(),
        }
    }
}

fn list_head(cursor: &mut Cursor<'_>) -> Checked<(Kind, u64)> {
    Ok((Kind::read(cursor)?, cursor.u64()?))
}

fn skip(cursor: &mut Cursor<'_>, kind: Kind) -> Checked<()> {
    match kind.width() {
        Some(width) => {
            let byte = cursor.take(width)?[0];
            if kind == Kind::Flag && byte > 1 {
                return Err(format!("is {byte}, neither yes nor no"));
            }
        }
        None => {
            cursor.text()?;
        }
    }
    Ok(())
}

fn skip_list(cursor: &mut Cursor<'_>, (of, count): (Kind, u64), depth: usize) -> Checked<()> {
    if depth > DEPTH_MAX {
        return Err(format!("holds lists in lists deeper than {DEPTH_MAX}"));
    }
    // Also bounds the loops below: every text and list takes bytes.
    let least = of.width().unwrap_or(8);
    let left = cursor.left() as u64;
    let bytes = count.checked_mul(least).filter(|bytes| *bytes <= left);
    let Some(bytes) = bytes else {
        return Err(format!("claims {count} values where {left} bytes are left"));
    };
    match of {
        Kind::Text => (0..count).try_for_each(|index| {
            cursor
                .text()
                .map(|_| ())
                .map_err(|why| format!("has a text, number {index}, that {why}"))
        }),
        Kind::List => (0..count).try_for_each(|_| {
            let head = list_head(cursor)?;
            skip_list(cursor, head, depth + 1)
        }),
        _ => cursor.take(bytes).map(|_| ()),
    }
}

fn scalar<'a>(cursor: &mut Cursor<'a>, kind: Kind) -> Option<Scalar<'a>> {
    if kind == Kind::Text {
        return cursor.text().ok().map(Scalar::Text);
    }
    let bytes = cursor.take(kind.width()?).ok()?;
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let number = u64::from_le_bytes(wide);
    let signed = |number: i64| match u64::try_from(number) {
        Ok(count) => Scalar::Count(count),
        Err(_) => Scalar::Negative(number),
    };
    Some(match kind {
        Kind::I8 => signed(i64::from(number as u8 as i8)),
        Kind::I16 => signed(i64::from(number as u16 as i16)),
        Kind::I32 => signed(i64::from(number as u32 as i32)),
        Kind::I64 => signed(number as i64),
        Kind::F32 => Scalar::Float(f64::from(f32::from_bits(number as u32))),
        Kind::F64 => Scalar::Float(f64::from_bits(number)),
        Kind::Flag => Scalar::Flag(number != 0),
        _ => Scalar::Count(number),
    })
}
