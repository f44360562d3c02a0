//! What the forms of a card do, and what was typed into them.

use std::collections::BTreeMap;

use api::{DiffView, ErrorBody, FitView, LineageView, TryResponse};

/// A form of the card. Its word is the last part of the path that it posts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Runs the model once.
    Try,
    /// Measures it.
    Evaluate,
    /// Teaches it.
    Finetune,
    /// Puts it behind an endpoint.
    Deploy,
    /// Runs it over a file.
    Batch,
    /// Brings its files here.
    Import,
}

impl Action {
    /// Every action, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Try, Self::Evaluate, Self::Finetune, Self::Deploy, Self::Batch, Self::Import];

    /// Returns the word in the path.
    pub fn word(self) -> &'static str {
        match self {
            Self::Try => "try",
            Self::Evaluate => "evaluate",
            Self::Finetune => "finetune",
            Self::Deploy => "deploy",
            Self::Batch => "batch",
            Self::Import => "import",
        }
    }

    /// Reads the word in the path.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    /// Returns the capability that the action needs.
    pub(crate) fn capability(self) -> &'static str {
        match self {
            Self::Deploy => "online",
            other => other.word(),
        }
    }
}

/// What a person typed into a card's forms, what came of it, and what was worked out besides.
#[derive(Clone, Debug, Default)]
pub struct CardForms {
    /// The form that was sent.
    pub sent: Option<Action>,
    /// The fields of that form.
    pub values: BTreeMap<String, String>,
    /// Why it was refused.
    pub error: Option<ErrorBody>,
    /// What the model answered.
    pub tried: Option<TryResponse>,
    /// Whether the model fits the machine that was asked for.
    pub fit: Option<FitView>,
    /// Where it came from and what was made from it.
    pub lineage: Option<LineageView>,
    /// What differs between the two versions that were chosen.
    pub diff: Option<DiffView>,
}

impl CardForms {
    /// Returns what was typed into a field of a form, if that form was sent.
    pub(crate) fn value(&self, action: Action, field: &str) -> &str {
        match self.sent {
            Some(sent) if sent == action => self.values.get(field).map_or("", String::as_str),
            _ => "",
        }
    }

    /// Returns why a form was refused.
    pub(crate) fn error(&self, action: Action) -> Option<&ErrorBody> {
        self.error.as_ref().filter(|_| self.sent == Some(action))
    }
}
