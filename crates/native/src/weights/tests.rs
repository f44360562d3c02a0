use std::fs;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, proptest};
use serde_json::{Value, json};

use super::header;
use super::{WeightFiles, modern};
use crate::Result;

/// Lays out a safetensors file.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn parse(bytes: &[u8]) -> Result<header::Header> {
    header::parse(bytes, bytes.len() as u64, "m.safetensors".as_ref())
}

fn open(header: &str, data: &[u8]) -> Result<WeightFiles> {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("model.safetensors"), file(header, data)).expect("written");
    WeightFiles::open(dir.path())
}

#[test]
fn headers_that_lie_are_refused() {
    let check = |bytes: &[u8], part: &str| {
        let error = parse(bytes).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    };
    let tensor = |shape: Value, offsets: Value| {
        json!({"a": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}).to_string()
    };
    check(b"", "only 0 bytes");
    check(&u64::MAX.to_le_bytes(), "claims 18446744073709551615 bytes");
    check(&[16, 0, 0, 0, 0, 0, 0, 0, b'{'], "claims 16 bytes");
    check(&file("not json", b""), "expected");
    check(&file(&tensor(json!([1]), json!([0, 4])), b""), "describes 4 bytes of data, it has 0");
    check(&file(&tensor(json!([1]), json!([0, 4])), &[0; 8]), "it has 8");
    check(&file(&tensor(json!([2]), json!([0, 4])), &[0; 4]), "not a sound");
    check(&file(&tensor(json!([1]), json!([4, 8])), &[0; 8]), "not a sound");
    check(&file(&tensor(json!([1]), json!([4, 0])), &[0; 4]), "not a sound");
    check(&file(&tensor(json!([u64::MAX, 2]), json!([0, 4])), &[0; 4]), "not a sound");
    check(&file(&tensor(json!([1]), json!([0, u64::MAX])), &[0; 4]), "not a sound");
    let overlap = json!({
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    });
    check(&file(&overlap.to_string(), &[0; 4]), "not a sound");
}

#[test]
fn numbers_are_read_in_every_type_and_alignment() {
    let check = |dtype: &str, data: &[u8], pad: &str| {
        let end = data.len();
        let header =
            format!(r#"{{"a":{{"dtype":"{dtype}","shape":[2],"data_offsets":[0,{end}]}}}}{pad}"#);
        let files = open(&header, data).expect("a sound file");
        assert_eq!(files.vector("a", 2).expect("numbers"), [1.0, -2.0], "{dtype}");
    };
    for pad in ["", " ", "  ", "   "] {
        check("F32", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], pad);
        check("BF16", &[0x80, 0x3f, 0, 0xc0], pad);
        check("F16", &[0, 0x3c, 0, 0xc0], pad);
    }
}

#[test]
fn a_tensor_is_refused_with_its_name() {
    let header = r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#;
    let files = open(header, &[0; 8]).expect("a sound file");
    let check = |name: &str, len: usize, part: &str| {
        let error = files.vector(name, len).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    };
    check("a", 1, "tensor `a` of");
    check("a", 1, "is i64; f32, f16, bf16 and Q4_0");
    check("a", 2, "has shape [1], expected [2]");
    check("b", 1, "has no tensor `b`");
}

#[test]
fn old_names_are_translated() {
    let check = |name: &str, expected: &str| assert_eq!(modern(name), expected);
    check("bert.embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight");
    check("bert.embeddings.LayerNorm.beta", "bert.embeddings.LayerNorm.bias");
    check("scale.gamma", "scale.gamma");
}

/// Makes headers that are nearly right: real fields with any numbers.
fn nearly_a_header() -> impl Strategy<Value = String> {
    let number = || {
        any::<u64>().prop_map(|bits| match bits % 4 {
            0 => bits,
            1 => bits >> 60,
            2 => u64::MAX - (bits >> 58),
            _ => (bits >> 56) * 4,
        })
    };
    let dtype = "F32|BF16|F16|I64|F4|U8|NO";
    let tensor = (dtype, vec(number(), 0..4), number(), number());
    vec(tensor, 0..5).prop_map(|tensors| {
        let entries = tensors.into_iter().enumerate().map(|(number, (dtype, shape, from, to))| {
            let info = json!({"dtype": dtype, "shape": shape, "data_offsets": [from, to]});
            (format!("t{number}"), info)
        });
        Value::Object(entries.collect()).to_string()
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_header_reaches_outside_its_file(
        header in nearly_a_header(),
        data in vec(any::<u8>(), 0..64),
    ) {
        let bytes = file(&header, &data);
        if let Ok(parsed) = parse(&bytes) {
            for info in parsed.metadata.tensors().values() {
                prop_assert!(parsed.data_start + info.data_offsets.1 <= bytes.len());
            }
        }
    }
}
