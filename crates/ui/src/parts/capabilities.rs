//! The five verbs and the way in: how each is called, and why one is absent.

use api::{CapabilityView, ModelCard};

use crate::icon::Icon;

/// How a capability is shown.
pub(crate) struct Verb {
    pub title: &'static str,
    pub about: &'static str,
    pub icon: Icon,
}

/// Returns how a capability is shown.
pub(crate) fn verb(capability: &str) -> Verb {
    let (title, about, icon) = match capability {
        "try" => ("Try", "Run it on an input that you type", Icon::Play),
        "evaluate" => ("Evaluate", "Measure it on your own test data", Icon::Measure),
        "parity" => ("Compare", "See what fewer bits change", Icon::Measure),
        "finetune" => ("Fine-tune", "Teach it with your own data", Icon::Teach),
        "online" => ("Deploy", "Put it behind an endpoint", Icon::Deploy),
        "batch" => ("Run a batch", "Run it over a file", Icon::Batch),
        "download" => ("Download", "Fetch its files from here", Icon::Download),
        _ => ("Import", "Bring its files here", Icon::Import),
    };
    Verb { title, about, icon }
}

/// Returns why a capability is absent, or `None` where it is there.
pub(crate) fn absent<'a>(card: &'a ModelCard, capability: &str) -> Option<&'a str> {
    let told = card.capabilities.iter().find(|one| one.capability == capability);
    match told {
        Some(CapabilityView { available: true, .. }) => None,
        Some(CapabilityView { reason, .. }) => Some(reason.as_deref().unwrap_or("it is not there")),
        None => Some("it is not known for this model"),
    }
}
