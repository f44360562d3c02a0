//! Damaged GGUF files are refused with a sentence, never with a crash or a great allocation.

use domain::{Fault, Kind};
use native::Decoder;
use native::gguf::GgufFile;
use proptest::collection::vec;
use proptest::prelude::*;

use super::convert::{Written, convert};
use super::writer::{Gguf, Matrix, Meta};

/// Opens a file of these bytes and reads all that a model is made of.
fn open(bytes: &[u8]) -> native::Result<()> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("x.gguf");
    std::fs::write(&path, bytes).expect("written");
    let file = GgufFile::open(&path)?;
    file.config()?;
    file.weights()?;
    Decoder::load(&path).map(|_| ())
}

fn refusal(bytes: &[u8]) -> String {
    let fault: Fault = open(bytes).expect_err("refused").into();
    assert_eq!(fault.kind(), Kind::Invalid, "{}", fault.message());
    let message = fault.message().to_owned();
    message.split_once("x.gguf` is not a sound GGUF file: ").expect("its kind").1.to_owned()
}

fn check(gguf: &Gguf, expected: &str) {
    assert_eq!(refusal(&gguf.bytes()), expected);
}

fn with(key: &str, value: Meta) -> Gguf {
    let mut gguf = Gguf::default();
    gguf.set(key, value);
    gguf
}

fn with_tensor(shape: &[usize], kind: u32, bytes: usize) -> Gguf {
    let (shape, bytes) = (shape.to_owned(), vec![0; bytes]);
    let tensors = vec![Matrix { name: "t".into(), shape, kind, bytes }];
    Gguf { tensors, ..Gguf::default() }
}

#[test]
fn a_beginning_that_is_not_gguf_is_named() {
    let head = |magic: &[u8], version: u32, tensors: u64, entries: u64| {
        let counts = [tensors.to_le_bytes(), entries.to_le_bytes()].concat();
        refusal(&[magic, &version.to_le_bytes(), &counts].concat())
    };
    assert_eq!(refusal(b""), "its beginning claims 4 bytes where 0 are left");
    assert_eq!(head(b"GGML", 3, 0, 0), "it does not begin with `GGUF`");
    assert_eq!(head(b"GGUF", 1, 0, 0), "it is of version 1; versions 2 and 3 are read");
    assert_eq!(head(b"GGUF", 4, 0, 0), "it is of version 4; versions 2 and 3 are read");
    let big = "its numbers are big-endian; little-endian files are read";
    assert_eq!(head(b"GGUF", 3_u32.swap_bytes(), 0, 0), big);
    let many = format!("it claims {} tensors, more than 65536", u64::MAX);
    assert_eq!(head(b"GGUF", 3, u64::MAX, 0), many);
    assert_eq!(head(b"GGUF", 3, 0, 65_537), "it claims 65537 metadata entries, more than 65536");
    let short = "the key of metadata entry 0 claims 8 bytes where 0 are left";
    assert_eq!(head(b"GGUF", 2, 0, 1), short);
}

