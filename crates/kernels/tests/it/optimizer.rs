//! AdamW against the same formula in f64.

use kernels::{AdamW, Moments, adamw, sum_of_squares};

use super::{close, numbers};

const LEN: usize = 40_001;

#[test]
fn steps_equal_f64_and_leave_no_gradient() {
    let (mut values, mut first, mut second) = (numbers(1, LEN), vec![0.0; LEN], vec![0.0; LEN]);
    let mut exact: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
    let (mut exact_first, mut exact_second) = (vec![0.0_f64; LEN], vec![0.0_f64; LEN]);
    for age in 1..=5 {
        let (rate, decay, clip, kept, epsilon) = (0.01, 0.1, 0.5, [0.9, 0.999], 1e-8);
        let step = AdamW { rate, decay, clip, kept, epsilon, age };
        let mut gradient = numbers(10 + age, LEN);
        for (index, slope) in gradient.iter().enumerate() {
            let slope = f64::from(*slope) * f64::from(clip);
            let [keep_first, keep_second] = kept.map(f64::from);
            exact_first[index] = keep_first * exact_first[index] + (1.0 - keep_first) * slope;
            exact_second[index] =
                keep_second * exact_second[index] + (1.0 - keep_second) * slope * slope;
            let mean = exact_first[index] / (1.0 - keep_first.powi(age as i32));
            let size = (exact_second[index] / (1.0 - keep_second.powi(age as i32))).sqrt();
            let pull = f64::from(rate) * f64::from(decay) * exact[index];
            exact[index] -= pull + f64::from(rate) * mean / (size + f64::from(epsilon));
        }
        let moments = Moments { first: &mut first, second: &mut second };
        adamw(&mut values, &mut gradient, moments, &step);
        assert!(gradient.iter().all(|slope| *slope == 0.0));
    }
    close("values", &values, &exact, 1e-5);
    close("first", &first, &exact_first, 1e-5);
    close("second", &second, &exact_second, 1e-4);
}

#[test]
fn squares_are_summed_whatever_the_length() {
    for len in [0, 1, 17, LEN] {
        let x = numbers(3, len);
        let exact: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
        assert!((sum_of_squares(&x) - exact).abs() <= 1e-5 * exact, "{len}");
    }
}
