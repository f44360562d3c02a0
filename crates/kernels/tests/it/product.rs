//! Products of every shape and type at every level.

use half::{bf16, f16};
use kernels::{
    Dims, Level, PackedMatrix, Precision, Weights, linear, linear_grad_input, linear_grad_weight,
    with_threads,
};

use super::levels::at_each_level;
use super::{close, numbers};

/// Computes a · bᵀ in f64: `a` is `m × k`, `b` is `n × k`.
pub(crate) fn exact(a: &[f32], b: &[f32], Dims { m, n, k }: Dims) -> Vec<f64> {
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

const SHAPES: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (1, 7, 33),
    (3, 300, 17),
    (4, 5, 64),
    (5, 3, 2),
    (2, 16, 1),
    (17, 33, 65),
    (64, 384, 384),
    (9, 257, 128),
    (200, 130, 31),
    (7, 80, 1031),
    (101, 96, 520),
];

/// Both types of halves, widened again: their sums are exact up to the order of f32.
const TOLERANCE: f64 = 1e-5;
/// Inputs rounded to bf16: each by 2⁻⁹ at most, and the errors partly cancel.
const TOLERANCE_BF16: f64 = 4e-3;

/// What may be wrong with bf16 weights.
fn tolerance(level: Level, kind: &str) -> f64 {
    if level == Level::Bf16 && kind == "bf16" { TOLERANCE_BF16 } else { TOLERANCE }
}

fn rounded_bf16(x: &[f32]) -> (Vec<bf16>, Vec<f32>) {
    let half: Vec<bf16> = x.iter().map(|x| bf16::from_f32(*x)).collect();
    let wide = half.iter().map(|x| x.to_f32()).collect();
    (half, wide)
}

fn rounded_f16(x: &[f32]) -> (Vec<f16>, Vec<f32>) {
    let half: Vec<f16> = x.iter().map(|x| f16::from_f32(*x)).collect();
    let wide = half.iter().map(|x| x.to_f32()).collect();
    (half, wide)
}

#[test]
fn forward_equals_f64_with_and_without_bias() {
    for (m, n, k) in SHAPES {
        let dims = Dims { m, n, k };
        let (x, w, bias) = (numbers(1, m * k), numbers(2, n * k), numbers(3, n));
        let ((bf16, bf16_wide), (f16, f16_wide)) = (rounded_bf16(&w), rounded_f16(&w));
        for (kind, weights, w) in [
            ("f32", Weights::F32(&w), &w),
            ("bf16", Weights::Bf16(&bf16), &bf16_wide),
            ("f16", Weights::F16(&f16), &f16_wide),
        ] {
            let expected = exact(&x, w, dims);
            let with_bias: Vec<f64> =
                expected.iter().enumerate().map(|(i, y)| y + f64::from(bias[i % n])).collect();
            at_each_level(|level| {
                let mut out = vec![f32::NAN; m * n];
                let tolerance = tolerance(level, kind);
                linear(&mut out, &x, weights, None, dims);
                close(&format!("{level:?} {kind} {dims:?}"), &out, &expected, tolerance);
                linear(&mut out, &x, weights, Some(&bias), dims);
                close(&format!("{level:?} {kind} {dims:?} bias"), &out, &with_bias, tolerance);
            });
        }
    }
}

#[test]
fn inputs_rounded_beforehand_lose_nothing_with_bf16() {
    let dims = Dims { m: 5, n: 70, k: 333 };
    let (_, x) = rounded_bf16(&numbers(1, dims.m * dims.k));
    let (half, w) = rounded_bf16(&numbers(2, dims.n * dims.k));
    at_each_level(|level| {
        let mut out = vec![f32::NAN; dims.m * dims.n];
        linear(&mut out, &x, Weights::Bf16(&half), None, dims);
        close(&format!("{level:?}"), &out, &exact(&x, &w, dims), TOLERANCE);
    });
}

