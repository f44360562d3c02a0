//! A loaded model behind one task: the same for try-it, online and batch.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use domain::Task;
use native::{
    ChatMessage, Completion, Decoder, Encoder, GenerateRequest, ModelFacts, Piece, Prompt, Quantize,
};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A model that is loaded for one task.
pub enum Servable {
    /// Reads a text at once.
    Encoder(Box<Encoder>, Task),
    /// Writes a text token by token.
    Decoder(Arc<Decoder>, Task),
}

/// What goes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// Texts, each answered by itself.
    Texts(Vec<String>),
    /// Texts as token ids, each answered by itself.
    Tokens(Vec<Vec<u32>>),
    /// A query, and the texts that may answer it.
    Pairs(String, Vec<String>),
    /// One conversation.
    Chat(Vec<ChatMessage>),
}

/// How to answer. Fields that a task does not know are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// The most tokens to generate.
    pub max_new_tokens: Option<u32>,
    /// 0 is greedy.
    pub temperature: Option<f32>,
    /// Nucleus sampling.
    pub top_p: Option<f32>,
    /// Samples among this many tokens; for fill-mask, how many candidates.
    pub top_k: Option<u32>,
    /// `false` is greedy.
    pub do_sample: Option<bool>,
    /// Whether a generated text repeats its prompt.
    pub return_full_text: Option<bool>,
    /// Whether every label is returned, not only the best.
    pub return_all_scores: Option<bool>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Same seed, same answer.
    pub seed: Option<u64>,
}

/// A label and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// Between 0 and 1.
    pub score: f32,
}

/// A word for a mask and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskGuess {
    /// The word.
    pub token: String,
    /// Between 0 and 1.
    pub score: f32,
    /// The text with the word in it.
    pub sequence: String,
}

/// A generated text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The text without its prompt.
    pub text: String,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens generated.
    pub completion_tokens: usize,
}

/// What comes out, one entry for each input.
#[derive(Clone, Debug, PartialEq)]
pub enum Outputs {
    /// Labels, best first.
    Labels(Vec<Vec<LabelScore>>),
    /// Candidates, best first.
    Masks(Vec<Vec<MaskGuess>>),
    /// Vectors, and how many tokens were read.
    Vectors(Vec<Vec<f32>>, usize),
    /// How well each text answers, and how many tokens were read.
    Scores(Vec<f32>, usize),
    /// Texts.
    Texts(Vec<Generated>),
}

/// Tokens generated where nothing is said: Azure's default.
const NEW_TOKENS_DEFAULT: u32 = 50;
const CANDIDATES_DEFAULT: u32 = 5;

impl Servable {
    /// Loads the model in `dir` for `task`.
    ///
    /// # Errors
    /// Where the files cannot be loaded or the model does not do the task.
    pub fn load(dir: &Path, task: Task) -> Result<Self, Error> {
        Self::load_quantized(dir, task, None)
    }

    /// Loads the model in `dir` for `task`; a decoder with so many bits.
    ///
    /// # Errors
    /// Where the files cannot be loaded or the model does not do the task.
    pub fn load_quantized(
        dir: &Path,
        task: Task,
        quantize: Option<Quantize>,
    ) -> Result<Self, Error> {
        let facts = native::inspect(dir)?;
        if !facts.tasks.contains(&task) {
            let does = facts.tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>();
            let model = facts.architecture;
            return Err(Error::Task { model, task: task.to_string(), does: does.join(", ") });
        }
        Ok(match task {
            Task::TextGeneration | Task::ChatCompletion => {
                Self::Decoder(Arc::new(Decoder::load_quantized(dir, quantize)?), task)
            }
            _ => Self::Encoder(Box::new(Encoder::load(dir)?), task),
        })
    }

    /// Returns what the files say about the model.
    pub fn facts(&self) -> &ModelFacts {
        match self {
            Self::Encoder(encoder, _) => encoder.facts(),
            Self::Decoder(decoder, _) => decoder.facts(),
        }
    }

    /// Returns the task that it was loaded for.
    pub fn task(&self) -> Task {
        match self {
            Self::Encoder(_, task) | Self::Decoder(_, task) => *task,
        }
    }

