//! Guesses what comes next by looking at what came before: speculative decoding by prompt
//! lookup (Saxena 2023).
//!
//! Answers often repeat their prompt: code that is edited, a text that is summed up, a form that
//! is filled in. What followed the last words the last time is taken in together with them; where
//! the model would write the same, several tokens come of one pass over the weights.

/// How many tokens are guessed at most.
const LONGEST: usize = 7;
/// Last tokens that are looked for: more of them first.
const ENDINGS: [usize; 2] = [3, 2];
/// Tokens that are written before it is tried again where guesses were wrong.
const PAUSE: usize = 16;

/// How many tokens to guess, by how good guesses were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guesser {
    length: usize,
    pause: usize,
}

impl Guesser {
    pub(super) fn new() -> Self {
        Self { length: 2, pause: 0 }
    }

    /// Guesses up to `count_max` tokens after these.
    pub(super) fn guess(&mut self, tokens: &[u32], count_max: usize) -> Vec<u32> {
        if self.pause > 0 {
            self.pause -= 1;
            return Vec::new();
        }
        let count = self.length.min(count_max);
        if count == 0 { Vec::new() } else { continued(tokens, count) }
    }

    /// Takes note of how many of the guessed tokens were right.
    pub(super) fn learn(&mut self, guessed: usize, right: usize) {
        if right == guessed {
            self.length = (2 * self.length).min(LONGEST);
        } else if right > 0 {
            self.length = right;
        } else if self.length > 1 {
            self.length /= 2;
        } else {
            self.pause = PAUSE;
        }
    }
}

/// Returns what followed the last tokens when they were there before, the last time; goes on in
/// circles where that is shorter than `count`.
fn continued(tokens: &[u32], count: usize) -> Vec<u32> {
    let after = |length: usize| {
        let (before, ending) = tokens.split_at_checked(tokens.len().checked_sub(length)?)?;
        // The ending may overlap what it repeats.
        let earlier = &tokens[..tokens.len() - 1];
        let at = earlier.windows(length).take(before.len()).rposition(|words| words == ending)?;
        Some(at + length)
    };
    let Some(start) = ENDINGS.into_iter().find_map(after) else { return Vec::new() };
    tokens[start..].iter().copied().cycle().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_the_last_time_is_guessed() {
        let check = |tokens: &[u32], count: usize, expected: &[u32]| {
            assert_eq!(continued(tokens, count), expected, "{tokens:?}");
        };
        check(&[], 3, &[]);
        check(&[1], 3, &[]);
        check(&[1, 2], 3, &[]);
        check(&[1, 2, 3, 4], 3, &[]);
        check(&[1, 2, 9, 8, 7, 1, 2], 3, &[9, 8, 7]);
        // Three tokens are better than two, and the last time better than the first.
        check(&[5, 1, 2, 9, 1, 2, 8, 5, 1, 2], 1, &[9]);
        check(&[1, 2, 9, 1, 2, 8, 6, 1, 2], 2, &[8, 6]);
        // Circles go on.
        check(&[4, 4, 4], 3, &[4, 4, 4]);
        check(&[1, 2, 1, 2, 1, 2], 3, &[1, 2, 1]);
        check(&[1, 2, 3, 1, 2], 7, &[3, 1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn good_guesses_become_longer_and_bad_ones_pause() {
        let tokens: Vec<u32> = [1, 2, 3].repeat(9);
        let mut guesser = Guesser::new();
        let mut lengths = Vec::new();
        for right in [2, 4, 7, 3, 0, 0] {
            let guess = guesser.guess(&tokens, 8);
            lengths.push(guess.len());
            guesser.learn(guess.len(), right);
        }
        assert_eq!(lengths, [2, 4, 7, 7, 3, 1]);
        let pause = (0..).take_while(|_| guesser.guess(&tokens, 8).is_empty()).count();
        assert_eq!(pause, PAUSE);
        assert_eq!(Guesser::new().guess(&tokens, 1).len(), 1);
        assert_eq!(Guesser::new().guess(&tokens, 0).len(), 0);
    }
}
