//! Endpoints and deployments as they are kept in the database.

use std::sync::Arc;

use db::{Db, Row, Value};
use domain::{Clock, Millis, ResourceName};

use crate::{DeploymentPlan, Error, Traffic};

/// The records of endpoints and deployments.
#[derive(Clone)]
pub struct Endpoints {
    pub(crate) db: Db,
    clock: Arc<dyn Clock>,
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
    /// Keeps the records in `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Returns every endpoint, sorted by name.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn list(&self) -> Result<Vec<Endpoint>, Error> {
        let names =
            self.db.rows("SELECT name, created_ms FROM endpoint ORDER BY name", &[]).await?;
        let rows = self
            .db
            .rows(
                "SELECT endpoint, name, options, traffic, created_ms FROM deployment \
                 ORDER BY endpoint, name",
                &[],
            )
            .await?;
        names
            .iter()
            .map(|row| {
                let name = row.text("name")?;
                let own = rows.iter().filter(|row| row.text("endpoint").is_ok_and(|e| e == name));
                let deployments = own.map(read_deployment).collect::<Result<_, _>>()?;
                read_endpoint(&name, row.int("created_ms")?, deployments)
            })
            .collect()
    }

    /// Returns one endpoint.
    ///
    /// # Errors
    /// Where there is none of that name, or as for [`Endpoints::list`].
    pub async fn get(&self, name: &str) -> Result<Endpoint, Error> {
        let all = self.list().await?;
        let found = all.into_iter().find(|endpoint| endpoint.name.as_str() == name);
        found.ok_or_else(|| Error::NoEndpoint { name: name.to_owned() })
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
        let before = match self.get(endpoint.as_str()).await {
            Ok(endpoint) => endpoint.traffic(),
            Err(Error::NoEndpoint { .. }) => Traffic::default(),
            Err(error) => return Err(error),
        };
        let share = share.unwrap_or_else(|| before.share(deployment.as_str()));
        let after = before.with(deployment.as_str(), share);
        let mut tx = self.db.begin().await?;
        tx.execute(
            "INSERT INTO endpoint (name, created_ms) VALUES ($1, $2) \
             ON CONFLICT (name) DO NOTHING",
            &[endpoint.as_str().into(), now.into()],
        )
        .await?;
        let options = serde_json::to_string(plan)
            .map_err(|error| stored(deployment.as_str(), &error.to_string()))?;
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
        Ok(tx.commit().await?)
    }

    /// Shares the requests of an endpoint anew.
    ///
    /// # Errors
    /// Where there is no such endpoint or the database fails.
    pub async fn set_traffic(&self, endpoint: &str, traffic: &Traffic) -> Result<(), Error> {
        self.get(endpoint).await?;
        let mut tx = self.db.begin().await?;
        write_traffic(&mut tx, endpoint, traffic).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes an endpoint and its deployments.
    ///
    /// # Errors
    /// Where there is no such endpoint or the database fails.
    pub async fn delete(&self, endpoint: &str) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let name = [Value::from(endpoint)];
        tx.execute("DELETE FROM deployment WHERE endpoint = $1", &name).await?;
        let deleted = tx.execute("DELETE FROM endpoint WHERE name = $1", &name).await?;
        if deleted == 0 {
            return Err(Error::NoEndpoint { name: endpoint.to_owned() });
        }
        Ok(tx.commit().await?)
    }

    /// Deletes one deployment and gives its requests to the others.
    ///
    /// # Errors
    /// Where there is no such deployment or the database fails.
    pub async fn delete_deployment(&self, endpoint: &str, deployment: &str) -> Result<(), Error> {
        let found = self.get(endpoint).await?;
        if found.deployment(deployment).is_none() {
            let (endpoint, deployment) = (endpoint.to_owned(), deployment.to_owned());
            return Err(Error::NoDeployment { endpoint, deployment });
        }
        let mut tx = self.db.begin().await?;
        tx.execute(
            "DELETE FROM deployment WHERE endpoint = $1 AND name = $2",
            &[endpoint.into(), deployment.into()],
        )
        .await?;
        write_traffic(&mut tx, endpoint, &found.traffic().without(deployment)).await?;
        Ok(tx.commit().await?)
    }
}

async fn write_traffic(tx: &mut db::Tx, endpoint: &str, traffic: &Traffic) -> Result<(), Error> {
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

fn stored(name: &str, why: &str) -> Error {
    Error::Stored { name: name.to_owned(), why: why.to_owned() }
}

fn read_endpoint(
    name: &str,
    created_ms: Millis,
    deployments: Vec<Deployment>,
) -> Result<Endpoint, Error> {
    let parsed =
        name.parse().map_err(|error: domain::NameError| stored(name, &error.to_string()))?;
    Ok(Endpoint { name: parsed, deployments, created_ms })
}

fn read_deployment(row: &Row) -> Result<Deployment, Error> {
    let name = row.text("name")?;
    let plan = serde_json::from_str(&row.text("options")?)
        .map_err(|error| stored(&name, &error.to_string()))?;
    let traffic = u8::try_from(row.int("traffic")?)
        .map_err(|_| stored(&name, "its traffic is not a percentage"))?;
    let parsed =
        name.parse().map_err(|error: domain::NameError| stored(&name, &error.to_string()))?;
    Ok(Deployment { name: parsed, plan, traffic, created_ms: row.int("created_ms")? })
}
