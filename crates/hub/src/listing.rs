//! What hubs say about a repository, and how it becomes files.

use serde::Deserialize;

use crate::{Checksum, Odd, Resolved, SourceFile};

/// The most files of a repository; the largest have a few thousand.
pub(crate) const FILES_MAX: usize = 20_000;

/// `/api/models/{id}/revision/{revision}?blobs=true`.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelInfo {
    pub(crate) sha: String,
    #[serde(default)]
    pub(crate) siblings: Vec<Sibling>,
}

/// A file in [`ModelInfo`].
#[derive(Debug, Deserialize)]
pub(crate) struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

/// An entry of `/api/models/{id}/tree/{revision}?recursive=true`.
#[derive(Debug, Deserialize)]
pub(crate) struct TreeEntry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    size: Option<u64>,
    oid: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Debug, Deserialize)]
struct Lfs {
    #[serde(alias = "oid")]
    sha256: String,
    size: Option<u64>,
}

impl ModelInfo {
    /// Tells whether sizes are there; where they are not, the tree has them.
    pub(crate) fn has_sizes(&self) -> bool {
        self.siblings.iter().all(|sibling| sibling.size.is_some())
    }

    /// Returns the commit, where it is one.
    pub(crate) fn commit(&self) -> Option<&str> {
        let is_hex = self.sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hex && (40..=64).contains(&self.sha.len())).then_some(self.sha.as_str())
    }
}

/// Adds what a [`ModelInfo`] lists.
pub(crate) fn add_siblings(resolved: &mut Resolved, siblings: Vec<Sibling>) {
    for sibling in siblings {
        let Sibling { rfilename, size, blob_id, lfs } = sibling;
        add(resolved, rfilename, size, blob_id, lfs);
    }
}

/// Adds what a page of a tree lists.
pub(crate) fn add_entries(resolved: &mut Resolved, entries: Vec<TreeEntry>) {
    for entry in entries.into_iter().filter(|entry| entry.kind == "file") {
        let TreeEntry { path, size, oid, lfs, .. } = entry;
        add(resolved, path, size, oid, lfs);
    }
}

fn add(
    resolved: &mut Resolved,
    path: String,
    size: Option<u64>,
    git_oid: Option<String>,
    lfs: Option<Lfs>,
) {
    let odd = |why: &str| Odd { path: path.clone(), why: why.to_owned(), hostile: false };
    let listed = match path.parse() {
        Ok(listed) => listed,
        Err(error) => return resolved.odd.push(Odd::from_path(&path, error)),
    };
    let Some(size) = lfs.as_ref().and_then(|lfs| lfs.size).or(size) else {
        return resolved.odd.push(odd("no size is listed"));
    };
    let checksum = match lfs {
        Some(lfs) => match lfs.sha256.parse() {
            Ok(digest) => Some(Checksum::Sha256(digest)),
            Err(_) => return resolved.odd.push(odd("its listed digest is none")),
        },
        None => git_oid.filter(|oid| oid.len() == 40).map(Checksum::GitBlob),
    };
    resolved.files.push(SourceFile { path: listed, size, checksum });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(siblings: &str) -> Resolved {
        let text = format!("{{\"sha\":\"{}\",\"siblings\":{siblings}}}", "a".repeat(40));
        let info: ModelInfo = serde_json::from_str(&text).unwrap();
        let mut resolved = Resolved { revision: String::new(), files: vec![], odd: vec![] };
        add_siblings(&mut resolved, info.siblings);
        resolved
    }

    #[test]
    fn a_digest_is_of_the_sort_that_the_hub_gives() {
        let oid = "b".repeat(40);
        let files = listed(&format!(
            "[{{\"rfilename\":\"a\",\"size\":1,\"blobId\":\"{oid}\"}},\
             {{\"rfilename\":\"b\",\"size\":2,\"lfs\":{{\"sha256\":\"{}\",\"size\":2}}}}]",
            "c".repeat(64)
        ))
        .files;
        assert_eq!(files[0].checksum, Some(Checksum::GitBlob(oid)));
        assert!(matches!(files[1].checksum, Some(Checksum::Sha256(_))));
    }

    #[test]
    fn what_cannot_be_a_file_is_odd_and_says_why() {
        let check = |sibling: &str, why: &str, hostile: bool| {
            let odd = &listed(&format!("[{sibling}]")).odd[0];
            assert!(odd.why.contains(why) && odd.hostile == hostile, "{odd:?}");
        };
        check(r#"{"rfilename":"../a","size":1}"#, "leads out", true);
        check(r#"{"rfilename":"/etc/passwd","size":1}"#, "absolute", true);
        check(r#"{"rfilename":"..\\a","size":1}"#, "not allowed", true);
        check(r#"{"rfilename":"a:b","size":1}"#, "not allowed", false);
        check(r#"{"rfilename":"a"}"#, "no size", false);
        check(r#"{"rfilename":"a","size":1,"lfs":{"sha256":"x"}}"#, "digest", false);
    }
}
