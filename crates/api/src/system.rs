//! The server itself, and files that were sent to it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerInfo {
    /// Always `modeldex`.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// Whether reaching out is switched off.
    pub offline: bool,
}

/// A file that is stored under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredFile {
    /// Hexadecimal SHA-256.
    pub digest: String,
    /// The name that it was sent with.
    pub name: String,
    /// Bytes.
    pub size_bytes: u64,
}
