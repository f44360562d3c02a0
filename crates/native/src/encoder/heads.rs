//! What comes after the body: classification and the prediction of masked tokens.

use serde::{Deserialize, Serialize};

use crate::config::ConfigFile;
use crate::encoder::blocks::{Linear, Norm, activate};
use crate::encoder::names::Names;
use crate::encoder::pooling::Pooling;
use crate::encoder::shape::{Activation, Dialect, EncoderShape};
use crate::weights::{Quantize, Tensor, WeightFiles};
use crate::{Error, Result};

/// The field of `config.json` that describes a head of our own.
pub const OWN_HEAD_FIELD: &str = "modeldex_head";

/// The head that our own fine-tuning puts on an encoder, as `config.json` describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnHead {
    /// How the hidden states of a text become one vector.
    pub pooling: OwnPooling,
    /// What turns that vector into scores.
    pub kind: OwnKind,
}

/// How our own head pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPooling {
    /// The mean over all tokens.
    Mean,
    /// The first token.
    Cls,
}

/// How our own head scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnKind {
    /// One projection, `classifier.weight` and `classifier.bias`.
    Linear,
}

impl OwnHead {
    /// Returns the head that `config.json` describes, or `None` where it is the family's own.
    pub fn read(config: &ConfigFile) -> Result<Option<Self>> {
        let Some(value) = config.field(OWN_HEAD_FIELD) else { return Ok(None) };
        let wrong = |error: serde_json::Error| config.wrong(OWN_HEAD_FIELD, &error.to_string());
        Self::deserialize(value).map(Some).map_err(wrong)
    }
}

/// Turns hidden states into scores for classes.
#[derive(Debug)]
pub(super) struct ClassificationHead {
    pub(super) pooling: Pooling,
    dense: Option<(Linear, Activation)>,
    classifier: Linear,
    /// Whether classes exclude each other.
    exclusive: bool,
}

impl ClassificationHead {
    /// Loads the family's head for `classes` classes, or our own.
    pub(super) fn load(
        files: &WeightFiles,
        config: &ConfigFile,
        shape: &EncoderShape,
        classes: usize,
    ) -> Result<Self> {
        let hidden = shape.hidden;
        let linear = |name: &str, outputs| Linear::load(files, name, outputs, hidden);
        let own = OwnHead::read(config)?;
        let (dense, classifier) = match (own, shape.dialect) {
            (Some(_), _) => (None, "classifier"),
            (None, Dialect::Bert) => {
                (Some((linear("bert.pooler.dense", hidden)?, Activation::Tanh)), "classifier")
            }
            (None, Dialect::DistilBert) => {
                (Some((linear("pre_classifier", hidden)?, Activation::Relu)), "classifier")
            }
            (None, Dialect::Roberta | Dialect::Mpnet) => {
                let dense = linear("classifier.dense", hidden)?;
                (Some((dense, Activation::Tanh)), "classifier.out_proj")
            }
        };
        let pooling = match own.map(|head| head.pooling) {
            Some(OwnPooling::Mean) => Pooling::Mean,
            Some(OwnPooling::Cls) | None => Pooling::Cls,
        };
        Ok(Self {
            pooling,
            dense,
            classifier: linear(classifier, classes)?,
            exclusive: is_exclusive(config, classes)?,
        })
    }

    /// Computes the probabilities of one text's classes from its pooled vector.
    pub(super) fn probabilities(&self, pooled: &[f32]) -> Vec<f32> {
        let mut scores = self.scores(pooled);
        if self.exclusive {
            let classes = scores.len();
            kernels::softmax_rows(&mut scores, classes);
        } else {
            scores.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp()));
        }
        scores
    }

    /// Decides: the class of a text, or for each class whether the text has it.
    pub(super) fn choices(&self, pooled: &[f32]) -> Vec<usize> {
        let scores = self.scores(pooled);
        if self.exclusive {
            return vec![kernels::argmax(&scores)];
        }
        scores.iter().map(|score| usize::from(*score > 0.0)).collect()
    }

    /// Computes the logits of one text's classes from its pooled vector.
    pub(super) fn scores(&self, pooled: &[f32]) -> Vec<f32> {
        match &self.dense {
            None => self.classifier.project(pooled),
            Some((dense, activation)) => {
                let mut features = dense.project(pooled);
                activate(&mut features, *activation);
                self.classifier.project(&features)
            }
        }
    }
}

