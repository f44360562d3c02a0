//! From a location, a folder or `s3://bucket/prefix`, to the store behind it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::store::Home;
use crate::{Error, Result};

/// Where blobs are kept.
pub(crate) struct Place {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) home: Home,
}

/// Returns the options for buckets that stand in the environment, under the names that every tool
/// for S3 knows: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, …
pub(crate) fn from_environment() -> BTreeMap<String, String> {
    let known = |name: &str| name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().is_ok();
    let all = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    all.filter(|(name, _)| name.starts_with("AWS_") && known(name)).collect()
}

/// Opens a folder, making it where it is absent, or a bucket.
pub(crate) fn place(
    location: &str,
    data_dir: &Path,
    options: &BTreeMap<String, String>,
) -> Result<Place> {
    if location.starts_with("s3://") {
        let objects = bucket(location, options)?;
        return Ok(Place { objects, home: Home::Bucket { cache: data_dir.join("cache") } });
    }
    if let Some((scheme, _)) = location.split_once("://") {
        let why = format!("`{scheme}` is not a kind of store");
        return Err(Error::Location { location: scheme.to_owned(), why });
    }
    let folder = PathBuf::from(location);
    std::fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
    let folder = folder.canonicalize().map_err(Error::io("open", &folder))?;
    let objects = LocalFileSystem::new_with_prefix(&folder)
        .map_err(|error| wrong(location, &error))?
        .with_fsync(true);
    Ok(Place { objects: Arc::new(objects), home: Home::Folder(folder) })
}

/// Opens a bucket. Options may stand in the query of the URL too, such as `?endpoint=…&region=…`;
/// keys belong into `options`, which no error message shows.
fn bucket(location: &str, options: &BTreeMap<String, String>) -> Result<Arc<dyn ObjectStore>> {
    // The store's own connector asks for the provider of the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = Url::parse(location).map_err(|error| wrong("s3://…", &error))?;
    let name = url.host_str().unwrap_or_default();
    let shown = format!("s3://{name}{}", url.path());
    let mut builder = AmazonS3Builder::new().with_bucket_name(name);
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let given = options.iter().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in query.into_iter().chain(given) {
        let key: AmazonS3ConfigKey = name.to_ascii_lowercase().parse().map_err(|_| {
            Error::Location { location: shown.clone(), why: format!("no option `{name}` is known") }
        })?;
        if key == AmazonS3ConfigKey::Endpoint && value.starts_with("http://") {
            builder = builder.with_allow_http(true);
        }
        builder = builder.with_config(key, value);
    }
    let store = builder.build().map_err(|error| wrong(&shown, &error))?;
    match url.path().trim_matches('/') {
        "" => Ok(Arc::new(store)),
        prefix => Ok(Arc::new(PrefixStore::new(store, prefix))),
    }
}

fn wrong(location: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Location { location: location.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_that_is_no_store_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let check = |location: &str, why: &str| {
            let options = BTreeMap::from([("secret_access_key".to_owned(), "s3cret".to_owned())]);
            let error = place(location, dir.path(), &options).err().unwrap().to_string();
            assert!(error.contains(why) && !error.contains("s3cret"), "{location}: {error}");
        };
        check("gs://bucket", "`gs` is not a kind of store");
        check("s3://bucket/models?colour=red", "no option `colour` is known");
        check("/proc/nowhere/blobs", "cannot make `/proc/nowhere/blobs`");
    }

    #[test]
    fn a_bucket_takes_a_prefix_and_an_endpoint() {
        let options = BTreeMap::from([
            ("AWS_ACCESS_KEY_ID".to_owned(), "id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "key".to_owned()),
        ]);
        let location = "s3://models/team/a?endpoint=http://127.0.0.1:9000&region=here";
        let place = place(location, Path::new("/tmp"), &options).unwrap();
        assert!(place.objects.to_string().contains("team/a"), "{}", place.objects);
    }
}
