//! What was made from a model.

use db::Row;
use domain::{ModelRef, VersionName};

use super::{Catalog, from_json, stored};
use crate::{Result, VersionRecord};

/// More versions than this are not read for one model: a graph shows far fewer.
const CHILDREN_MAX: i64 = 500;

impl Catalog {
    /// Returns the versions that were made from a model, the oldest first, each with its name; from
    /// one version where the reference names one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn children(&self, model: &ModelRef) -> Result<Vec<(ModelRef, VersionRecord)>> {
        // The parent stands in the record: what looks like it is read and then compared.
        let sql = "SELECT collection, name, version, record FROM version \
                   WHERE record LIKE $1 ESCAPE '!' ORDER BY created_ms, name, number LIMIT $2";
        let pattern = format!("%\"parent\":\"{}%", escaped(&model.unversioned()));
        let rows = self.db.rows(sql, &[pattern.into(), CHILDREN_MAX.into()]).await?;
        let mut children = Vec::new();
        for row in &rows {
            let (child, version) = read(row)?;
            let is_of = |parent: &ModelRef| {
                parent.unversioned() == model.unversioned()
                    && (model.version.is_none() || parent.version == model.version)
            };
            if version.parent.as_ref().is_some_and(is_of) {
                children.push((child, version));
            }
        }
        Ok(children)
    }
}

/// Names may have `_`, which stands for any letter in a pattern.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

fn read(row: &Row) -> Result<(ModelRef, VersionRecord)> {
    let (collection, name) = (row.text("collection")?, row.text("name")?);
    let version = row.text("version")?;
    let wrong = |error: domain::NameError| stored(&name, &error);
    let number: VersionName = version.parse().map_err(wrong)?;
    let model: ModelRef = format!("{collection}/{name}").parse().map_err(wrong)?;
    Ok((model.at(number), from_json(&version, &row.text("record")?)?))
}
