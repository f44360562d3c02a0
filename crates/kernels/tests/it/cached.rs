//! Attention to pages against a plain computation, at every level.

use half::bf16;
use kernels::{
    Attention, CachedAttention, CachedSequence, KvPages, KvPagesMut, PageShape, attention_cached,
};

use super::levels::at_each_level;
use super::{close, numbers};

/// Sequences with what was there before their queries: prompts, parts of prompts, single tokens.
const SEQUENCES: [(usize, usize); 5] = [(0, 37), (20, 70), (130, 1), (0, 1), (63, 1)];

/// Pages of several sequences, mixed up, with keys and values of every token.
struct Memory {
    shape: PageShape,
    /// For each sequence the rows of its keys and of its values.
    rows: Vec<[Vec<f32>; 2]>,
    tables: Vec<Vec<u32>>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl Memory {
    fn new(shape: PageShape) -> Self {
        let width = shape.kv_heads * shape.head_dim;
        let lengths = SEQUENCES.map(|(first, queries)| first + queries);
        let pages: usize = lengths.iter().map(|len| len.div_ceil(shape.tokens)).sum();
        let row = |seed: usize, len: usize| numbers(seed as u64 + 10, len * width);
        let both = |(i, len): (usize, &usize)| [row(2 * i, *len), row(2 * i + 1, *len)];
        let rows = lengths.iter().enumerate().map(both).collect();
        // Neighbors in a sequence are not neighbors in memory, and what is not written is bad.
        let (mut free, stride) = (0, if pages.is_multiple_of(7) { 1 } else { 7 });
        let mut take = || {
            free += 1;
            (free * stride % pages) as u32
        };
        let tables = lengths
            .iter()
            .map(|len| (0..len.div_ceil(shape.tokens)).map(|_| take()).collect())
            .collect();
        let room = vec![f32::NAN; pages * shape.page_len()];
        let mut memory = Self { shape, rows, tables, keys: room.clone(), values: room };
        memory.fill();
        memory
    }

    fn fill(&mut self) {
        let [mut keys, mut values] = [&mut self.keys, &mut self.values].map(std::mem::take);
        self.write(&mut KvPagesMut::F32(&mut keys, &mut values));
        (self.keys, self.values) = (keys, values);
    }

    /// Writes all rows.
    fn write(&self, pages: &mut KvPagesMut<'_>) {
        let width = self.shape.kv_heads * self.shape.head_dim;
        for ([keys, values], table) in self.rows.iter().zip(&self.tables) {
            let tokens = keys.chunks(width).zip(values.chunks(width)).enumerate();
            for (position, (key, value)) in tokens {
                let page = table[position / self.shape.tokens] as usize;
                pages.write(&self.shape, (page, position % self.shape.tokens), [key, value]);
            }
        }
    }

    fn rounded(&self) -> [Vec<bf16>; 2] {
        [&self.keys, &self.values].map(|x| x.iter().map(|x| bf16::from_f32(*x)).collect())
    }

    /// Returns what eight bits leave of all rows: of each head a multiple of its greatest / 127.
    fn rows_in_eight_bits(&self) -> Vec<[Vec<f32>; 2]> {
        let rounded = |head: &[f32]| -> Vec<f32> {
            let scale = head.iter().fold(0.0_f32, |most, x| most.max(x.abs())) / 127.0;
            head.iter().map(|x| (x / scale).round() * scale).collect()
        };
        let side = |x: &Vec<f32>| x.chunks(self.shape.head_dim).flat_map(rounded).collect();
        self.rows.iter().map(|[keys, values]| [side(keys), side(values)]).collect()
    }

    fn sequences(&self) -> Vec<CachedSequence<'_>> {
        let all = SEQUENCES.into_iter().zip(&self.tables);
        all.map(|((first, queries), pages)| CachedSequence { pages, first, queries }).collect()
    }

    /// Attends in f64 to the keys and values of each sequence.
    fn exact(q: &[f32], how: &CachedAttention<'_>, rows: &[[Vec<f32>; 2]]) -> Vec<f64> {
        let Attention { heads, kv_heads, head_dim: dim, scale, .. } = *how.attention;
        let kv_width = kv_heads * dim;
        let mut out = Vec::new();
        let mut query = 0..;
        for ((first, queries), [keys, values]) in SEQUENCES.into_iter().zip(rows) {
            for (position, head) in
                (first..first + queries).flat_map(|p| (0..heads).map(move |h| (p, h)))
            {
                let q = &q[query.next().unwrap_or_default() * dim..][..dim];
                let kv = head / (heads / kv_heads) * dim;
                let part = |x: &[f32], at: usize| -> Vec<f64> {
                    x[at * kv_width + kv..][..dim].iter().map(|x| f64::from(*x)).collect()
                };
                let from = how.window.map_or(0, |window| (position + 1).saturating_sub(window));
                let score = |at: usize| {
                    let products =
                        part(keys, at).into_iter().zip(q).map(|(k, q)| k * f64::from(*q));
                    let score = products.sum::<f64>() * f64::from(scale);
                    how.soft_cap
                        .map_or(score, |cap| f64::from(cap) * (score / f64::from(cap)).tanh())
                };
                let powers: Vec<f64> = (from..=position).map(|at| score(at).exp()).collect();
                let total: f64 = powers.iter().sum();
                let mut row = vec![0.0; dim];
                for (power, at) in powers.iter().zip(from..) {
                    for (row, value) in row.iter_mut().zip(part(values, at)) {
                        *row += power / total * value;
                    }
                }
                out.extend(row);
            }
        }
        out
    }
}

