//! Finds the model that a publisher means by a name.

use std::collections::BTreeMap;

use domain::{ModelName, ModelRef, NameError};

use super::COLLECTION;
use crate::ModelRecord;

/// Models by what they are called. Names are alike when they differ in case and punctuation alone:
/// `Meta-Llama-3-8B` is `meta-llama/Meta_Llama-3-8b` without its owner.
#[derive(Clone, Debug, Default)]
pub struct Names {
    listed: BTreeMap<String, Meant>,
    own: BTreeMap<String, ModelRef>,
}

#[derive(Clone, Debug)]
struct Meant {
    /// How much of the name is alike; less is better.
    distance: u8,
    /// `None` where two models are called so.
    model: Option<ModelRef>,
}

impl Names {
    /// Adds a model under its name, its hub id, and each without its owner. A model that was added
    /// earlier keeps a name that both have, unless only the later has all of it.
    pub fn add(&mut self, record: &ModelRecord) {
        let model = record.model();
        let names = [Some(record.name.as_str()), record.hub_id.as_deref()];
        for name in names.into_iter().flatten() {
            self.call(&model, name, 0);
            if let Some((_, last)) = name.rsplit_once('/') {
                self.call(&model, last, 1);
            }
        }
    }

    fn call(&mut self, model: &ModelRef, name: &str, distance: u8) {
        let meant = Meant { distance, model: Some(model.clone()) };
        match self.listed.get_mut(&key(name)) {
            None => {
                self.listed.insert(key(name), meant);
            }
            Some(known) if distance < known.distance => *known = meant,
            // Two owners have a model of this name: it tells neither.
            Some(known) if distance == known.distance && distance > 0 => {
                if known.model.as_ref().is_some_and(|one| one.collection == model.collection)
                    && known.model.as_ref() != Some(model)
                {
                    known.model = None;
                }
            }
            Some(_) => {}
        }
    }

    /// Returns the model that is called so, or the name itself in the collection of models that are
    /// listed nowhere; there the first spelling is kept.
    ///
    /// # Errors
    /// Where it can be no name.
    pub(super) fn find(&mut self, name: &str) -> Result<ModelRef, NameError> {
        let key = key(name);
        if let Some(Meant { model: Some(model), .. }) = self.listed.get(&key) {
            return Ok(model.clone());
        }
        if let Some(model) = self.own.get(&key) {
            return Ok(model.clone());
        }
        let own = ModelRef::latest(COLLECTION.parse()?, name.parse::<ModelName>()?);
        self.own.insert(key, own.clone());
        Ok(own)
    }
}

fn key(name: &str) -> String {
    name.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(models: &[(&str, Option<&str>)]) -> Names {
        let mut names = Names::default();
        for (model, hub_id) in models {
            let model: ModelRef = model.parse().unwrap();
            let mut record = ModelRecord::new(model.collection, model.name);
            record.hub_id = hub_id.map(str::to_owned);
            names.add(&record);
        }
        names
    }

    #[test]
    fn a_name_is_found_however_it_is_spelled() {
        let mut names = names(&[
            ("curated/phi-2", Some("microsoft/phi-2")),
            ("curated/Mistral-7B", Some("mistralai/Mistral-7B-v0.1")),
            ("assets/Phi-2", None),
            ("hub/meta-llama/Llama-2-7b", None),
            ("hub/other/Llama-2-7b", None),
        ]);
        for (name, model) in [
            ("PHI_2", "curated/phi-2"),
            ("microsoft-phi-2", "curated/phi-2"),
            ("mistralai-Mistral-7B-v01", "curated/Mistral-7B"),
            ("Mistral-7B-v0.1", "curated/Mistral-7B"),
            ("meta-llama/llama-2-7b", "hub/meta-llama/Llama-2-7b"),
            // Two owners have it.
            ("Llama-2-7b", "published/Llama-2-7b"),
            ("gpt-4", "published/gpt-4"),
            ("GPT 4", "published/gpt-4"),
        ] {
            assert_eq!(names.find(name).unwrap().to_string(), model, "{name}");
        }
        assert!(names.find("what? no").is_err());
    }
}
