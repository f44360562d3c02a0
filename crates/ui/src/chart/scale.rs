//! Round numbers for axes.

/// A range that covers values, with round ticks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
    /// Whether equal distances are equal factors.
    pub is_log: bool,
}

/// About this many lines can be told apart in the height of a chart.
const STEPS: f64 = 4.0;

/// What is drawn at an end of a scale of factors needs this much of one beside it.
const ROOM: f64 = 1.25;
/// More ticks than this run into each other on a phone.
const FACTORS_MAX: usize = 6;

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
        Self { low: first * step, high: last * step, ticks, is_log: false }
    }

    /// Covers the values from zero, or to zero where all are below it: bars have their foot there.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Option<Self> {
        Self::covering(values).map(|all| Self::between(all.low.min(0.0), all.high.max(0.0)))
    }

    /// Goes from one value to another, whose ends are ticks where they are round.
    pub fn over(low: f64, high: f64) -> Self {
        let within = |tick: &f64| (low..=high).contains(tick);
        let ticks = Self::between(low, high).ticks.into_iter().filter(within).collect();
        Self { low, high, ticks, is_log: false }
    }

    /// Covers positive values by factors, with room at both ends.
    pub fn log(values: impl Iterator<Item = f64>) -> Option<Self> {
        let positive = values.filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = positive
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low <= high).then(|| {
            let (low, high) = (low / ROOM, high * ROOM);
            Self { low, high, ticks: factors(low, high), is_log: true }
        })
    }

    /// Returns where a value lies, from 0 at the low end to 1 at the high end.
    pub fn share(&self, value: f64) -> f64 {
        if self.is_log {
            return (value / self.low).ln() / (self.high / self.low).ln();
        }
        (value - self.low) / (self.high - self.low)
    }
}

/// Returns as many of 1, 2, 5, 10, 20, … as there is room for.
fn factors(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let of = |steps: &[f64], stride: i32| -> Vec<f64> {
        let powers = (first..=last).filter(|power| power.rem_euclid(stride) == 0);
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        all.filter(|tick| (low..=high).contains(tick)).collect()
    };
    let choices = [of(&[1.0, 2.0, 5.0], 1), of(&[1.0, 3.0], 1), of(&[1.0], 1), of(&[1.0], 2)];
    let fits = |ticks: &&Vec<f64>| ticks.len() <= FACTORS_MAX;
    choices.iter().find(fits).cloned().unwrap_or_else(|| of(&[1.0], 4))
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
    fn a_scale_of_factors_has_few_round_ticks_and_room_at_its_ends() {
        let cases: [(&[f64], &[f64]); 3] = [
            (&[1e9, 8e9], &[1e9, 2e9, 5e9, 1e10]),
            (&[1e8, 1e11], &[1e8, 1e9, 1e10, 1e11]),
            (&[1.0, 1e12], &[1.0, 1e4, 1e8, 1e12]),
        ];
        for (values, ticks) in cases {
            let scale = Scale::log(values.iter().copied()).unwrap();
            assert!(scale.ticks.len() <= FACTORS_MAX, "{values:?}: {:?}", scale.ticks);
            for tick in ticks {
                let near = |one: &&f64| (**one / tick - 1.0).abs() < 1e-9;
                assert!(scale.ticks.iter().find(near).is_some(), "{tick}: {:?}", scale.ticks);
            }
            assert!(values.iter().all(|value| (0.001..0.999).contains(&scale.share(*value))));
        }
        assert_eq!(Scale::log([0.0, -1.0].into_iter()), None);
        let middle = Scale::log([1.0, 100.0].into_iter()).unwrap().share(10.0);
        assert!((middle - 0.5).abs() < 1e-9);
    }

    #[test]
    fn bars_stand_on_zero() {
        let ends = |values: &[f64]| {
            let scale = Scale::from_zero(values.iter().copied()).unwrap();
            (scale.low, scale.high)
        };
        assert_eq!(ends(&[3.0, 4.0]), (0.0, 4.0));
        assert_eq!(ends(&[-4.0, -3.0]), (-4.0, 0.0));
        assert_eq!(Scale::over(1.0, 5.0).ticks, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn ticks_are_short() {
        let cases = [(0.25, "0.25"), (2.0, "2"), (-0.0, "0"), (0.0005, "5e-4"), (2.5e6, "2.5e6")];
        for (value, text) in cases {
            assert_eq!(tick(value), text);
        }
    }
}
