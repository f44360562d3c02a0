//! Sets of models as bits: one per model, so that combining two is a few words of work.

/// A set of numbers below a fixed size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    words: Vec<u64>,
}

impl Ids {
    /// Makes an empty set of numbers below `size`.
    pub(super) fn none(size: usize) -> Self {
        Self { words: vec![0; size.div_ceil(64)] }
    }

    /// Makes the set of all numbers below `size`.
    pub(super) fn all(size: usize) -> Self {
        let mut ids = Self { words: vec![u64::MAX; size.div_ceil(64)] };
        if let (Some(last), extra @ 1..) = (ids.words.last_mut(), size % 64) {
            *last = (1 << extra) - 1;
        }
        ids
    }

    pub(super) fn insert(&mut self, id: usize) {
        self.words[id / 64] |= 1 << (id % 64);
    }

    /// Keeps what is in `other` too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Takes away what is in `other`.
    pub(super) fn drop(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Adds what is in `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Counts what is in both.
    pub(super) fn common(&self, other: &Self) -> usize {
        let both = self.words.iter().zip(&other.words).map(|(a, b)| a & b);
        both.map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let bits = |(index, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        };
        self.words.iter().enumerate().flat_map(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_combine() {
        for size in [0, 1, 63, 64, 65, 200] {
            assert_eq!(Ids::all(size).len(), size);
            assert_eq!(Ids::all(size).iter().collect::<Vec<_>>(), (0..size).collect::<Vec<_>>());
        }
        let mut even = Ids::none(130);
        (0..130).step_by(2).for_each(|id| even.insert(id));
        let mut third = Ids::none(130);
        (0..130).step_by(3).for_each(|id| third.insert(id));
        assert_eq!(even.common(&third), 22);
        let mut both = even.clone();
        both.keep(&third);
        assert_eq!(both.iter().collect::<Vec<_>>(), (0..130).step_by(6).collect::<Vec<_>>());
        even.add(&third);
        assert_eq!(even.len(), 65 + 44 - 22);
        assert_eq!(even.iter().skip_while(|id| *id < 126).collect::<Vec<_>>(), [126, 128, 129]);
    }
}
