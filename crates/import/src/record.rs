//! What is written down about an imported model.

use catalog::ModelRecord;
use domain::{CollectionName, License, ModelName, Task};
use native::ModelFacts;

use crate::card::Card;

/// Where a model came from.
pub(crate) struct Origin<'a> {
    /// The source, for people.
    pub(crate) place: &'a str,
    /// The id, where it came from a hub.
    pub(crate) hub_id: Option<&'a str>,
    /// The pinned revision.
    pub(crate) revision: &'a str,
}

/// Makes the record of a model from its card and its facts; facts win over claims.
pub(crate) fn make(
    name: ModelName,
    origin: &Origin<'_>,
    card: Card,
    facts: Option<&ModelFacts>,
) -> ModelRecord {
    let mut record = ModelRecord::new(CollectionName::workspace(), name);
    let claimed: Option<Task> = card.task.as_deref().and_then(|task| task.parse().ok());
    record.tasks = match facts {
        Some(facts) => facts.tasks.clone(),
        None => claimed.into_iter().collect(),
    };
    // What its publisher made it for comes first.
    record.tasks.sort_by_key(|task| Some(*task) != claimed);
    record.finetuning_tasks = facts.map(|facts| facts.finetuning_tasks.clone()).unwrap_or_default();
    record.parameters = facts.map(|facts| facts.parameters);
    record.license = License::parse(card.license.as_deref().unwrap_or_default());
    record.summary = match card.summary.is_empty() {
        true => format!("Imported from {}.", origin.place),
        false => card.summary,
    };
    record.description = card.body;
    record.languages = card.languages;
    record.datasets = card.datasets;
    record.keywords = card.tags;
    // As hubs write it among their tags: a lineage goes on where it came from.
    record.keywords.extend(card.base_models.iter().map(|id| format!("base_model:{id}")));
    record.publisher =
        origin.hub_id.and_then(|id| id.split_once('/')).map(|(owner, _)| owner.into());
    record.hub_id = origin.hub_id.map(str::to_owned);
    record.hub_revision = origin.hub_id.map(|_| origin.revision.to_owned());
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_what_card_and_origin_say() {
        let text = "---\nlicense: mit\npipeline_tag: fill-mask\ntags: [a]\nbase_model: b/c\n---\n";
        let origin = Origin { place: "hub/acme/x", hub_id: Some("acme/x"), revision: "r1" };
        let record = make("x".parse().unwrap(), &origin, Card::parse(text), None);
        assert_eq!(record.model().to_string(), "workspace/x");
        assert_eq!((record.license.as_str(), &record.tasks[..]), ("MIT", &[Task::FillMask][..]));
        assert_eq!(record.publisher.as_deref(), Some("acme"));
        assert_eq!(record.hub_revision.as_deref(), Some("r1"));
        assert_eq!(record.keywords, ["a", "base_model:b/c"]);
        assert_eq!(record.summary, "Imported from hub/acme/x.");
        let origin = Origin { place: "/models/x", hub_id: None, revision: "r1" };
        let record = make("x".parse().unwrap(), &origin, Card::default(), None);
        assert_eq!((record.hub_id, record.hub_revision, record.publisher), (None, None, None));
        assert_eq!(record.license.as_str(), "unknown");
    }
}
