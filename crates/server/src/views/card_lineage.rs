//! The lineage of a model, looked up step by step in the catalog.

use api::{LineageEdge, LineageNode, LineageView};
use catalog::{EvaluationRecord, ModelRecord, VersionRecord};
use discover::lineage::{self, Graph, Known, Taught};
use domain::{CollectionName, Fault, ModelName, ModelRef};

use crate::app::App;

/// Figures of a model that are told: its newest evaluations.
const MEASURED_MAX: usize = 2;
/// Where listings of a hub are.
const HUB: &str = "hub";
/// Metrics that people ask for first.
const FIRST: [&str; 3] = ["accuracy", "f1_macro", "exact_match"];

/// Draws up where a model came from and what was made from it.
///
/// # Errors
/// Where there is no such model, or the catalog cannot be read.
pub async fn lineage_view(app: &App, model: &ModelRef) -> Result<LineageView, Fault> {
    app.record(model).await?;
    let newest = app.catalog.get_version(model).await?;
    let root = match newest {
        Some(version) => ModelRef::latest(model.collection.clone(), model.name.clone())
            .at(version.version)
            .to_string(),
        None => model.unversioned(),
    };
    let mut graph = Graph::new(&root);
    while let Some((at, name)) = graph.ask() {
        graph.learn(at, look_up(app, &name).await?);
    }
    Ok(view(&graph))
}

/// Says what the catalog knows of a model; `None` where it has no such model.
async fn look_up(app: &App, name: &str) -> Result<Option<Known>, Fault> {
    let Ok(model) = name.parse::<ModelRef>() else { return Ok(None) };
    let Some(record) = app.catalog.get_model(&model.collection, &model.name).await? else {
        return Ok(None);
    };
    let version = match &model.version {
        Some(_) => app.catalog.get_version(&model).await?,
        None => None,
    };
    let children = app.catalog.children(&model).await?;
    let evaluations = app.catalog.evaluations(&model).await?;
    Ok(Some(Known {
        taught_on: version.as_ref().and_then(taught),
        measured: evaluations.iter().filter_map(measured).take(MEASURED_MAX).collect(),
        created_ms: version.as_ref().map(|version| version.created_ms),
        parents: parents(app, &record, version.as_ref()).await?,
        children: children.into_iter().map(|(child, _)| child.to_string()).collect(),
    }))
}

/// Returns what a version was made from; of what was not made here, what its listing says.
async fn parents(
    app: &App,
    record: &ModelRecord,
    version: Option<&VersionRecord>,
) -> Result<Vec<String>, Fault> {
    if let Some(parent) = version.and_then(|version| version.parent.as_ref()) {
        return Ok(vec![parent.to_string()]);
    }
    let mut parents = Vec::new();
    for id in lineage::base_models(&record.keywords) {
        parents.push(listed(app, &id).await?.unwrap_or(id));
    }
    Ok(parents)
}

/// Finds the listing of a hub's id.
async fn listed(app: &App, id: &str) -> Result<Option<String>, Fault> {
    let names = (HUB.parse::<CollectionName>(), id.parse::<ModelName>());
    if let (Ok(collection), Ok(name)) = names
        && let Some(record) = app.catalog.get_model(&collection, &name).await?
    {
        return Ok(Some(record.model().to_string()));
    }
    let of_id = |record: &&ModelRecord| record.hub_id.as_deref() == Some(id);
    let curated = catalog::curated::records().iter().find(of_id);
    Ok(curated.map(|record| record.model().to_string()))
}

/// Reads which data taught a version, from what was written down when it was made.
fn taught(version: &VersionRecord) -> Option<Taught> {
    let data = version.origin.get("data")?;
    let text = |names: &[&str]| {
        names.iter().find_map(|name| data.pointer(name)?.as_str()).map(str::to_owned)
    };
    let digest = text(&["/digest", "/train/digest", "/sha256"]);
    let name = text(&["/name", "/train/name"]).or_else(|| digest.clone())?;
    Some(Taught { name, digest })
}

/// Writes an evaluation's first figure.
fn measured(record: &EvaluationRecord) -> Option<String> {
    let metrics = record.metrics.as_object()?;
    let first = FIRST.iter().find_map(|name| Some((*name, metrics.get(*name)?.as_f64()?)));
    let any = || metrics.iter().find_map(|(name, value)| Some((name.as_str(), value.as_f64()?)));
    let (name, value) = first.or_else(any)?;
    Some(format!("{} {value:.4} on {}", name.replace('_', " "), record.data_name))
}

fn view(graph: &Graph) -> LineageView {
    let node = |node: &lineage::Node| LineageNode {
        model: node.name.clone(),
        known: node.known,
        generation: node.generation,
        measured: node.measured.clone(),
        created_ms: node.created_ms,
    };
    let edge = |(from, to): &(usize, usize)| {
        let taught = graph.nodes[*to].taught_on.as_ref();
        LineageEdge {
            from: *from,
            to: *to,
            data_name: taught.map(|data| data.name.clone()),
            data_digest: taught.and_then(|data| data.digest.clone()),
        }
    };
    LineageView {
        nodes: graph.nodes.iter().map(node).collect(),
        edges: graph.edges.iter().map(edge).collect(),
        cut: graph.cut,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::version_record;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_data_that_taught_a_version_is_named() {
        let origin = json!({ "data": { "name": "a.csv", "digest": "ab" } });
        let data = taught(&version_record("1", origin));
        assert_eq!(data, Some(Taught { name: "a.csv".into(), digest: Some("ab".into()) }));
        assert_eq!(taught(&version_record("1", json!({ "kind": "import" }))), None);
        assert_eq!(taught(&version_record("1", Value::Null)), None);
    }
}
