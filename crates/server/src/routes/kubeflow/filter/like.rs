//! `LIKE`: `%` stands for any letters, `_` for one.

/// Tells whether a text is as a pattern says.
///
/// Goes back to the last `%` only: what stood before it fits already.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut in_pattern) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some(b'%') => {
                back = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(b'_') => {
                at += letter(text, at);
                in_pattern += 1;
            }
            Some(byte) if *byte == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => match &mut back {
                Some((percent, from)) => {
                    *from += 1;
                    (in_pattern, at) = (*percent + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[in_pattern..].iter().all(|byte| *byte == b'%')
}

/// Returns how many bytes the letter has.
fn letter(text: &[u8], at: usize) -> usize {
    let rest = text[at + 1..].iter();
    1 + rest.take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the words mean, without care for time.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('%', rest)), _) => {
                (0..=text.len()).any(|skipped| plainly(rest, &text[skipped..]))
            }
            (Some(('_', rest)), Some((_, after))) => plainly(rest, after),
            (Some((c, rest)), Some((d, after))) => c == d && plainly(rest, after),
            (Some(_), None) => false,
        }
    }

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, fits) in [
            ("%bert%", "distilbert-base", true),
            ("bert%", "distilbert", false),
            ("a_c", "aäc", true),
            ("%", "", true),
            ("", "", true),
            ("_", "", false),
            ("%a%b%", "xxaxxbxx", true),
            ("%ab", "aab", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_means_what_it_says(pattern in "[ab%_]{0,8}", text in "[abä]{0,10}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), plainly(&letters(&pattern), &letters(&text)));
        }
    }
}
