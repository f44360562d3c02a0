use std::path::{Path, PathBuf};

use super::{AdapterRoom, Adapters};
use crate::Decoder;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn room(count_max: usize, bytes_max: u64) -> AdapterRoom {
    AdapterRoom { count_max, bytes_max }
}

/// Three folders with the same adapter of 22 KB.
fn folders() -> (Decoder, tempfile::TempDir, [PathBuf; 3]) {
    let decoder = Decoder::load(&fixtures().join("decoder/llama")).expect("the model loads");
    let dir = tempfile::tempdir().expect("a folder");
    let folders = ["a", "b", "c"].map(|name| {
        let folder = dir.path().join(name);
        std::fs::create_dir(&folder).expect("made");
        for file in ["adapter_config.json", "adapter_model.safetensors"] {
            let from = fixtures().join("adapters/llama-all").join(file);
            std::fs::copy(from, folder.join(file)).expect("a copy");
        }
        folder
    });
    (decoder, dir, folders)
}

#[test]
fn what_was_used_longest_ago_makes_room() {
    let (decoder, _dir, [a, b, c]) = folders();
    let size = decoder.adapter(&a).expect("it loads").size_bytes();
    for room in [room(2, 1 << 30), room(9, 2 * size + 1)] {
        let adapters = Adapters::new(room);
        let id = |dir: &Path| adapters.get(&decoder, dir).expect("it loads").id();
        let first = [id(&a), id(&b)];
        assert_eq!([id(&a), id(&b), id(&a)], [first[0], first[1], first[0]], "still there");
        id(&c);
        assert_eq!(adapters.count(), 2);
        assert_eq!(id(&a), first[0], "it was used after b");
        assert_ne!(id(&b), first[1], "it is another one once it is loaded again");
    }
}

#[test]
fn what_is_in_use_stays() {
    let (decoder, _dir, [a, b, c]) = folders();
    let adapters = Adapters::new(room(2, 1 << 30));
    let get = |dir: &Path| adapters.get(&decoder, dir);
    let (held, other) = (get(&a).expect("it loads"), get(&b).expect("it loads"));
    let error = get(&c).expect_err("no room").to_string();
    assert!(error.starts_with("the 2 adapters that are in memory are all in use"), "{error}");
    drop(other);
    get(&c).expect("b made room");
    assert_eq!(get(&a).expect("it is there").id(), held.id());
    adapters.forget(&a);
    assert_ne!(get(&a).expect("it loads").id(), held.id());
}

#[test]
fn what_can_never_fit_is_refused_before_it_is_read() {
    let (decoder, _dir, [a, b, _]) = folders();
    let adapters = Adapters::new(room(4, 100));
    let error = adapters.get(&decoder, &a).expect_err("too large").to_string();
    assert!(error.ends_with("there is room for 100 in memory"), "{error}");
    std::fs::remove_file(b.join("adapter_model.safetensors")).expect("it was there");
    let error = adapters.get(&decoder, &b).expect_err("no file").to_string();
    assert!(error.ends_with("has no `adapter_model.safetensors`"), "{error}");
}
