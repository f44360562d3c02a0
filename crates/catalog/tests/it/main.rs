//! The records on both databases, and asset folders on disk.

mod azure;
mod azure_real;
mod store;
