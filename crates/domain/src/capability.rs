//! What can be done with a model, and where not, why not.

use serde::{Deserialize, Serialize};

use crate::Task;

/// One thing that a person may want to do with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Run it on a typed-in input.
    Try,
    /// Measure it on own data.
    Evaluate,
    /// Teach it with own data.
    Finetune,
    /// Put it behind an online endpoint.
    Online,
    /// Run it over a file.
    Batch,
    /// Bring its files here.
    Import,
}

impl Capability {
    /// Every capability, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Try, Self::Evaluate, Self::Finetune, Self::Online, Self::Batch, Self::Import];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Try => "try",
            Self::Evaluate => "evaluate",
            Self::Finetune => "finetune",
            Self::Online => "online",
            Self::Batch => "batch",
            Self::Import => "import",
        }
    }
}

/// Whether a capability is there; an absent one always has its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Which capability.
    pub capability: Capability,
    /// `None` where it is there, else why it is not.
    pub absent_because: Option<String>,
}

/// Everything that a model can and cannot do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Tasks that it performs.
    pub tasks: Vec<Task>,
    /// Tasks that it can be fine-tuned for.
    pub finetuning_tasks: Vec<Task>,
    /// One entry for each of [`Capability::ALL`].
    pub support: Vec<Support>,
    /// The longest input in tokens, where known.
    pub context_max: Option<u32>,
}

impl Capabilities {
    /// Returns why `capability` is absent, or `None` where it is there.
    pub fn absent(&self, capability: Capability) -> Option<&str> {
        let entry = self.support.iter().find(|entry| entry.capability == capability);
        match entry {
            Some(entry) => entry.absent_because.as_deref(),
            None => Some("it is not known for this model"),
        }
    }

    /// Tells whether `capability` is there.
    pub fn has(&self, capability: Capability) -> bool {
        self.absent(capability).is_none()
    }
}
