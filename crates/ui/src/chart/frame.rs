//! What every chart has: a title, a legend, a description for those who do not see it, the same
//! as a table, grids and ticks.

use maud::{Markup, html};

use super::scale::Scale;

/// A chart that is drawn.
pub(super) struct Chart<'a> {
    /// Unique on its page.
    pub title: &'a str,
    /// What it shows, in words.
    pub said: String,
    pub keys: Markup,
    pub height: f64,
    pub drawing: Markup,
    pub table: Markup,
}

impl Chart<'_> {
    pub fn render(self) -> Markup {
        let id = slug(self.title);
        html! {
            figure.chart {
                figcaption { span.chart-title { (self.title) } (self.keys) }
                svg.plot width="100%" height=(pixels(self.height)) role="img"
                    aria-labelledby={ "title-" (id) } aria-describedby={ "desc-" (id) }
                {
                    title id={ "title-" (id) } { (self.title) }
                    desc id={ "desc-" (id) } { (self.said) }
                    (self.drawing)
                }
                details.chart-data id={ "data-" (id) } {
                    summary { "Show as a table" }
                    (self.table)
                }
            }
        }
    }
}

/// Draws an entry of a legend: the color of series `at`, its name, and what is last of it.
pub(super) fn key(at: usize, name: &str, latest: Option<&str>) -> Markup {
    html! {
        span.key {
            span.swatch.{ "s" (at) } {} (name)
            @if let Some(latest) = latest { " " strong { (latest) } }
        }
    }
}

/// A part of a picture, in pixels from its top.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub top: f64,
    pub height: f64,
}

impl Band {
    /// Returns how far down a share of the height is.
    pub fn down(self, share: f64) -> f64 {
        self.top + self.height * (1.0 - share)
    }

    pub fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// Draws a line across for each tick.
pub(super) fn lines_across(scale: &Scale, band: Band) -> Markup {
    html! {
        @for value in &scale.ticks {
            @let y = pixels(band.down(scale.share(*value)));
            line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
        }
    }
}

/// Writes the ticks over their lines, so that nothing drawn strikes one out.
pub(super) fn ticks_up(scale: &Scale, band: Band, write: fn(f64) -> String) -> Markup {
    html! {
        @for value in &scale.ticks {
            text.tick x="0" y=(pixels(band.down(scale.share(*value)) - 4.0)) { (write(*value)) }
        }
    }
}

/// A stretch of the width, in percent: it is as wide as its page.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub from: f64,
    pub to: f64,
}

impl Stretch {
    /// Returns where a share of it is.
    pub fn along(self, share: f64) -> f64 {
        self.from + (self.to - self.from) * share
    }
}

/// Draws a line down for each tick.
pub(super) fn lines_down(scale: &Scale, stretch: Stretch, band: Band) -> Markup {
    html! {
        @for value in &scale.ticks {
            @let x = percent(stretch.along(scale.share(*value)));
            line.grid x1=(x) x2=(x) y1=(pixels(band.top)) y2=(pixels(band.bottom())) {}
        }
    }
}

/// Writes the ticks below their lines.
pub(super) fn ticks_along(
    scale: &Scale,
    stretch: Stretch,
    y: f64,
    write: fn(f64) -> String,
) -> Markup {
    html! {
        @for value in &scale.ticks {
            @let x = stretch.along(scale.share(*value));
            text.tick x=(percent(x)) y=(pixels(y)) text-anchor=(anchor(x)) { (write(*value)) }
        }
    }
}

/// What stands at an end of the picture stays inside of it.
fn anchor(percent: f64) -> &'static str {
    match percent {
        ..1.0 => "start",
        99.0.. => "end",
        _ => "middle",
    }
}

pub(super) fn pixels(value: f64) -> String {
    format!("{value:.1}")
}

pub(super) fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

/// Cuts a text that would be longer than its place.
pub(super) fn cut(text: &str, letters_max: usize) -> String {
    if text.chars().count() <= letters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters_max - 1).collect();
    format!("{}…", kept.trim_end())
}

fn slug(title: &str) -> String {
    title
        .chars()
        .map(|one| if one.is_alphanumeric() { one.to_ascii_lowercase() } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_where_it_ends() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("mistral ai seven", 9), "mistral…");
        assert_eq!(cut("éééé", 3), "éé…");
    }
}
