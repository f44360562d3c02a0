//! What happens when bytes rot, disks are odd, or a process died in the middle.

use std::collections::HashSet;
use std::sync::Arc;

use assets::{Assets, Garbage};
use domain::{Kind, Millis};
use object_store::memory::InMemory;
use object_store::{ObjectStoreExt, path::Path as Key};

use crate::{Stand, digest, files_below};

fn key(bytes: &[u8]) -> String {
    let digest = digest(bytes);
    let (start, rest) = digest.as_str().split_at(2);
    format!("blobs/sha256/{start}/{rest}")
}

#[tokio::test]
async fn a_rotten_blob_is_found_and_replaced_by_putting_it_again() {
    let stand = Stand::folder();
    let (put, _) = stand.assets.put_file(&stand.file("a", b"weights")).await.unwrap();
    let blob = stand.dir.path().join("assets").join(key(b"weights"));
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, b"weighty").unwrap();
    let error = stand.assets.verify(&put).await.unwrap_err();
    assert!(error.to_string().contains("is damaged: its bytes have the digest"), "{error}");
    let fault = domain::Fault::from(error);
    assert_eq!(fault.kind(), Kind::Unavailable);
    assert!(fault.hint_text().unwrap().contains("import the model again"));
    stand.assets.put_file(&stand.file("a", b"weights")).await.unwrap();
    stand.assets.verify(&put).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_view_of_a_rotten_blob_is_made_anew_once_the_blob_is_replaced() {
    let stand = Stand::folder();
    let weights = stand.file("model/a", b"weights");
    let folder = stand.dir.path().join("given/model");
    let (put, _) = stand.assets.put_folder(&folder).await.unwrap();
    let view = stand.assets.model_dir(&put).await.unwrap();
    let other = stand.assets.put_folder(stand.file("other/b", b"b").parent().unwrap()).await;
    let other = stand.assets.model_dir(&other.unwrap().0).await.unwrap();
    let blob = stand.dir.path().join("assets").join(key(b"weights"));
    std::fs::remove_file(&blob).unwrap();
    std::fs::remove_file(view.join("a")).unwrap();
    std::fs::write(&blob, b"weighty").unwrap();
    std::fs::hard_link(&blob, view.join("a")).unwrap();
    stand.assets.put_file(&weights).await.unwrap();
    assert!(!view.exists() && other.exists());
    let view = stand.assets.model_dir(&put).await.unwrap();
    assert_eq!(std::fs::read(view.join("a")).unwrap(), b"weights");
}

#[tokio::test]
async fn a_shortened_blob_is_not_linked_into_a_view() {
    let stand = Stand::folder();
    stand.file("model/a", b"weights");
    let (put, _) = stand.assets.put_folder(&stand.dir.path().join("given/model")).await.unwrap();
    let blob = stand.dir.path().join("assets").join(key(b"weights"));
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, b"we").unwrap();
    let error = stand.assets.model_dir(&put).await.unwrap_err().to_string();
    assert!(error.ends_with("is damaged: it has 2 bytes, expected 7"), "{error}");
    assert_eq!(files_below(&stand.dir.path().join("views")), Vec::<String>::new());
}

#[tokio::test]
async fn a_bucket_that_returns_other_bytes_is_not_believed() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let assets = Assets::over(objects.clone(), dir.path()).unwrap();
    objects.put(&Key::from(key(b"weights")), "tampered".into()).await.unwrap();
    let error = assets.path(&digest(b"weights")).await.unwrap_err().to_string();
    assert!(error.contains("is damaged"), "{error}");
    assert_eq!(files_below(&dir.path().join("cache")), Vec::<String>::new());
}

#[tokio::test]
async fn a_second_machine_fetches_a_model_from_the_bucket() {
    let objects = Arc::new(InMemory::new());
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Assets::over(objects.clone(), here.path()).unwrap();
    let other = Assets::over(objects, there.path()).unwrap();
    let model = here.path().join("model");
    std::fs::create_dir(&model).unwrap();
    std::fs::write(model.join("a"), b"weights").unwrap();
    let (put, _) = one.put_folder(&model).await.unwrap();
    let view = other.model_dir(&put).await.unwrap();
    assert!(view.starts_with(there.path()));
    assert_eq!(std::fs::read(view.join("a")).unwrap(), b"weights");
}