#[test]
fn a_value_that_cannot_be_is_named() {
    let raw = |kind: u32, parts: &[&[u8]]| with("k", Meta::Raw(kind, parts.concat()));
    let list =
        |of: u32, count: u64, rest: &[u8]| raw(9, &[&of.to_le_bytes(), &count.to_le_bytes(), rest]);
    check(&raw(13, &[]), "metadata `k` is of the unknown type 13");
    check(&raw(7, &[&[2]]), "metadata `k` is 2, neither yes nor no");
    check(&raw(8, &[&2_u64.to_le_bytes(), &[0xff, 0xfe]]), "metadata `k` is not UTF-8");
    let text = &u64::MAX.to_le_bytes();
    // The file is filled up to whole blocks behind the value.
    check(&raw(8, &[text]), &format!("metadata `k` claims {} bytes where 19 are left", u64::MAX));
    let much = format!("metadata `k` claims {} values where 15 bytes are left", u64::MAX / 4);
    check(&list(4, u64::MAX / 4, &[]), &much);
    check(&list(8, 1_000, &[0; 200]), "metadata `k` claims 1000 values where 207 bytes are left");
    check(
        &list(8, 3, &[0, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0]),
        "metadata `k` has a text, number 1, that claims 99 bytes where 31 are left",
    );
    let nested: Vec<u8> = (0..9).flat_map(|_| [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).collect();
    check(&with("k", Meta::Raw(9, nested)), "metadata `k` holds lists in lists deeper than 4");
    let mut twice = with("k", Meta::U32(1));
    twice.metadata.push(("k".into(), Meta::U64(1)));
    check(&twice, "metadata `k` is there twice");
    for (number, shown) in [(0, "0"), (12, "12"), (1 << 21, "2097152")] {
        let why = format!("metadata `general.alignment` is {shown}, no alignment");
        check(&with("general.alignment", Meta::U32(number)), &why);
    }
    check(
        &with("general.alignment", Meta::I32(-32)),
        "metadata `general.alignment` is -32, no alignment",
    );
}

#[test]
fn a_tensor_that_cannot_be_is_named() {
    let end = |count: usize| format!("and the file ends before ({count} bytes)");
    check(&with_tensor(&[], 0, 0), "tensor number 0 (`t`) has 0 dimensions");
    check(&with_tensor(&[1, 1, 1, 1, 1], 0, 4), "tensor number 0 (`t`) has 5 dimensions");
    check(&with_tensor(&[9], 0, 8), &format!("tensor `t` has 36 bytes from 0 on, {}", end(96)));
    let huge = 1 << 62;
    check(
        &with_tensor(&[huge, 4], 0, 4),
        &format!("tensor `t` has the shape [{huge}, 4], which no file can hold"),
    );
    check(
        &with_tensor(&[huge, 1], 0, 4),
        &format!("tensor `t` has the shape [{huge}, 1], which no file can hold"),
    );
    check(
        &with_tensor(&[2, 48], 8, 102),
        "tensor `t` has rows of 48; those of Q8_0 are multiples of 32",
    );
    let mut twice = with_tensor(&[8], 0, 32);
    twice.tensors.push(twice.tensors[0].clone());
    check(&twice, "tensor `t` is there twice");
    let mut long = with_tensor(&[8], 0, 32);
    long.tensors[0].name = "t".repeat(257);
    check(&long, "tensor number 0 has a name of 257 bytes");

    let mut two = with_tensor(&[8], 0, 32);
    two.tensors.push(Matrix { name: "u".into(), ..two.tensors[0].clone() });
    let (bytes, entry) = (two.bytes(), 24 + 8 + 1 + 4 + 8 + 4 + 8);
    let at = entry + (8 + 1 + 4 + 8 + 4);
    let with_offset = |offset: u64| {
        let mut bytes = bytes.clone();
        bytes[at..at + 8].copy_from_slice(&offset.to_le_bytes());
        refusal(&bytes)
    };
    assert_eq!(with_offset(0), "tensors `t` and `u` overlap");
    assert_eq!(with_offset(8), "tensor `u` starts at 8, no multiple of 32");
    let beyond = u64::MAX - 31;
    let why = format!("tensor `u` has 32 bytes from {beyond} on, {}", end(bytes.len()));
    assert_eq!(with_offset(beyond), why);
}

#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    let bytes = convert("llama", Written::Q8_0).bytes();
    open(&bytes).expect("the whole file is sound");
    for step in 0..60 {
        let length = bytes.len() * step / 60;
        refusal(&bytes[..length]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        version in 2_u32..4,
        tensors in 0_u64..4,
        entries in 0_u64..4,
        rest in vec(prop_oneof![Just(0_u8), 0_u8..16, any::<u8>()], 0..300),
    ) {
        let counts = [tensors.to_le_bytes(), entries.to_le_bytes()].concat();
        let bytes = [b"GGUF", &version.to_le_bytes()[..], &counts, &rest].concat();
        let _ = open(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_file_with_other_bytes_in_its_header_is_read_or_refused(
        changes in vec((0_usize..14_000, prop_oneof![Just(0_u8), Just(255), any::<u8>()]), 1..4),
    ) {
        let mut bytes = convert("qwen2", Written::Q8_0).bytes();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = open(&bytes);
    }

    #[test]
    fn a_file_with_other_sizes_is_read_or_refused(
        key in 0_usize..40,
        number in prop_oneof![Just(0_u32), Just(1), Just(u32::MAX), any::<u32>(), 0..64_u32],
    ) {
        let mut gguf = convert("gemma3", Written::F32);
        let count = gguf.metadata.len();
        gguf.metadata[key % count].1 = Meta::U32(number);
        let _ = open(&gguf.bytes());
    }
}
