//! What can be done with the models of a collection, and what a collection is like.
//!
//! The counts come from what the index knows of every model; why the others cannot comes from a
//! sample, so that a collection of a million is no more work than one of a hundred.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use catalog::{CollectionKind, ModelRecord};
use domain::{Capability, Task};

use crate::capabilities::{self, FileFacts, Files};
use crate::{FacetName, Index, Query, Result};

/// Models that are looked at for reasons, and to the last one in a small collection.
pub const SAMPLE: usize = 200;

/// A model of the sample.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// What is known of it.
    pub record: ModelRecord,
    /// Whether its files are here.
    pub files: Files,
}

/// With how many models of a collection something can be done, once their files are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionUse {
    /// What.
    pub capability: Capability,
    /// With how many.
    pub models: usize,
    /// Why not with the others: the commonest reason.
    pub reason: Option<String>,
}

/// A property of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What it is about.
    pub name: &'static str,
    /// A few words.
    pub value: &'static str,
}

/// Counts for each capability the models of `scope` that have it. Of these the `sample` holds the
/// first [`SAMPLE`], or all.
///
/// # Errors
/// Where the index refuses the query.
pub fn uses(index: &Index, scope: &Query, sample: &[Sampled]) -> Result<Vec<CollectionUse>> {
    let absent: Vec<_> = sample.iter().map(absent).collect();
    let total = total(index, scope)?;
    let known = match total > sample.len() {
        true => Some(Known { index, scope, sample, total }),
        false => None,
    };
    let mut uses = Vec::new();
    for (at, capability) in Capability::ALL.into_iter().enumerate() {
        let reasons: Vec<_> = absent.iter().filter_map(|reasons| reasons[at].as_deref()).collect();
        let of_sample = sample.len() - reasons.len();
        let models = match &known {
            Some(known) => known.count(capability, of_sample)?,
            None => of_sample,
        };
        let reason = if models < total { commonest(&reasons) } else { None };
        uses.push(CollectionUse { capability, models, reason });
    }
    Ok(uses)
}

/// What is known of a collection that is larger than its sample.
struct Known<'a> {
    index: &'a Index,
    scope: &'a Query,
    sample: &'a [Sampled],
    total: usize,
}

impl Known<'_> {
    /// Counts by the index where the query leaves its filters alone, else as the sample has it.
    fn count(&self, capability: Capability, of_sample: usize) -> Result<usize> {
        let scaled = || scaled(self.total, of_sample, self.sample.len());
        if self.scope.filters.contains_key(&FacetName::Deployment) {
            return Ok(scaled());
        }
        match capability {
            Capability::Import => self.importable(of_sample),
            // What can be put behind an endpoint can be tried.
            Capability::Try => self.offered(Capability::Online),
            other => self.offered(other),
        }
    }

    fn offered(&self, capability: Capability) -> Result<usize> {
        total(self.index, &self.with(FacetName::Deployment, capability.as_str()))
    }

    /// Counts what has no files here and could be run, or has no known task; of these, as many
    /// have a place to fetch them from as in the sample.
    fn importable(&self, of_sample: usize) -> Result<usize> {
        let mut runs = self.with(FacetName::Deployment, Capability::Online.as_str());
        let mut unknown = self.scope.clone();
        for query in [&mut runs, &mut unknown] {
            query.excluded.entry(FacetName::Status).or_default().push("here".to_owned());
        }
        let tasks = Task::ALL.iter().map(|task| task.tag().to_owned());
        unknown.excluded.entry(FacetName::Task).or_default().extend(tasks);
        let candidates = total(self.index, &runs)? + total(self.index, &unknown)?;
        let is_candidate = |one: &&Sampled| {
            let offered = !capabilities::offered(&one.record, &one.files).is_empty();
            one.files == Files::Absent && (offered || one.record.tasks.is_empty())
        };
        let of_sample_candidates = self.sample.iter().filter(is_candidate).count();
        Ok(scaled(candidates, of_sample, of_sample_candidates))
    }

    fn with(&self, facet: FacetName, value: &str) -> Query {
        let mut query = self.scope.clone();
        query.filters.insert(facet, vec![value.to_owned()]);
        query
    }
}

fn total(index: &Index, scope: &Query) -> Result<usize> {
    let count = Query { offset: 0, cursor: None, limit: 0, ..scope.clone() };
    Ok(index.search(&count)?.total)
}

/// Returns the part of `whole` that `part` is of `of`.
fn scaled(whole: usize, part: usize, of: usize) -> usize {
    if of == 0 { 0 } else { (whole as f64 * part.min(of) as f64 / of as f64).round() as usize }
}

/// Says for each capability why a model would not have it even with its files here.
fn absent(sampled: &Sampled) -> [Option<String>; 6] {
    let Sampled { record, files } = sampled;
    let now = capabilities::of(record, files);
    let offered = capabilities::offered(record, files);
    let listed = Files::Here(FileFacts {
        tasks: record.tasks.clone(),
        finetuning_tasks: record.finetuning_tasks.clone(),
        context_max: None,
    });
    let is_only_listed = *files == Files::Absent && !offered.is_empty();
    let then = if is_only_listed { capabilities::of(record, &listed) } else { now.clone() };
    Capability::ALL.map(|capability| match capability {
        Capability::Import => now.absent(capability).map(str::to_owned),
        Capability::Try if offered.contains(&Capability::Online) => None,
        known if offered.contains(&known) => None,
        Capability::Finetune if is_only_listed => {
            Some("its listing names no task that it can be fine-tuned for".to_owned())
        }
        other => then.absent(other).map(str::to_owned),
    })
}

/// Returns the reason that is given most, the first in the alphabet of several.
fn commonest(reasons: &[&str]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let first = counts.into_iter().min_by_key(|(reason, count)| (Reverse(*count), *reason));
    first.map(|(reason, _)| reason.to_owned())
}

/// Says what the models of a collection are like: their format, where they run, what works in an
/// isolated network, and who answers for them.
pub fn attributes(kind: CollectionKind) -> Vec<Attribute> {
    let names = ["Model format", "Hosting", "Isolated network", "Support"];
    let values = [format(kind), hosting(kind), isolated(kind), support(kind)];
    let attributes = names.into_iter().zip(values);
    attributes.map(|(name, value)| Attribute { name, value }).collect()
}

fn format(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Provider => "None: the provider keeps the files",
        CollectionKind::Workspace => "Folders as on the Hugging Face hub, weights as safetensors",
        _ => "Safetensors can be run; pickles are refused, other formats are not read yet",
    }
}

fn hosting(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Provider => "At the provider; this build does not forward to it yet",
        CollectionKind::Workspace => "On this server",
        _ => "On this server, once a model is imported",
    }
}

fn isolated(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Workspace => "Everything works: the files are here",
        CollectionKind::Provider => "The listing stays; the models cannot be reached",
        CollectionKind::Curated | CollectionKind::Query => {
            "The listing works; files come from a folder or a hub inside the network"
        }
        CollectionKind::Assets => {
            "The listing is a folder; files come from a folder or a hub inside the network"
        }
        CollectionKind::Hub | CollectionKind::Modeldex => {
            "The listing stays as it was last read; imported models work"
        }
    }
}

fn support(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Workspace => "Yours: who imported or fine-tuned a model answers for it",
        CollectionKind::Provider => "The provider's",
        CollectionKind::Assets | CollectionKind::Modeldex => "Whoever publishes the collection",
        _ => "Each publisher's: Modeldex lists the models and does not answer for them",
    }
}

#[cfg(test)]
mod tests;
