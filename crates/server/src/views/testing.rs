//! What the tests of several views need.

use catalog::VersionRecord;
use serde_json::Value;

/// Returns a version that has nothing but a name and an origin.
pub fn version_record(version: &str, origin: Value) -> VersionRecord {
    VersionRecord {
        version: version.parse().unwrap(),
        manifest: None,
        size_bytes: 0,
        facts: None,
        parent: None,
        origin,
        created_ms: 0,
    }
}