#[test]
fn gradients_equal_f64() {
    for (m, n, k) in SHAPES {
        let dims = Dims { m, n, k };
        let (x, w, dy) = (numbers(1, m * k), numbers(2, n * k), numbers(4, m * n));
        let ((bf16, bf16_wide), (f16, f16_wide)) = (rounded_bf16(&w), rounded_f16(&w));
        for (kind, weights, w) in [
            ("f32", Weights::F32(&w), &w),
            ("bf16", Weights::Bf16(&bf16), &bf16_wide),
            ("f16", Weights::F16(&f16), &f16_wide),
        ] {
            let expected = exact(&dy, &transposed(w, n, k), Dims { m, n: k, k: n });
            let twice: Vec<f64> = expected.iter().map(|x| 2.0 * x).collect();
            at_each_level(|level| {
                let tolerance = tolerance(level, kind);
                let mut dx = vec![f32::NAN; m * k];
                linear_grad_input(&mut dx, &dy, weights, dims, false);
                close(&format!("{level:?} {kind} dx {dims:?}"), &dx, &expected, tolerance);
                linear_grad_input(&mut dx, &dy, weights, dims, true);
                close(&format!("{level:?} {kind} dx twice {dims:?}"), &dx, &twice, tolerance);
            });
        }
        let (dy_columns, x_columns) = (transposed(&dy, m, n), transposed(&x, m, k));
        let expected = exact(&dy_columns, &x_columns, Dims { m: n, n: k, k: m });
        let sums = exact(&dy_columns, &vec![1.0; m], Dims { m: n, n: 1, k: m });
        at_each_level(|level| {
            let (mut dw, mut db) = (vec![0.0; n * k], vec![0.0; n]);
            linear_grad_weight(&mut dw, Some(&mut db), &dy, &x, dims);
            close(&format!("{level:?} dw {dims:?}"), &dw, &expected, TOLERANCE);
            close(&format!("{level:?} db {dims:?}"), &db, &sums, TOLERANCE);
        });
    }
}

#[test]
fn a_row_does_not_depend_on_its_batch() {
    let Dims { m, n, k } = Dims { m: 67, n: 150, k: 700 };
    let (x, w, bias) = (numbers(1, m * k), numbers(2, n * k), numbers(3, n));
    let (half, _) = rounded_bf16(&w);
    at_each_level(|level| {
        for (kind, weights) in [("f32", Weights::F32(&w)), ("bf16", Weights::Bf16(&half))] {
            let run = |rows: std::ops::Range<usize>| {
                let mut out = vec![f32::NAN; rows.len() * n];
                let dims = Dims { m: rows.len(), n, k };
                linear(&mut out, &x[rows.start * k..rows.end * k], weights, Some(&bias), dims);
                out
            };
            let all = run(0..m);
            for rows in [0..1, 5..6, 0..2, 3..10, 10..26, 30..67, 66..67] {
                let place = rows.start * n..rows.end * n;
                assert_eq!(run(rows.clone()), all[place], "{level:?} {kind} {rows:?}");
            }
        }
    });
}

#[test]
fn the_same_input_gives_the_same_bits_with_any_number_of_threads() {
    let dims = Dims { m: 60, n: 200, k: 300 };
    let (x, w) = (numbers(1, dims.m * dims.k), numbers(2, dims.n * dims.k));
    let run = || {
        let mut out = vec![0.0; dims.m * dims.n];
        linear(&mut out, &x, Weights::F32(&w), None, dims);
        out
    };
    let first = run();
    assert!((0..5).all(|_| run() == first));
    assert!(with_threads(1, run) == first);
}

/// Tiles hold the numbers that rows hold, and products take them in the same order.
#[test]
fn packed_matrices_give_the_bits_of_rows() {
    for (m, n, k) in SHAPES {
        let dims = Dims { m, n, k };
        let (x, w, dy) = (numbers(1, m * k), numbers(2, n * k), numbers(3, m * n));
        let (half, wide) = rounded_bf16(&w);
        let pack = |precision| PackedMatrix::from_weights(Weights::F32(&w), [n, k], precision);
        let (packed, packed_half) = (pack(Precision::F32), pack(Precision::Bf16));
        let mut row = vec![0.0; k];
        packed_half.copy_row(n - 1, &mut row);
        assert_eq!(row, wide[(n - 1) * k..]);
        for (tiles, rows) in [(&packed, Weights::F32(&w)), (&packed_half, Weights::Bf16(&half))] {
            at_each_level(|level| {
                let run = |w| {
                    let (mut out, mut dx) = (vec![f32::NAN; m * n], vec![f32::NAN; m * k]);
                    linear(&mut out, &x, w, None, dims);
                    linear_grad_input(&mut dx, &dy, w, dims, false);
                    [out, dx]
                };
                assert!(run(Weights::Packed(tiles)) == run(rows), "{level:?} {tiles:?} {m}");
            });
        }
    }
}
