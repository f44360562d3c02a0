//! Adapters of deployments: models of the workspace that a deployed one goes with on demand.

use std::collections::BTreeMap;

use domain::{ModelRef, ResourceName};

use crate::{Deployment, DeploymentPlan, Endpoint, Endpoints, Error, Traffic, table};

/// Most adapters of one deployment: each is a line of a list and of the deployment's record.
const ADAPTERS_MAX: u64 = 1_000;

/// Adapters by the names that clients ask for, each at a fixed version.
pub type Adapters = BTreeMap<ResourceName, ModelRef>;

/// Splits what a client calls a model, `endpoint` or `endpoint:adapter`.
pub fn split_name(model: &str) -> (&str, Option<&str>) {
    match model.split_once(':') {
        Some((endpoint, adapter)) => (endpoint, Some(adapter)),
        None => (model, None),
    }
}

impl DeploymentPlan {
    /// Tells whether the model can go with adapters.
    pub fn takes_adapters(&self) -> bool {
        self.process.is_none() && self.task.generates_text()
    }

    /// Checks the adapters against what can be.
    ///
    /// # Errors
    /// Where a command serves the model, it does not write text, or there are too many.
    pub fn check_adapters(&self) -> Result<(), Error> {
        let (field, value, most) = ("adapters", self.adapters.len() as u64, ADAPTERS_MAX);
        match value {
            0 => Ok(()),
            _ if self.process.is_some() => {
                Err(Error::Command { why: "it takes no adapters: tell it by argument".into() })
            }
            _ if !self.takes_adapters() => Err(Error::Adapters { task: self.task }),
            _ if value > most => Err(Error::Range { field, value, least: 0, most }),
            _ => Ok(()),
        }
    }
}

impl Deployment {
    /// Checks that the deployment has an adapter of that name.
    ///
    /// # Errors
    /// Where it has not; those that it has are named.
    pub fn check_adapter(&self, name: &str) -> Result<(), Error> {
        check(self.name.as_str(), &self.plan.adapters, name)
    }
}

impl Endpoint {
    /// Lists the adapters of all its deployments.
    pub fn adapters(&self) -> Adapters {
        let all = self.deployments.iter().flat_map(|one| &one.plan.adapters);
        all.map(|(name, model)| (name.clone(), model.clone())).collect()
    }

    /// Checks that one of its deployments has an adapter of that name.
    ///
    /// # Errors
    /// Where none has; those that there are, are named.
    pub fn check_adapter(&self, name: &str) -> Result<(), Error> {
        check(self.name.as_str(), &self.adapters(), name)
    }

    /// Returns the shares of the deployments that have an adapter.
    ///
    /// # Errors
    /// Where none has; those that there are, are named.
    pub fn traffic_with(&self, adapter: &str) -> Result<Traffic, Error> {
        let (able, others): (Vec<_>, Vec<_>) =
            self.deployments.iter().partition(|one| one.check_adapter(adapter).is_ok());
        self.check_adapter(adapter)?;
        let without = |traffic: Traffic, one: &&Deployment| traffic.without(one.name.as_str());
        let traffic = others.iter().fold(self.traffic(), without);
        // Asked for by its name, an adapter answers though no other request goes there.
        Ok(match able.first().filter(|_| traffic.is_empty()) {
            Some(first) => traffic.with(first.name.as_str(), 100),
            None => traffic,
        })
    }
}

impl Endpoints {
    /// Changes the adapters of a deployment and returns its plan as it is then.
    ///
    /// # Errors
    /// Where there is no such deployment, it cannot have these, or the database fails.
    pub async fn change_adapters(
        &self,
        [endpoint, deployment]: [&str; 2],
        change: impl FnOnce(&mut Adapters),
    ) -> Result<DeploymentPlan, Error> {
        let (mut tx, before) = self.begin().await?;
        let found = before.get(endpoint).ok().and_then(|found| found.deployment(deployment));
        let Some(found) = found else {
            let (endpoint, deployment) = (endpoint.to_owned(), deployment.to_owned());
            return Err(Error::NoDeployment { endpoint, deployment });
        };
        let mut plan = found.plan.clone();
        change(&mut plan.adapters);
        plan.check_adapters()?;
        let options =
            serde_json::to_string(&plan).map_err(|error| table::stored(deployment, error))?;
        let update = "UPDATE deployment SET options = $1 WHERE endpoint = $2 AND name = $3";
        tx.execute(update, &[options.into(), endpoint.into(), deployment.into()]).await?;
        self.commit(tx).await?;
        Ok(plan)
    }
}

fn check(endpoint: &str, adapters: &Adapters, adapter: &str) -> Result<(), Error> {
    if adapters.keys().any(|own| own.as_str() == adapter) {
        return Ok(());
    }
    let names: Vec<String> = adapters.keys().map(|name| format!("`{name}`")).collect();
    let has = match names.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", names.join(", ")),
    };
    Err(Error::NoAdapter { endpoint: endpoint.to_owned(), adapter: adapter.to_owned(), has })
}

#[cfg(test)]
mod tests {
    use domain::Task;

    use super::*;

    fn deployment(name: &str, traffic: u8, adapters: &[&str]) -> Deployment {
        let adapter = |name: &&str| (name.parse().unwrap(), "workspace/a@1".parse().unwrap());
        let plan = DeploymentPlan {
            model: "workspace/base@1".parse().unwrap(),
            task: Task::TextGeneration,
            replicas: 1,
            queue_max: 64,
            quantize: None,
            engine: crate::EngineOptions::default(),
            process: None,
            adapters: adapters.iter().map(adapter).collect(),
        };
        Deployment { name: name.parse().unwrap(), plan, traffic, created_ms: 0 }
    }

    fn endpoint(deployments: Vec<Deployment>) -> Endpoint {
        Endpoint { name: "chat".parse().unwrap(), deployments, created_ms: 0 }
    }

    #[test]
    fn an_adapter_is_asked_where_it_is() {
        let check = |adapter: &str, expected: &[(&str, u8)]| {
            let endpoint = endpoint(vec![
                deployment("blue", 50, &["poet", "pirate"]),
                deployment("green", 50, &["poet"]),
                deployment("red", 0, &["late"]),
            ]);
            let traffic = endpoint.traffic_with(adapter).unwrap();
            let found = ["blue", "green", "red"].map(|name| (name, traffic.share(name)));
            let found: Vec<_> = found.into_iter().filter(|(_, share)| *share > 0).collect();
            assert_eq!(found, expected, "{adapter}");
        };
        check("poet", &[("blue", 50), ("green", 50)]);
        check("pirate", &[("blue", 100)]);
        check("late", &[("red", 100)]);
    }

    #[test]
    fn a_missing_adapter_names_those_that_are_there() {
        let check = |adapters: &[&str], expected: &str| {
            let endpoint = endpoint(vec![deployment("blue", 100, adapters)]);
            assert_eq!(endpoint.traffic_with("poem").unwrap_err().to_string(), expected);
        };
        check(&["poet", "bard"], "`chat` has no adapter `poem`: it has `bard`, `poet`");
        check(&[], "`chat` has no adapter `poem`: it has none");
    }

    #[test]
    fn a_name_has_up_to_two_parts() {
        assert_eq!(split_name("chat"), ("chat", None));
        assert_eq!(split_name("chat:poet"), ("chat", Some("poet")));
        assert_eq!(split_name("chat:"), ("chat", Some("")));
        assert_eq!(split_name("chat:a:b"), ("chat", Some("a:b")));
    }
}
