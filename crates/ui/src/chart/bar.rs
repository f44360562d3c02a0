//! Bars across: a group for each thing, in it a bar for each series.
//!
//! Names stand above their bars, where they have the whole width on a phone too.

use maud::{Markup, html};

use super::frame::{Band, Chart, Stretch, cut, key, lines_down, percent, pixels, ticks_along};
use super::scale::{Scale, tick};
use crate::format;
use crate::parts::table;

/// A chart of bars.
pub(crate) struct Bars<'a> {
    pub title: &'a str,
    /// What the groups are, for the heading of the table.
    pub what: &'a str,
    /// The series; one alone needs no legend.
    pub series: &'a [&'a str],
    pub groups: &'a [Group<'a>],
    /// The least and the most that a value can be, where that is fixed.
    pub range: Option<(f64, f64)>,
}

/// Bars that belong together.
pub(crate) struct Group<'a> {
    pub name: &'a str,
    /// In the order of the series; what has no value has no bar.
    pub values: Vec<Option<f64>>,
}

/// Values stand at the ends of their bars: the longest leaves room for six digits on a phone.
const STRETCH: Stretch = Stretch { from: 0.0, to: 82.0 };
const NAME: f64 = 21.0;
const BAR: f64 = 13.0;
const GAP: f64 = 3.0;
const BETWEEN: f64 = 12.0;
const FOOT: f64 = 24.0;
/// A phone shows this many letters of 13 pixels.
const LETTERS_MAX: usize = 36;

/// Draws bars; nothing where there is no value.
pub(crate) fn bar_chart(bars: &Bars) -> Markup {
    let values = || bars.groups.iter().flat_map(|group| group.values.iter().flatten().copied());
    let scale = match bars.range {
        Some((low, high)) if values().all(|value| (low..=high).contains(&value)) => {
            values().next().map(|_| Scale::over(low, high))
        }
        _ => Scale::from_zero(values()),
    };
    let Some(scale) = scale else { return html! {} };
    let mut drawn = Vec::with_capacity(bars.groups.len());
    let mut top = 0.0;
    for group in bars.groups {
        drawn.push(draw(bars, group, &scale, top));
        top += height(group) + BETWEEN;
    }
    let band = Band { top: 0.0, height: top };
    let keys = html! {
        @if bars.series.len() > 1 {
            @for (at, name) in bars.series.iter().enumerate() { (key(at, name, None)) }
        }
    };
    Chart {
        title: bars.title,
        said: bars.groups.iter().map(|group| in_words(bars, group)).collect::<Vec<_>>().join("; "),
        keys,
        height: top + FOOT,
        drawing: html! {
            (lines_down(&scale, STRETCH, band))
            @for group in drawn { (group) }
            (ticks_along(&scale, STRETCH, top + 16.0, tick))
        },
        table: in_rows(bars),
    }
    .render()
}

fn height(group: &Group) -> f64 {
    NAME + group.values.iter().flatten().count() as f64 * (BAR + GAP)
}

fn draw(bars: &Bars, group: &Group, scale: &Scale, top: f64) -> Markup {
    let present = group.values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    html! {
        text.bar-name x="0" y=(pixels(top + 14.0)) { (cut(group.name, LETTERS_MAX)) }
        @for (line, (at, value)) in present.enumerate() {
            @let y = top + NAME + line as f64 * (BAR + GAP);
            @let (from, to) = ends(scale, value);
            rect.bar.{ "s" (at) } x=(percent(from)) width=(percent((to - from).max(0.15)))
                y=(pixels(y)) height=(pixels(BAR)) rx="3"
            {
                title { (group.name) ", " (bars.series[at]) ": " (format::metric(value)) }
            }
            text.bar-value x=(percent(to)) dx="6" y=(pixels(y + 10.5)) {
                @if bars.series.len() > 2 { (letter(at)) " " }
                (format::metric(value))
            }
        }
    }
}

/// Returns where a bar begins and ends: it stands on zero, or on the least that there is.
fn ends(scale: &Scale, value: f64) -> (f64, f64) {
    let along = |value: f64| STRETCH.along(scale.share(value.clamp(scale.low, scale.high)));
    let (foot, tip) = (along(0.0), along(value));
    (foot.min(tip), foot.max(tip))
}

/// Colors alone tell six series apart to few: each has a letter too.
pub(crate) fn letter(series: usize) -> char {
    char::from(b'A' + u8::try_from(series % 26).unwrap_or(0))
}

fn in_words(bars: &Bars, group: &Group) -> String {
    let values = bars.series.iter().zip(&group.values);
    let told = values
        .filter_map(|(series, value)| Some(format!("{series} {}", format::metric((*value)?))));
    format!("{}: {}", group.name, told.collect::<Vec<_>>().join(", "))
}

fn in_rows(bars: &Bars) -> Markup {
    let headings: Vec<_> = std::iter::once(bars.what).chain(bars.series.iter().copied()).collect();
    let row = |group: &Group| {
        let values = group.values.iter().map(|value| match value {
            Some(value) => html! { (format::metric(*value)) },
            None => html! { span.muted { "–" } },
        });
        std::iter::once(html! { (group.name) }).chain(values).collect()
    };
    let rows: Vec<_> = bars.groups.iter().map(row).collect();
    table(bars.title, &headings, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[Option<f64>], range: Option<(f64, f64)>) -> String {
        let series: Vec<_> = values.iter().map(|_| "series").collect();
        let groups = [Group { name: "boolq", values: values.to_vec() }];
        let bars = Bars { title: "Results", what: "Data", series: &series, groups: &groups, range };
        bar_chart(&bars).into_string()
    }

    #[test]
    fn each_value_is_a_bar_a_text_and_a_cell() {
        let html = chart(&[Some(0.5), None, Some(1.0)], Some((0.0, 1.0)));
        assert_eq!(html.matches("<rect").count(), 2);
        assert!(html.contains(r#"x="0.00%" width="41.00%""#), "{html}");
        assert!(html.contains(r#"x="0.00%" width="82.00%""#), "{html}");
        assert!(html.contains("boolq: series 0.5000, series 1"), "{html}");
        assert!(html.contains(">A 0.5000<") && html.contains(">C 1<"), "{html}");
        assert!(html.contains("<desc") && html.contains("<td>0.5000</td>"), "{html}");
        assert_eq!(html.matches("<rect").count(), html.matches("</rect>").count());
    }

    #[test]
    fn a_value_below_zero_goes_the_other_way() {
        let html = chart(&[Some(-0.5)], Some((-1.0, 1.0)));
        assert!(html.contains(r#"x="20.50%" width="20.50%""#), "{html}");
        assert!(chart(&[Some(3.0)], Some((0.0, 1.0))).contains("3"));
        assert_eq!(chart(&[None], None), "");
        assert_eq!(chart(&[None], Some((0.0, 1.0))), "");
    }
}
