//! Lines over training steps.
//!
//! Text keeps its size on every screen: positions across are percentages, and only the lines
//! themselves are stretched, in an inner picture of 1000 × 1000.

use std::fmt::Write;

use maud::{Markup, html};

use super::frame::{Band, Chart, key, lines_across, pixels, ticks_up};
use super::scale::{Scale, tick};
use crate::format;
use crate::parts::table;

/// One line.
pub(crate) struct Line<'a> {
    pub name: &'a str,
    /// Step and value, in the order of steps.
    pub points: &'a [(f64, f64)],
    /// Whether single points say little, so that their mean is drawn over them.
    pub noisy: bool,
}

/// Above the plot there is room for the label of the highest line.
const BAND: Band = Band { top: 18.0, height: 200.0 };
/// More points than pixels cannot be seen.
const POINTS_MAX: usize = 600;
/// Rows of the table that tells the same in text.
const ROWS_MAX: usize = 12;

/// Draws up to six lines on one scale; nothing where there is no point.
pub(crate) fn line_chart(title: &str, lines: &[Line]) -> Markup {
    let lines: Vec<_> = lines.iter().filter(|line| !line.points.is_empty()).collect();
    let values = lines.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value));
    let Some(scale) = Scale::covering(values) else { return html! {} };
    let steps = lines.iter().flat_map(|line| line.points.iter().map(|(step, _)| *step));
    let (first, last) = steps.fold((f64::MAX, f64::MIN), |(a, b), step| (a.min(step), b.max(step)));
    let keys = html! {
        @for (at, line) in lines.iter().enumerate() { (key(at, line.name, Some(&latest(line)))) }
    };
    let drawing = html! {
        (lines_across(&scale, BAND))
        svg.lines x="0" y=(BAND.top) width="100%" height=(BAND.height) viewBox="0 0 1000 1000"
            preserveAspectRatio="none"
        {
            @for (at, line) in lines.iter().enumerate() {
                @if let Some(smooth) = smoothed(line) {
                    path.line.raw.{ "s" (at) } d=(path(line.points, &scale, first, last)) {}
                    path.line.{ "s" (at) } d=(path(&smooth, &scale, first, last)) {}
                } @else {
                    path.line.{ "s" (at) } d=(path(line.points, &scale, first, last)) {}
                }
            }
        }
        (ticks_up(&scale, BAND, tick))
        (steps_along(first, last))
    };
    Chart {
        title,
        said: lines.iter().map(|line| in_words(line)).collect::<Vec<_>>().join("; "),
        keys,
        height: BAND.bottom() + 24.0,
        drawing,
        table: html! { @for line in &lines { (in_rows(line)) } },
    }
    .render()
}

/// Steps are no round numbers: their ends are told, and what is between.
fn steps_along(first: f64, last: f64) -> Markup {
    let y = pixels(BAND.bottom() + 18.0);
    html! {
        text.tick x="0" y=(y) { "step " (tick(first)) }
        @if last > first {
            @let middle = ((first + last) / 2.0).round();
            text.tick x="50%" y=(y) text-anchor="middle" { (tick(middle)) }
            text.tick x="100%" y=(y) text-anchor="end" { (tick(last)) }
        }
    }
}

fn path(points: &[(f64, f64)], scale: &Scale, first: f64, last: f64) -> String {
    let points = thin(points);
    let mut drawn = String::with_capacity(points.len() * 14);
    let spread = if last > first { last - first } else { 1.0 };
    for (step, value) in points.iter().filter(|(_, value)| value.is_finite()) {
        let x = 1_000.0 * (step - first) / spread;
        let y = 1_000.0 * (1.0 - scale.share(*value));
        let command = if drawn.is_empty() { 'M' } else { 'L' };
        let _ = write!(drawn, "{command}{x:.1} {y:.1}");
    }
    if !drawn.contains('L') {
        // One point alone: a line across shows its height.
        let y = drawn.split(' ').nth(1).unwrap_or("0").to_owned();
        let _ = write!(drawn, "L1000 {y}");
    }
    drawn
}

/// Fewer points are looked at one by one.
const SMOOTHED_MIN: usize = 60;

