//! The numbers that are trained, one after the other: first those that decay.

use std::ops::Range;

/// Where a tensor is among the trained ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

/// Trained tensors in one row of numbers.
#[derive(Clone, Debug)]
pub(super) struct Arena {
    pub(super) ranges: Vec<Range<usize>>,
    /// How many numbers at the start are pulled to zero: those of matrices.
    pub(super) decayed: usize,
    pub(super) values: Vec<f32>,
}

/// Collects tensors for an arena.
#[derive(Debug, Default)]
pub(super) struct Collector {
    tensors: Vec<(Kind, Vec<f32>)>,
}

/// Whether a tensor is pulled to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A matrix, which is.
    Matrix,
    /// A bias, or a part of a norm, which is not.
    Vector,
}

impl Collector {
    pub(super) fn add(&mut self, kind: Kind, values: Vec<f32>) -> Place {
        self.tensors.push((kind, values));
        Place(self.tensors.len() - 1)
    }

    pub(super) fn finish(self) -> Arena {
        let total = self.tensors.iter().map(|(_, values)| values.len()).sum();
        let mut arena = Arena {
            ranges: vec![0..0; self.tensors.len()],
            decayed: 0,
            values: Vec::with_capacity(total),
        };
        for kind in [Kind::Matrix, Kind::Vector] {
            let of_kind = self.tensors.iter().enumerate().filter(|(_, (of, _))| *of == kind);
            for (place, (_, values)) in of_kind {
                let start = arena.values.len();
                arena.values.extend_from_slice(values);
                arena.ranges[place] = start..arena.values.len();
            }
            if kind == Kind::Matrix {
                arena.decayed = arena.values.len();
            }
        }
        arena
    }
}

impl Arena {
    /// Returns the numbers of one tensor.
    pub(super) fn values(&self, place: Place) -> &[f32] {
        &self.values[self.range(place)]
    }

    /// Returns where a tensor's numbers are; its gradient is at the same place of gradients.
    pub(super) fn range(&self, place: Place) -> Range<usize> {
        self.ranges[place.0].clone()
    }

    /// Lends the gradients of two tensors.
    pub(super) fn two<'a>(
        &self,
        gradients: &'a mut [f32],
        places: [Place; 2],
    ) -> [&'a mut [f32]; 2] {
        let [first, second] = places.map(|place| self.range(place));
        if first.start <= second.start {
            let (before, after) = gradients.split_at_mut(second.start);
            [&mut before[first], &mut after[..second.len()]]
        } else {
            let (before, after) = gradients.split_at_mut(first.start);
            [&mut after[..first.len()], &mut before[second]]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_come_first_and_places_stay() {
        let mut collector = Collector::default();
        let bias = collector.add(Kind::Vector, vec![1.0, 2.0]);
        let matrix = collector.add(Kind::Matrix, vec![3.0, 4.0, 5.0]);
        let norm = collector.add(Kind::Vector, vec![6.0]);
        let arena = collector.finish();
        assert_eq!(arena.values, [3.0, 4.0, 5.0, 1.0, 2.0, 6.0]);
        assert_eq!(arena.decayed, 3);
        assert_eq!(arena.values(bias), [1.0, 2.0]);
        assert_eq!(arena.values(matrix), [3.0, 4.0, 5.0]);
        let mut gradients = arena.values.clone();
        let [of_bias, of_matrix] = arena.two(&mut gradients, [bias, matrix]);
        assert_eq!((&*of_bias, &*of_matrix), (&[1.0, 2.0][..], &[3.0, 4.0, 5.0][..]));
        let [of_matrix, of_norm] = arena.two(&mut gradients, [matrix, norm]);
        assert_eq!((&*of_matrix, &*of_norm), (&[3.0, 4.0, 5.0][..], &[6.0][..]));
    }
}
