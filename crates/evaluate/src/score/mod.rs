//! Metrics from predictions alone; equal to scikit-learn's on the same predictions.

mod ranking;

pub use ranking::RocAuc;

/// Predictions with the truth beside them.
#[derive(Clone, Debug, Default)]
pub struct Predictions {
    classes: usize,
    truth: Vec<usize>,
    probabilities: Vec<f32>,
}

/// A probability or a truth that does not fit the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl Predictions {
    /// Begins a list of predictions over `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { classes, ..Self::default() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where there is not one finite probability for each class, or no such class as `truth`.
    pub fn push(&mut self, truth: usize, probabilities: &[f32]) -> Result<(), Unfit> {
        let is_finite = probabilities.iter().all(|p| p.is_finite());
        if truth >= self.classes || probabilities.len() != self.classes || !is_finite {
            return Err(Unfit);
        }
        self.truth.push(truth);
        self.probabilities.extend_from_slice(probabilities);
        Ok(())
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.truth.len()
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.truth.iter().copied().zip(self.probabilities.chunks_exact(self.classes.max(1)))
    }
}

/// Everything that is measured of one set of predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The share of rows whose best class is the true one.
    pub accuracy: f64,
    /// The mean recall of the classes that have rows.
    pub balanced_accuracy: f64,
    /// The correlation of truth and prediction, from -1 to 1.
    pub matthews_correlation: f64,
    /// Of the rows called a class, how many belong to it.
    pub precision: Averages,
    /// Of the rows of a class, how many were found.
    pub recall: Averages,
    /// The harmonic mean of the two.
    pub f1: Averages,
    /// The mean of `-ln` of the true class's probability.
    pub log_loss: f64,
    /// How well probabilities rank rows, one class against the rest; `Err` names a class without
    /// rows on one of the sides.
    pub roc_auc: Result<RocAuc, usize>,
    /// One entry for each class.
    pub per_class: Vec<ClassScores>,
    /// Rows by true class (outer) and predicted class (inner).
    pub confusion: Vec<Vec<u64>>,
}

/// A metric over all classes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Averages {
    /// The mean over the classes that occur in truth or prediction.
    pub macro_: f64,
    /// Over all rows, whatever their class.
    pub micro: f64,
    /// The mean weighted by the rows of each class.
    pub weighted: f64,
}

/// The metrics of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassScores {
    /// Of the rows called this class, how many belong to it; 0 where there are none.
    pub precision: f64,
    /// Of the rows of this class, how many were found; 0 where there are none.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
    /// How many rows belong to it.
    pub support: u64,
    /// How many rows were called it.
    pub predicted: u64,
}

/// Scores predictions; without any row every metric is 0.
pub fn score(predictions: &Predictions) -> Scores {
    let confusion = confusion(predictions);
    let per_class: Vec<ClassScores> =
        (0..predictions.classes).map(|class| class_scores(&confusion, class)).collect();
    let accuracy = ratio(diagonal(&confusion), predictions.rows() as u64);
    let averages = |metric: fn(&ClassScores) -> f64| averages(&per_class, accuracy, metric);
    let with_rows = |class: &&ClassScores| class.support > 0;
    Scores {
        accuracy,
        balanced_accuracy: mean(per_class.iter().filter(with_rows).map(|class| class.recall)),
        matthews_correlation: matthews(&confusion, &per_class),
        precision: averages(|class| class.precision),
        recall: averages(|class| class.recall),
        f1: averages(|class| class.f1),
        log_loss: log_loss(predictions),
        roc_auc: ranking::roc_auc(predictions, &per_class),
        per_class,
        confusion,
    }
}

fn confusion(predictions: &Predictions) -> Vec<Vec<u64>> {
    let mut confusion = vec![vec![0; predictions.classes]; predictions.classes];
    for (truth, probabilities) in predictions.iter() {
        confusion[truth][best(probabilities)] += 1;
    }
    confusion
}

/// Returns the class of the largest probability, the first of them where several are.
fn best(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = class;
        }
    }
    best
}

fn diagonal(confusion: &[Vec<u64>]) -> u64 {
    confusion.iter().enumerate().map(|(class, row)| row[class]).sum()
}

fn class_scores(confusion: &[Vec<u64>], class: usize) -> ClassScores {
    let right = confusion[class][class];
    let support = confusion[class].iter().sum();
    let predicted = confusion.iter().map(|row| row[class]).sum();
    ClassScores {
        precision: ratio(right, predicted),
        recall: ratio(right, support),
        f1: ratio(2 * right, support + predicted),
        support,
        predicted,
    }
}

fn averages(per_class: &[ClassScores], accuracy: f64, metric: fn(&ClassScores) -> f64) -> Averages {
    let occurs = |class: &&ClassScores| class.support + class.predicted > 0;
    let rows: u64 = per_class.iter().map(|class| class.support).sum();
    let weighted = per_class.iter().map(|class| metric(class) * class.support as f64).sum::<f64>();
    Averages {
        macro_: mean(per_class.iter().filter(occurs).map(metric)),
        // With one label a row, what one class lacks another has too many.
        micro: accuracy,
        weighted: if rows == 0 { 0.0 } else { weighted / rows as f64 },
    }
}

fn matthews(confusion: &[Vec<u64>], per_class: &[ClassScores]) -> f64 {
    let rows: u64 = per_class.iter().map(|class| class.support).sum();
    let product = |of: fn(&ClassScores) -> (u64, u64)| -> f64 {
        per_class.iter().map(of).map(|(a, b)| a as f64 * b as f64).sum()
    };
    let squared = rows as f64 * rows as f64;
    let both = diagonal(confusion) as f64 * rows as f64
        - product(|class| (class.support, class.predicted));
    let truth = squared - product(|class| (class.support, class.support));
    let predicted = squared - product(|class| (class.predicted, class.predicted));
    if truth * predicted == 0.0 { 0.0 } else { both / (truth * predicted).sqrt() }
}

/// A probability of nothing would cost infinitely much: like scikit-learn, none is nearer to 0
/// or 1 than a double can tell.
fn log_loss(predictions: &Predictions) -> f64 {
    let cost = |(truth, probabilities): (usize, &[f32])| {
        let probability = f64::from(probabilities[truth]);
        -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    };
    mean(predictions.iter().map(cost))
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), x| (sum + x, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

#[cfg(test)]
mod tests;
