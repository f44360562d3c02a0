//! Packed attention against a plain computation, and its gradient.

use kernels::{Attention, AttentionGrad, attention, attention_decode, attention_grad};

use super::{close, differences, numbers};

const OFFSETS: [usize; 5] = [0, 3, 3, 10, 11];
const TOKENS: usize = 11;

fn shapes() -> [Attention; 4] {
    let shape = |heads, kv_heads, head_dim, causal| Attention {
        heads,
        kv_heads,
        head_dim,
        causal,
        scale: 0.4,
    };
    [shape(3, 3, 8, false), shape(4, 2, 16, true), shape(2, 1, 20, false), shape(1, 1, 5, true)]
}

fn exact(q: &[f32], k: &[f32], v: &[f32], shape: &Attention) -> Vec<f64> {
    let (width, kv_width, dim) = (shape.width(), shape.kv_width(), shape.head_dim);
    let mut out = vec![0.0; TOKENS * width];
    for bounds in OFFSETS.windows(2) {
        for (row, head) in
            (bounds[0]..bounds[1]).flat_map(|r| (0..shape.heads).map(move |h| (r, h)))
        {
            let kv = head / (shape.heads / shape.kv_heads) * dim;
            let last = if shape.causal { row + 1 } else { bounds[1] };
            let at = |x: &[f32], row: usize, i: usize, w: usize| f64::from(x[row * w + i]);
            let score = |other: usize| -> f64 {
                let product =
                    |i| at(q, row, head * dim + i, width) * at(k, other, kv + i, kv_width);
                (0..dim).map(product).sum::<f64>() * f64::from(shape.scale)
            };
            let powers: Vec<f64> = (bounds[0]..last).map(|other| score(other).exp()).collect();
            let total: f64 = powers.iter().sum();
            for i in 0..dim {
                let share =
                    |(n, p): (usize, &f64)| p / total * at(v, bounds[0] + n, kv + i, kv_width);
                out[row * width + head * dim + i] = powers.iter().enumerate().map(share).sum();
            }
        }
    }
    out
}

fn run(q: &[f32], k: &[f32], v: &[f32], shape: &Attention) -> Vec<f32> {
    let mut out = vec![f32::NAN; q.len()];
    attention(&mut out, q, k, v, &OFFSETS, shape);
    out
}

#[test]
fn packed_attention_equals_f64() {
    for shape in shapes() {
        let q = numbers(1, TOKENS * shape.width());
        let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
        close(&format!("{shape:?}"), &run(&q, &k, &v, &shape), &exact(&q, &k, &v, &shape), 1e-5);
    }
}

#[test]
fn decoding_equals_the_last_row_of_a_causal_sequence() {
    let shape = shapes()[1];
    let q = numbers(1, TOKENS * shape.width());
    let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
    let all = exact(&q, &k, &v, &shape);
    let (row, first) = (9, 3);
    let mut out = vec![0.0; shape.width()];
    let seen = first * shape.kv_width()..(row + 1) * shape.kv_width();
    let query = &q[row * shape.width()..(row + 1) * shape.width()];
    attention_decode(&mut out, query, &k[seen.clone()], &v[seen], &shape);
    close("decode", &out, &all[row * shape.width()..(row + 1) * shape.width()], 1e-5);
}

#[test]
fn the_gradient_equals_differences() {
    for shape in shapes() {
        let q = numbers(1, TOKENS * shape.width());
        let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
        let dout = numbers(4, q.len());
        let (mut dq, mut dk, mut dv) = (q.clone(), k.clone(), v.clone());
        let grad = AttentionGrad { dq: &mut dq, dk: &mut dk, dv: &mut dv };
        attention_grad(grad, &dout, (&q, &k, &v), &OFFSETS, &shape);
        close("dq", &dq, &differences(&q, &dout, |q| run(q, &k, &v, &shape)), 2e-3);
        close("dk", &dk, &differences(&k, &dout, |k| run(&q, k, &v, &shape)), 2e-3);
        close("dv", &dv, &differences(&v, &dout, |v| run(&q, &k, v, &shape)), 2e-3);
    }
}