/// Follows the points without their noise: the mean of each with its neighbors, about a twentieth
/// of all of them.
fn smoothed(line: &Line) -> Option<Vec<(f64, f64)>> {
    let points = line.points;
    if !line.noisy
        || points.len() < SMOOTHED_MIN
        || points.iter().any(|(_, value)| !value.is_finite())
    {
        return None;
    }
    let reach = points.len() / 40;
    let mut sums = vec![0.0];
    for (_, value) in points {
        sums.push(sums[sums.len() - 1] + value);
    }
    let mean = |(at, (step, _)): (usize, &(f64, f64))| {
        let reach = reach.min(at).min(points.len() - 1 - at);
        let (from, to) = (at - reach, at + reach + 1);
        (*step, (sums[to] - sums[from]) / (to - from) as f64)
    };
    Some(points.iter().enumerate().map(mean).collect())
}

/// Keeps the lowest and the highest of each stretch, so that no peak is lost.
fn thin(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= POINTS_MAX {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(POINTS_MAX / 2);
    let mut kept = Vec::with_capacity(POINTS_MAX);
    for part in points.chunks(stretch) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let (low, high) = (part.iter().min_by(by_value), part.iter().max_by(by_value));
        let mut ends: Vec<_> = low.into_iter().chain(high).copied().collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends.dedup();
        kept.extend(ends);
    }
    kept
}

fn latest(line: &Line) -> String {
    line.points.last().map(|(_, value)| format::metric(*value)).unwrap_or_default()
}

fn in_words(line: &Line) -> String {
    let ends = (line.points.first(), line.points.last());
    let (Some((first, from)), Some((last, to))) = ends else { return String::new() };
    let low = line.points.iter().map(|(_, value)| *value).fold(f64::MAX, f64::min);
    let high = line.points.iter().map(|(_, value)| *value).fold(f64::MIN, f64::max);
    format!(
        "{} from {} at step {first:.0} to {} at step {last:.0}, lowest {}, highest {}",
        line.name,
        format::metric(*from),
        format::metric(*to),
        format::metric(low),
        format::metric(high)
    )
}

fn in_rows(line: &Line) -> Markup {
    let stride = line.points.len().div_ceil(ROWS_MAX).max(1);
    let mut shown: Vec<_> = line.points.iter().step_by(stride).collect();
    if let Some(last) = line.points.last().filter(|last| shown.last() != Some(last)) {
        shown.push(last);
    }
    let row = |(step, value): &&(f64, f64)| {
        vec![html! { (format::count(*step as u64)) }, html! { (format::metric(*value)) }]
    };
    let rows: Vec<_> = shown.iter().map(row).collect();
    table(line.name, &["Step", line.name], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_in_words_what_it_draws() {
        let points = [(0.0, 2.0), (10.0, 1.0), (20.0, 0.5)];
        let html = line_chart("Loss", &[Line { name: "training", points: &points, noisy: true }])
            .into_string();
        assert!(html.contains("training from 2 at step 0 to 0.5000 at step 20"), "{html}");
        assert!(html.contains(r#"d="M0.0 0.0L500.0 666.7L1000.0 1000.0""#), "{html}");
        assert_eq!(html.matches("<line").count(), html.matches("</line>").count());
        assert_eq!(
            line_chart("Loss", &[Line { name: "x", points: &[], noisy: true }]).into_string(),
            ""
        );
    }

    #[test]
    fn one_point_is_a_line_across() {
        let html = line_chart("A", &[Line { name: "x", points: &[(3.0, 0.5)], noisy: false }])
            .into_string();
        assert!(html.contains("L1000"), "{html}");
    }

    #[test]
    fn noise_is_smoothed_where_there_is_much_of_it() {
        let noisy: Vec<_> = (0..200).map(|at| (f64::from(at), 1.0 + f64::from(at % 2))).collect();
        let line = |points, noisy| Line { name: "x", points, noisy };
        let smooth = smoothed(&line(&noisy, true)).unwrap();
        assert_eq!(smooth.len(), 200);
        assert!(smooth[20..180].iter().all(|(_, value)| (value - 1.5).abs() < 0.1));
        assert_eq!((smooth[0], smooth[199]), (noisy[0], noisy[199]));
        assert_eq!(smoothed(&line(&noisy[..59], true)), None);
        assert_eq!(smoothed(&line(&noisy, false)), None);
    }

    #[test]
    fn thinning_keeps_every_peak() {
        let mut points: Vec<_> = (0..50_000).map(|at| (f64::from(at), 1.0)).collect();
        points[31_337].1 = 9.0;
        points[40_000].1 = -4.0;
        let kept = thin(&points);
        assert!(kept.len() <= POINTS_MAX, "{}", kept.len());
        assert!(kept.contains(&(31_337.0, 9.0)) && kept.contains(&(40_000.0, -4.0)));
        assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
