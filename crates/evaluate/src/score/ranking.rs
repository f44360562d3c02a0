//! The area under the receiver operating characteristic, one class against the rest.

use super::{ClassScores, Predictions};

/// The areas over all classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocAuc {
    /// The mean over the classes.
    pub macro_: f64,
    /// The mean weighted by the rows of each class.
    pub weighted: f64,
}

/// Computes the areas; `Err` names the first class that has no row, or every row.
pub(super) fn roc_auc(
    predictions: &Predictions,
    per_class: &[ClassScores],
) -> Result<RocAuc, usize> {
    let rows = predictions.rows() as u64;
    let undefined = |class: &ClassScores| class.support == 0 || class.support == rows;
    if let Some(class) = per_class.iter().position(undefined) {
        return Err(class);
    }
    if per_class.is_empty() {
        return Err(0);
    }
    // Of two classes, scikit-learn asks the second alone.
    let asked = if per_class.len() == 2 { 1..2 } else { 0..per_class.len() };
    let mut column = Vec::with_capacity(predictions.rows());
    let (mut sum, mut weighted, mut weights) = (0.0, 0.0, 0.0);
    for class in asked.clone() {
        column.clear();
        column.extend(predictions.iter().map(|(truth, p)| (p[class], truth == class)));
        let area = area(&mut column);
        let support = per_class[class].support as f64;
        sum += area;
        weighted += area * support;
        weights += support;
    }
    Ok(RocAuc { macro_: sum / asked.len() as f64, weighted: weighted / weights })
}

/// Returns the share of pairs of a row inside and a row outside the class that are ranked right;
/// a tie is half right.
fn area(column: &mut [(f32, bool)]) -> f64 {
    column.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut outside_below, mut inside_all) = (0_u64, 0_u64);
    // Twice the pairs, so that halves are whole.
    let mut twice = 0_u128;
    for tie in column.chunk_by(|(a, _), (b, _)| a == b) {
        let inside = tie.iter().filter(|(_, inside)| *inside).count() as u64;
        let outside = tie.len() as u64 - inside;
        twice += u128::from(inside) * u128::from(2 * outside_below + outside);
        outside_below += outside;
        inside_all += inside;
    }
    twice as f64 / (2.0 * inside_all as f64 * outside_below as f64)
}
