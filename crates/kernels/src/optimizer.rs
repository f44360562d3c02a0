//! Steps of the optimizer over one long row of numbers.

use crate::dispatch::dispatched;
use crate::math::dot;
use crate::parallel::{GRAIN, Shared, chunks, each};

/// The factors of one step of AdamW. Loshchilov and Hutter 2019, algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The learning rate.
    pub rate: f32,
    /// How strongly numbers are pulled to zero; the learning rate multiplies it.
    pub decay: f32,
    /// What gradients are multiplied by, so that they are not too long.
    pub clip: f32,
    /// How much of the mean gradient and of its mean square is kept.
    pub kept: [f32; 2],
    /// Keeps the division by the root of the mean square finite.
    pub epsilon: f32,
    /// How many steps there were, this one included.
    pub age: u64,
}

/// The running means of a gradient and of its square.
pub struct Moments<'a> {
    /// Of the gradient.
    pub first: &'a mut [f32],
    /// Of its square.
    pub second: &'a mut [f32],
}

/// Makes one step and leaves zeros in `gradient`, ready for the next.
pub fn adamw(values: &mut [f32], gradient: &mut [f32], moments: Moments<'_>, step: &AdamW) {
    let Moments { first, second } = moments;
    let len = values.len();
    assert_eq!((gradient.len(), first.len(), second.len()), (len, len, len), "adamw");
    let unbias = step.kept.map(|kept| 1.0 / (1.0 - f64::from(kept).powf(step.age as f64)));
    let unbias = unbias.map(|factor| factor as f32);
    let all = [values, gradient, first, second].map(Shared::new);
    each(len.div_ceil(GRAIN), |part| {
        let start = part * GRAIN;
        // SAFETY: no other task has this part of any of the four.
        let part = all.each_ref().map(|x| unsafe { x.slice(start, GRAIN.min(len - start)) });
        let [values, gradient, first, second] = part;
        update(values, gradient, (first, second), step, unbias);
    });
}

dispatched! {
    fn update(
        values: &mut [f32],
        gradient: &mut [f32],
        moments: (&mut [f32], &mut [f32]),
        step: &AdamW,
        unbias: [f32; 2],
    ) {
        let (first, second) = moments;
        let [keep_first, keep_second] = step.kept;
        let shrink = 1.0 - step.rate * step.decay;
        let rate = step.rate * unbias[0];
        let numbers = values.iter_mut().zip(gradient.iter_mut());
        for ((value, gradient), (first, second)) in
            numbers.zip(first.iter_mut().zip(second.iter_mut()))
        {
            let slope = *gradient * step.clip;
            *gradient = 0.0;
            *first = keep_first * *first + (1.0 - keep_first) * slope;
            *second = keep_second * *second + (1.0 - keep_second) * slope * slope;
            let size = (*second * unbias[1]).sqrt() + step.epsilon;
            *value = *value * shrink - rate * *first / size;
        }
    }

    fn squares(x: &[f32]) -> f32 {
        dot(x, x)
    }
}

/// Returns the sum of all squares.
pub fn sum_of_squares(x: &[f32]) -> f64 {
    let mut parts = vec![0.0; x.len().div_ceil(GRAIN)];
    chunks(&mut parts, 1, |part, sum| {
        if let Some(sum) = sum.first_mut() {
            *sum = squares(&x[part * GRAIN..x.len().min((part + 1) * GRAIN)]);
        }
    });
    parts.iter().map(|part| f64::from(*part)).sum()
}