    /// Answers every input.
    ///
    /// # Errors
    /// Where the inputs do not fit the task or the model fails.
    pub fn run(&self, inputs: &Inputs, parameters: &Parameters) -> Result<Outputs, Error> {
        match (self, inputs) {
            (Self::Encoder(encoder, task), Inputs::Texts(texts)) => {
                run_encoder(encoder, *task, texts, parameters)
            }
            (Self::Decoder(_, task), Inputs::Pairs(..)) => {
                Err(Error::Shape { why: format!("`{task}` does not rank texts") })
            }
            (Self::Decoder(decoder, _), inputs) => {
                let answer = |question: Question| {
                    let mut read = |_: &Piece| ControlFlow::Continue(());
                    Ok(question.answered(decoder.generate(&question.request, &mut read)?))
                };
                let questions = Question::of(inputs, parameters).into_iter();
                Ok(Outputs::Texts(questions.map(answer).collect::<Result<_, Error>>()?))
            }
            (Self::Encoder(encoder, task), Inputs::Tokens(sequences)) => {
                if !matches!(task, Task::FeatureExtraction | Task::SentenceSimilarity) {
                    return Err(Error::Shape { why: format!("`{task}` takes texts, not tokens") });
                }
                let embedded = encoder.embed_tokens(sequences)?;
                Ok(Outputs::Vectors(embedded.vectors, embedded.tokens))
            }
            (Self::Encoder(encoder, task), Inputs::Pairs(query, texts)) => {
                score_pairs(encoder, *task, query, texts)
            }
            (Self::Encoder(_, task), Inputs::Chat(_)) => {
                Err(Error::Shape { why: format!("`{task}` takes texts, not chat messages") })
            }
        }
    }
}

fn run_encoder(
    encoder: &Encoder,
    task: Task,
    texts: &[String],
    parameters: &Parameters,
) -> Result<Outputs, Error> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match task {
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

/// What a decoder is asked for one input.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it has to generate.
    pub request: GenerateRequest,
    /// The text that its answer repeats.
    repeated: String,
}

impl Question {
    /// Makes a question of each text, and one of a conversation.
    pub fn of(inputs: &Inputs, parameters: &Parameters) -> Vec<Self> {
        let full_text = parameters.return_full_text == Some(true);
        let of_text = |text: &String| Self {
            request: generate_request(Prompt::Text(text.clone()), parameters),
            repeated: if full_text { text.clone() } else { String::new() },
        };
        match inputs {
            Inputs::Texts(texts) => texts.iter().map(of_text).collect(),
            Inputs::Chat(messages) => {
                let request = generate_request(Prompt::Chat(messages.clone().into()), parameters);
                vec![Self { request, repeated: String::new() }]
            }
            Inputs::Tokens(sequences) => {
                let of_tokens = |tokens: &Vec<u32>| Self {
                    request: generate_request(Prompt::Tokens(tokens.clone()), parameters),
                    repeated: String::new(),
                };
                sequences.iter().map(of_tokens).collect()
            }
            // A decoder does not rank.
            Inputs::Pairs(..) => Vec::new(),
        }
    }

    /// Puts the answer into the form that callers get.
    pub fn answered(&self, completion: Completion) -> Generated {
        Generated {
            text: self.repeated.clone() + &completion.text,
            prompt_tokens: completion.prompt_tokens,
            completion_tokens: completion.completion_tokens,
        }
    }
}

/// Returns the defaults of scoring where nothing else is said: 50 tokens and temperature 0, which
/// is greedy.
pub(crate) fn sampling(parameters: &Parameters) -> (u32, f32) {
    let sampled = parameters.do_sample.unwrap_or(parameters.temperature.is_some());
    let temperature = if sampled { parameters.temperature.unwrap_or(0.8) } else { 0.0 };
    (parameters.max_new_tokens.unwrap_or(NEW_TOKENS_DEFAULT), temperature)
}

/// Completes parameters with the defaults of scoring.
fn generate_request(prompt: Prompt, parameters: &Parameters) -> GenerateRequest {
    let (tokens_max, temperature) = sampling(parameters);
    GenerateRequest {
        tokens_max,
        temperature,
        top_p: parameters.top_p.unwrap_or(1.0),
        top_k: parameters.top_k.unwrap_or(0),
        stop: parameters.stop.clone(),
        seed: parameters.seed.unwrap_or(0),
        ..GenerateRequest::new(prompt)
    }
}
