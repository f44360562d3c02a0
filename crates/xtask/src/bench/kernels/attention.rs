//! Attention to pages: tokens of several sequences, and a part of a prompt.

use half::bf16;
use kernels::{Attention, CachedAttention, CachedSequence, KvPages, PageShape, attention_cached};

use super::{Amount, Table, numbers};

/// Tokens that are remembered.
const SEEN: usize = 2048;
/// Tokens of a page.
const PAGE: usize = 32;

/// The heads of a model with half a billion weights, and of one with a billion.
const HEADS: [(usize, usize, usize); 2] = [(14, 2, 64), (32, 8, 64)];

pub(super) fn all(table: &Table) {
    for (heads, kv_heads, head_dim) in HEADS {
        let attention = Attention { heads, kv_heads, head_dim, causal: true, scale: 0.125 };
        for (sequences, queries) in [(1, 1), (8, 1), (1, 512)] {
            let case = Case { attention: &attention, sequences, queries };
            case.run(table, &Memory::bf16);
            case.run(table, &Memory::int8);
        }
    }
}

/// The keys and values of a block.
#[derive(Clone)]
enum Memory {
    Bf16(Vec<bf16>),
    Int8(Vec<i8>, Vec<f32>),
}

impl Memory {
    fn bf16(shape: &PageShape, pages: usize) -> Self {
        let numbers = numbers(pages * shape.page_len());
        Self::Bf16(numbers.into_iter().map(bf16::from_f32).collect())
    }

    fn int8(shape: &PageShape, pages: usize) -> Self {
        let numbers = numbers(pages * shape.page_len());
        let rounded = numbers.into_iter().map(|x| (x * 127.0) as i8).collect();
        Self::Int8(rounded, vec![1.0 / 127.0; pages * shape.page_scales()])
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Bf16(_) => "bf16",
            Self::Int8(..) => "int8",
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Bf16(all) => 2 * all.len(),
            Self::Int8(all, scales) => all.len() + 4 * scales.len(),
        }
    }

    /// Returns pages whose keys are those of one, and the values those of another.
    fn pages<'a>(keys: &'a Self, values: &'a Self) -> KvPages<'a> {
        match (keys, values) {
            (Self::Int8(keys, of_keys), Self::Int8(values, of_values)) => {
                KvPages::Int8([keys, values], [of_keys, of_values])
            }
            (Self::Bf16(keys), Self::Bf16(values)) => KvPages::Bf16(keys, values),
            _ => unreachable!("both are made alike"),
        }
    }
}

struct Case<'a> {
    attention: &'a Attention,
    sequences: usize,
    queries: usize,
}

impl Case<'_> {
    fn run(&self, table: &Table, memory: &dyn Fn(&PageShape, usize) -> Memory) {
        let Self { attention, sequences, queries } = *self;
        let Attention { heads, kv_heads, head_dim, .. } = *attention;
        let shape = PageShape { kv_heads, head_dim, tokens: PAGE };
        let per_sequence = SEEN / PAGE;
        let keys = memory(&shape, sequences * per_sequence);
        let (name, bytes) = (keys.name(), keys.bytes());
        // Blocks of a model, whose pages no cache holds together.
        let blocks = vec![(keys.clone(), keys); if queries == 1 { 24 } else { 1 }];
        let tables: Vec<Vec<u32>> = (0..sequences)
            .map(|sequence| {
                (0..per_sequence).map(|page| (page * sequences + sequence) as u32).collect()
            })
            .collect();
        let first = SEEN - queries;
        let of_tables = tables.iter();
        let all: Vec<_> = of_tables.map(|pages| CachedSequence { pages, first, queries }).collect();
        let q = numbers(sequences * queries * attention.width());
        let mut out = vec![0.0; q.len()];
        let how = CachedAttention { attention, window: None, soft_cap: None, page_tokens: PAGE };
        let amount = if queries == 1 {
            Amount::Bytes((blocks.len() * 2 * bytes) as f64)
        } else {
            let seen = SEEN - queries / 2;
            Amount::F32(4.0 * (sequences * queries * seen * attention.width()) as f64)
        };
        let name = format!("attention {name}, {sequences} × {queries} tokens");
        let shape = format!("{heads}/{kv_heads} × {head_dim}, {SEEN} seen");
        table.line((&name, &shape), amount, &blocks, |(keys, values)| {
            attention_cached(&mut out, &q, Memory::pages(keys, values), &all, &how);
        });
    }
}
