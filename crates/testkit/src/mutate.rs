//! Makes hostile inputs of sound ones: the same seed makes the same input on every machine.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// Changes of one input.
const CHANGES_MAX: usize = 3;
/// How often a change goes deeper where it can.
const DEEPER: f64 = 0.8;
/// `serde_json` reads 128 levels.
const LEVELS: usize = 100;

/// Changes inputs, by chance that a seed decides.
#[derive(Debug)]
pub struct Mutator {
    random: ChaCha8Rng,
}

impl Mutator {
    /// Makes one whose changes follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Returns one of several things.
    ///
    /// # Panics
    /// Where there are none.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        things.choose(&mut self.random).expect("something to choose from")
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end.max(1))
    }

    /// Returns a document with some of its values, keys and lists changed.
    pub fn json(&mut self, value: &Value) -> Value {
        let mut value = value.clone();
        for _ in 0..=self.below(CHANGES_MAX) {
            self.change(&mut value);
        }
        value
    }

    /// Returns bytes of which some are others, gone, or there again.
    pub fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(CHANGES_MAX) {
            let (at, length) = (self.below(bytes.len()), 1 + self.below(8));
            let end = (at + length).min(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, bytes[at..end].repeat(1 << length))),
                3 => bytes[at..end].fill(*self.pick(&[0, 0xff, b'"', b'{'])),
                _ => bytes[at..end].iter_mut().for_each(|byte| *byte = self.random.random()),
            }
        }
        bytes
    }

    /// Returns a text of which some parts are gone, there again, or strange.
    pub fn text(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        let at = self.below(chars.len());
        let end = (at + 1 + self.below(12)).min(chars.len());
        match self.below(4) {
            0 => chars.truncate(at),
            1 => drop(chars.drain(at..end)),
            2 => drop(chars.splice(at..at, chars[at..end].repeat(2 + self.below(50)))),
            _ => {
                const STRANGE: [&str; 7] = ["\0", "🦀", "\u{301}", "{", "\\", "\u{202e}", "(a+)+$"];
                drop(chars.splice(at..end, self.pick(&STRANGE).chars()));
            }
        }
        chars.into_iter().collect()
    }

    fn change(&mut self, value: &mut Value) {
        let inner = match value {
            Value::Array(items) => self.inside(items.len()).map(|at| &mut items[at]),
            Value::Object(fields) => {
                self.inside(fields.len()).and_then(|at| fields.values_mut().nth(at))
            }
            _ => None,
        };
        match inner {
            Some(inner) => self.change(inner),
            None if self.below(3) == 0 => *value = self.hostile(),
            None => self.change_here(value),
        }
    }

    fn inside(&mut self, count: usize) -> Option<usize> {
        (count > 0 && self.random.random_bool(DEEPER)).then(|| self.below(count))
    }

    fn change_here(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) if !items.is_empty() => self.change_list(items),
            Value::Object(fields) if !fields.is_empty() => self.change_fields(fields),
            Value::String(text) => *text = self.text(text),
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or(0);
                let by = *self.pick(&[1, -1, number, !number, 1 << 16, 1 << 31]);
                *value = json!(number.wrapping_add(by));
            }
            Value::Bool(truth) => *truth = !*truth,
            other => *other = self.hostile(),
        }
    }

    fn change_list(&mut self, items: &mut Vec<Value>) {
        let (at, to) = (self.below(items.len()), self.below(items.len()));
        match self.below(5) {
            0 => drop(items.remove(at)),
            1 => items.swap(at, to),
            2 => items[to] = items[at].clone(),
            3 => {
                let again = vec![items[at].clone(); *self.pick(&[1, 2, 100])];
                items.extend(again);
            }
            _ => items.push(self.hostile()),
        }
    }

    fn change_fields(&mut self, fields: &mut Map<String, Value>) {
        let (at, to) = (self.below(fields.len()), self.below(fields.len()));
        let Some((name, value)) = fields.iter().nth(at).map(|(n, v)| (n.clone(), v.clone())) else {
            return;
        };
        match self.below(4) {
            0 => drop(fields.shift_remove(&name)),
            1 => {
                let name = self.text(&name);
                fields.insert(name, value);
            }
            2 => {
                if let Some(other) = fields.values_mut().nth(to) {
                    *other = value;
                }
            }
            _ => drop(fields.insert(name, self.hostile())),
        }
    }

    /// Returns what readers trip over.
    fn hostile(&mut self) -> Value {
        match self.below(18) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(0),
            3 => json!(-1),
            4 => json!(u64::MAX),
            5 => json!(i64::MIN),
            6 => json!(1_u64 << 31),
            7 => json!(1_u64 << 40),
            8 => json!(1e308),
            9 => json!(0.5),
            10 => json!(""),
            11 => json!("\0"),
            12 => json!("x".repeat(10_000)),
            13 => json!("../../etc/passwd"),
            14 => json!([]),
            15 => json!({}),
            16 => (0..LEVELS).fold(Value::Null, |inner, _| json!([inner])),
            _ => (0..LEVELS).fold(Value::Null, |inner, _| json!({ "type": inner })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_input_and_another_one_another() {
        let sound = json!({ "a": [1, "b", { "c": true }], "d": null });
        let made = |seed| Mutator::new(seed).json(&sound);
        assert_eq!(made(7), made(7));
        let different = (0..50).filter(|seed| made(*seed) != sound).count();
        assert!(different > 40, "{different}");
        assert_eq!(Mutator::new(7).bytes(b"abc"), Mutator::new(7).bytes(b"abc"));
    }

    #[test]
    fn nothing_is_too_small_to_be_changed() {
        for seed in 0..200 {
            let mut mutator = Mutator::new(seed);
            mutator.bytes(b"");
            mutator.text("");
            mutator.json(&json!([]));
            mutator.json(&json!({}));
        }
    }
}
