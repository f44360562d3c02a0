//! Runs a sync: from a hub, another Modeldex or a provider into a collection.

use discover::sync::{Filter, Job, SourceKind};
use domain::{CollectionName, Fault};
use jobs::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::Stores;
use crate::config::Config;

/// What the route fixed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyncPayload {
    /// Where the models are listed.
    pub collection: CollectionName,
    /// What sort of source it is.
    pub kind: SourceKind,
    /// Its address; named as in imports, so that a token is only sent to where it belongs.
    pub hub_url: String,
    /// Which of its models.
    pub filter: Filter,
    /// How many at most.
    pub limit: Option<u64>,
    /// Whether everything is listed again.
    pub full: bool,
}

pub(super) async fn sync(
    stores: &Stores,
    config: &Config,
    context: Context,
    payload: SyncPayload,
) -> Result<Value, Fault> {
    let job = Job {
        collection: payload.collection,
        kind: payload.kind,
        url: payload.hub_url,
        token: config.hub_token.clone(),
        filter: payload.filter,
        limit: payload.limit,
        full: payload.full,
        now_ms: stores.clock.now_ms(),
    };
    let done = discover::sync::run(&job, &stores.catalog, &context).await?;
    Ok(json!(done))
}
