//! All endpoints of one moment.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use db::{Db, Row, Tx};

use crate::{Deployment, Endpoint, Error};

/// The endpoints by name, as they were at a revision or after it.
#[derive(Debug)]
pub(crate) struct Table {
    revision: i64,
    endpoints: BTreeMap<String, Arc<Endpoint>>,
}

impl Table {
    /// Reads every endpoint.
    pub(crate) async fn read(tx: &mut Tx) -> Result<Self, Error> {
        // Comes first: what changes while the rows are read has a higher one.
        let revision = read_revision(tx.row(REVISION, &[]).await?)?;
        let names = tx.rows("SELECT name, created_ms FROM endpoint ORDER BY name", &[]).await?;
        let sql = "SELECT endpoint, name, options, traffic, created_ms FROM deployment \
                   ORDER BY endpoint, name";
        let mut deployments: BTreeMap<String, Vec<Deployment>> = BTreeMap::new();
        for row in tx.rows(sql, &[]).await? {
            deployments.entry(row.text("endpoint")?).or_default().push(read_deployment(&row)?);
        }
        let mut endpoints = BTreeMap::new();
        for row in names {
            let name = row.text("name")?;
            let own = deployments.remove(&name).unwrap_or_default();
            endpoints.insert(name, Arc::new(read_endpoint(&row, own)?));
        }
        Ok(Self { revision, endpoints })
    }

    /// Returns the revision.
    pub(crate) fn revision(&self) -> i64 {
        self.revision
    }

    /// Returns every endpoint, sorted by name.
    pub(crate) fn list(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.endpoints.values()
    }

    /// Returns one endpoint, or that there is none.
    pub(crate) fn get(&self, name: &str) -> Result<&Arc<Endpoint>, Error> {
        self.endpoints.get(name).ok_or_else(|| Error::NoEndpoint { name: name.to_owned() })
    }
}

const REVISION: &str = "SELECT value FROM counter WHERE name = 'endpoint'";

/// Returns a number that rises with every change.
pub(crate) async fn revision(db: &Db) -> Result<i64, Error> {
    read_revision(db.row(REVISION, &[]).await?)
}

/// Counts a change. Its row is what the next change waits for.
pub(crate) async fn raise_revision(tx: &mut Tx) -> Result<(), Error> {
    let sql = "INSERT INTO counter (name, value) VALUES ('endpoint', 1) \
               ON CONFLICT (name) DO UPDATE SET value = counter.value + 1";
    tx.execute(sql, &[]).await?;
    Ok(())
}

/// Says that what is stored under a name cannot be read or written.
pub(crate) fn stored(name: &str, why: impl Display) -> Error {
    Error::Stored { name: name.to_owned(), why: why.to_string() }
}

fn read_revision(row: Option<Row>) -> Result<i64, Error> {
    Ok(row.map_or(Ok(0), |row| row.int("value"))?)
}

fn read_endpoint(row: &Row, deployments: Vec<Deployment>) -> Result<Endpoint, Error> {
    let name = row.text("name")?;
    let parsed = name.parse().map_err(|error: domain::NameError| stored(&name, error))?;
    Ok(Endpoint { name: parsed, deployments, created_ms: row.int("created_ms")? })
}

fn read_deployment(row: &Row) -> Result<Deployment, Error> {
    let name = row.text("name")?;
    let plan = serde_json::from_str(&row.text("options")?).map_err(|error| stored(&name, error))?;
    let traffic = u8::try_from(row.int("traffic")?)
        .map_err(|_| stored(&name, "its traffic is not a percentage"))?;
    let parsed = name.parse().map_err(|error: domain::NameError| stored(&name, error))?;
    Ok(Deployment { name: parsed, plan, traffic, created_ms: row.int("created_ms")? })
}
