//! What holds for any predictions; the figures themselves are compared with scikit-learn's.

use proptest::prelude::*;

use super::*;

fn predictions(classes: usize, rows: &[(usize, &[f32])]) -> Predictions {
    let mut predictions = Predictions::new(classes);
    for (truth, probabilities) in rows {
        predictions.push(*truth, probabilities).unwrap();
    }
    predictions
}

#[test]
fn rows_that_do_not_fit_the_classes_are_refused() {
    let mut predictions = Predictions::new(2);
    for (truth, probabilities) in [
        (2, [0.5, 0.5].as_slice()),
        (0, &[1.0]),
        (0, &[0.1, 0.2, 0.7]),
        (0, &[f32::NAN, 1.0]),
        (1, &[f32::INFINITY, 0.0]),
    ] {
        assert_eq!(predictions.push(truth, probabilities), Err(Unfit));
    }
    assert_eq!(predictions.rows(), 0);
}

#[test]
fn no_rows_score_nothing_and_do_not_divide_by_zero() {
    let scores = score(&Predictions::new(3));
    assert_eq!((scores.accuracy, scores.f1, scores.log_loss), (0.0, Averages::default(), 0.0));
    assert_eq!(scores.roc_auc, Err(0));
}

#[test]
fn the_first_of_equal_probabilities_wins() {
    let scores = score(&predictions(3, &[(1, &[0.2, 0.4, 0.4]), (0, &[0.4, 0.2, 0.4])]));
    assert_eq!(scores.accuracy, 1.0);
}

#[test]
fn a_class_without_rows_leaves_the_ranking_undefined() {
    let scores = score(&predictions(3, &[(0, &[0.6, 0.2, 0.2]), (2, &[0.1, 0.1, 0.8])]));
    assert_eq!(scores.roc_auc, Err(1));
    let scores = score(&predictions(2, &[(1, &[0.6, 0.4]), (1, &[0.1, 0.9])]));
    assert_eq!(scores.roc_auc, Err(0));
}

fn any_predictions() -> impl Strategy<Value = Predictions> {
    let rows = |classes| {
        let row = (0..classes, prop::collection::vec(0..20_u8, classes));
        prop::collection::vec(row, 1..60).prop_map(move |rows| {
            let mut predictions = Predictions::new(classes);
            for (truth, weights) in rows {
                let sum = weights.iter().map(|w| f32::from(*w)).sum::<f32>().max(1.0);
                let row: Vec<f32> = weights.iter().map(|w| f32::from(*w) / sum).collect();
                predictions.push(truth, &row).unwrap();
            }
            predictions
        })
    };
    (2..6_usize).prop_flat_map(rows)
}

/// Counts pairs one by one.
fn pairs_ranked_right(predictions: &Predictions, class: usize) -> f64 {
    let (mut right, mut pairs) = (0.0, 0.0);
    for (_, inside) in predictions.iter().filter(|(truth, _)| *truth == class) {
        for (_, outside) in predictions.iter().filter(|(truth, _)| *truth != class) {
            pairs += 1.0;
            right += match inside[class].total_cmp(&outside[class]) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    right / pairs
}

proptest! {
    #[test]
    fn every_score_is_within_its_range_and_the_table_adds_up(predictions in any_predictions()) {
        let scores = score(&predictions);
        let rows = predictions.rows() as u64;
        let shares = [scores.accuracy, scores.balanced_accuracy, scores.f1.macro_,
            scores.precision.weighted, scores.recall.macro_];
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", shares);
        prop_assert!((-1.0..=1.0).contains(&scores.matthews_correlation));
        prop_assert!(scores.log_loss >= 0.0);
        prop_assert_eq!(scores.confusion.iter().flatten().sum::<u64>(), rows);
        prop_assert_eq!(scores.per_class.iter().map(|class| class.predicted).sum::<u64>(), rows);
        prop_assert!((scores.recall.weighted - scores.accuracy).abs() < 1e-12);
    }

    #[test]
    fn the_ranking_counts_pairs(predictions in any_predictions()) {
        let scores = score(&predictions);
        let Ok(found) = scores.roc_auc else { return Ok(()) };
        let classes = scores.per_class.len();
        let asked: Vec<usize> = if classes == 2 { vec![1] } else { (0..classes).collect() };
        let areas = asked.iter().map(|class| pairs_ranked_right(&predictions, *class));
        let expected = areas.sum::<f64>() / asked.len() as f64;
        prop_assert!((found.macro_ - expected).abs() < 1e-12, "{:?} {}", found, expected);
    }
}
