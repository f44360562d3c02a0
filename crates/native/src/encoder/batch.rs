//! Texts of different lengths, laid end to end without padding.

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
    fn positions_start_again_in_each_sequence() {
        let packed = Packed::new([&[7, 8, 9][..], &[5][..], &[6, 6][..]]);
        assert_eq!(packed.offsets, [0, 3, 4, 6]);
        assert_eq!(packed.positions(2), [2, 3, 4, 2, 2, 3]);
    }
}
