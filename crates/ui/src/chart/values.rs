//! Values of many things on many scales as a table whose shades tell where each is good.

use maud::{Markup, html};

/// A table of values.
pub(crate) struct Values<'a> {
    pub caption: &'a str,
    /// What the rows are.
    pub what: &'a str,
    pub columns: &'a [&'a str],
    pub rows: &'a [ValuesRow],
    pub lower_is_better: bool,
}

/// A row: its name, what comes first, and the values.
pub(crate) struct ValuesRow {
    pub head: Markup,
    pub values: Vec<Option<f64>>,
}

/// The stylesheet has this many shades.
const SHADES: f64 = 8.0;

/// Draws the values; each column is shaded from its worst to its best.
pub(crate) fn value_map(values: &Values) -> Markup {
    let ends: Vec<_> = (0..values.columns.len()).map(|column| ends(values.rows, column)).collect();
    html! {
        div.table-frame.value-map tabindex="0" role="region" aria-label=(values.caption) {
            table.heat {
                caption.hidden { (values.caption) }
                thead { tr {
                    th.corner scope="col" { (values.what) }
                    @for column in values.columns {
                        th scope="col" title=(column) { span { (column) } }
                    }
                } }
                tbody {
                    @for row in values.rows {
                        tr {
                            th scope="row" { (row.head) }
                            @for (value, ends) in row.values.iter().zip(&ends) {
                                (cell(*value, *ends, values.lower_is_better))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(value: Option<f64>, (low, high): (f64, f64), lower_is_better: bool) -> Markup {
    let Some(value) = value else { return html! { td.right.h0 { "–" } } };
    let share = if high > low { (value - low) / (high - low) } else { 1.0 };
    let good = if lower_is_better { 1.0 - share } else { share };
    let shade = ((good * SHADES).round() as u8).clamp(1, SHADES as u8);
    html! { td.right.{ "h" (shade) } { (short(value)) } }
}

/// Three digits are enough to see an order, and fit a cell.
fn short(value: f64) -> String {
    match value.abs() {
        ..1.0 => format!("{value:.3}").replacen("0.", ".", 1),
        1.0..10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

fn ends(rows: &[ValuesRow], column: usize) -> (f64, f64) {
    let values = rows.iter().filter_map(|row| row.values.get(column).copied().flatten());
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_each_column_is_darkest() {
        let row =
            |values: [Option<f64>; 2]| ValuesRow { head: html! { "m" }, values: values.to_vec() };
        let rows = [row([Some(0.25), Some(3.5)]), row([Some(0.75), None]), row([Some(0.5), None])];
        let draw = |lower_is_better| {
            let columns = ["a", "b"];
            let map = Values {
                caption: "c",
                what: "Model",
                columns: &columns,
                rows: &rows,
                lower_is_better,
            };
            value_map(&map).into_string()
        };
        let html = draw(false);
        assert!(html.contains(r#"<td class="right h8">.750</td>"#), "{html}");
        assert!(html.contains(r#"<td class="right h1">.250</td>"#), "{html}");
        assert!(html.contains(r#"<td class="right h8">3.50</td>"#), "{html}");
        assert_eq!(html.matches(r#"<td class="right h0">–</td>"#).count(), 2);
        assert!(draw(true).contains(r#"<td class="right h8">.250</td>"#));
    }
}
