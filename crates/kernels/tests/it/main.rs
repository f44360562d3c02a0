//! Every kernel against a plain f64 computation, and every gradient against differences.

mod attention;
mod cached;
mod levels;
mod norm;
mod optimizer;
mod product;
mod quant;

/// Numbers between -1 and 1 that depend only on `seed` and their place.
fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Asserts that two vectors are alike, relative to the largest value.
fn close(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-6_f64, |largest, x| largest.max(x.abs()));
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(*got) - expected).abs() / largest;
        assert!(error < tolerance, "{what}[{index}]: {got} for {expected}");
    }
}

/// Returns the gradient of Σ y · weight by central differences in each coordinate of `x`.
fn differences(x: &[f32], weight: &[f32], f: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f64> {
    let value = |x: &[f32]| -> f64 {
        f(x).iter().zip(weight).map(|(y, w)| f64::from(*y) * f64::from(*w)).sum()
    };
    const STEP: f32 = 1e-2;
    let mut x = x.to_vec();
    (0..x.len())
        .map(|index| {
            let start = x[index];
            x[index] = start + STEP;
            let above = value(&x);
            x[index] = start - STEP;
            let below = value(&x);
            x[index] = start;
            (above - below) / (2.0 * f64::from(STEP))
        })
        .collect()
}
