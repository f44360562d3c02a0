//! The records on both databases.

mod store;
