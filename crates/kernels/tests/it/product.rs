//! Products of every shape and type.

use half::bf16;
use kernels::{Dims, Weights, linear, linear_grad_input, linear_grad_weight};

use super::{close, numbers};

/// Computes a · bᵀ in f64: `a` is `m × k`, `b` is `n × k`.
fn exact(a: &[f32], b: &[f32], Dims { m, n, k }: Dims) -> Vec<f64> {
    let cell = |row: usize, column: usize| -> f64 {
        let (a, b) = (&a[row * k..(row + 1) * k], &b[column * k..(column + 1) * k]);
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    (0..m)
        .flat_map(|row| (0..n).map(move |column| (row, column)))
        .map(|(r, c)| cell(r, c))
        .collect()
}

fn transposed(x: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| x[r * columns + c])).collect()
}

const SHAPES: [(usize, usize, usize); 9] = [
    (1, 1, 1),
    (1, 7, 33),
    (3, 300, 17),
    (4, 5, 64),
    (5, 3, 2),
    (17, 33, 65),
    (64, 384, 384),
    (9, 257, 128),
    (200, 130, 31),
];

#[test]
fn forward_equals_f64_with_and_without_bias() {
    for (m, n, k) in SHAPES {
        let dims = Dims { m, n, k };
        let (x, w, bias) = (numbers(1, m * k), numbers(2, n * k), numbers(3, n));
        let half: Vec<bf16> = w.iter().map(|w| bf16::from_f32(*w)).collect();
        let widened: Vec<f32> = half.iter().map(|w| w.to_f32()).collect();
        for (kind, weights, w) in
            [("f32", Weights::F32(&w), &w), ("bf16", Weights::Bf16(&half), &widened)]
        {
            let expected = exact(&x, w, dims);
            let mut out = vec![f32::NAN; m * n];
            linear(&mut out, &x, weights, None, dims);
            close(&format!("{kind} {dims:?}"), &out, &expected, 1e-5);
            linear(&mut out, &x, weights, Some(&bias), dims);
            let with_bias: Vec<f64> =
                expected.iter().enumerate().map(|(i, y)| y + f64::from(bias[i % n])).collect();
            close(&format!("{kind} {dims:?} bias"), &out, &with_bias, 1e-5);
        }
    }
}

#[test]
fn gradients_equal_f64() {
    for (m, n, k) in SHAPES {
        let dims = Dims { m, n, k };
        let (x, w, dy) = (numbers(1, m * k), numbers(2, n * k), numbers(4, m * n));
        let w_columns = transposed(&w, n, k);
        let expected = exact(&dy, &w_columns, Dims { m, n: k, k: n });
        let mut dx = vec![f32::NAN; m * k];
        linear_grad_input(&mut dx, &dy, Weights::F32(&w), dims, false);
        close(&format!("dx {dims:?}"), &dx, &expected, 1e-5);
        linear_grad_input(&mut dx, &dy, Weights::F32(&w), dims, true);
        let twice: Vec<f64> = expected.iter().map(|x| 2.0 * x).collect();
        close(&format!("dx twice {dims:?}"), &dx, &twice, 1e-5);

        let (dy_columns, x_columns) = (transposed(&dy, m, n), transposed(&x, m, k));
        let expected = exact(&dy_columns, &x_columns, Dims { m: n, n: k, k: m });
        let (mut dw, mut db) = (vec![0.0; n * k], vec![0.0; n]);
        linear_grad_weight(&mut dw, Some(&mut db), &dy, &x, dims);
        close(&format!("dw {dims:?}"), &dw, &expected, 1e-5);
        let sums = exact(&dy_columns, &vec![1.0; m], Dims { m: n, n: 1, k: m });
        close(&format!("db {dims:?}"), &db, &sums, 1e-5);
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let dims = Dims { m: 60, n: 200, k: 300 };
    let (x, w) = (numbers(1, dims.m * dims.k), numbers(2, dims.n * dims.k));
    let run = || {
        let mut out = vec![0.0; dims.m * dims.n];
        linear(&mut out, &x, Weights::F32(&w), None, dims);
        out
    };
    assert!((0..5).all(|_| run() == run()));
}
