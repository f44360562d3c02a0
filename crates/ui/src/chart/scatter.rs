//! Points: what something costs across, what it gives up, and the front that nothing beats.

use maud::{Markup, html};

use super::frame::{
    Band, Chart, Stretch, cut, lines_across, lines_down, percent, pixels, ticks_along, ticks_up,
};
use super::labels::{Placed, Side, Spot, place};
use super::scale::{Scale, tick};
use crate::format;
use crate::parts::table;

/// A chart of points.
pub(crate) struct Scatter<'a> {
    pub title: &'a str,
    /// What is across, on a scale of factors, and how it is written.
    pub cost: (&'a str, fn(f64) -> String),
    /// What is up.
    pub quality: &'a str,
    pub dots: &'a [Dot<'a>],
}

/// A point.
pub(crate) struct Dot<'a> {
    pub name: &'a str,
    pub cost: f64,
    pub quality: f64,
    /// Whether nothing beats it.
    pub is_front: bool,
}

const BAND: Band = Band { top: 22.0, height: 300.0 };
/// To the left there is room for the ticks.
const STRETCH: Stretch = Stretch { from: 10.0, to: 98.0 };
/// A name longer than this takes the place of two others.
const LETTERS_MAX: usize = 26;
/// The mean width of a letter of 12 pixels, rounded up.
const LETTER: f64 = 6.9;

/// Draws points; nothing where none has a cost above zero.
pub(crate) fn scatter_chart(scatter: &Scatter) -> Markup {
    let dots: Vec<_> = scatter.dots.iter().filter(|dot| dot.cost > 0.0).collect();
    let across = Scale::log(dots.iter().map(|dot| dot.cost));
    let up = Scale::covering(dots.iter().map(|dot| dot.quality));
    let (Some(across), Some(up)) = (across, up) else { return html! {} };
    let plane = Plane { across, up };
    let (title, write) = scatter.cost;
    let drawing = html! {
        (lines_across(&plane.up, BAND))
        (lines_down(&plane.across, STRETCH, BAND))
        (ticks_up(&plane.up, BAND, tick))
        (ticks_along(&plane.across, STRETCH, BAND.bottom() + 17.0, write))
        text.axis x="100%" y=(pixels(BAND.bottom() + 36.0)) text-anchor="end" { (title) " →" }
        (front(&plane, &dots))
        @for dot in dots.iter().filter(|dot| !dot.is_front) { (draw(&plane, scatter, dot)) }
        @for dot in dots.iter().filter(|dot| dot.is_front) { (draw(&plane, scatter, dot)) }
        (names(&plane, &dots))
    };
    Chart {
        title: scatter.title,
        said: in_words(scatter, &dots),
        keys: html! {
            span.key { span.swatch.round.front {} "nothing is both cheaper and better" }
            span.key { span.swatch.round.behind {} "others" }
        },
        height: BAND.bottom() + 42.0,
        drawing,
        table: in_rows(scatter, &dots),
    }
    .render()
}

struct Plane {
    across: Scale,
    up: Scale,
}

impl Plane {
    /// Returns where something is: percent across, pixels down.
    fn at(&self, dot: &Dot) -> (f64, f64) {
        let x = STRETCH.along(self.across.share(dot.cost));
        (x, BAND.down(self.up.share(dot.quality)))
    }
}

fn draw(plane: &Plane, scatter: &Scatter, dot: &Dot) -> Markup {
    let (x, y) = plane.at(dot);
    let (class, radius) = if dot.is_front { ("front", "5.5") } else { ("behind", "4.5") };
    html! {
        circle.dot.(class) cx=(percent(x)) cy=(pixels(y)) r=(radius) {
            title {
                (dot.name) ": " (scatter.quality) " " (format::metric(dot.quality)) ", "
                (scatter.cost.0.to_lowercase()) " " ((scatter.cost.1)(dot.cost))
            }
        }
    }
}

