//! What a caller may rely on, whatever the store.

use std::collections::HashSet;

use assets::{Garbage, Manifest, ManifestFile};
use bytes::Bytes;
use domain::{Kind, Millis};
use futures::{TryStreamExt, stream};

use crate::{Stand, digest, files_below};

#[tokio::test]
async fn a_file_reads_back_under_its_digest() {
    for stand in Stand::each() {
        for bytes in [b"".to_vec(), b"weights".to_vec(), vec![7; 3 << 20]] {
            let path = stand.file("a.bin", &bytes);
            let put = stand.assets.put_file(&path).await.unwrap();
            assert_eq!(put, (digest(&bytes), bytes.len() as u64), "{}", stand.kind);
            assert!(path.exists(), "the caller's file stays");
            let pieces = stand.assets.open_blob(&put.0).await.unwrap();
            let read: Vec<Bytes> = pieces.try_collect().await.unwrap();
            assert_eq!(read.concat(), bytes, "{}", stand.kind);
            assert_eq!(stand.assets.verify(&put.0).await.unwrap(), put.1);
            assert_eq!(stand.assets.size_bytes(&put.0).await.unwrap(), put.1);
            let here = stand.assets.path(&put.0).await.unwrap();
            assert_eq!(std::fs::read(here).unwrap(), bytes);
        }
    }
}

#[tokio::test]
async fn changing_the_given_file_afterwards_does_not_change_the_blob() {
    for stand in Stand::each() {
        let path = stand.file("a.bin", b"before");
        let (put, _) = stand.assets.put_file(&path).await.unwrap();
        std::fs::write(&path, b"after!").unwrap();
        assert_eq!(stand.assets.verify(&put).await.unwrap(), 6, "{}", stand.kind);
    }
}

