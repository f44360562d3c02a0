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
//!
//! Numbers of eight bits are multiples of a scale that each head has for each token, the greatest
//! number over 127: `kv_heads × tokens` scales for a page of keys, and for one of values.

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

    /// Returns how many scales a page of keys has in eight bits, and one of values.
    pub fn page_scales(&self) -> usize {
        self.kv_heads * self.tokens
    }

    /// Returns where the scale of a token's head lies.
    pub(super) fn scale(&self, (page, slot): (usize, usize), head: usize) -> usize {
        page * self.page_scales() + head * self.tokens + slot
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
    /// Keys and values in eight bits, each with its scales.
    Int8([&'a [i8]; 2], [&'a [f32]; 2]),
}

/// All pages of one block of a model, to be written.
#[derive(Debug)]
pub enum KvPagesMut<'a> {
    /// Keys and values as f32.
    F32(&'a mut [f32], &'a mut [f32]),
    /// Keys and values rounded to bf16.
    Bf16(&'a mut [bf16], &'a mut [bf16]),
    /// Keys and values in eight bits, each with its scales.
    Int8([&'a mut [i8]; 2], [&'a mut [f32]; 2]),
}

impl KvPagesMut<'_> {
    /// Writes the key and the value of one token, `kv_heads · head_dim` numbers each.
    pub fn write(&mut self, shape: &PageShape, (page, slot): (usize, usize), kv: [&[f32]; 2]) {
        let place = Place { shape, page, slot };
        match self {
            Self::F32(keys, values) => place.put([keys, values], kv, |_, _, x| x),
            Self::Bf16(keys, values) => {
                place.put([keys, values], kv, |_, _, x| bf16::from_bits(to_bf16(x)));
            }
            Self::Int8(numbers, scales) => {
                for (scales, x) in scales.iter_mut().zip(kv) {
                    place.put_scales(scales, x);
                }
                let scale = |side: usize, head| scales[side][shape.scale((page, slot), head)];
                let [keys, values] = numbers;
                place.put([keys, values], kv, |side, head, x| eight_bits(x, scale(side, head)));
            }
        }
    }
}

/// Rounds to a multiple of a scale. What is no number becomes zero.
fn eight_bits(x: f32, scale: f32) -> i8 {
    if scale > 0.0 { (x / scale).round() as i8 } else { 0 }
}

/// Where a token is written.
#[derive(Clone, Copy)]
struct Place<'a> {
    shape: &'a PageShape,
    page: usize,
    slot: usize,
}

impl Place<'_> {
    /// Writes key and value, each number as `round` makes it: of a key (0) or a value (1), of a
    /// head.
    fn put<T: Copy>(
        self,
        [keys, values]: [&mut [T]; 2],
        [key, value]: [&[f32]; 2],
        round: impl Fn(usize, usize, f32) -> T,
    ) {
        let Self { shape, page, slot } = self;
        let (dim, width) = (shape.head_dim, shape.kv_heads * shape.head_dim);
        assert!(slot < shape.tokens, "slot {slot} of a page of {}", shape.tokens);
        assert_eq!((key.len(), value.len()), (width, width), "a token");
        for (head, (key, value)) in key.chunks_exact(dim).zip(value.chunks_exact(dim)).enumerate() {
            let start = shape.head(page, head);
            let square = &mut keys[start + slot / SIDE * SIDE * dim..][..SIDE * dim];
            for (numbers, x) in square.chunks_exact_mut(SIDE).zip(key) {
                numbers[slot % SIDE] = round(0, head, *x);
            }
            for (number, x) in values[start + slot * dim..][..dim].iter_mut().zip(value) {
                *number = round(1, head, *x);
            }
        }
    }

    fn put_scales(self, scales: &mut [f32], x: &[f32]) {
        for (head, numbers) in x.chunks_exact(self.shape.head_dim).enumerate() {
            let greatest = numbers.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            scales[self.shape.scale((self.page, self.slot), head)] = greatest / 127.0;
        }
    }
}