/// Draws what can be had for each cost: steps from one point of the front to the next.
fn front(plane: &Plane, dots: &[&Dot]) -> Markup {
    let mut front: Vec<_> =
        dots.iter().filter(|dot| dot.is_front).map(|dot| plane.at(dot)).collect();
    front.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ends = front.iter().skip(1).map(|next| Some(*next)).chain([None]);
    html! {
        @for ((x, y), next) in front.iter().zip(ends) {
            @let to = next.map_or(STRETCH.to, |next| next.0);
            line.front x1=(percent(*x)) x2=(percent(to)) y1=(pixels(*y)) y2=(pixels(*y)) {}
            @if let Some((_, below)) = next {
                line.front x1=(percent(to)) x2=(percent(to)) y1=(pixels(*y)) y2=(pixels(below)) {}
            }
        }
    }
}

/// Writes names where there is room: those of the front first, then the best.
fn names(plane: &Plane, dots: &[&Dot]) -> Markup {
    let mut order: Vec<_> = dots.iter().collect();
    order.sort_by(|one, other| {
        let place = |dot: &Dot| (!dot.is_front, plane.at(dot).1);
        let ((behind, y), (other_behind, other_y)) = (place(one), place(other));
        behind.cmp(&other_behind).then(y.total_cmp(&other_y))
    });
    let spot = |dot: &&&Dot| {
        let (x, y) = plane.at(dot);
        let letters = cut(dot.name, LETTERS_MAX).chars().count();
        Spot { x: x / 100.0, y, width: letters as f64 * LETTER }
    };
    let spots: Vec<_> = order.iter().map(spot).collect();
    html! { @for placed in place(&spots) { (write(plane, order[placed.at], placed)) } }
}

fn write(plane: &Plane, dot: &Dot, placed: Placed) -> Markup {
    let (x, y) = plane.at(dot);
    let (dx, dy, anchor) = match placed.side {
        Side::Right => (9.0, 4.0, "start"),
        Side::Left => (-9.0, 4.0, "end"),
        Side::Above => (0.0, -12.5, "middle"),
        Side::Below => (0.0, 20.5, "middle"),
    };
    let room = if placed.is_roomy { "roomy" } else { "narrow" };
    html! {
        text.dot-name.(room) x=(percent(x)) dx=(pixels(dx)) y=(pixels(y + dy))
            text-anchor=(anchor)
        {
            (cut(dot.name, LETTERS_MAX))
        }
    }
}

fn in_words(scatter: &Scatter, dots: &[&Dot]) -> String {
    let front: Vec<_> = dots.iter().filter(|dot| dot.is_front).map(|dot| dot.name).collect();
    format!(
        "{} models by {} and {}. Nothing is both cheaper and better than {}.",
        dots.len(),
        scatter.cost.0.to_lowercase(),
        scatter.quality,
        front.join(", ")
    )
}

fn in_rows(scatter: &Scatter, dots: &[&Dot]) -> Markup {
    let mut order: Vec<_> = dots.iter().collect();
    order.sort_by(|one, other| one.cost.total_cmp(&other.cost));
    let row = |dot: &&&Dot| {
        vec![
            html! { (dot.name) },
            html! { ((scatter.cost.1)(dot.cost)) },
            html! { (format::metric(dot.quality)) },
            html! { @if dot.is_front { "nothing is both cheaper and better" } },
        ]
    };
    let rows: Vec<_> = order.iter().map(row).collect();
    table(scatter.title, &["Model", scatter.cost.0, scatter.quality, "Front"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_drawn_named_and_told() {
        let dot = |name, cost, quality, is_front| Dot { name, cost, quality, is_front };
        let dots = [
            dot("small", 1e9, 0.5, true),
            dot("middle", 7e9, 0.45, false),
            dot("large", 70e9, 0.9, true),
            dot("unknown", 0.0, 0.9, false),
        ];
        let cost: (_, fn(f64) -> String) = ("Parameters", |value| format::compact(value as u64));
        let scatter = Scatter { title: "Trade-off", cost, quality: "Accuracy", dots: &dots };
        let html = scatter_chart(&scatter).into_string();
        assert_eq!(html.matches("<circle").count(), 3);
        assert_eq!(html.matches(r#"<line class="front""#).count(), 3);
        assert!(html.contains("Nothing is both cheaper and better than small, large."), "{html}");
        assert!(html.contains(">large</text>") && html.contains(">10B</text>"), "{html}");
        assert!(html.find("<td>1B</td>") < html.find("<td>70B</td>"), "{html}");
        let none = Scatter { dots: &dots[3..], ..scatter };
        assert_eq!(scatter_chart(&none).into_string(), "");
    }
}