#[tokio::test]
async fn a_stream_becomes_a_blob_and_a_broken_one_leaves_nothing() {
    for stand in Stand::each() {
        let pieces = [Ok(Bytes::from("ab")), Ok(Bytes::from("c"))];
        let put = stand.assets.put_stream(stream::iter(pieces)).await.unwrap();
        assert_eq!(put, (digest(b"abc"), 3));
        let before = files_below(stand.dir.path());
        let reset = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let broken = stream::iter([Ok(Bytes::from("xyz")), Err(reset())]);
        let error = stand.assets.put_stream(broken).await.unwrap_err();
        assert_eq!(error.to_string(), "the bytes to be stored broke off");
        assert_eq!(files_below(stand.dir.path()), before, "{}", stand.kind);
        assert!(stand.assets.size_bytes(&digest(b"xyz")).await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn an_adopted_file_moves_in_only_where_it_is_what_it_should_be() {
    for stand in Stand::each() {
        let staged = stand.file("staged", b"weights");
        let wanted = digest(b"other");
        let error = stand.assets.adopt(&staged, &wanted).await.unwrap_err();
        assert!(error.to_string().contains("expected"), "{error}");
        assert!(staged.exists(), "a refused file stays for whoever staged it");
        assert!(stand.assets.size_bytes(&wanted).await.is_err());
        let right = digest(b"weights");
        assert_eq!(stand.assets.adopt(&staged, &right).await.unwrap(), 7, "{}", stand.kind);
        assert!(!staged.exists());
        // Again, as an import does that was killed between two files.
        let staged = stand.file("staged", b"weights");
        stand.assets.adopt(&staged, &right).await.unwrap();
        assert!(!staged.exists());
        stand.assets.verify(&right).await.unwrap();
    }
}

#[tokio::test]
async fn a_folder_becomes_a_manifest_and_a_view_of_it() {
    for stand in Stand::each() {
        stand.file("model/config.json", b"{}");
        stand.file("model/1_Pooling/config.json", b"{\"a\":1}");
        let folder = stand.dir.path().join("given/model");
        let (put, manifest) = stand.assets.put_folder(&folder).await.unwrap();
        assert_eq!(manifest.size_bytes(), 9);
        assert_eq!(stand.assets.manifest(&put).await.unwrap(), manifest);
        let view = stand.assets.model_dir(&put).await.unwrap();
        assert_eq!(files_below(&view), ["1_Pooling/config.json", "config.json"]);
        assert_eq!(std::fs::read(view.join("config.json")).unwrap(), b"{}");
        assert_eq!(stand.assets.model_dir(&put).await.unwrap(), view, "{}", stand.kind);
        assert_eq!(stand.assets.put_folder(&folder).await.unwrap().0, put, "the same digest");
    }
}

#[tokio::test]
async fn many_asking_for_one_view_get_the_same_whole_folder() {
    for stand in Stand::each() {
        stand.file("model/a", b"a");
        let folder = stand.dir.path().join("given/model");
        let (put, _) = stand.assets.put_folder(&folder).await.unwrap();
        let asking = (0..16).map(|_| {
            let (assets, put) = (stand.assets.clone(), put.clone());
            tokio::spawn(async move { assets.model_dir(&put).await.unwrap().join("a").exists() })
        });
        for asked in asking.collect::<Vec<_>>() {
            assert!(asked.await.unwrap(), "{}", stand.kind);
        }
        let views = std::fs::read_dir(stand.dir.path().join("views")).unwrap().count();
        assert_eq!(views, 1, "no unfinished view stays");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_absent() {
    for stand in Stand::each() {
        let absent = digest(b"never put");
        let message = format!("there is no blob `{absent}` in the store");
        assert_eq!(stand.assets.path(&absent).await.unwrap_err().to_string(), message);
        assert_eq!(stand.assets.verify(&absent).await.unwrap_err().to_string(), message);
        let error = stand.assets.model_dir(&absent).await.unwrap_err();
        assert_eq!(domain::Fault::from(error).kind(), Kind::NotFound, "{}", stand.kind);
        let file = ManifestFile { path: "a".parse().unwrap(), size: 1, sha256: absent };
        let put = stand.assets.put_manifest(Manifest { files: vec![file] }).await.unwrap();
        let error = stand.assets.model_dir(&put).await.unwrap_err();
        assert_eq!(error.to_string(), message, "a view lacks no file silently");
    }
}

#[tokio::test]
async fn garbage_goes_and_what_a_root_refers_to_stays() {
    for stand in Stand::each() {
        stand.file("kept/a", b"kept");
        stand.file("lost/a", b"lost");
        let given = stand.dir.path().join("given");
        let (kept, _) = stand.assets.put_folder(&given.join("kept")).await.unwrap();
        let (lost, _) = stand.assets.put_folder(&given.join("lost")).await.unwrap();
        let (upload, _) = stand.assets.put_file(&stand.file("data.csv", b"rows")).await.unwrap();
        let view = stand.assets.model_dir(&lost).await.unwrap();
        stand.assets.model_dir(&kept).await.unwrap();
        let roots = HashSet::from([kept.clone(), upload.clone()]);
        let young = Garbage { roots: roots.clone(), now_ms: 0, grace_ms: 1 };
        assert_eq!(stand.assets.collect_garbage(young).await.unwrap().objects, 0);
        let old = Garbage { roots, now_ms: Millis::MAX, grace_ms: 1 };
        let swept = stand.assets.collect_garbage(old).await.unwrap();
        assert_eq!(swept.objects, 2, "the blob and the manifest ({})", stand.kind);
        assert!(stand.assets.manifest(&lost).await.unwrap_err().is_not_found());
        assert!(stand.assets.path(&digest(b"lost")).await.unwrap_err().is_not_found());
        assert!(!view.exists());
        let view = stand.assets.model_dir(&kept).await.unwrap();
        assert_eq!(std::fs::read(view.join("a")).unwrap(), b"kept");
        stand.assets.verify(&upload).await.unwrap();
    }
}