#[tokio::test]
async fn files_of_a_process_that_died_are_swept() {
    let stand = Stand::folder();
    let staging = stand.dir.path().join("assets/staging");
    std::fs::write(staging.join("half-a-model"), b"half").unwrap();
    let building = stand.dir.path().join("views/.building-x");
    std::fs::create_dir_all(&building).unwrap();
    let garbage = Garbage { roots: HashSet::new(), now_ms: Millis::MAX, grace_ms: 1 };
    stand.assets.collect_garbage(garbage).await.unwrap();
    assert_eq!(files_below(&staging), Vec::<String>::new());
    assert!(!building.exists());
}

#[tokio::test]
async fn nothing_is_swept_while_a_root_cannot_be_read() {
    let stand = Stand::folder();
    stand.file("model/a", b"weights");
    let (put, _) = stand.assets.put_folder(&stand.dir.path().join("given/model")).await.unwrap();
    let manifest = key(b"").replace("blobs", "manifests");
    let manifest = manifest.replace(&digest(b"").as_str()[2..], &put.as_str()[2..]);
    let manifest = manifest.replace("/e3/", &format!("/{}/", &put.as_str()[..2]));
    let path = stand.dir.path().join("assets").join(manifest);
    std::fs::write(&path, b"{}").unwrap();
    let garbage = Garbage { roots: HashSet::from([put]), now_ms: Millis::MAX, grace_ms: 1 };
    let error = stand.assets.collect_garbage(garbage).await.unwrap_err().to_string();
    assert!(error.contains("is damaged"), "{error}");
    stand.assets.verify(&digest(b"weights")).await.unwrap();
}

#[tokio::test]
async fn a_blob_that_is_put_again_counts_as_new() {
    let stand = Stand::folder();
    let (put, _) = stand.assets.put_file(&stand.file("a", b"weights")).await.unwrap();
    let path = stand.assets.path(&put).await.unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    let times = std::fs::FileTimes::new().set_modified(long_ago);
    std::fs::File::open(&path).unwrap().set_times(times).unwrap();
    stand.assets.put_file(&stand.file("a", b"weights")).await.unwrap();
    let garbage = Garbage { roots: HashSet::new(), now_ms: 100_000, grace_ms: 1_000 };
    assert_eq!(stand.assets.collect_garbage(garbage).await.unwrap().objects, 0);
}

#[tokio::test]
async fn a_renewed_blob_counts_as_new_and_a_rotten_one_is_not_renewed() {
    let stand = Stand::folder();
    let (put, _) = stand.assets.put_file(&stand.file("a", b"weights")).await.unwrap();
    let path = stand.assets.path(&put).await.unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    let times = std::fs::FileTimes::new().set_modified(long_ago);
    std::fs::File::open(&path).unwrap().set_times(times).unwrap();
    assert_eq!(stand.assets.renew(&put).await.unwrap(), 7);
    let garbage = Garbage { roots: HashSet::new(), now_ms: 100_000, grace_ms: 1_000 };
    assert_eq!(stand.assets.collect_garbage(garbage).await.unwrap().objects, 0);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, b"weighty").unwrap();
    let error = stand.assets.renew(&put).await.unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    assert!(stand.assets.renew(&digest(b"absent")).await.unwrap_err().is_not_found());
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_with_a_link_out_of_it_is_refused() {
    let stand = Stand::folder();
    let model = stand.dir.path().join("model");
    std::fs::create_dir(&model).unwrap();
    std::os::unix::fs::symlink("/etc", model.join("etc")).unwrap();
    let error = stand.assets.put_folder(&model).await.unwrap_err();
    assert!(error.to_string().contains("model/etc"), "{error}");
}
