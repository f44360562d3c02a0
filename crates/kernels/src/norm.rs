//! Normalization of rows, and its gradients.

use crate::dispatch::dispatched;
use crate::math::{dot, sum};
use crate::parallel::parts;

/// Normalizes each row to mean 0 and variance 1, then applies `weight` and `bias`.
///
/// `out` and `x` are `m × width`, `weight` and `bias` are `width`. Ba et al. 2016, eq. 4.
pub fn layer_norm(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    dispatched! {
        fn run(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) {
            let width = weight.len();
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                let (mean, scale) = moments(x, epsilon);
                for i in 0..width {
                    out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
                }
            }
        }
    }
    let width = weight.len();
    assert_eq!((out.len(), bias.len()), (x.len(), width), "layer_norm");
    parts(out, width, |row, out| {
        run(out, &x[row * width..row * width + out.len()], weight, bias, epsilon);
    });
}

/// Returns the mean and 1/√(variance + ε) of a row.
#[inline(always)]
fn moments(x: &[f32], epsilon: f32) -> (f32, f32) {
    let width = x.len() as f32;
    let mean = sum(x) / width;
    let mut squares = [0.0_f32; 16];
    let chunks = x.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().map(|x| (x - mean) * (x - mean)).sum();
    for chunk in chunks {
        for (square, x) in squares.iter_mut().zip(chunk) {
            *square += (x - mean) * (x - mean);
        }
    }
    let variance = (crate::math::fold(squares) + rest) / width;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Turns `dy` into the gradient for `x`, in place, and adds to the gradients of the parameters.
///
/// `x` is the input of the normalization.
pub fn layer_norm_grad(
    dy: &mut [f32],
    x: &[f32],
    weight: &[f32],
    (d_weight, d_bias): (&mut [f32], &mut [f32]),
    epsilon: f32,
) {
    dispatched! {
        fn parameters(dy: &[f32], x: &[f32], d: (&mut [f32], &mut [f32]), epsilon: f32) {
            let (d_weight, d_bias) = d;
            let width = d_weight.len();
            for (dy, x) in dy.chunks_exact(width).zip(x.chunks_exact(width)) {
                let (mean, scale) = moments(x, epsilon);
                for i in 0..width {
                    d_weight[i] += dy[i] * (x[i] - mean) * scale;
                    d_bias[i] += dy[i];
                }
            }
        }
    }
    let width = weight.len();
    assert_eq!((d_weight.len(), d_bias.len(), dy.len()), (width, width, x.len()));
    parameters(dy, x, (d_weight, d_bias), epsilon);
    layer_norm_grad_input(dy, x, weight, epsilon);
}

/// Turns `dy` into the gradient for `x`, in place, where the parameters are not trained.
pub fn layer_norm_grad_input(dy: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
    dispatched! {
        fn input(dy: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
            let width = weight.len();
            for (dy, x) in dy.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                let (mean, scale) = moments(x, epsilon);
                for i in 0..width {
                    dy[i] *= weight[i];
                }
                let along = sum(dy) / width as f32;
                let across = (dot(dy, x) - mean * sum(dy)) * scale * scale / width as f32;
                for i in 0..width {
                    dy[i] = scale * (dy[i] - along - (x[i] - mean) * across);
                }
            }
        }
    }
    let width = weight.len();
    assert_eq!(dy.len(), x.len(), "layer_norm_grad_input");
    parts(dy, width, |row, dy| {
        input(dy, &x[row * width..row * width + dy.len()], weight, epsilon);
    });
}

/// Divides each row by its root mean square, then applies `weight`. Zhang and Sennrich 2019, eq. 4.
pub fn rms_norm(out: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
    dispatched! {
        fn run(out: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
            let width = weight.len();
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                let scale = 1.0 / (dot(x, x) / width as f32 + epsilon).sqrt();
                for i in 0..width {
                    out[i] = x[i] * scale * weight[i];
                }
            }
        }
    }
    let width = weight.len();
    assert_eq!(out.len(), x.len(), "rms_norm");
    parts(out, width, |row, out| {
        run(out, &x[row * width..row * width + out.len()], weight, epsilon);
    });
}

/// Turns `dy` into the gradient for `x`, in place, and adds to the gradient of the weight.
pub fn rms_norm_grad(
    dy: &mut [f32],
    x: &[f32],
    weight: &[f32],
    d_weight: &mut [f32],
    epsilon: f32,
) {
    dispatched! {
        fn parameters(dy: &[f32], x: &[f32], d_weight: &mut [f32], epsilon: f32) {
            let width = d_weight.len();
            for (dy, x) in dy.chunks_exact(width).zip(x.chunks_exact(width)) {
                let scale = 1.0 / (dot(x, x) / width as f32 + epsilon).sqrt();
                for i in 0..width {
                    d_weight[i] += dy[i] * x[i] * scale;
                }
            }
        }
        fn input(dy: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
            let width = weight.len();
            for (dy, x) in dy.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                let scale = 1.0 / (dot(x, x) / width as f32 + epsilon).sqrt();
                for i in 0..width {
                    dy[i] *= weight[i];
                }
                let along = dot(dy, x) * scale * scale * scale / width as f32;
                for i in 0..width {
                    dy[i] = dy[i] * scale - x[i] * along;
                }
            }
        }
    }
    let width = weight.len();
    assert_eq!((dy.len(), d_weight.len()), (x.len(), width), "rms_norm_grad");
    parameters(dy, x, d_weight, epsilon);
    parts(dy, width, |row, dy| {
        input(dy, &x[row * width..row * width + dy.len()], weight, epsilon);
    });
}
