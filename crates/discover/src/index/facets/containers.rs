//! Reads a set of models 65,536 at a time, as its containers lie in the portable format of roaring
//! bitmaps (<https://github.com/RoaringBitmap/RoaringFormatSpec>): several times as fast as asking
//! for one model after the other.

use std::ops::Range;

use roaring::RoaringBitmap;

/// Models that are handed out in one go: their numbers stay in the first cache.
pub(super) const BATCH: usize = 512;

/// Models of a container.
pub(super) const CONTAINER: usize = 1 << 16;
/// A container of at most so many models lists them; one of more has a bit for each.
const LIST_MAX: usize = 4_096;
const BITS_BYTES: usize = CONTAINER / 8;

/// How the bytes begin without and with containers of runs.
const COOKIE: u32 = 12_346;
const COOKIE_RUNS: u32 = 12_347;
/// With runs, and below so many containers, the bytes do not tell where each container lies.
const NO_OFFSETS_BELOW: usize = 4;

/// A set of models as bytes.
pub(super) struct Containers {
    bytes: Vec<u8>,
    all: Vec<Container>,
}

/// Where the models of one container lie.
#[derive(Clone, Copy)]
struct Container {
    /// The upper half of their numbers.
    key: u16,
    /// How many models it has.
    models: usize,
    is_runs: bool,
    start: usize,
}

impl Containers {
    pub(super) fn of(docs: &RoaringBitmap) -> Self {
        let mut bytes = Vec::with_capacity(docs.serialized_size());
        // Writing to memory does not fail; an empty set is what an unreadable one reads as.
        let _ = docs.serialize_into(&mut bytes);
        let all = read(&bytes).unwrap_or_default();
        Self { bytes, all }
    }

    /// Returns where the second half of the models begins, roughly.
    pub(super) fn middle(&self) -> usize {
        let total: usize = self.all.iter().map(|one| one.models).sum();
        let mut before = 0;
        let half = |one: &Container| {
            before += one.models;
            2 * before > total
        };
        self.all.iter().position(half).map_or(0, |at| at + 1)
    }

    /// Returns how many containers there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Hands out the models of some containers: the number of the first that a container could
    /// have, and up to 512 offsets from it.
    pub(super) fn for_each(&self, range: Range<usize>, mut take: impl FnMut(usize, &[u16])) {
        for container in self.all.get(range).unwrap_or_default() {
            let first = usize::from(container.key) * CONTAINER;
            container.for_each(&self.bytes, |offsets| take(first, offsets));
        }
    }
}

impl Container {
    fn for_each(&self, bytes: &[u8], mut take: impl FnMut(&[u16])) {
        let bytes = bytes.get(self.start..).unwrap_or_default();
        let mut batch = Batch { offsets: [0; BATCH], len: 0 };
        if self.is_runs {
            let runs = 4 * usize::from(numbers(bytes).next().unwrap_or(0));
            for run in bytes.get(2..2 + runs).unwrap_or_default().chunks_exact(4) {
                let (first, more) = (u16_at(run, 0), u16_at(run, 2));
                (0..=more).for_each(|next| batch.push(first.saturating_add(next), &mut take));
            }
        } else if self.models <= LIST_MAX {
            let listed = bytes.get(..2 * self.models).unwrap_or_default();
            numbers(listed).for_each(|offset| batch.push(offset, &mut take));
        } else {
            let words = bytes.get(..BITS_BYTES).unwrap_or_default().chunks_exact(8);
            for (at, word) in words.enumerate() {
                let mut word = word.try_into().map_or(0, u64::from_le_bytes);
                while word != 0 {
                    batch.push((64 * at) as u16 + word.trailing_zeros() as u16, &mut take);
                    word &= word - 1;
                }
            }
        }
        take(&batch.offsets[..batch.len]);
    }
}

/// Models on their way out.
struct Batch {
    offsets: [u16; BATCH],
    len: usize,
}

impl Batch {
    #[inline(always)]
    fn push(&mut self, offset: u16, take: &mut impl FnMut(&[u16])) {
        self.offsets[self.len] = offset;
        self.len += 1;
        if self.len == BATCH {
            take(&self.offsets);
            self.len = 0;
        }
    }
}

/// Finds the containers; `None` where the bytes are not in the format.
fn read(bytes: &[u8]) -> Option<Vec<Container>> {
    let cookie = u32_at(bytes, 0)?;
    let has_runs = cookie & 0xFFFF == COOKIE_RUNS;
    let (count, runs) = match has_runs {
        true => ((cookie >> 16) as usize + 1, 4),
        false if cookie == COOKIE => (u32_at(bytes, 4)? as usize, 8),
        false => return None,
    };
    let heads = if has_runs { runs + count.div_ceil(8) } else { runs };
    let mut start = heads + 4 * count;
    if !has_runs || count >= NO_OFFSETS_BELOW {
        start += 4 * count;
    }
    let mut all = Vec::with_capacity(count);
    for at in 0..count {
        let head = bytes.get(heads + 4 * at..heads + 4 * at + 4)?;
        let is_runs = has_runs && bytes.get(runs + at / 8)? >> (at % 8) & 1 == 1;
        let (key, models) = (u16_at(head, 0), usize::from(u16_at(head, 2)) + 1);
        all.push(Container { key, models, is_runs, start });
        start += match (is_runs, models) {
            (true, _) => 2 + 4 * usize::from(u16_at(bytes.get(start..start + 2)?, 0)),
            (false, ..=LIST_MAX) => 2 * models,
            (false, _) => BITS_BYTES,
        };
    }
    (start <= bytes.len()).then_some(all)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|two| u16_at(two, 0))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_comes_once_and_in_order() {
        let check = |docs: RoaringBitmap| {
            let containers = Containers::of(&docs);
            let middle = containers.middle();
            let mut found = Vec::new();
            for half in [0..middle, middle..containers.len()] {
                containers.for_each(half, |first, offsets| {
                    found
                        .extend(offsets.iter().map(|offset| (first + usize::from(*offset)) as u32));
                });
            }
            assert_eq!(found, docs.iter().collect::<Vec<_>>());
        };
        let mut runs: RoaringBitmap = (0..300_000).collect();
        runs.extend([400_000, 65_535 * 9]);
        runs.optimize();
        let mut few_runs: RoaringBitmap = (7..70_000).collect();
        few_runs.optimize();
        let mut whole: RoaringBitmap = (0..65_536).collect();
        whole.optimize();
        for docs in [
            RoaringBitmap::new(),
            [0].into_iter().collect(),
            (0..200_000).step_by(3).collect(),
            (0..9_000_000).step_by(977).collect(),
            (65_536..65_536 + 4_096).collect(),
            (65_536..65_536 + 4_097).collect(),
            runs,
            few_runs,
            whole,
        ] {
            check(docs);
        }
    }
}
