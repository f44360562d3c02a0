//! Bytes by their digest: blobs, the manifests that name them, and folders made of both.
//!
//! Blobs lie in a folder or in an S3 bucket. Nothing is ever changed in place: a blob that is
//! there is whole, and a manifest's digest is the identity of a model's files.

mod adopt;
mod bucket;
mod error;
mod file_path;
mod garbage;
mod hashing;
mod manifest;
mod open;
mod store;
mod view;

pub use error::Error;
pub use file_path::{FilePath, FilePathError};
pub use garbage::{Garbage, Swept};
pub use hashing::{Hasher, digest_file};
pub use manifest::{Manifest, ManifestFile};
pub use store::{Assets, BlobStream};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
