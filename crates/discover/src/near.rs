//! Which words are spelled alike.

/// Returns in how many edits (insert, delete, replace, swap of neighbors) `a` becomes `b`, or
/// `None` where it takes more than `most`.
pub(crate) fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        if row.iter().all(|edits| *edits > most) {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|edits| *edits <= most)
}

/// How many edits a typing mistake in a word may have: none in a short word.
pub(crate) fn edits_allowed(word: &str) -> usize {
    match word.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Folds a name to its letters and digits in lower case.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the candidates that are spelled like `text`, the nearest first.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let text = fold(text);
    // A third of the letters may be wrong: what is further away is another word.
    let most = (text.chars().count() / 3).max(1);
    let rank = |candidate: &'a str| {
        let folded = fold(candidate);
        let within = text.len() >= 3 && (folded.contains(&text) || text.contains(&folded));
        let edits = distance(&text, &folded, most);
        let of_words = candidate.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3);
        let of_a_word = of_words.filter_map(|word| distance(&text, &fold(word), most)).min();
        let rank = edits.or(within.then_some(most + 1)).or(of_a_word.map(|edits| most + edits))?;
        Some((rank, candidate))
    };
    let mut ranked: Vec<_> = candidates.filter_map(rank).collect();
    ranked.sort();
    ranked.dedup_by_key(|(_, candidate)| *candidate);
    ranked.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_up_to_a_bound() {
        let check = |a, b, most, edits| assert_eq!(distance(a, b, most), edits, "{a} {b}");
        check("", "", 0, Some(0));
        check("roberta", "roberta", 2, Some(0));
        check("robreta", "roberta", 2, Some(1));
        check("robert", "roberta", 1, Some(1));
        check("bert", "gpt", 2, None);
        check("abc", "", 3, Some(3));
        check("größe", "grösse", 2, Some(2));
    }

    #[test]
    fn the_nearest_come_first() {
        let words = ["fill-mask", "text-generation", "text-classification", "token-classification"];
        let near = |text| nearest(text, words.into_iter(), 2);
        assert_eq!(near("fillmask"), ["fill-mask"]);
        assert_eq!(near("txt-classification"), ["text-classification", "token-classification"]);
        assert_eq!(near("classification"), ["text-classification", "token-classification"]);
        assert_eq!(near("genertion"), ["text-generation"]);
        assert_eq!(near("zzz"), [""; 0]);
    }
}
