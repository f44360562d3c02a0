//! Elementary functions that vectorize: no branch, no table, no call.

/// Returns eˣ with a relative error below 2e-7; inputs beyond ±87 are cut there.
///
/// Cephes' reduction x = n·ln 2 + r with a polynomial of degree 5 for eʳ.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let p = 1.987_569_2e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let e = p * r * r + r + 1.0;
    let power = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    e * f32::from_bits(power)
}

/// Returns the error function with an absolute error below 2e-7.
///
/// Abramowitz and Stegun, 7.1.26.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let magnitude = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * magnitude);
    let p = 1.061_405_4_f32;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_7;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    let value = 1.0 - p * t * exp(-magnitude * magnitude);
    value.copysign(x)
}

/// Returns the hyperbolic tangent with an absolute error below 3e-7.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let e = exp(-2.0 * x.abs());
    ((1.0 - e) / (1.0 + e)).copysign(x)
}

/// Returns 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Returns the scalar product of two slices of one length, summed in sixteen lanes.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (a_rest, b_rest) = (a_chunks.remainder(), b_chunks.remainder());
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    fold(sums) + rest
}

/// Adds sixteen lanes as a tree.
#[inline(always)]
pub(crate) fn fold(mut sums: [f32; 16]) -> f32 {
    for width in [8, 4, 2, 1] {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0]
}

/// Adds `factor` · `x` to `out`.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f32], factor: f32, x: &[f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += factor * x;
    }
}

/// Returns the sum of a slice in sixteen lanes.
#[inline(always)]
pub(crate) fn sum(x: &[f32]) -> f32 {
    let chunks = x.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().sum();
    let mut sums = [0.0_f32; 16];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    fold(sums) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_follow_their_exact_values() {
        for step in -400..=400 {
            let x = step as f32 * 0.05;
            let exact = f64::from(x);
            let relative = (f64::from(exp(x)) / exact.exp() - 1.0).abs();
            assert!(relative < 3e-7, "exp({x}): {relative}");
            assert!((f64::from(tanh(x)) - exact.tanh()).abs() < 3e-7, "tanh({x})");
            let logistic = 1.0 / (1.0 + (-exact).exp());
            assert!((f64::from(sigmoid(x)) - logistic).abs() < 3e-7, "sigmoid({x})");
            assert!((f64::from(erf(x)) - erf_series(exact)).abs() < 4e-7, "erf({x})");
        }
        assert!(exp(-1e9) >= 0.0 && exp(-1e9) < 1e-37);
        assert!(exp(1e9).is_finite());
    }

    /// The Maclaurin series, which converges quickly enough below 4.
    fn erf_series(x: f64) -> f64 {
        if x.abs() > 4.0 {
            return x.signum();
        }
        let mut term = x;
        let mut sum = 0.0;
        for n in 0..200 {
            let n = f64::from(n);
            sum += term / (2.0 * n + 1.0);
            term *= -x * x / (n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn sums_of_any_length_are_whole() {
        for len in 0..50_usize {
            let x: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let whole: f32 = x.iter().sum();
            assert_eq!(sum(&x), whole);
            assert_eq!(dot(&x, &vec![1.0; len]), whole);
        }
    }
}
