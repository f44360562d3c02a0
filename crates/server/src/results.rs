//! What was measured of all models, gathered again when the catalog changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use catalog::{Catalog, EvaluationRecord, ModelRecord};
use discover::compare::{Measurement, measurements};
use domain::{Fault, ModelRef};
use jobs::Jobs;

/// Evaluations read at once: about 1 MB of records.
const PAGE: usize = 1_000;
/// The largest public leaderboards have about 100,000 results; the first by their ids are taken.
const EVALUATIONS_MAX: usize = 100_000;
/// Jobs that are asked how fast they were: each is a statement.
const JOBS_MAX: usize = 1_000;

/// What was measured, at a revision of the catalog.
#[derive(Debug, Default)]
pub struct Results {
    /// Every figure.
    pub measurements: Vec<Measurement>,
    /// The models that are listed, by `collection/name`, without their cards.
    pub models: BTreeMap<String, ModelRecord>,
    /// Rows a second, by the job that measured here.
    pub rates: BTreeMap<String, f64>,
}

/// The results of this moment, shared by all requests.
#[derive(Clone, Debug, Default)]
pub struct LiveResults {
    current: Arc<RwLock<Option<Gathered>>>,
}

/// Results, with the revision of the catalog that they were gathered at.
type Gathered = (i64, Arc<Results>);

impl LiveResults {
    /// Returns the results of this moment.
    ///
    /// # Errors
    /// Where a store cannot be read.
    pub async fn current(&self, catalog: &Catalog, jobs: &Jobs) -> Result<Arc<Results>, Fault> {
        // The revision comes first: what changes meanwhile is noticed next time.
        let revision = catalog.revision().await?;
        if let Some((known, results)) =
            &*self.current.read().unwrap_or_else(PoisonError::into_inner)
            && *known == revision
        {
            return Ok(Arc::clone(results));
        }
        let fresh = Arc::new(gather(catalog, jobs).await?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) =
            Some((revision, Arc::clone(&fresh)));
        Ok(fresh)
    }
}

async fn gather(catalog: &Catalog, jobs: &Jobs) -> Result<Results, Fault> {
    let records = evaluations(catalog).await?;
    let models: BTreeSet<ModelRef> =
        records.iter().map(|one| ModelRef { version: None, ..one.model.clone() }).collect();
    let mut listed = BTreeMap::new();
    for model in models {
        if let Some(record) = catalog.get_model(&model.collection, &model.name).await? {
            listed.insert(model.to_string(), ModelRecord { description: String::new(), ..record });
        }
    }
    let mut rates = BTreeMap::new();
    for job in records.iter().filter_map(|one| one.job.as_ref()).take(JOBS_MAX) {
        // A job that was cleared away leaves its result, and nothing of how fast it was.
        let Ok(found) = jobs.get(job).await else { continue };
        let rate = found.progress.and_then(|progress| progress.rate_per_second);
        rates.extend(rate.filter(|rate| *rate > 0.0).map(|rate| (job.clone(), rate)));
    }
    Ok(Results { measurements: measurements(&records), models: listed, rates })
}

async fn evaluations(catalog: &Catalog) -> Result<Vec<EvaluationRecord>, Fault> {
    let mut all: Vec<EvaluationRecord> = Vec::new();
    while all.len() < EVALUATIONS_MAX {
        let after = all.last().map(|one| one.id.as_str());
        let page = catalog.all_evaluations(after, PAGE).await?;
        let is_last = page.len() < PAGE;
        // The tables and charts of a report are for its own page.
        all.extend(page.into_iter().map(|mut record| {
            if record.published_by.is_none() {
                record.report = serde_json::Value::Null;
            }
            record
        }));
        if is_last {
            break;
        }
    }
    Ok(all)
}
