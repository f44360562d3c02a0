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
            one(table, &attention, sequences, queries);
        }
    }
}

fn one(table: &Table, attention: &Attention, sequences: usize, queries: usize) {
    let Attention { heads, kv_heads, head_dim, .. } = *attention;
    let shape = PageShape { kv_heads, head_dim, tokens: PAGE };
    let per_sequence = SEEN / PAGE;
    let len = sequences * per_sequence * shape.page_len();
    let keys: Vec<bf16> = numbers(len).into_iter().map(bf16::from_f32).collect();
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
        Amount::Bytes((blocks.len() * 2 * 2 * len) as f64)
    } else {
        let seen = SEEN - queries / 2;
        Amount::F32(4.0 * (sequences * queries * seen * attention.width()) as f64)
    };
    let name = format!("attention bf16, {sequences} × {queries} tokens");
    let shape = format!("{heads}/{kv_heads} × {head_dim}, {SEEN} seen");
    table.line((&name, &shape), amount, &blocks, |(keys, values)| {
        attention_cached(&mut out, &q, KvPages::Bf16(keys, values), &all, &how);
    });
}
