//! Endpoints and deployments: kept in the database, read from memory.
//!
//! A request never waits for the database: every change puts what it wrote into the table in memory
//! before it is answered, and [`Endpoints::refresh`] takes what other servers changed.

use std::sync::{Arc, PoisonError, RwLock};

use db::{Db, Tx, Value};
use domain::{Clock, Millis, ResourceName};

use crate::table::{self, Table};
use crate::{DeploymentPlan, Error, Traffic};

/// The records of endpoints and deployments; clones share them.
#[derive(Clone)]
pub struct Endpoints {
    db: Db,
    clock: Arc<dyn Clock>,
    current: Arc<RwLock<Arc<Table>>>,
}

/// One endpoint with its deployments.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The name.
    pub name: ResourceName,
    /// Its deployments by name.
    pub deployments: Vec<Deployment>,
    /// When it was made.
    pub created_ms: Millis,
}

/// One deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The name.
    pub name: ResourceName,
    /// What it runs.
    pub plan: DeploymentPlan,
    /// Percent of the endpoint's requests.
    pub traffic: u8,
    /// When it was made or changed.
    pub created_ms: Millis,
}

impl Endpoint {
    /// Returns the shares of its deployments.
    pub fn traffic(&self) -> Traffic {
        let share = |one: &Deployment| (one.name.to_string(), one.traffic);
        Traffic::stored(self.deployments.iter().map(share))
    }

    /// Returns the deployment called `name`.
    pub fn deployment(&self, name: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|one| one.name.as_str() == name)
    }
}

impl Endpoints {
    /// Reads the records of `db`, where they are kept.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn open(db: Db, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let current = Table::read(&mut db.begin().await?).await?;
        Ok(Self { db, clock, current: Arc::new(RwLock::new(Arc::new(current))) })
    }

    /// Returns every endpoint, sorted by name.
    pub fn list(&self) -> Vec<Arc<Endpoint>> {
        self.current().list().cloned().collect()
    }

    /// Returns one endpoint.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn get(&self, name: &str) -> Result<Arc<Endpoint>, Error> {
        self.current().get(name).map(Arc::clone)
    }

    /// Takes what another server on the same database changed.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read; what was known stays then.
    pub async fn refresh(&self) -> Result<(), Error> {
        if table::revision(&self.db).await? > self.current().revision() {
            let fresh = Table::read(&mut self.db.begin().await?).await?;
            self.set(fresh);
        }
        Ok(())
    }

    /// Adds or replaces a deployment, and its endpoint where needed, in one transaction.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn put(
        &self,
        endpoint: &ResourceName,
        deployment: &ResourceName,
        plan: &DeploymentPlan,
        share: Option<u8>,
    ) -> Result<(), Error> {
        let now = self.clock.now_ms();
        let (mut tx, before) = self.begin().await?;
        let before = before.get(endpoint.as_str()).map(|one| one.traffic()).unwrap_or_default();
        let share = share.unwrap_or_else(|| before.share(deployment.as_str()));
        let after = before.with(deployment.as_str(), share);
        tx.execute(
            "INSERT INTO endpoint (name, created_ms) VALUES ($1, $2) \
             ON CONFLICT (name) DO NOTHING",
            &[endpoint.as_str().into(), now.into()],
        )
        .await?;
        let options = serde_json::to_string(plan)
            .map_err(|error| table::stored(deployment.as_str(), error))?;
        tx.execute(
            "INSERT INTO deployment (endpoint, name, model, options, traffic, created_ms) \
             VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (endpoint, name) DO UPDATE SET \
             model = excluded.model, options = excluded.options, created_ms = excluded.created_ms",
            &[
                endpoint.as_str().into(),
                deployment.as_str().into(),
                plan.model.to_string().into(),
                options.into(),
                now.into(),
            ],
        )
        .await?;
        write_traffic(&mut tx, endpoint.as_str(), &after).await?;
        self.commit(tx).await
    }

    /// Shares the requests of an endpoint anew.
    ///
    /// # Errors
    /// Where there is no such endpoint or the database fails.
    pub async fn set_traffic(&self, endpoint: &str, traffic: &Traffic) -> Result<(), Error> {
        let (mut tx, before) = self.begin().await?;
        before.get(endpoint)?;
        write_traffic(&mut tx, endpoint, traffic).await?;
        self.commit(tx).await
    }

    /// Deletes an endpoint and its deployments.
    ///
    /// # Errors
    /// Where there is no such endpoint or the database fails.
    pub async fn delete(&self, endpoint: &str) -> Result<(), Error> {
        let (mut tx, before) = self.begin().await?;
        before.get(endpoint)?;
        let name = [Value::from(endpoint)];
        tx.execute("DELETE FROM deployment WHERE endpoint = $1", &name).await?;
        tx.execute("DELETE FROM endpoint WHERE name = $1", &name).await?;
        self.commit(tx).await
    }

    /// Deletes one deployment and gives its requests to the others.
    ///
    /// # Errors
    /// Where there is no such deployment or the database fails.
    pub async fn delete_deployment(&self, endpoint: &str, deployment: &str) -> Result<(), Error> {
        let (mut tx, before) = self.begin().await?;
        let found = before.get(endpoint)?;
        if found.deployment(deployment).is_none() {
            let (endpoint, deployment) = (endpoint.to_owned(), deployment.to_owned());
            return Err(Error::NoDeployment { endpoint, deployment });
        }
        tx.execute(
            "DELETE FROM deployment WHERE endpoint = $1 AND name = $2",
            &[endpoint.into(), deployment.into()],
        )
        .await?;
        write_traffic(&mut tx, endpoint, &found.traffic().without(deployment)).await?;
        self.commit(tx).await
    }

    /// Begins a change, and returns the records as they are then: whoever changes them next, in
    /// this server or another, waits for the end of the transaction.
    pub(crate) async fn begin(&self) -> Result<(Tx, Table), Error> {
        let mut tx = self.db.begin().await?;
        table::raise_revision(&mut tx).await?;
        let before = Table::read(&mut tx).await?;
        Ok((tx, before))
    }

    /// Makes a change visible, in memory as well. What is read before the commit is what holds
    /// after it, since nobody else changes anything meanwhile.
    pub(crate) async fn commit(&self, mut tx: Tx) -> Result<(), Error> {
        let after = Table::read(&mut tx).await?;
        tx.commit().await?;
        self.set(after);
        Ok(())
    }

    fn current(&self) -> Arc<Table> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a table, unless a newer one came first.
    fn set(&self, table: Table) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if table.revision() >= current.revision() {
            *current = Arc::new(table);
        }
    }
}

async fn write_traffic(tx: &mut Tx, endpoint: &str, traffic: &Traffic) -> Result<(), Error> {
    let rows =
        tx.rows("SELECT name FROM deployment WHERE endpoint = $1", &[endpoint.into()]).await?;
    for row in rows {
        let name = row.text("name")?;
        let share = i64::from(traffic.share(&name));
        tx.execute(
            "UPDATE deployment SET traffic = $1 WHERE endpoint = $2 AND name = $3",
            &[share.into(), endpoint.into(), name.into()],
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
