//! What adapters add to the rows of a step.

use std::borrow::Cow;
use std::ops::Range;

use kernels::Dims;

use super::{Adapter, LowRank, Projection};

/// Which rows of a step go with which adapter; empty where none does, and then all is free.
#[derive(Debug, Default)]
pub(crate) struct AdapterRows<'a> {
    groups: Vec<Group<'a>>,
}

/// All rows of one adapter.
#[derive(Debug)]
struct Group<'a> {
    adapter: &'a Adapter,
    ranges: Vec<Range<usize>>,
}

impl<'a> AdapterRows<'a> {
    /// Groups rows, which are told as how many have which adapter, one after the other.
    pub(crate) fn new(runs: impl Iterator<Item = (Option<&'a Adapter>, usize)>) -> Self {
        let mut rows = Self::default();
        let mut first = 0;
        for (adapter, count) in runs {
            let range = first..first + count;
            first = range.end;
            if let Some(adapter) = adapter {
                rows.push(adapter, range);
            }
        }
        rows
    }

    fn push(&mut self, adapter: &'a Adapter, range: Range<usize>) {
        let known = self.groups.iter_mut().find(|group| group.adapter.id() == adapter.id());
        match known {
            Some(group) => match group.ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => group.ranges.push(range),
            },
            None => self.groups.push(Group { adapter, ranges: vec![range] }),
        }
    }

    /// Returns what concerns a part of the rows, counted from its first.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        let mut part = Self::default();
        for group in &self.groups {
            for range in &group.ranges {
                let own = range.start.max(rows.start)..range.end.min(rows.end);
                if !own.is_empty() {
                    part.push(group.adapter, own.start - rows.start..own.end - rows.start);
                }
            }
        }
        part
    }

    /// Adds to each row of `out`, which a projection of a block made of `x`, what its adapter
    /// makes of the same row: that depends on nothing but the row.
    pub(crate) fn add(&self, layer: usize, projection: Projection, x: &[f32], out: &mut [f32]) {
        for group in &self.groups {
            if let Some(low_rank) = group.adapter.at(layer, projection) {
                group.add(low_rank, x, out);
            }
        }
    }
}

impl Group<'_> {
    fn add(&self, low_rank: &LowRank, x: &[f32], out: &mut [f32]) {
        let (&[rank, inputs], &[outputs, _]) = (low_rank.down.shape(), low_rank.up.shape()) else {
            return;
        };
        let rows: usize = self.ranges.iter().map(ExactSizeIterator::len).sum();
        let x = self.gathered(x, inputs);
        let mut narrow = vec![0.0; rows * rank];
        let down = Dims { m: rows, n: rank, k: inputs };
        kernels::linear(&mut narrow, &x, low_rank.down.view(), None, down);
        narrow.iter_mut().for_each(|number| *number *= low_rank.scale);
        let mut wide = vec![0.0; rows * outputs];
        let up = Dims { m: rows, n: outputs, k: rank };
        kernels::linear(&mut wide, &narrow, low_rank.up.view(), None, up);
        let mut rest = &*wide;
        for range in &self.ranges {
            let (own, after) = rest.split_at(range.len() * outputs);
            kernels::add(&mut out[range.start * outputs..range.end * outputs], own);
            rest = after;
        }
    }

    fn gathered<'x>(&self, x: &'x [f32], width: usize) -> Cow<'x, [f32]> {
        let rows = |range: &Range<usize>| &x[range.start * width..range.end * width];
        match &self.ranges[..] {
            [one] => Cow::Borrowed(rows(one)),
            ranges => Cow::Owned(ranges.iter().map(rows).collect::<Vec<_>>().concat()),
        }
    }
}
