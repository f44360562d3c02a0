//! The header of a GGUF file: metadata and the table of tensors, checked against its length.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::BlockFormat;
use super::cursor::{Checked, Cursor};
use super::value::Value;
use crate::weights::Encoding;

const MAGIC: &[u8; 4] = b"GGUF";
/// The versions that are read; the first one had shorter counts and is not in use any more.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// The longest metadata; the largest in use have about 20 MB, most of it a vocabulary.
const METADATA_BYTES_MAX: usize = 256 << 20;
/// The most entries of metadata, and the most tensors; the largest in use have about 2,000.
const ENTRIES_MAX: u64 = 1 << 16;
/// The longest key, as the format's specification has it.
const KEY_BYTES_MAX: usize = 65_535;
/// The longest name of a tensor; ggml itself stops at 64.
const NAME_BYTES_MAX: usize = 256;
/// The most dimensions of a tensor.
const DIMENSIONS_MAX: u32 = 4;
const ALIGNMENT: &str = "general.alignment";
/// Where data starts if the file says nothing.
const ALIGNMENT_DEFAULT: u64 = 32;
/// The coarsest alignment; files in use have 32.
const ALIGNMENT_MAX: u64 = 1 << 20;

/// What a header says about one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Rows, then columns.
    pub(super) shape: Vec<usize>,
    pub(super) encoding: Encoding,
    /// Which of the model's parts has it.
    pub(super) file: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A checked header: every value and every tensor lies within the file, no two tensors overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, Value>,
    pub(super) tensors: Vec<Entry>,
}

impl Header {
    pub(super) fn parse(file: &[u8]) -> Checked<Self> {
        let mut cursor = Cursor::new(file, 0);
        let (tensors, entries) = counts(&mut cursor)?;
        let metadata = metadata(&mut cursor, entries)?;
        let alignment = alignment(&metadata, file)?;
        let mut tensors = (0..tensors)
            .map(|index| tensor(&mut cursor).map_err(|why| format!("tensor number {index} {why}")))
            .collect::<Checked<Vec<_>>>()?;
        let data = (cursor.at() as u64).next_multiple_of(alignment);
        tensors.iter_mut().try_for_each(|entry| place(entry, (data, alignment), file.len()))?;
        check_apart(&tensors)?;
        Ok(Self { metadata, tensors })
    }
}

/// Reads how many tensors and how many entries of metadata there are.
fn counts(cursor: &mut Cursor<'_>) -> Checked<(u64, u64)> {
    let short = |why: String| format!("its beginning {why}");
    if cursor.take(4).map_err(short)? != MAGIC {
        return Err("it does not begin with `GGUF`".to_owned());
    }
    let version = cursor.u32().map_err(short)?;
    if VERSIONS.contains(&version.swap_bytes()) {
        return Err("its numbers are big-endian; little-endian files are read".to_owned());
    }
    if !VERSIONS.contains(&version) {
        return Err(format!("it is of version {version}; versions 2 and 3 are read"));
    }
    let tensors = cursor.u64().map_err(short)?;
    let entries = cursor.u64().map_err(short)?;
    match [("tensors", tensors), ("metadata entries", entries)].iter().find(|c| c.1 > ENTRIES_MAX) {
        Some((what, count)) => Err(format!("it claims {count} {what}, more than {ENTRIES_MAX}")),
        None => Ok((tensors, entries)),
    }
}

fn metadata(cursor: &mut Cursor<'_>, entries: u64) -> Checked<BTreeMap<String, Value>> {
    let mut metadata = BTreeMap::new();
    for index in 0..entries {
        let wrong_key = |why: String| format!("the key of metadata entry {index} {why}");
        let key = cursor.text().map_err(wrong_key)?;
        if key.len() > KEY_BYTES_MAX {
            return Err(wrong_key(format!("has {} bytes", key.len())));
        }
        let wrong = |why: String| format!("metadata `{}` {why}", shortened(key));
        let value = Value::read(cursor).map_err(wrong)?;
        if cursor.at() > METADATA_BYTES_MAX {
            return Err(format!("its metadata has more than {METADATA_BYTES_MAX} bytes"));
        }
        if metadata.insert(key.to_owned(), value).is_some() {
            return Err(wrong("is there twice".to_owned()));
        }
    }
    Ok(metadata)
}

/// Cuts names that only a hostile file has.
fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}

fn alignment(metadata: &BTreeMap<String, Value>, file: &[u8]) -> Checked<u64> {
    let Some(value) = metadata.get(ALIGNMENT) else { return Ok(ALIGNMENT_DEFAULT) };
    let sound = |number: &u64| number.is_power_of_two() && (8..=ALIGNMENT_MAX).contains(number);
    match value.scalar(file) {
        Some(super::value::Scalar::Count(number)) if sound(&number) => Ok(number),
        _ => Err(format!("metadata `{ALIGNMENT}` is {}, no alignment", value.describe(file))),
    }
}

