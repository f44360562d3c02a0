//! How keys and values are remembered: in pages that sequences may share.
//!
//! A page holds the keys, or the values, of `tokens` tokens in one block of a model:
//!
//! - keys: for each head, for each sixteen tokens, for each of the head's numbers, that number
//!   of the sixteen tokens side by side: `kv_heads × tokens/16 × head_dim × 16`;
//! - values: for each head, for each token, the head's numbers: `kv_heads × tokens × head_dim`.
//!
//! So a vector holds one number of sixteen keys, and scores need no sums across vectors. Page
//! `p` lies at `p · len` of both slices. A sequence has a table of its pages: the token at
//! position `i` is in page `table[i / tokens]`, in slot `i % tokens`. Slots that were never
//! written may hold anything; they are not looked at.

use half::bf16;

use crate::weights::to_bf16;

/// Tokens side by side in a page of keys.
pub(super) const SIDE: usize = 16;

/// The shape of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageShape {
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Numbers in a head.
    pub head_dim: usize,
    /// Tokens in a page: 16, 32 or 64.
    pub tokens: usize,
}

impl PageShape {
    /// Returns how many numbers a page of keys has, and one of values.
    pub fn page_len(&self) -> usize {
        self.kv_heads * self.tokens * self.head_dim
    }

    /// Returns where the first number of a head of a page lies.
    pub(super) fn head(&self, page: usize, head: usize) -> usize {
        page * self.page_len() + head * self.tokens * self.head_dim
    }

    /// Panics unless pages fit into what is looked at together.
    pub(super) fn check(&self) {
        let fits = matches!(self.tokens, 16 | 32 | 64);
        assert!(fits, "pages of {} tokens: 16, 32 or 64 are possible", self.tokens);
    }
}

/// All pages of one block of a model.
#[derive(Clone, Copy, Debug)]
pub enum KvPages<'a> {
    /// Keys and values as f32.
    F32(&'a [f32], &'a [f32]),
    /// Keys and values rounded to bf16.
    Bf16(&'a [bf16], &'a [bf16]),
}

/// All pages of one block of a model, to be written.
#[derive(Debug)]
pub enum KvPagesMut<'a> {
    /// Keys and values as f32.
    F32(&'a mut [f32], &'a mut [f32]),
    /// Keys and values rounded to bf16.
    Bf16(&'a mut [bf16], &'a mut [bf16]),
}

impl KvPagesMut<'_> {
    /// Writes the key and the value of one token, `kv_heads · head_dim` numbers each.
    pub fn write(&mut self, shape: &PageShape, (page, slot): (usize, usize), kv: [&[f32]; 2]) {
        match self {
            Self::F32(keys, values) => put((keys, values), shape, (page, slot), kv, |x| x),
            Self::Bf16(keys, values) => {
                put((keys, values), shape, (page, slot), kv, |x| bf16::from_bits(to_bf16(x)));
            }
        }
    }
}

fn put<T: Copy>(
    (keys, values): (&mut [T], &mut [T]),
    shape: &PageShape,
    (page, slot): (usize, usize),
    [key, value]: [&[f32]; 2],
    round: impl Fn(f32) -> T,
) {
    let dim = shape.head_dim;
    assert!(slot < shape.tokens, "slot {slot} of a page of {}", shape.tokens);
    assert_eq!((key.len(), value.len()), (shape.kv_heads * dim, shape.kv_heads * dim), "a token");
    for (head, (key, value)) in key.chunks_exact(dim).zip(value.chunks_exact(dim)).enumerate() {
        let start = shape.head(page, head);
        let square = &mut keys[start + slot / SIDE * SIDE * dim..][..SIDE * dim];
        for (numbers, x) in square.chunks_exact_mut(SIDE).zip(key) {
            numbers[slot % SIDE] = round(*x);
        }
        for (number, x) in values[start + slot * dim..][..dim].iter_mut().zip(value) {
            *number = round(*x);
        }
    }
}
