//! Versions.

use db::Row;
use domain::{Digest, ModelRef, VersionName};
use serde_json::Value;

use super::{Catalog, count, from_json, models, stored, to_json};
use crate::{ModelRecord, Result, VersionRecord};

/// A version to be; its number is given when it is added.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// The digest of its manifest, whose blobs are all there.
    pub manifest: Digest,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// What its files say.
    pub facts: Option<Value>,
    /// The model that it was made from.
    pub parent: Option<ModelRef>,
    /// Where it came from.
    pub origin: Value,
    /// Adding the same key again returns the version that it made: a job that dies after the
    /// commit and runs again makes no second one.
    pub once: Option<String>,
}

impl Catalog {
    /// Makes a version visible: model, number and manifest in one transaction.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn add_version(&self, record: &ModelRecord, new: NewVersion) -> Result<ModelRef> {
        let now = self.clock.now_ms();
        let (collection, name) = (record.collection.as_str(), record.name.as_str());
        let mut tx = self.db.begin().await?;
        // The counter's row is what two concurrent adds wait for.
        let revision = count(&mut tx, "catalog").await?;
        let number = count(&mut tx, &format!("version/{collection}/{name}")).await?;
        let marker = new.once.as_ref().map(|once| format!("once/{once}"));
        if let Some(marker) = &marker {
            let sql = "SELECT value FROM counter WHERE name = $1";
            if let Some(row) = tx.row(sql, &[marker.as_str().into()]).await? {
                return at(record, row.int("value")?);
            }
        }
        let records = std::slice::from_ref(record);
        models::put(&mut tx, records, models::Replace::Always, (revision, now)).await?;
        let version = VersionRecord {
            version: version_name(number)?,
            manifest: Some(new.manifest.clone()),
            size_bytes: new.size_bytes,
            facts: new.facts,
            parent: new.parent,
            origin: new.origin,
            created_ms: now,
        };
        let values = [
            collection.into(),
            name.into(),
            version.version.as_str().into(),
            number.into(),
            new.manifest.as_str().into(),
            to_json(name, &version)?.into(),
            now.into(),
        ];
        tx.execute(
            "INSERT INTO version (collection, name, version, number, manifest, record, created_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &values,
        )
        .await?;
        if let Some(marker) = marker {
            let values = [marker.into(), number.into()];
            tx.execute("INSERT INTO counter (name, value) VALUES ($1, $2)", &values).await?;
        }
        tx.commit().await?;
        at(record, number)
    }

    /// Returns the versions of a model, newest first.
    pub async fn versions(&self, model: &ModelRef) -> Result<Vec<VersionRecord>> {
        let sql = "SELECT version, record FROM version WHERE collection = $1 AND name = $2 \
                   ORDER BY number DESC";
        let values = [model.collection.as_str().into(), model.name.as_str().into()];
        self.db.rows(sql, &values).await?.iter().map(read).collect()
    }

    /// Returns the version that a reference names; the newest where it names none.
    pub async fn get_version(&self, model: &ModelRef) -> Result<Option<VersionRecord>> {
        let Some(version) = &model.version else {
            return Ok(self.versions(model).await?.into_iter().next());
        };
        let sql = "SELECT version, record FROM version \
                   WHERE collection = $1 AND name = $2 AND version = $3";
        let values =
            [model.collection.as_str().into(), model.name.as_str().into(), version.as_str().into()];
        self.db.row(sql, &values).await?.as_ref().map(read).transpose()
    }

    /// Returns the manifests of every version: the roots of garbage collection.
    pub async fn manifests(&self) -> Result<Vec<Digest>> {
        let rows = self.db.rows("SELECT manifest FROM version WHERE manifest IS NOT NULL", &[]);
        let parse = |row: &Row| {
            let text = row.text("manifest")?;
            text.parse().map_err(|error: domain::DigestError| stored(&text, &error))
        };
        rows.await?.iter().map(parse).collect()
    }
}

fn read(row: &Row) -> Result<VersionRecord> {
    from_json(&row.text("version")?, &row.text("record")?)
}

fn version_name(number: i64) -> Result<VersionName> {
    let text = number.to_string();
    text.parse().map_err(|error: domain::NameError| stored(&text, &error))
}

fn at(record: &ModelRecord, number: i64) -> Result<ModelRef> {
    Ok(record.model().at(version_name(number)?))
}