/// Reads an entry of the table; `start` is still relative to the data.
fn tensor(cursor: &mut Cursor<'_>) -> Checked<Entry> {
    let name = cursor.text()?;
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("has a name of {} bytes", name.len()));
    }
    let wrong = |why: String| format!("(`{name}`) {why}");
    let dimensions = cursor.u32().map_err(wrong)?;
    if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
        return Err(wrong(format!("has {dimensions} dimensions")));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        let size = cursor.u64().map_err(wrong)?;
        shape.push(usize::try_from(size).map_err(|_| wrong(format!("has a size of {size}")))?);
    }
    // The file has the size that varies fastest first.
    shape.reverse();
    let encoding = encoding(cursor.u32().map_err(wrong)?);
    let offset = cursor.u64().map_err(wrong)?;
    let start = usize::try_from(offset).map_err(|_| wrong(format!("starts at {offset}")))?;
    Ok(Entry { name: name.to_owned(), shape, encoding, file: 0, start, end: start })
}

/// Names a type of ggml.
fn encoding(number: u32) -> Encoding {
    let other = |name: &str| Encoding::Other(name.to_owned());
    match number {
        0 => Encoding::F32,
        1 => Encoding::F16,
        2 => Encoding::Blocks(BlockFormat::Q4_0),
        3 => Encoding::Blocks(BlockFormat::Q4_1),
        6 => Encoding::Blocks(BlockFormat::Q5_0),
        7 => Encoding::Blocks(BlockFormat::Q5_1),
        8 => Encoding::Blocks(BlockFormat::Q8_0),
        10 => other("Q2_K"),
        11 => other("Q3_K"),
        12 => Encoding::Blocks(BlockFormat::Q4K),
        13 => Encoding::Blocks(BlockFormat::Q5K),
        14 => Encoding::Blocks(BlockFormat::Q6K),
        16 => other("IQ2_XXS"),
        17 => other("IQ2_XS"),
        18 => other("IQ3_XXS"),
        19 => other("IQ1_S"),
        20 => other("IQ4_NL"),
        21 => other("IQ3_S"),
        22 => other("IQ2_S"),
        23 => other("IQ4_XS"),
        29 => other("IQ1_M"),
        30 => Encoding::Bf16,
        34 => other("TQ1_0"),
        35 => other("TQ2_0"),
        39 => other("MXFP4"),
        _ => Encoding::Other(format!("type {number}")),
    }
}

/// Finds where a tensor lies in the file.
fn place(entry: &mut Entry, (data, alignment): (u64, u64), file_bytes: usize) -> Checked<()> {
    let wrong = |why: String| format!("tensor `{}` {why}", entry.name);
    let offset = entry.start as u64;
    if !offset.is_multiple_of(alignment) {
        return Err(wrong(format!("starts at {offset}, no multiple of {alignment}")));
    }
    let size = size_bytes(&entry.shape, &entry.encoding).map_err(wrong)?;
    let start = data.checked_add(offset);
    let end = start.and_then(|start| start.checked_add(size));
    match (start, end) {
        (Some(start), Some(end)) if end <= file_bytes as u64 => {
            (entry.start, entry.end) = (start as usize, end as usize);
            Ok(())
        }
        _ => Err(wrong(format!(
            "has {size} bytes from {offset} on, and the file ends before ({file_bytes} bytes)"
        ))),
    }
}

/// Returns the bytes of a tensor; none of a type that is not known.
fn size_bytes(shape: &[usize], encoding: &Encoding) -> Checked<u64> {
    let product = |a: u64, b: usize| a.checked_mul(b as u64);
    let numbers = shape.iter().try_fold(1, |count, size| product(count, *size));
    let Some(numbers) = numbers.filter(|numbers| *numbers <= u64::MAX / 8) else {
        return Err(format!("has the shape {shape:?}, which no file can hold"));
    };
    let columns = shape.last().copied().unwrap_or(0);
    Ok(match encoding {
        Encoding::F32 => numbers * 4,
        Encoding::F16 | Encoding::Bf16 => numbers * 2,
        Encoding::Blocks(format) if columns.is_multiple_of(format.numbers()) => {
            numbers / format.numbers() as u64 * format.bytes() as u64
        }
        Encoding::Blocks(format) => {
            let (name, block) = (format.name(), format.numbers());
            return Err(format!("has rows of {columns}; those of {name} are multiples of {block}"));
        }
        Encoding::Other(_) => 0,
    })
}

/// Checks that names are single and that no two tensors share bytes.
fn check_apart(tensors: &[Entry]) -> Checked<()> {
    let mut names = BTreeSet::new();
    if let Some(twice) = tensors.iter().find(|entry| !names.insert(entry.name.as_str())) {
        return Err(format!("tensor `{}` is there twice", twice.name));
    }
    let mut places: Vec<&Entry> = tensors.iter().filter(|entry| entry.end > entry.start).collect();
    places.sort_by_key(|entry| entry.start);
    match places.windows(2).find(|pair| pair[1].start < pair[0].end) {
        Some(pair) => Err(format!("tensors `{}` and `{}` overlap", pair[0].name, pair[1].name)),
        None => Ok(()),
    }
}
