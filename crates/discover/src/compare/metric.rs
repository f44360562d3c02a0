//! What is known of metrics: their names for people, and which way is better.

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher, the better.
    Higher,
    /// The lower, the better.
    Lower,
}

/// A metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name in records.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Which way it is better.
    pub better: Better,
    /// The least and the most that it can be, where both are fixed.
    pub range: Option<(f64, f64)>,
}

use Better::{Higher, Lower};

type Known = (&'static str, &'static str, Better, Option<(f64, f64)>);

const SHARE: Option<(f64, f64)> = Some((0.0, 1.0));
const CORRELATION: Option<(f64, f64)> = Some((-1.0, 1.0));
/// What a judging model answers.
const GRADE: Option<(f64, f64)> = Some((1.0, 5.0));

/// Those that people ask for first come first: a leaderboard shows the first that it has.
const KNOWN: [Known; 44] = [
    ("exact_match", "Exact match", Higher, SHARE),
    ("accuracy", "Accuracy", Higher, SHARE),
    ("pass@1", "Pass@1", Higher, SHARE),
    ("f1", "F1", Higher, SHARE),
    ("f1_macro", "F1, macro", Higher, SHARE),
    ("ndcg@10", "NDCG@10", Higher, SHARE),
    ("mean_average_precision", "Mean average precision", Higher, SHARE),
    ("spearman", "Spearman correlation", Higher, CORRELATION),
    ("v_measure", "V-measure", Higher, SHARE),
    ("gpt_similarity", "Similarity, graded", Higher, GRADE),
    ("groundedness", "Groundedness, graded", Higher, GRADE),
    ("relevance", "Relevance, graded", Higher, GRADE),
    ("coherence", "Coherence, graded", Higher, GRADE),
    ("fluency", "Fluency, graded", Higher, GRADE),
    ("f1_weighted", "F1, weighted", Higher, SHARE),
    ("f1_micro", "F1, micro", Higher, SHARE),
    ("balanced_accuracy", "Balanced accuracy", Higher, SHARE),
    ("precision_macro", "Precision, macro", Higher, SHARE),
    ("precision_micro", "Precision, micro", Higher, SHARE),
    ("precision_weighted", "Precision, weighted", Higher, SHARE),
    ("recall_macro", "Recall, macro", Higher, SHARE),
    ("recall_micro", "Recall, micro", Higher, SHARE),
    ("recall_weighted", "Recall, weighted", Higher, SHARE),
    ("roc_auc", "ROC AUC", Higher, SHARE),
    ("roc_auc_weighted", "ROC AUC, weighted", Higher, SHARE),
    ("matthews_correlation", "Matthews correlation", Higher, CORRELATION),
    ("pearson", "Pearson correlation", Higher, CORRELATION),
    ("bleu", "BLEU", Higher, None),
    ("rouge1", "ROUGE-1", Higher, None),
    ("rouge2", "ROUGE-2", Higher, None),
    ("rougel", "ROUGE-L", Higher, None),
    ("meteor", "METEOR", Higher, SHARE),
    ("mean_iou", "Mean IoU", Higher, SHARE),
    ("log_loss", "Log loss", Lower, None),
    ("perplexity", "Perplexity", Lower, None),
    ("fid", "Fréchet inception distance", Lower, None),
    ("wer", "Word error rate", Lower, None),
    ("cer", "Character error rate", Lower, None),
    ("error", "Error", Lower, None),
    ("loss", "Loss", Lower, None),
    ("mae", "Mean absolute error", Lower, None),
    ("mse", "Mean squared error", Lower, None),
    ("rmse", "Root mean squared error", Lower, None),
    ("mape", "Mean absolute percentage error", Lower, None),
];

/// Endings of names that tell of something that there should be little of.
const LITTLE: [&str; 8] =
    ["_error", "_loss", "_perplexity", "_distance", "_ms", "_seconds", "_latency", "_toxicity"];

impl Metric {
    /// Returns what is known of a metric; of an unknown one, what its name tells.
    pub fn of(name: &str) -> Self {
        if let Some((_, title, better, range)) = KNOWN.iter().find(|(known, ..)| *known == name) {
            let (name, title) = (name.to_owned(), (*title).to_owned());
            return Self { name, title, better: *better, range: *range };
        }
        let little = LITTLE.iter().any(|ending| name.ends_with(ending)) || name == "latency";
        let better = if little { Lower } else { Higher };
        Self { name: name.to_owned(), title: in_words(name), better, range: None }
    }

    /// Returns where it comes when one of several is shown.
    pub(super) fn place(name: &str) -> usize {
        KNOWN.iter().position(|(known, ..)| *known == name).unwrap_or(KNOWN.len())
    }
}

fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl Better {
    /// Orders two values, the better first.
    pub fn order(self, one: f64, other: f64) -> std::cmp::Ordering {
        match self {
            Higher => other.total_cmp(&one),
            Lower => one.total_cmp(&other),
        }
    }
}
