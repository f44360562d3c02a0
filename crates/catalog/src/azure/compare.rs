//! Defects that only show when models are compared.

use std::collections::BTreeMap;

use super::{Defect, Loaded, LoadedModel, Severity};

/// Keeps one model of each name: the one with the highest version.
pub(super) fn drop_duplicates(loaded: &mut Loaded) {
    let mut best: BTreeMap<String, usize> = BTreeMap::new();
    let mut dropped = Vec::new();
    for (index, model) in loaded.models.iter().enumerate() {
        let name = model.record.name.to_string();
        let Some(kept) = best.insert(name.clone(), index) else { continue };
        let earlier = &loaded.models[kept];
        let loser = if number(model) > number(earlier) { kept } else { index };
        best.insert(name, if loser == kept { index } else { kept });
        dropped.push(loser);
    }
    for &loser in &dropped {
        let model = &loaded.models[loser];
        let name = model.record.name.as_str();
        let winner = &loaded.models[best[name]];
        let place = if winner.folder.is_empty() { "." } else { &winner.folder };
        let message = format!("`{name}` is in `{place}` too, which was taken");
        loaded.defects.push(defect(model, "name", message, Severity::Error));
    }
    loaded.skipped += dropped.len();
    let mut index = 0;
    loaded.models.retain(|_| {
        index += 1;
        !dropped.contains(&(index - 1))
    });
}

fn number(model: &LoadedModel) -> u64 {
    model.version.as_deref().and_then(|version| version.parse().ok()).unwrap_or(0)
}

/// Finds ids and revisions of the hub that were copied from one model to another. An id that
/// fits another model's name better is taken out: it would import the wrong files.
pub(super) fn check_sources(loaded: &mut Loaded) {
    let mut claims: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut revisions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, model) in loaded.models.iter().enumerate() {
        let Some(id) = &model.record.hub_id else { continue };
        // One upload may rightly be listed for two tasks.
        let claim = format!("{id} {:?}", model.record.tasks);
        claims.entry(claim).or_default().push(index);
        if let Some(revision) = &model.record.hub_revision {
            revisions.entry(revision.clone()).or_default().push(index);
        }
    }
    for claimants in claims.values().filter(|claimants| claimants.len() > 1) {
        check_claim(loaded, claimants);
    }
    for sharers in revisions.values() {
        check_revision(loaded, sharers);
    }
}

fn check_claim(loaded: &mut Loaded, claimants: &[usize]) {
    let fits = |index: &usize| fits(&loaded.models[*index]);
    let Some(owner) = claimants.iter().copied().find(fits) else { return };
    let owner = loaded.models[owner].record.name.to_string();
    for &index in claimants {
        let model = &mut loaded.models[index];
        if self::fits(model) {
            continue;
        }
        let id = model.record.hub_id.take().unwrap_or_default();
        model.record.hub_revision = None;
        let message = format!("`{id}` belongs to `{owner}`: left out");
        let place = model.hub_field;
        loaded.defects.push(defect(&loaded.models[index], place, message, Severity::Warning));
    }
}

/// Tells whether the id on the hub is that of a model of this name.
fn fits(model: &LoadedModel) -> bool {
    let fold = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let id = model.record.hub_id.as_deref().unwrap_or_default();
    let last = id.rsplit('/').next().unwrap_or(id);
    fold(model.record.name.as_str()).contains(&fold(last))
}

fn check_revision(loaded: &mut Loaded, sharers: &[usize]) {
    let id = |index: usize| loaded.models[index].record.hub_id.clone();
    let Some((&first, rest)) = sharers.split_first() else { return };
    for &index in rest {
        if id(index) == id(first) {
            continue;
        }
        let other = loaded.models[first].record.name.to_string();
        let message = format!("`{other}` from another place has the same revision: one is wrong");
        let found = defect(&loaded.models[index], "properties.SHA", message, Severity::Warning);
        loaded.defects.push(found);
    }
}

fn defect(model: &LoadedModel, field: &str, message: String, severity: Severity) -> Defect {
    let file = std::path::Path::new(&model.folder).join("spec.yaml").display().to_string();
    Defect { file, field: field.to_owned(), message, severity }
}
