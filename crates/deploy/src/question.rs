//! What a decoder is asked: a generation for each input.

use native::{Completion, GenerateRequest, Prompt};

use crate::{Generated, Inputs, Parameters};

/// Tokens generated where nothing is said: Azure's default.
const NEW_TOKENS_DEFAULT: u32 = 50;

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
            // These are for encoders.
            Inputs::Pairs(..) | Inputs::Questions(_) | Inputs::Candidates(_) => Vec::new(),
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

/// Returns how many tokens are written and the temperature where nothing else is said: 50 tokens
/// and temperature 0, which is greedy.
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
