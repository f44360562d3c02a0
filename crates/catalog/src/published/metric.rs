//! One spelling of each metric, whatever the publisher calls it.

/// Spellings of publishers beside ours.
const SPELLINGS: [(&str, &str); 16] = [
    ("acc", "accuracy"),
    ("em", "exact_match"),
    ("f1_score", "f1"),
    ("f1_score_macro", "f1_macro"),
    ("gptsimilarity", "gpt_similarity"),
    ("spearman_correlation", "spearman"),
    ("spearmanr", "spearman"),
    ("pearson_correlation", "pearson"),
    ("pass_at_1", "pass@1"),
    ("pass_1", "pass@1"),
    ("map", "mean_average_precision"),
    ("ppl", "perplexity"),
    ("cross_entropy", "log_loss"),
    ("nll", "log_loss"),
    ("word_error_rate", "wer"),
    ("character_error_rate", "cer"),
];

/// Returns the name of a metric as Modeldex spells it.
pub fn metric_name(text: &str) -> String {
    let mut name = text.trim().to_lowercase().replace([' ', '-'], "_");
    if let Some((stem, at)) = name.rsplit_once("_at_")
        && at.parse::<u32>().is_ok()
    {
        name = format!("{stem}@{at}");
    }
    let known = SPELLINGS.iter().find(|(spelling, _)| *spelling == name);
    known.map_or(name, |(_, ours)| (*ours).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_metric_is_one_name() {
        for (text, name) in [
            ("accuracy", "accuracy"),
            ("f1_score", "f1"),
            ("GPTSimilarity", "gpt_similarity"),
            ("ndcg_at_10", "ndcg@10"),
            ("pass@1", "pass@1"),
            ("Exact-Match", "exact_match"),
            ("look_at_me", "look_at_me"),
        ] {
            assert_eq!(metric_name(text), name);
        }
    }
}
