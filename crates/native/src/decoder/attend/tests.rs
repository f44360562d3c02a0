use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Attend, BLOCK};
use crate::decoder::cache::LayerCache;

const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const DIM: usize = 20;

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| chance.random_range(-1.0..1.0)).collect()
}

/// Attends as the formula says, in f64.
fn reference(attend: &Attend, queries: &[f32], layer: &LayerCache, positions: &[u32]) -> Vec<f32> {
    let mut out = Vec::new();
    for (row, position) in positions.iter().enumerate() {
        let end = *position as usize + 1;
        let start = attend.window.map_or(0, |window| end.saturating_sub(window));
        for head in 0..HEADS {
            let at = |row: usize, place: usize| {
                row * KV_HEADS * DIM + head / (HEADS / KV_HEADS) * DIM + place
            };
            let query = &queries[(row * HEADS + head) * DIM..][..DIM];
            let score = |key: usize| {
                let dot = |place| f64::from(query[place]) * f64::from(layer.keys[at(key, place)]);
                let score = (0..DIM).map(dot).sum::<f64>() * f64::from(attend.attention.scale);
                attend.cap.map_or(score, |cap| f64::from(cap) * (score / f64::from(cap)).tanh())
            };
            let shares: Vec<f64> = (start..end).map(|key| score(key).exp()).collect();
            let total: f64 = shares.iter().sum();
            out.extend((0..DIM).map(|place| {
                let value = |key: usize| f64::from(layer.values[at(key, place)]);
                let taken = shares.iter().zip(start..end).map(|(share, key)| share * value(key));
                (taken.sum::<f64>() / total) as f32
            }));
        }
    }
    out
}

#[test]
fn every_way_to_attend_is_that_of_the_formula() {
    let check = |first: usize, rows: usize, window: Option<usize>, cap: Option<f32>| {
        let all = first + rows;
        let layer = LayerCache {
            keys: numbers(all * KV_HEADS * DIM, 1),
            values: numbers(all * KV_HEADS * DIM, 2),
        };
        let queries = numbers(rows * HEADS * DIM, 3);
        let positions: Vec<u32> = (first as u32..all as u32).collect();
        let attention = kernels::Attention {
            heads: HEADS,
            kv_heads: KV_HEADS,
            head_dim: DIM,
            causal: true,
            scale: 0.7,
        };
        let attend = Attend { attention, window, cap };
        let mut found = vec![0.0; queries.len()];
        attend.run(&mut found, &queries, &layer, &positions);
        let expected = reference(&attend, &queries, &layer, &positions);
        for (found, expected) in found.iter().zip(&expected) {
            let difference = (found - expected).abs();
            assert!(difference < 1e-5, "{first} {rows} {window:?} {cap:?}: {found} {expected}");
        }
    };
    for (first, rows) in [(0, 1), (0, 9), (0, 2 * BLOCK + 3), (7, 1), (5, 4), (31, BLOCK + 1)] {
        for window in [None, Some(1), Some(6), Some(200), Some(5000)] {
            check(first, rows, window, None);
            check(first, rows, window, Some(0.5));
        }
    }
}
