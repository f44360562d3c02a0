//! The error envelope.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every failed answer under `/api/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The stable code: `invalid`, `not_found`, `exists`, `conflict`, `unsupported`, `denied`,
    /// `unauthenticated`, `busy`, `unavailable` or `internal`.
    pub code: String,
    /// One sentence with its causes.
    pub message: String,
    /// What to do next, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Names this answer in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
