//! What only folders do.

use domain::{Fault, Kind};
use hub::{FolderSource, Source};
use testkit::tiny_encoder;

use crate::{find, folder_of, read};

#[tokio::test]
async fn what_is_no_folder_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    std::fs::write(&file, b"x").unwrap();
    let check = async |path: &std::path::Path, kind: Kind, why: &str| {
        let fault = Fault::from(FolderSource::new(path).resolve(None).await.unwrap_err());
        assert_eq!(fault.kind(), kind);
        assert!(fault.chain().contains(why), "{}", fault.chain());
    };
    check(&file, Kind::Invalid, "it is not a folder").await;
    check(&dir.path().join("absent"), Kind::NotFound, "No such file").await;
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_an_error() {
    let (source, dir) = folder_of(&tiny_encoder(1));
    let (revision, file) = find(&source, "README.md").await;
    let path = dir.path().join("README.md");
    let opened = source.open(&revision, &file, None).await.unwrap();
    std::fs::write(&path, vec![b'x'; file.size as usize + 1]).unwrap();
    let error = read(opened).await.unwrap_err().to_string();
    assert!(error.ends_with("changed while it was read"), "{error}");
    let error = source.open(&revision, &file, None).await.unwrap_err().to_string();
    assert!(error.ends_with("changed while it was read"), "{error}");
    assert_ne!(source.resolve(None).await.unwrap().revision, revision);
}

#[cfg(unix)]
#[tokio::test]
async fn links_out_of_the_folder_are_odd_and_links_inside_are_files() {
    use std::os::unix::fs::symlink;

    let (source, dir) = folder_of(&tiny_encoder(1));
    symlink("/etc/passwd", dir.path().join("vocab.txt")).unwrap();
    symlink("README.md", dir.path().join("card.md")).unwrap();
    symlink("nowhere", dir.path().join("broken.json")).unwrap();
    symlink("/etc", dir.path().join("folder")).unwrap();
    let resolved = source.resolve(None).await.unwrap();
    let odd: Vec<&str> = resolved.odd.iter().map(|odd| odd.path.as_str()).collect();
    assert_eq!(odd, ["broken.json", "folder", "vocab.txt"]);
    assert!(resolved.files.iter().any(|file| file.path.as_str() == "card.md"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_snapshot_in_the_cache_of_the_official_client_is_a_folder() {
    let (_, cache) = folder_of(&testkit::Files::from([("blobs/abc".to_owned(), b"{}".to_vec())]));
    let snapshot = cache.path().join("snapshots/main");
    std::fs::create_dir_all(&snapshot).unwrap();
    std::os::unix::fs::symlink("../../blobs/abc", snapshot.join("config.json")).unwrap();
    let source = FolderSource::new(&snapshot);
    let (revision, file) = find(&source, "config.json").await;
    let opened = source.open(&revision, &file, None).await.unwrap();
    assert_eq!(read(opened).await.unwrap(), b"{}");
}
