//! What an encoder does with inputs, for each task.

use domain::Task;
use native::{AnswerOptions, Encoder, ZeroShotOptions};

use crate::{Error, Inputs, LabelScore, MaskGuess, Outputs, Parameters};

const CANDIDATES_DEFAULT: u32 = 5;
/// The label of tokens that belong to nothing.
const OUTSIDE: &str = "O";

/// Answers every input.
///
/// # Errors
/// Where the inputs do not fit the task or the model fails.
pub(crate) fn run(
    encoder: &Encoder,
    task: Task,
    inputs: &Inputs,
    parameters: &Parameters,
) -> Result<Outputs, Error> {
    match inputs {
        Inputs::Texts(texts) => read(encoder, task, texts, parameters),
        Inputs::Tokens(sequences) => {
            if !matches!(task, Task::FeatureExtraction | Task::SentenceSimilarity) {
                return Err(takes(task, "texts, not tokens"));
            }
            let embedded = encoder.embed_tokens(sequences)?;
            Ok(Outputs::Vectors(embedded.vectors, embedded.tokens))
        }
        Inputs::Pairs(query, texts) => score_pairs(encoder, task, query, texts),
        Inputs::Questions(asked) if task == Task::QuestionAnswering => {
            Ok(Outputs::Answers(encoder.answer(asked, answer_options(parameters))?))
        }
        Inputs::Candidates(candidates) if task == Task::ZeroShotClassification => {
            let options = ZeroShotOptions {
                template: parameters.hypothesis_template.clone(),
                multi_label: parameters.multi_label,
            };
            Ok(Outputs::Sorted(encoder.sort(candidates, &options)?))
        }
        Inputs::Questions(_) | Inputs::Candidates(_) => Err(takes(task, "texts")),
        Inputs::Chat(_) => Err(takes(task, "texts, not chat messages")),
    }
}

fn takes(task: Task, what: &str) -> Error {
    Error::Shape { why: format!("`{task}` takes {what}") }
}

fn answer_options(parameters: &Parameters) -> AnswerOptions {
    AnswerOptions {
        top_k: parameters.top_k.map(|count| count as usize),
        answer_tokens_max: parameters.max_answer_len,
        tokens_max: parameters.max_seq_len,
        shared_tokens: parameters.doc_stride,
        may_be_unanswered: parameters.handle_impossible_answer,
    }
}

fn read(
    encoder: &Encoder,
    task: Task,
    texts: &[String],
    parameters: &Parameters,
) -> Result<Outputs, Error> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match task {
        Task::TokenClassification => {
            let strategy = parameters.aggregation_strategy.unwrap_or_default();
            let outside = [OUTSIDE.to_owned()];
            let ignored = parameters.ignore_labels.as_deref().unwrap_or(&outside);
            Ok(Outputs::Entities(encoder.find_entities(&texts, strategy, ignored)?))
        }
        Task::QuestionAnswering => Err(takes(task, "questions with a `context` each")),
        Task::ZeroShotClassification => Err(takes(task, "texts with `candidate_labels` each")),
        Task::TextClassification => {
            let rows = encoder.classify(&texts)?;
            let ranked = rows.iter().map(|row| rank(encoder.labels(), row)).collect();
            Ok(Outputs::Labels(ranked))
        }
        Task::FillMask => {
            let count = parameters.top_k.unwrap_or(CANDIDATES_DEFAULT) as usize;
            let rows = encoder.fill_mask(&texts, count)?;
            let guess = |one: native::MaskCandidate| MaskGuess {
                token: one.token,
                score: one.score,
                sequence: one.sequence,
            };
            let rows = rows.into_iter().map(|row| row.into_iter().map(guess).collect());
            Ok(Outputs::Masks(rows.collect()))
        }
        _ => {
            let embedded = encoder.embed(&texts)?;
            Ok(Outputs::Vectors(embedded.vectors, embedded.tokens))
        }
    }
}

/// Scores texts by a cross-encoder, or by the cosine of embeddings.
fn score_pairs(
    encoder: &Encoder,
    task: Task,
    query: &str,
    texts: &[String],
) -> Result<Outputs, Error> {
    let mut all: Vec<&str> = texts.iter().map(String::as_str).collect();
    match task {
        Task::TextClassification => {
            let scored = encoder.score_pairs(query, &all)?;
            Ok(Outputs::Scores(scored.scores, scored.tokens))
        }
        Task::FeatureExtraction | Task::SentenceSimilarity => {
            all.push(query);
            let mut embedded = encoder.embed(&all)?;
            let query = embedded.vectors.pop().unwrap_or_default();
            let scores = embedded.vectors.iter().map(|text| cosine(&query, text)).collect();
            Ok(Outputs::Scores(scores, embedded.tokens))
        }
        _ => Err(Error::Shape { why: format!("`{task}` does not rank texts") }),
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// Pairs probabilities with their labels, best first; equal ones keep the labels' order.
fn rank(labels: &[String], probabilities: &[f32]) -> Vec<LabelScore> {
    let pair = |(label, score): (&String, &f32)| LabelScore { label: label.clone(), score: *score };
    let mut ranked: Vec<_> = labels.iter().zip(probabilities).map(pair).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked
}
