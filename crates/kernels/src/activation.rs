//! Activations in place, and their gradients.

use crate::dispatch::dispatched;
use crate::math;
use crate::parallel::parts;

/// √(2/π), of the tanh form of GELU.
const GELU_SLOPE: f32 = 0.797_884_6;
const GELU_CUBIC: f32 = 0.044_715;
/// 1/√(2π), the height of the normal density.
const DENSITY: f32 = 0.398_942_3;

macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident, $grad:ident, |$x:ident| $value:expr, $slope:expr;)*) => {
        $($(#[$doc])*
        pub fn $name(x: &mut [f32]) {
            dispatched! {
                fn run(x: &mut [f32]) {
                    for number in x {
                        let $x = *number;
                        *number = $value;
                    }
                }
            }
            parts(x, 1, |_, x| run(x));
        }

        /// Multiplies `dy` by the slope at `x`, the input of the activation.
        pub fn $grad(dy: &mut [f32], x: &[f32]) {
            dispatched! {
                fn run(dy: &mut [f32], x: &[f32]) {
                    for (dy, number) in dy.iter_mut().zip(x) {
                        let $x = *number;
                        *dy *= $slope;
                    }
                }
            }
            assert_eq!(dy.len(), x.len());
            parts(dy, 1, |start, dy| run(dy, &x[start..start + dy.len()]));
        })*
    };
}

activations! {
    /// Applies GELU with the error function.
    gelu, gelu_grad, |x|
    0.5 * x * (1.0 + math::erf(x * std::f32::consts::FRAC_1_SQRT_2)),
    0.5 * (1.0 + math::erf(x * std::f32::consts::FRAC_1_SQRT_2))
        + x * DENSITY * math::exp(-0.5 * x * x);
    /// Applies GELU with the hyperbolic tangent.
    gelu_tanh, gelu_tanh_grad, |x|
    0.5 * x * (1.0 + math::tanh(GELU_SLOPE * (x + GELU_CUBIC * x * x * x))),
    {
        let t = math::tanh(GELU_SLOPE * (x + GELU_CUBIC * x * x * x));
        let inner = GELU_SLOPE * (1.0 + 3.0 * GELU_CUBIC * x * x);
        0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
    };
    /// Applies x · sigmoid(x).
    silu, silu_grad, |x|
    x * math::sigmoid(x),
    {
        let s = math::sigmoid(x);
        s * (1.0 + x * (1.0 - s))
    };
    /// Applies max(x, 0).
    relu, relu_grad, |x|
    x.max(0.0),
    if x > 0.0 { 1.0 } else { 0.0 };
    /// Applies the hyperbolic tangent.
    tanh, tanh_grad, |x|
    math::tanh(x),
    {
        let t = math::tanh(x);
        1.0 - t * t
    };
}

macro_rules! pairwise {
    ($($(#[$doc:meta])* $name:ident, |$out:ident, $x:ident| $change:expr;)*) => {
        $($(#[$doc])*
        pub fn $name(out: &mut [f32], x: &[f32]) {
            dispatched! {
                fn run(out: &mut [f32], x: &[f32]) {
                    for ($out, $x) in out.iter_mut().zip(x) {
                        $change;
                    }
                }
            }
            assert_eq!(out.len(), x.len());
            parts(out, 1, |start, out| run(out, &x[start..start + out.len()]));
        })*
    };
}

pairwise! {
    /// Adds `x` to `out`.
    add, |out, x| *out += x;
    /// Multiplies `out` by `x`, number by number.
    multiply, |out, x| *out *= x;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_equal_finite_differences() {
        let check = |name: &str, value: fn(&mut [f32]), grad: fn(&mut [f32], &[f32])| {
            for step in -40..=40 {
                let x = step as f32 * 0.1 + 0.03;
                let at = |x: f32| {
                    let mut y = [x];
                    value(&mut y);
                    y[0]
                };
                let difference = (at(x + 1e-2) - at(x - 1e-2)) / 2e-2;
                let mut slope = [1.0];
                grad(&mut slope, &[x]);
                assert!((slope[0] - difference).abs() < 2e-3, "{name} at {x}: {slope:?}");
            }
        };
        check("gelu", gelu, gelu_grad);
        check("gelu_tanh", gelu_tanh, gelu_tanh_grad);
        check("silu", silu, silu_grad);
        check("tanh", tanh, tanh_grad);
        check("relu", relu, relu_grad);
    }
}
