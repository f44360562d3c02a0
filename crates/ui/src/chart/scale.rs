//! Round numbers for axes.

/// A range that covers values, with round ticks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

/// About this many lines can be told apart in the height of a chart.
const STEPS: f64 = 4.0;

impl Scale {
    /// Covers the values; `None` where there are none that can be drawn.
    pub fn covering(values: impl Iterator<Item = f64>) -> Option<Self> {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low <= high).then(|| Self::between(low, high))
    }

    fn between(low: f64, high: f64) -> Self {
        let spread = if high > low { high - low } else { high.abs().max(1e-6) };
        let step = round_step(spread / STEPS);
        let first = (low / step).floor();
        let last = (high / step).ceil().max(first + 1.0);
        let count = (last - first).round() as usize;
        let ticks: Vec<_> = (0..=count).map(|at| (first + at as f64) * step).collect();
        Self { low: first * step, high: last * step, ticks }
    }

    /// Returns where a value lies, from 0 at the low end to 1 at the high end.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// Rounds up to 1, 2, 2.5 or 5 times a power of ten.
fn round_step(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0].into_iter().find(|step| step * power >= raw * 0.999);
    step.unwrap_or(10.0) * power
}

/// Writes a tick without digits that say nothing.
pub(crate) fn tick(value: f64) -> String {
    if value != 0.0 && (value.abs() < 0.000_95 || value.abs() >= 1e6) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        let cases: [(&[f64], &[f64]); 5] = [
            (&[0.0, 1.0], &[0.0, 0.25, 0.5, 0.75, 1.0]),
            (&[0.31, 4.2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            (&[90.0, 97.0], &[90.0, 92.0, 94.0, 96.0, 98.0]),
            (&[5.0], &[5.0, 7.0]),
            (&[0.0], &[0.0, 2.5e-7]),
        ];
        for (values, ticks) in cases {
            let scale = Scale::covering(values.iter().copied()).unwrap();
            for value in values {
                let share = scale.share(*value);
                assert!((0.0..=1.0).contains(&share), "{values:?}: {share}");
            }
            if values.len() > 1 {
                let close = scale.ticks.iter().zip(ticks).all(|(a, b)| (a - b).abs() < 1e-9);
                assert!(close && scale.ticks.len() == ticks.len(), "{values:?}: {:?}", scale.ticks);
            }
        }
        assert_eq!(Scale::covering([f64::NAN, f64::INFINITY].into_iter()), None);
    }

    #[test]
    fn ticks_are_short() {
        let cases = [(0.25, "0.25"), (2.0, "2"), (-0.0, "0"), (0.0005, "5e-4"), (2.5e6, "2.5e6")];
        for (value, text) in cases {
            assert_eq!(tick(value), text);
        }
    }
}
