//! Which names a person probably meant.

/// Returns up to `count` candidates that a person who wrote `name` probably meant, best first.
pub fn near<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let name = name.to_lowercase();
    // More than a third of the letters changed is another word.
    let limit = (name.chars().count() / 3).max(1);
    let distances = candidates.into_iter().map(|candidate| {
        let lower = candidate.to_lowercase();
        let contained = !name.is_empty() && lower.contains(&name);
        (if contained && lower != name { 1 } else { edits(&name, &lower) }, candidate)
    });
    let mut found: Vec<_> = distances.filter(|(distance, _)| *distance <= limit).collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

/// Returns how many letters are put in, taken out or changed between two words.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_by_letter() {
        for (a, b, expected) in [("", "", 0), ("", "ab", 2), ("label", "labels", 1), ("ä", "a", 1)]
        {
            assert_eq!((edits(a, b), edits(b, a)), (expected, expected), "{a} {b}");
        }
        assert_eq!(edits("kitten", "sitting"), 3);
    }

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["card_arrival", "card_lost", "exchange_rate", "Card", "cards"];
        for (name, expected) in [
            ("card", vec!["Card", "card_arrival", "card_lost"]),
            ("exchnge_rate", vec!["exchange_rate"]),
            ("refund", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(near(name, names, 3), expected, "{name}");
        }
    }
}
