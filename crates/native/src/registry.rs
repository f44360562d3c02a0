//! Which architectures are known, by the names that `config.json` uses.

use domain::Task;

use crate::{Error, Result};

/// The two sorts of model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Reads a text as a whole: embeddings, classification, filling masks.
    Encoder,
    /// Writes text, one token after the other.
    Decoder,
}

/// What an architecture puts on top of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Nothing: the hidden states are the result.
    Body,
    /// Scores for classes.
    Classification,
    /// Scores for the tokens under a mask.
    MaskedLm,
    /// Scores for classes of every token.
    TokenClassification,
    /// Scores for the ends of an answer.
    QuestionAnswering,
    /// Scores for the next token.
    CausalLm,
}

/// An architecture that `config.json` may name.
#[derive(Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The name in `architectures`.
    pub name: &'static str,
    /// The name in `model_type`.
    pub model_type: &'static str,
    /// The sort of model.
    pub family: Family,
    /// What is on top.
    pub head: Head,
}

macro_rules! architectures {
    ($($name:literal, $model_type:literal, $family:ident, $head:ident;)*) => {
        &[$(Architecture {
            name: $name,
            model_type: $model_type,
            family: Family::$family,
            head: Head::$head,
        },)*]
    };
}

/// Every known architecture.
pub const ARCHITECTURES: &[Architecture] = architectures! {
    "BertModel", "bert", Encoder, Body;
    "BertForSequenceClassification", "bert", Encoder, Classification;
    "BertForMaskedLM", "bert", Encoder, MaskedLm;
    "BertForTokenClassification", "bert", Encoder, TokenClassification;
    "BertForQuestionAnswering", "bert", Encoder, QuestionAnswering;
    "BertForPreTraining", "bert", Encoder, MaskedLm;
    "RobertaModel", "roberta", Encoder, Body;
    "RobertaForSequenceClassification", "roberta", Encoder, Classification;
    "RobertaForMaskedLM", "roberta", Encoder, MaskedLm;
    "RobertaForTokenClassification", "roberta", Encoder, TokenClassification;
    "RobertaForQuestionAnswering", "roberta", Encoder, QuestionAnswering;
    "XLMRobertaModel", "xlm-roberta", Encoder, Body;
    "XLMRobertaForSequenceClassification", "xlm-roberta", Encoder, Classification;
    "XLMRobertaForMaskedLM", "xlm-roberta", Encoder, MaskedLm;
    "XLMRobertaForTokenClassification", "xlm-roberta", Encoder, TokenClassification;
    "XLMRobertaForQuestionAnswering", "xlm-roberta", Encoder, QuestionAnswering;
    "CamembertModel", "camembert", Encoder, Body;
    "CamembertForSequenceClassification", "camembert", Encoder, Classification;
    "CamembertForMaskedLM", "camembert", Encoder, MaskedLm;
    "CamembertForTokenClassification", "camembert", Encoder, TokenClassification;
    "CamembertForQuestionAnswering", "camembert", Encoder, QuestionAnswering;
    "DistilBertModel", "distilbert", Encoder, Body;
    "DistilBertForSequenceClassification", "distilbert", Encoder, Classification;
    "DistilBertForMaskedLM", "distilbert", Encoder, MaskedLm;
    "DistilBertForTokenClassification", "distilbert", Encoder, TokenClassification;
    "DistilBertForQuestionAnswering", "distilbert", Encoder, QuestionAnswering;
    "MPNetModel", "mpnet", Encoder, Body;
    "MPNetForSequenceClassification", "mpnet", Encoder, Classification;
    "MPNetForMaskedLM", "mpnet", Encoder, MaskedLm;
    "MPNetForTokenClassification", "mpnet", Encoder, TokenClassification;
    "MPNetForQuestionAnswering", "mpnet", Encoder, QuestionAnswering;
    "LlamaForCausalLM", "llama", Decoder, CausalLm;
    "MistralForCausalLM", "mistral", Decoder, CausalLm;
    "Qwen2ForCausalLM", "qwen2", Decoder, CausalLm;
    "Qwen3ForCausalLM", "qwen3", Decoder, CausalLm;
    "Phi3ForCausalLM", "phi3", Decoder, CausalLm;
    "Gemma2ForCausalLM", "gemma2", Decoder, CausalLm;
    "Gemma3ForCausalLM", "gemma3_text", Decoder, CausalLm;
};

/// Finds an architecture by its name in `architectures`.
pub fn by_name(name: &str) -> Result<&'static Architecture> {
    let known = ARCHITECTURES.iter().find(|known| known.name == name);
    known.ok_or_else(|| unknown("architecture", name, |known| known.name))
}

/// Finds the first architecture of a `model_type`: the bare body, for encoders.
pub fn by_model_type(model_type: &str) -> Result<&'static Architecture> {
    let known = ARCHITECTURES.iter().find(|known| known.model_type == model_type);
    known.ok_or_else(|| unknown("model type", model_type, |known| known.model_type))
}

impl Head {
    /// Returns what a model with this head does.
    pub fn tasks(self) -> &'static [Task] {
        match self {
            Self::Body => &[Task::FeatureExtraction, Task::SentenceSimilarity],
            Self::Classification => &[Task::TextClassification],
            Self::MaskedLm => &[Task::FillMask],
            Self::TokenClassification => &[Task::TokenClassification],
            Self::QuestionAnswering => &[Task::QuestionAnswering],
            Self::CausalLm => &[Task::TextGeneration],
        }
    }
}

impl Architecture {
    /// Returns what a model of this architecture can be fine-tuned for.
    pub fn finetuning_tasks(&self) -> &'static [Task] {
        match self.family {
            Family::Encoder => &[Task::TextClassification],
            Family::Decoder => &[],
        }
    }
}

fn unknown(what: &str, name: &str, spelling: fn(&'static Architecture) -> &'static str) -> Error {
    let mut known: Vec<&str> = ARCHITECTURES.iter().map(spelling).collect();
    known.dedup();
    Error::unsupported(
        format!("{what} `{name}` is not supported"),
        format!("supported are {}", known.join(", ")),
    )
}
