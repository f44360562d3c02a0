//! What a caller may rely on, whatever the source.

use hub::{Checksum, Resume, Source};
use testkit::{Files, tiny_encoder};

use crate::{Bench, find, folder_of, read};

/// Runs one check for each implementation.
macro_rules! each {
    ($check:path) => {
        let files = tiny_encoder(1);
        let bench = Bench::new().await;
        $check(&bench.source(), &files).await;
        let (folder, _dir) = folder_of(&files);
        $check(&folder, &files).await;
    };
}

#[tokio::test]
async fn every_file_is_listed_with_its_size_and_reads_back() {
    async fn check(source: &impl Source, files: &Files) {
        let resolved = source.resolve(None).await.unwrap();
        let listed: Vec<&str> = resolved.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(listed, files.keys().collect::<Vec<_>>(), "sorted, at {}", source.place());
        assert_eq!(resolved.odd, []);
        for file in &resolved.files {
            let bytes = &files[file.path.as_str()];
            assert_eq!(file.size, bytes.len() as u64);
            let opened = source.open(&resolved.revision, file, None).await.unwrap();
            assert_eq!((opened.from, read(opened).await.unwrap()), (0, bytes.clone()));
        }
    }
    each!(check);
}

#[tokio::test]
async fn a_pinned_revision_resolves_to_itself() {
    async fn check(source: &impl Source, _: &Files) {
        let first = source.resolve(None).await.unwrap();
        assert_eq!(source.resolve(Some(&first.revision)).await.unwrap(), first);
        assert_eq!(first.revision.len(), 40);
    }
    each!(check);
}

#[tokio::test]
async fn a_file_goes_on_where_an_attempt_stopped() {
    async fn check(source: &impl Source, files: &Files) {
        for path in ["model.safetensors", "tokenizer.json", "README.md"] {
            let (revision, file) = find(source, path).await;
            let etag = source.open(&revision, &file, None).await.unwrap().etag.unwrap();
            for from in [1, file.size - 1] {
                let resume = Some(Resume { from, etag: etag.clone() });
                let opened = source.open(&revision, &file, resume).await.unwrap();
                assert_eq!(opened.from, from);
                assert_eq!(read(opened).await.unwrap(), files[path][from as usize..]);
            }
        }
    }
    each!(check);
}

#[tokio::test]
async fn a_file_with_another_tag_begins_anew() {
    async fn check(source: &impl Source, files: &Files) {
        for path in ["model.safetensors", "README.md"] {
            let (revision, file) = find(source, path).await;
            for etag in ["\"other\"", "not\na header"] {
                let resume = Some(Resume { from: 7, etag: etag.to_owned() });
                let opened = source.open(&revision, &file, resume).await.unwrap();
                assert_eq!(opened.from, 0);
                assert_eq!(read(opened).await.unwrap(), files[path]);
            }
        }
    }
    each!(check);
}

#[tokio::test]
async fn a_listed_size_that_is_not_true_is_an_error() {
    async fn check(source: &impl Source, _: &Files) {
        let (revision, file) = find(source, "README.md").await;
        for size in [file.size - 1, file.size + 1] {
            let wrong = hub::SourceFile { size, ..file.clone() };
            let read = match source.open(&revision, &wrong, None).await {
                Ok(opened) => read(opened).await.map(|_| ()),
                Err(error) => Err(error),
            };
            assert!(!read.unwrap_err().may_pass());
        }
    }
    each!(check);
}

#[tokio::test]
async fn an_unknown_revision_and_an_absent_file_are_errors() {
    async fn check(source: &impl Source, _: &Files) {
        source.resolve(Some("no-such-revision")).await.unwrap_err();
        let (revision, mut file) = find(source, "README.md").await;
        file.path = "absent.json".parse().unwrap();
        source.open(&revision, &file, None).await.unwrap_err();
    }
    each!(check);
}

#[tokio::test]
async fn a_hub_says_what_files_hold_and_the_tree_agrees() {
    let bench = Bench::new().await;
    let from_info = bench.source().resolve(None).await.unwrap();
    let checksum = |path: &str| {
        let mut files = from_info.files.iter();
        files.find(|file| file.path.as_str() == path).unwrap().checksum.clone()
    };
    assert!(matches!(checksum("model.safetensors"), Some(Checksum::Sha256(_))));
    assert!(matches!(checksum("README.md"), Some(Checksum::GitBlob(_))));
    bench.hub.hide_sizes(crate::ID);
    assert_eq!(bench.source().resolve(None).await.unwrap(), from_info);
    assert!(bench.hub.seen().iter().any(|seen| seen.path.contains("cursor=3")), "pages are turned");
}
