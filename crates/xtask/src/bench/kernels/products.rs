//! Products of one token, of a batch, of a prompt and of the way back.

use half::bf16;
use kernels::{
    Dims, Format, PackedMatrix, Precision, QuantMatrix, Weights, linear, linear_grad_input,
    linear_grad_weight,
};

use super::{Amount, Table, best_of, numbers, say};

/// The widest product of a model with half a billion weights.
const N: usize = 4864;
const K: usize = 896;
/// Bytes of weights that are read in turn: no cache holds them.
const STREAM: usize = 160 << 20;
/// Tokens of a prompt.
const PROMPT: usize = 512;

const FORMATS: [(&str, Format); 5] = [
    ("Q8", Format::Q8),
    ("Q8Fine", Format::Q8Fine),
    ("Q8Min", Format::Q8Min),
    ("Q4", Format::Q4),
    ("Q4Min", Format::Q4Min),
];

fn rounded(x: &[f32]) -> Vec<bf16> {
    x.iter().map(|x| bf16::from_f32(*x)).collect()
}

/// Copies of a matrix until they are as large as the stream.
fn copies<T: Clone>(one: &T, bytes: usize) -> Vec<T> {
    vec![one.clone(); STREAM.div_ceil(bytes)]
}

/// One token, and a few, with weights that come from memory.
pub(super) fn decode(table: &Table) {
    let w = numbers(N * K);
    for (name, format) in FORMATS {
        let one = QuantMatrix::from_weights(Weights::F32(&w), [N, K], format);
        let bytes = one.size_bytes();
        batches(table, name, &copies(&one, bytes), bytes, |w| Weights::Quant(w));
    }
    let half = rounded(&w);
    batches(table, "bf16", &copies(&half, 2 * N * K), 2 * N * K, |w| Weights::Bf16(w));
    for (name, precision) in [("bf16 tiles", Precision::Bf16), ("f32 tiles", Precision::F32)] {
        let one = PackedMatrix::from_weights(Weights::F32(&w), [N, K], precision);
        let bytes = one.size_bytes();
        batches(table, name, &copies(&one, bytes), bytes, |w| Weights::Packed(w));
    }
    batches(table, "f32", &copies(&w, 4 * N * K), 4 * N * K, |w| Weights::F32(w));
}

fn batches<T>(
    table: &Table,
    name: &str,
    all: &[T],
    bytes: usize,
    view: impl for<'a> Fn(&'a T) -> Weights<'a>,
) {
    let mut alone = 0.0;
    for m in [1, 2, 4, 8, 16] {
        let (x, mut out) = (numbers(m * K), vec![0.0; m * N]);
        let mut product = |w: &T| linear(&mut out, &x, view(w), None, Dims { m, n: N, k: K });
        let kernel = format!("linear {name}, {m} rows");
        if m == 1 {
            let amount = Amount::Bytes((bytes * all.len()) as f64);
            alone = table.line((&kernel, &format!("{N} × {K}")), amount, all, product);
            continue;
        }
        let seconds = best_of(table.rounds, all, &mut product);
        let (more, micros) = (m as f64 * alone / seconds, seconds * 1e6 / all.len() as f64);
        say(format_args!(
            "| {kernel} | {N} × {K} | {micros:.1} µs | {more:.2} × tokens of one row | |"
        ));
    }
}

/// The shapes of a prompt's products.
const SHAPES: [(usize, usize); 3] = [(N, K), (K, N), (K, K)];

fn operations(n: usize, k: usize) -> f64 {
    2.0 * (PROMPT * n * k) as f64
}

/// A prompt.
pub(super) fn prefill(table: &Table) {
    for (n, k) in SHAPES {
        let (w, x) = (numbers(n * k), numbers(PROMPT * k));
        let (half, mut out) = (rounded(&w), vec![0.0; PROMPT * n]);
        let shape = format!("{PROMPT} × {k} × {n}");
        let mut line = |name: &str, amount, w: Weights| {
            let dims = Dims { m: PROMPT, n, k };
            table.line((name, &shape), amount, &[()], |()| linear(&mut out, &x, w, None, dims));
        };
        for (name, format) in FORMATS {
            let w = QuantMatrix::from_weights(Weights::F32(&w), [n, k], format);
            let name = format!("linear {name}");
            line(&name, Amount::Bf16(operations(n, k)), Weights::Quant(&w));
        }
        line("linear bf16", Amount::Bf16(operations(n, k)), Weights::Bf16(&half));
        let tiles = PackedMatrix::from_weights(Weights::F32(&w), [n, k], Precision::Bf16);
        line("linear bf16 tiles", Amount::Bf16(operations(n, k)), Weights::Packed(&tiles));
        line("linear f32", Amount::F32(operations(n, k)), Weights::F32(&w));
    }
}

/// The gradients of inputs and of weights.
pub(super) fn back(table: &Table) {
    for (n, k) in SHAPES {
        let (w, x, dy) = (numbers(n * k), numbers(PROMPT * k), numbers(PROMPT * n));
        let (half, dims) = (rounded(&w), Dims { m: PROMPT, n, k });
        let shape = format!("{PROMPT} × {n} × {k}");
        let (mut dx, mut dw) = (vec![0.0; PROMPT * k], vec![0.0; n * k]);
        let mut line = |name: &str, amount, w: Weights| {
            let run = |(): &()| linear_grad_input(&mut dx, &dy, w, dims, false);
            table.line((name, &shape), amount, &[()], run);
        };
        line("grad_input bf16", Amount::Bf16(operations(n, k)), Weights::Bf16(&half));
        line("grad_input f32", Amount::F32(operations(n, k)), Weights::F32(&w));
        let tiles = QuantMatrix::from_weights(Weights::F32(&w), [n, k], Format::Q4);
        line("grad_input Q4", Amount::Bf16(operations(n, k)), Weights::Quant(&tiles));
        table.line(("grad_weight f32", &shape), Amount::F32(operations(n, k)), &[()], |()| {
            linear_grad_weight(&mut dw, None, &dy, &x, dims);
        });
    }
}

/// Making tiles; the bytes are those of the source.
pub(super) fn quantize(table: &Table) {
    let half = rounded(&numbers(N * K));
    for (name, format) in FORMATS {
        let amount = Amount::Bytes((2 * N * K) as f64);
        table.line(
            (&format!("quantize bf16 to {name}"), &format!("{N} × {K}")),
            amount,
            &[()],
            |()| {
                QuantMatrix::from_weights(Weights::Bf16(&half), [N, K], format);
            },
        );
    }
}
