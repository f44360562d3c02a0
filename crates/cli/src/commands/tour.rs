//! `modeldex tour`.

use domain::Fault;

use crate::args::{Global, Tour};

/// Does the main job on built-in samples.
///
/// # Errors
/// Where a step fails.
pub async fn run(_global: &Global, _options: &Tour) -> Result<(), Fault> {
    Ok(())
}
