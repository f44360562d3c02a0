//! What a command speaks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// An API that a command serves over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// OpenAI's, under `/v1`.
    #[serde(rename = "openai")]
    OpenAi,
    /// Open Inference, version 2 of KServe's and Triton's, under `/v2`.
    OpenInference,
    /// That of Text Embeddings Inference: `/embed`, `/rerank`, `/predict`.
    Tei,
}

impl Protocol {
    const ALL: [Self; 3] = [Self::OpenAi, Self::OpenInference, Self::Tei];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenInference => "open-inference",
            Self::Tei => "tei",
        }
    }

    /// Tells whether a path belongs to it. Servers of TEI answer OpenAI's embeddings, too.
    pub fn has(self, path: &str) -> bool {
        let openai = path.starts_with("/v1/") || matches!(path, "/tokenize" | "/detokenize");
        match self {
            Self::OpenAi => openai,
            Self::OpenInference => path.starts_with("/v2/"),
            Self::Tei => {
                path == "/v1/embeddings" || !(path.starts_with("/v1/") || path.starts_with("/v2/"))
            }
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Protocol {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| Error::Unknown {
            field: "protocol",
            value: text.to_owned(),
            known: Self::ALL.map(|one| format!("`{one}`")).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_belongs_to_its_protocol() {
        let check = |path: &str, expected: &[Protocol]| {
            let has: Vec<_> = Protocol::ALL.into_iter().filter(|one| one.has(path)).collect();
            assert_eq!(has, expected, "{path}");
        };
        check("/v1/chat/completions", &[Protocol::OpenAi]);
        check("/v1/embeddings", &[Protocol::OpenAi, Protocol::Tei]);
        check("/tokenize", &[Protocol::OpenAi, Protocol::Tei]);
        check("/v2/models/a/infer", &[Protocol::OpenInference]);
        check("/rerank", &[Protocol::Tei]);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for one in Protocol::ALL {
            assert_eq!(one.as_str().parse::<Protocol>().unwrap(), one);
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
    }
}
