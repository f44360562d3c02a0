//! Compares a model with itself in fewer bits.

use std::ops::ControlFlow;
use std::sync::Arc;

use api::ParityRequest;
use deploy::parity::{self, Job};
use domain::{Fault, Kind};
use jobs::Context;
use native::Quantize;
use native::parity::Progress;
use serde_json::{Value, json};

use super::job::{blocking, data_file, open};
use crate::app::Stores;

pub(super) async fn parity(
    stores: &Stores,
    context: Context,
    request: ParityRequest,
) -> Result<Value, Fault> {
    let opened = open(stores, &request.model).await?;
    let quantize: Quantize = request
        .quantize
        .parse()
        .map_err(|error: native::weights::UnknownQuantize| Fault::wrap(Kind::Invalid, error))?;
    let data = match &request.data {
        Some(source) => Some((data_file(stores, source).await?.0, request.map.into())),
        None => None,
    };
    let job = Job { model_dir: opened.dir, quantize, data };
    let clock = Arc::clone(&stores.clock);
    context.stage(0, None, "tokens", "loading the model");
    let mut watch = move |progress: Progress| follow(&context, progress);
    let report = blocking(move || Ok(parity::run(&job, clock.as_ref(), &mut watch)?)).await?;
    let mut result = json!(report);
    result["model"] = json!(opened.model);
    result["summary"] = json!(report.summary());
    Ok(result)
}

/// Tells a job how far it is, and whether to go on.
fn follow(context: &Context, progress: Progress) -> ControlFlow<()> {
    let message = match progress.quantize {
        None => "reading with the weights of the files".to_owned(),
        Some(quantize) => format!("reading with {quantize}"),
    };
    context.stage(progress.done as u64, Some(progress.total as u64), "tokens", &message);
    if context.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
