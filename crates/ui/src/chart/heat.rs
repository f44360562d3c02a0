//! Confusion matrices: a table where it can be read, a picture where it is too large for that.

use maud::{Markup, html};

use crate::format;
use crate::parts::table;

/// Counts of true labels (rows) taken for labels (columns).
type Matrix<'a> = &'a [Vec<u64>];

/// More columns than this cannot be read as numbers.
const READABLE_MAX: usize = 16;
/// The stylesheet has this many shades.
const SHADES: f64 = 8.0;
/// The longest list of mistakes that is worth reading.
const CONFUSED_MAX: usize = 10;

/// Draws how often each label was taken for each.
pub(crate) fn heat_map(labels: &[&str], matrix: Matrix) -> Markup {
    let square = matrix.len() == labels.len() && matrix.iter().all(|row| row.len() == labels.len());
    if labels.is_empty() || !square {
        return html! {};
    }
    if labels.len() <= READABLE_MAX { numbers(labels, matrix) } else { picture(labels, matrix) }
}

fn numbers(labels: &[&str], matrix: Matrix) -> Markup {
    html! {
        div.table-frame tabindex="0" role="region" aria-label="Confusion matrix" {
            table.heat {
                caption.hidden { "Confusion matrix: rows are the true labels, columns the answers" }
                thead { tr {
                    td.corner { "true ↓ answer →" }
                    @for label in labels { th scope="col" title=(label) { span { (label) } } }
                } }
                tbody {
                    @for (row, (label, counts)) in labels.iter().zip(matrix).enumerate() {
                        @let sum = counts.iter().sum::<u64>();
                        tr {
                            th scope="row" { (label) }
                            @for (column, count) in counts.iter().enumerate() {
                                td.(kind(row, column)).{ "h" (shade(*count, sum)) } { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Draws only the cells that are not zero: most of a large matrix is.
fn picture(labels: &[&str], matrix: Matrix) -> Markup {
    let size = labels.len();
    let cells = matrix.iter().enumerate().flat_map(|(row, counts)| {
        let sum = counts.iter().sum::<u64>();
        let seen = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        seen.map(move |(column, count)| (row, column, *count, sum))
    });
    let (right, all) = totals(matrix);
    html! {
        svg.heat-picture viewBox={ "0 0 " (size) " " (size) } role="img"
            aria-label={ "Confusion matrix of " (size) " labels: " (right) " of " (all)
                " rows are on the diagonal" }
        {
            rect.ground width=(size) height=(size) {}
            @for (row, column, count, sum) in cells {
                rect.(kind(row, column)).{ "h" (shade(count, sum)) }
                    x=(column) y=(row) width="1" height="1"
                {
                    title { (labels[row]) " → " (labels[column]) ": " (count) }
                }
            }
        }
        p.note { "Rows are the true labels, columns the answers. The diagonal is right." }
    }
}

fn totals(matrix: Matrix) -> (u64, u64) {
    let right = matrix.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
    (right, matrix.iter().flatten().sum())
}

fn kind(row: usize, column: usize) -> &'static str {
    if row == column { "right" } else { "wrong" }
}

/// Any count that is not zero gets a shade that can be seen.
fn shade(count: u64, sum: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    ((count as f64 / sum.max(1) as f64 * SHADES).round() as u64).clamp(1, SHADES as u64)
}

/// Lists the labels that are most often taken for another.
pub(crate) fn confused(labels: &[&str], matrix: Matrix) -> Markup {
    let mut pairs: Vec<_> = matrix
        .iter()
        .enumerate()
        .flat_map(|(row, counts)| {
            counts.iter().enumerate().map(move |(column, count)| (row, column, *count))
        })
        .filter(|(row, column, count)| row != column && *count > 0)
        .collect();
    pairs.sort_by_key(|(row, column, count)| (std::cmp::Reverse(*count), *row, *column));
    pairs.truncate(CONFUSED_MAX);
    if pairs.is_empty() {
        return html! { p.note { "No row was taken for another label." } };
    }
    let name = |at: usize| labels.get(at).copied().unwrap_or("?");
    let row = |(row, column, count): &(usize, usize, u64)| {
        vec![html! { (name(*row)) }, html! { (name(*column)) }, html! { (format::count(*count)) }]
    };
    let rows: Vec<_> = pairs.iter().map(row).collect();
    table("Most often confused", &["True label", "Taken for", "Rows"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(size: usize) -> Vec<Vec<u64>> {
        let cell = |row, column| match (row, column) {
            _ if row == column => 10,
            (0, 1) => 5,
            _ => 0,
        };
        (0..size).map(|row| (0..size).map(|column| cell(row, column)).collect()).collect()
    }

    fn labels(size: usize) -> Vec<String> {
        (0..size).map(|at| format!("label {at}")).collect()
    }

    #[test]
    fn a_small_matrix_is_a_table_and_a_large_one_a_picture() {
        for (size, part, cells) in [(3, "<table", 9), (40, "<svg", 41)] {
            let labels = labels(size);
            let names: Vec<_> = labels.iter().map(String::as_str).collect();
            let html = heat_map(&names, &matrix(size)).into_string();
            assert!(html.contains(part), "{html}");
            let drawn = html.matches(r#"class="right h"#).count()
                + html.matches(r#"class="wrong h"#).count();
            assert_eq!(drawn, cells, "{size}");
        }
        assert_eq!(heat_map(&["a"], &matrix(2)).into_string(), "");
    }

    #[test]
    fn the_most_common_mistake_comes_first() {
        let mut matrix = matrix(3);
        matrix[2][1] = 7;
        let html = confused(&["a", "b", "c"], &matrix).into_string();
        let (seven, five) = (html.find(">7<").unwrap(), html.find(">5<").unwrap());
        assert!(seven < five && !html.contains(">10<"), "{html}");
        assert!(confused(&["a"], &[vec![3]]).into_string().contains("No row"));
    }

    #[test]
    fn a_rare_mistake_can_be_seen() {
        assert_eq!([shade(0, 9), shade(1, 1_000), shade(500, 1_000), shade(9, 9)], [0, 1, 4, 8]);
    }
}