fn is_exclusive(config: &ConfigFile, classes: usize) -> Result<bool> {
    match config.text("problem_type") {
        Some("multi_label_classification") => Ok(false),
        Some("regression") => Err(Error::unsupported(
            "the model predicts a number (`problem_type` is `regression`), not classes",
            "choose a model for classification",
        )),
        // With one class a softmax would always say 1.
        _ => Ok(classes > 1),
    }
}

/// Loads the head that scores every token by `labels` classes.
pub(super) fn token_head(files: &WeightFiles, labels: usize, hidden: usize) -> Result<Linear> {
    Linear::load(files, "classifier", labels, hidden)
}

/// Loads the head that scores every token as the first and as the last of an answer.
pub(super) fn span_head(files: &WeightFiles, hidden: usize) -> Result<Linear> {
    Linear::load(files, "qa_outputs", 2, hidden)
}

/// Turns the hidden state of a masked token into scores for the vocabulary.
#[derive(Debug)]
pub(super) struct MaskedLmHead {
    dense: Linear,
    activation: Activation,
    norm: Norm,
    decoder: Linear,
}

impl MaskedLmHead {
    /// Loads the head; its projection is the word table unless `config.json` unties them.
    pub(super) fn load(
        files: &WeightFiles,
        config: &ConfigFile,
        shape: &EncoderShape,
        words: &Tensor,
    ) -> Result<Self> {
        let names = Names::of(shape.dialect);
        let hidden = shape.hidden;
        let tied = config.flag_or("tie_word_embeddings", true);
        let own_bias = format!("{}.bias", names.lm_decoder);
        let (weight, bias) = if tied {
            (words.clone(), names.lm_bias)
        } else {
            let name = format!("{}.weight", names.lm_decoder);
            let weight = files.tensor(&name, &[shape.vocabulary, hidden])?;
            let has_own = files.headers().contains(&own_bias);
            (weight, if has_own { own_bias.as_str() } else { names.lm_bias })
        };
        let bias = files.vector(bias, shape.vocabulary)?;
        // Only BERT and DistilBERT let the configuration choose this function.
        let activation = match shape.dialect {
            Dialect::Bert | Dialect::DistilBert => shape.activation,
            Dialect::Roberta | Dialect::Mpnet => Activation::Gelu,
        };
        Ok(Self {
            dense: Linear::load(files, names.lm_dense, hidden, hidden)?,
            activation,
            norm: Norm::load(files, names.lm_norm, hidden, shape.norm_epsilon)?,
            decoder: Linear::new(weight, bias, hidden),
        })
    }

    /// Rounds the projection onto the vocabulary, where that is asked for.
    pub(super) fn rounded(self, quantize: Option<Quantize>) -> Self {
        Self { decoder: self.decoder.rounded(quantize.map(Quantize::words)), ..self }
    }

    /// Computes the probability of every token, a row for each hidden state.
    pub(super) fn probabilities(&self, hidden: &[f32]) -> Vec<f32> {
        let mut scores = self.scores(hidden);
        kernels::softmax_rows(&mut scores, self.decoder.outputs());
        scores
    }

    /// Computes the logits of every token, a row for each hidden state.
    pub(super) fn scores(&self, hidden: &[f32]) -> Vec<f32> {
        let mut dense = self.dense.project(hidden);
        activate(&mut dense, self.activation);
        let mut features = vec![0.0; dense.len()];
        self.norm.apply(&mut features, &dense);
        self.decoder.project(&features)
    }

    /// Returns how many tokens it knows.
    pub(super) fn vocabulary(&self) -> usize {
        self.decoder.outputs()
    }
}
