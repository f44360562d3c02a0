//! Authors, and names that no two models of one author share.

use super::draw::{Draw, Zipf};
use super::words::{FUNCTION_WORDS, Words};

/// Authors at most: as many as a hub of two million models has.
const AUTHORS_MAX: usize = 300_000;
/// Models for each author, on average.
const MODELS_EACH: usize = 7;
/// Moves the first ranks closer together: the busiest author has one model in a hundred.
const FLATTENED: f64 = 8.0;
/// What authors put before the number of a model; none makes a word of the list with a number.
const SERIES: [&str; 8] = ["ver", "run", "ckpt", "seed", "exp", "epoch", "step", "iter"];
/// Numbers that follow one word; larger ones take two, so that few words are only numbers.
const NUMBERS: usize = 200;

/// Who made a model, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parts {
    /// The author.
    pub author: String,
    /// The name without the author.
    pub name: String,
}

/// Says which author has which models.
#[derive(Debug)]
pub(super) struct Names {
    /// How many models come before those of each author.
    before: Vec<u32>,
    count: usize,
    stride: usize,
    shift: usize,
}

impl Names {
    pub(super) fn new(count: usize, seed: u64) -> Self {
        let authors = (count / MODELS_EACH).clamp(1, AUTHORS_MAX);
        let share = |author: usize| (1.0 + author as f64 / FLATTENED).ln();
        let whole = share(authors);
        let before = |author| (share(author) / whole * count as f64) as u32;
        let before = (0..authors).map(before).collect();
        let stride = coprime(count, (count as f64 * 0.618) as usize);
        Self { before, count, stride, shift: Draw::new(seed, u64::MAX).below(count.max(1)) }
    }

    /// Draws a name. Of an author's models all but the first have their number in it.
    pub(super) fn draw(&self, words: &Words, number: usize, draw: &mut Draw) -> Parts {
        let place = (number * self.stride + self.shift) % self.count;
        let author = self.before.partition_point(|before| *before as usize <= place) - 1;
        let own = place - self.before[author] as usize;
        let mut of_author = Draw::new(0, author as u64);
        let capitals = of_author.chance(0.3);
        let series = SERIES[of_author.below(SERIES.len())];
        let zipf = Zipf::new(words.len() - FUNCTION_WORDS);
        let mut name = String::with_capacity(48);
        for _ in 0..draw.between(1, 4) {
            if !name.is_empty() {
                name.push('-');
            }
            let word = words.get(FUNCTION_WORDS + zipf.draw(draw));
            push(&mut name, word, capitals);
        }
        if own > 0 {
            name.push_str(&format!("-{series}{}", own % NUMBERS));
        }
        if own >= NUMBERS {
            name.push_str(&format!("-part{}", own / NUMBERS));
        }
        Parts { author: author_name(words, author), name }
    }
}

fn push(name: &mut String, word: &str, capital: bool) {
    match word.chars().next().filter(|_| capital) {
        Some(first) => {
            name.push(first.to_ascii_uppercase());
            name.push_str(&word[1..]);
        }
        None => name.push_str(word),
    }
}

/// Writes an author's name: one made-up word, and another where there are more than words.
fn author_name(words: &Words, author: usize) -> String {
    let spread = words.made_up(author.wrapping_mul(31) % words.made_up_len());
    match author / words.made_up_len() {
        0 => spread.to_owned(),
        round => format!("{spread}-{}", words.made_up(round)),
    }
}

/// Returns the first number from `from` on that shares no divisor with `count`.
fn coprime(count: usize, from: usize) -> usize {
    let shared = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (from.max(1)..).find(|stride| shared(*stride, count) == 1).unwrap_or(1)
}