fn attention(heads: usize, kv_heads: usize, head_dim: usize) -> Attention {
    Attention { heads, kv_heads, head_dim, causal: true, scale: 1.7 / (head_dim as f32).sqrt() }
}

fn queries(attention: &Attention) -> Vec<f32> {
    let rows: usize = SEQUENCES.iter().map(|(_, queries)| queries).sum();
    numbers(3, rows * attention.width()).iter().map(|x| 2.0 * x).collect()
}

fn run(q: &[f32], pages: KvPages<'_>, memory: &Memory, how: &CachedAttention<'_>) -> Vec<f32> {
    let mut out = vec![f32::NAN; q.len()];
    attention_cached(&mut out, q, pages, &memory.sequences(), how);
    out
}

#[test]
fn every_kind_of_attention_equals_f64() {
    let heads = [(4, 2, 16), (7, 1, 64), (3, 3, 84), (14, 2, 8)];
    let kinds = [(None, None), (Some(9), None), (Some(64), Some(3.0)), (None, Some(5.0))];
    for (shape, page_tokens) in heads.into_iter().zip([16, 32, 64, 16]) {
        let attention = attention(shape.0, shape.1, shape.2);
        let (kv_heads, head_dim) = (attention.kv_heads, attention.head_dim);
        let memory = Memory::new(PageShape { kv_heads, head_dim, tokens: page_tokens });
        let (q, [keys, values]) = (queries(&attention), memory.rounded());
        let round = |x: &Vec<f32>| x.iter().map(|x| bf16::from_f32(*x).to_f32()).collect();
        let rows_bf16: Vec<_> = memory.rows.iter().map(|both| both.each_ref().map(round)).collect();
        let rows_int8 = memory.rows_in_eight_bits();
        let mut numbers = [vec![99; keys.len()], vec![99; keys.len()]];
        let mut scales = [keys.len(), keys.len()].map(|len| vec![f32::NAN; len / head_dim]);
        let [k, v] = &mut numbers;
        let [of_k, of_v] = &mut scales;
        memory.write(&mut KvPagesMut::Int8([k, v], [of_k, of_v]));
        for (window, soft_cap) in kinds {
            let how = CachedAttention { attention: &attention, window, soft_cap, page_tokens };
            let exact =
                [&memory.rows, &rows_bf16, &rows_int8].map(|rows| Memory::exact(&q, &how, rows));
            at_each_level(|level| {
                let what = format!("{level:?} {how:?}");
                let pages = KvPages::F32(&memory.keys, &memory.values);
                close(&what, &run(&q, pages, &memory, &how), &exact[0], 1e-5);
                let pages = KvPages::Bf16(&keys, &values);
                close(&format!("{what} bf16"), &run(&q, pages, &memory, &how), &exact[1], 1e-5);
                let [k, v] = numbers.each_ref().map(Vec::as_slice);
                let pages = KvPages::Int8([k, v], scales.each_ref().map(Vec::as_slice));
                close(&format!("{what} int8"), &run(&q, pages, &memory, &how), &exact[2], 1e-5);
            });
        }
    }
}

#[test]
fn a_token_alone_gives_the_bits_that_it_gives_in_its_prompt() {
    let attention = attention(6, 2, 24);
    let memory = Memory::new(PageShape { kv_heads: 2, head_dim: 24, tokens: 32 });
    let (q, width) = (queries(&attention), attention.width());
    for window in [None, Some(40)] {
        let how =
            CachedAttention { attention: &attention, window, soft_cap: None, page_tokens: 32 };
        let pages = KvPages::F32(&memory.keys, &memory.values);
        at_each_level(|level| {
            let all = run(&q, pages, &memory, &how);
            let mut row = 0;
            for sequence in memory.sequences() {
                for query in 0..sequence.queries {
                    let alone =
                        CachedSequence { first: sequence.first + query, queries: 1, ..sequence };
                    let place = row * width..(row + 1) * width;
                    let mut out = vec![0.0; width];
                    attention_cached(&mut out, &q[place.clone()], pages, &[alone], &how);
                    assert_eq!(out, all[place], "{level:?} {window:?} row {row}");
                    row += 1;
                }
            }
        });
    }
}

#[test]
fn bf16_pages_hold_what_f32_pages_hold_rounded() {
    let shape = PageShape { kv_heads: 2, head_dim: 5, tokens: 16 };
    let (key, value) = (numbers(1, 10), numbers(2, 10));
    let (mut keys, mut values) = (vec![0.0; 2 * shape.page_len()], vec![0.0; 2 * shape.page_len()]);
    KvPagesMut::F32(&mut keys, &mut values).write(&shape, (1, 9), [&key, &value]);
    let (mut k, mut v) = (vec![bf16::ZERO; keys.len()], vec![bf16::ZERO; keys.len()]);
    KvPagesMut::Bf16(&mut k, &mut v).write(&shape, (1, 9), [&key, &value]);
    let round = |x: &[f32]| -> Vec<bf16> { x.iter().map(|x| bf16::from_f32(*x)).collect() };
    assert_eq!((k, v), (round(&keys), round(&values)));
    assert_eq!(keys.iter().filter(|x| **x != 0.0).count(), key.len());
    // The third number of the second head of the token in slot 9, as the layout says.
    assert_eq!(keys[shape.page_len() + (5 + 2) * 16 + 9], key[7]);
    assert_eq!(values[shape.page_len() + (16 + 9) * 5 + 2], value[7]);
}
