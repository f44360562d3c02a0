//! The questions that every engine is asked.

use serde::{Deserialize, Serialize};

use super::Shape;

/// Prompts that are asked at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// What the table calls it.
    pub name: String,
    /// What counts.
    pub measure: Measure,
    /// Tokens of each prompt.
    pub prompts: Vec<usize>,
    /// Tokens that are written after each prompt.
    pub tokens: usize,
    /// Tokens that all prompts begin with.
    pub shared: usize,
    /// Whether what is known of earlier prompts may be used.
    pub cached: bool,
}

/// A question, and which of its kind it is: no two have the same tokens.
#[derive(Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    #[serde(flatten)]
    pub workload: Workload,
    /// The round.
    pub round: usize,
}

/// What a question measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Tokens of prompts a second.
    Prefill,
    /// Tokens written a second, by all streams together.
    Decode,
    /// Requests a second.
    Requests,
}

/// Tokens that are written where that is what is measured.
const WRITTEN: usize = 128;

impl Workload {
    fn new(name: impl Into<String>, measure: Measure, prompts: Vec<usize>, tokens: usize) -> Self {
        Self { name: name.into(), measure, prompts, tokens, shared: 0, cached: false }
    }

    fn sharing(self, shared: usize, cached: bool) -> Self {
        Self { shared, cached, ..self }
    }

    /// Tells whether engines that know nothing of mixed lengths and of caches can answer it.
    pub fn is_plain(&self) -> bool {
        self.shared == 0 && self.prompts.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Returns the rate of an answer.
    pub fn rate(&self, answer: &Answer) -> f64 {
        let prompts: usize = self.prompts.iter().sum();
        match self.measure {
            Measure::Prefill => prompts as f64 / answer.first,
            Measure::Decode => {
                (self.prompts.len() * (self.tokens - 1)) as f64 / answer.rest.max(1e-9)
            }
            Measure::Requests => self.prompts.len() as f64 / (answer.first + answer.rest),
        }
    }
}

/// How long a question took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Seconds until every stream had its first token.
    pub first: f64,
    /// Seconds from there until every stream had all of its tokens.
    pub rest: f64,
}

/// Returns the questions for a model.
pub fn all(shape: Shape) -> Vec<Workload> {
    let scale = if shape == Shape::Tiny { 8 } else { 1 };
    let (long, written) = (512 / scale, WRITTEN / scale);
    let mut all = vec![Workload::new(format!("prefill {long}"), Measure::Prefill, vec![long], 1)];
    for streams in [1, 4, 8, 16] {
        let name = format!("decode {written}, {streams} streams");
        all.push(Workload::new(name, Measure::Decode, vec![32; streams], written));
    }
    let mixed = [16, 32, 64, 96, 128, 160, 224, 304].map(|length| length / scale + 1);
    let equal = vec![mixed.iter().sum::<usize>() / mixed.len(); mixed.len()];
    let name = |what| format!("decode {written}, 8 streams of {what} lengths");
    all.push(Workload::new(name("equal"), Measure::Decode, equal, written));
    all.push(Workload::new(name("mixed"), Measure::Decode, mixed.to_vec(), written));
    let (shared, asked) = (1000 / scale, 24);
    let prefix = |what| {
        let name = format!("16 requests, {shared} tokens in common, {what}");
        Workload::new(name, Measure::Requests, vec![shared + asked; 16], 16)
    };
    all.push(prefix("not known").sharing(shared, false));
    all.push(prefix("known").sharing(shared, true));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_count_what_they_are_named_for() {
        let answer = Answer { first: 2.0, rest: 3.0 };
        let cases = [(Measure::Prefill, 10.0), (Measure::Decode, 6.0), (Measure::Requests, 0.4)];
        for (measure, rate) in cases {
            let workload = Workload::new("a", measure, vec![10, 10], 10);
            assert!((workload.rate(&answer) - rate).abs() < 1e-9, "{measure:?}");
        }
    }

    #[test]
    fn a_question_says_all_of_its_workload() {
        let workload = all(Shape::Tiny).remove(0);
        let text = serde_json::to_string(&Question { workload: workload.clone(), round: 3 });
        let question: Question = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!((question.workload, question.round), (workload, 3));
    }

    #[test]
    fn mixed_lengths_have_as_many_tokens_as_equal_ones() {
        let all = all(Shape::Qwen05);
        let of = |part: &str| {
            let workload = all.iter().find(|one| one.name.contains(part)).unwrap();
            (workload.prompts.iter().sum::<usize>(), workload.is_plain())
        };
        assert_eq!(of("equal"), (1032, true));
        assert_eq!(of("mixed"), (1032, false));
    }
}
