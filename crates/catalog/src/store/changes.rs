//! What changed since a revision, and everything in order: what an index is built from.

use std::collections::BTreeMap;

use db::{Row, Value};
use domain::{CollectionName, ModelName, ModelRef};

use super::{Catalog, from_json, models};
use crate::{ModelRecord, Result, VersionRecord, curated};

/// A model with its newest version.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What is known of it.
    pub record: ModelRecord,
    /// The newest version whose files are here.
    pub version: Option<VersionRecord>,
}

/// What changed after a revision, up to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Everything up to here is told; ask again from here until it is that of the catalog.
    pub revision: i64,
    /// Models that came or changed, the first changed first.
    pub models: Vec<Known>,
    /// Models that are gone.
    pub gone: Vec<ModelRef>,
}

/// The newest version beside each model `m`.
const WITH_VERSION: &str = "FROM model m LEFT JOIN version v \
    ON v.collection = m.collection AND v.name = m.name AND v.number = \
    (SELECT MAX(number) FROM version WHERE collection = m.collection AND name = m.name)";

impl Catalog {
    /// Returns what changed after `revision`: about `limit` models and as many that are gone,
    /// but always all of one revision, of which there are at most 500.
    ///
    /// A model that changes again while this reads is told with what it is then, and is told
    /// again with its new revision.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn changes_since(&self, revision: i64, limit: usize) -> Result<Changes> {
        // Revisions are committed in their order: up to this one nothing is still to come.
        let newest = self.revision().await?;
        if newest <= revision {
            return Ok(Changes { revision, ..Changes::default() });
        }
        let of_models = self.page_end("model", (revision, newest), limit).await?;
        let of_gone = self.page_end("model_gone", (revision, newest), limit).await?;
        let end = of_models.min(of_gone);
        let range = [revision.into(), end.into()];
        let sql = format!(
            "SELECT {}, v.version, v.record AS version_record {WITH_VERSION} \
             WHERE m.revision > $1 AND m.revision <= $2 ORDER BY m.revision, m.collection, m.name",
            models::COLUMNS
        );
        let changed = self.db.rows(&sql, &range).await?;
        let sql = "SELECT collection, name FROM model_gone \
                   WHERE revision > $1 AND revision <= $2 ORDER BY revision, collection, name";
        let gone = self.db.rows(sql, &range).await?;
        Ok(Changes {
            revision: end,
            models: changed.iter().map(known).collect::<Result<_>>()?,
            gone: gone.iter().map(models::read_model).collect::<Result<_>>()?,
        })
    }

    /// Returns up to which revision a page of `limit` rows reaches: at least its first one.
    async fn page_end(&self, table: &str, range: (i64, i64), limit: usize) -> Result<i64> {
        let (after, newest) = range;
        let row_at = async |offset: usize| {
            let sql = format!(
                "SELECT revision FROM {table} WHERE revision > $1 AND revision <= $2 \
                 ORDER BY revision LIMIT 1 OFFSET $3"
            );
            let values = [after.into(), newest.into(), to_i64(offset)];
            self.db.row(&sql, &values).await?.map(|row| row.int("revision")).transpose()
        };
        match row_at(limit).await? {
            None => Ok(newest),
            Some(beyond) => Ok(row_at(0).await?.map_or(beyond, |first| first.max(beyond - 1))),
        }
    }

    /// Returns the next models in the order of collection and name, at most `limit` of them; the
    /// curated ones are not among them.
    ///
    /// Read [`Catalog::revision`] before the first page: what changes meanwhile is among the
    /// changes since then.
    pub async fn scan(
        &self,
        after: Option<(CollectionName, ModelName)>,
        limit: usize,
    ) -> Result<Vec<Known>> {
        // No collection has an empty name: everything comes after it.
        let (collection, name) = match &after {
            Some((collection, name)) => (collection.as_str(), name.as_str()),
            None => ("", ""),
        };
        let sql = format!(
            "SELECT {}, v.version, v.record AS version_record {WITH_VERSION} \
             WHERE (m.collection, m.name) > ($1, $2) ORDER BY m.collection, m.name LIMIT $3",
            models::COLUMNS
        );
        let values = [collection.into(), name.into(), to_i64(limit)];
        self.db.rows(&sql, &values).await?.iter().map(known).collect()
    }
}

impl Catalog {
    /// Returns the models that are there, in the order in which they are named, those of the
    /// curated collection included.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn known_models(&self, wanted: &[ModelRef]) -> Result<Vec<Known>> {
        let mut found = BTreeMap::new();
        for chunk in wanted.chunks(models::CHUNK) {
            let pair = |at: usize| format!("(${}, ${})", at * 2 + 1, at * 2 + 2);
            let pairs: Vec<_> = (0..chunk.len()).map(pair).collect();
            let sql = format!(
                "SELECT {}, v.version, v.record AS version_record {WITH_VERSION} \
                 WHERE (m.collection, m.name) IN (VALUES {})",
                models::COLUMNS,
                pairs.join(", ")
            );
            let values = chunk.iter().flat_map(|model| {
                [Value::from(model.collection.as_str()), model.name.as_str().into()]
            });
            for row in self.db.rows(&sql, &values.collect::<Vec<_>>()).await? {
                let known = known(&row)?;
                found.insert(known.record.model(), known);
            }
        }
        let of_curated = |model: &ModelRef| {
            let record = curated::find(&model.name)?.clone();
            (model.collection == record.collection).then_some(Known { record, version: None })
        };
        let unversioned =
            |model: &ModelRef| ModelRef::latest(model.collection.clone(), model.name.clone());
        let known = |model: &ModelRef| {
            found.get(&unversioned(model)).cloned().or_else(|| of_curated(model))
        };
        Ok(wanted.iter().filter_map(known).collect())
    }
}

fn known(row: &Row) -> Result<Known> {
    let version = row.opt_text("version_record")?;
    let version = version.map(|text| from_json(&row.text("name")?, &text)).transpose()?;
    Ok(Known { record: models::read(row)?, version })
}

fn to_i64(number: usize) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}
