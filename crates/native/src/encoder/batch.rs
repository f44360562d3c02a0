//! Texts of different lengths, laid end to end without padding.

use tokenizers::Encoding;

/// The tokens of one text, or of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// The tokens.
    pub(crate) tokens: Vec<u32>,
    /// Which tokens belong to the second text of a pair; empty where there is one text.
    pub(crate) second: Vec<bool>,
}

impl Sequence {
    /// Makes a sequence of one text.
    pub(crate) fn of(tokens: Vec<u32>) -> Self {
        Self { tokens, second: Vec::new() }
    }

    /// Makes a sequence of two texts.
    pub(crate) fn of_pair(pair: &Encoding) -> Self {
        let second = pair.get_type_ids().iter().map(|kind| *kind == 1).collect();
        Self { tokens: pair.get_ids().to_vec(), second }
    }
}

/// Sequences of tokens, one after the other.
#[derive(Debug)]
pub(crate) struct Packed {
    /// The tokens of all sequences.
    pub(crate) tokens: Vec<u32>,
    /// Where each sequence starts, and where the last one ends.
    pub(crate) offsets: Vec<usize>,
    /// Which tokens belong to the second text of a pair; empty where there are no pairs.
    pub(crate) second: Vec<bool>,
}

impl Packed {
    pub(crate) fn new<'a>(sequences: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut packed = Self { tokens: Vec::new(), offsets: vec![0], second: Vec::new() };
        for sequence in sequences {
            packed.tokens.extend_from_slice(sequence);
            packed.offsets.push(packed.tokens.len());
        }
        packed
    }

    /// Packs sequences of which some may be pairs.
    pub(crate) fn of(sequences: &[Sequence]) -> Self {
        let mut packed = Self::new(sequences.iter().map(|one| one.tokens.as_slice()));
        if sequences.iter().any(|one| !one.second.is_empty()) {
            for (one, end) in sequences.iter().zip(&packed.offsets[1..]) {
                packed.second.extend(&one.second);
                packed.second.resize(*end, false);
            }
        }
        packed
    }

    /// Returns the place of each token in its sequence, counted from `first`.
    pub(crate) fn positions(&self, first: usize) -> Vec<usize> {
        let places = |ends: &[usize]| first..first + ends[1] - ends[0];
        self.offsets.windows(2).flat_map(places).collect()
    }

    /// Returns the rows of each sequence.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.offsets.windows(2).map(|ends| ends[0]..ends[1])
    }
}

/// Groups sequences of similar length, so that no group has more than `tokens_max` tokens unless
/// one sequence alone has. Returns the sequences' numbers.
pub(crate) fn groups(lengths: &[usize], tokens_max: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&number| lengths[number]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut tokens = 0;
    for number in order {
        match groups.last_mut() {
            Some(group) if tokens + lengths[number] <= tokens_max => group.push(number),
            _ => {
                tokens = 0;
                groups.push(vec![number]);
            }
        }
        tokens += lengths[number];
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_every_sequence_once_and_keep_to_the_bound() {
        let check = |lengths: &[usize], tokens_max: usize, expected: &[&[usize]]| {
            assert_eq!(groups(lengths, tokens_max), expected);
        };
        check(&[], 10, &[]);
        check(&[3, 1, 2], 10, &[&[1, 2, 0]]);
        check(&[3, 1, 2], 3, &[&[1, 2], &[0]]);
        check(&[20, 1], 10, &[&[1], &[0]]);
        check(&[20, 30], 10, &[&[0], &[1]]);
    }

    #[test]
    fn the_second_text_of_a_pair_is_known_beside_single_texts() {
        let pair = Sequence { tokens: vec![1, 2, 3], second: vec![false, false, true] };
        let single = Sequence::of(vec![4, 5]);
        let check = |sequences: &[Sequence], expected: &[bool]| {
            assert_eq!(Packed::of(sequences).second, expected);
        };
        check(std::slice::from_ref(&single), &[]);
        check(&[single.clone(), pair.clone()], &[false, false, false, false, true]);
        check(&[pair, single], &[false, false, true, false, false]);
    }

    #[test]
    fn positions_start_again_in_each_sequence() {
        let packed = Packed::new([&[7, 8, 9][..], &[5][..], &[6, 6][..]]);
        assert_eq!(packed.offsets, [0, 3, 4, 6]);
        assert_eq!(packed.positions(2), [2, 3, 4, 2, 2, 3]);
    }
}
