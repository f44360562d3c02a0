//! Several models side by side, and ranked by what was measured.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ModelCard;

/// Models side by side.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CompareView {
    /// The models, as columns.
    pub models: Vec<ModelCard>,
}
