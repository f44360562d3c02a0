//! Writes small GGUF files.

/// A value of metadata.
#[derive(Clone, Debug)]
pub(crate) enum Meta {
    U32(u32),
    I32(i32),
    U64(u64),
    F32(f32),
    Flag(bool),
    Text(String),
    Texts(Vec<String>),
    Floats(Vec<f32>),
    Numbers(Vec<i32>),
    Flags(Vec<bool>),
    /// A type and bytes, as they are.
    Raw(u32, Vec<u8>),
}

/// A tensor: its name, its rows and columns, the number of its type, its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A file to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gguf {
    pub(crate) metadata: Vec<(String, Meta)>,
    pub(crate) tensors: Vec<Matrix>,
}

/// Where data starts, and every tensor in it.
const ALIGNMENT: usize = 32;

impl Gguf {
    pub(crate) fn set(&mut self, key: &str, value: Meta) -> &mut Self {
        self.metadata.retain(|(known, _)| known != key);
        self.metadata.push((key.to_owned(), value));
        self
    }

    pub(crate) fn without(&mut self, key: &str) -> &mut Self {
        self.metadata.retain(|(known, _)| known != key);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            text(&mut out, key);
            meta(&mut out, value);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            text(&mut out, &tensor.name);
            out.extend((tensor.shape.len() as u32).to_le_bytes());
            let sizes = tensor.shape.iter().rev();
            out.extend(sizes.flat_map(|size| (*size as u64).to_le_bytes()));
            out.extend(tensor.kind.to_le_bytes());
            out.extend((offset as u64).to_le_bytes());
            offset += tensor.bytes.len().next_multiple_of(ALIGNMENT);
        }
        for tensor in &self.tensors {
            out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
            out.extend(&tensor.bytes);
        }
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        out
    }

    /// Writes the file into a folder of its own.
    pub(crate) fn save(&self) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("model.gguf"), self.bytes()).expect("written");
        dir
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn list(out: &mut Vec<u8>, kind: u32, count: usize) {
    out.extend(9_u32.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend((count as u64).to_le_bytes());
}

fn meta(out: &mut Vec<u8>, value: &Meta) {
    let mut scalar = |kind: u32, bytes: &[u8]| {
        out.extend(kind.to_le_bytes());
        out.extend(bytes);
    };
    match value {
        Meta::U32(number) => scalar(4, &number.to_le_bytes()),
        Meta::I32(number) => scalar(5, &number.to_le_bytes()),
        Meta::F32(number) => scalar(6, &number.to_le_bytes()),
        Meta::Flag(flag) => scalar(7, &[u8::from(*flag)]),
        Meta::U64(number) => scalar(10, &number.to_le_bytes()),
        Meta::Raw(kind, bytes) => scalar(*kind, bytes),
        Meta::Text(value) => {
            scalar(8, &[]);
            text(out, value);
        }
        Meta::Texts(values) => {
            list(out, 8, values.len());
            values.iter().for_each(|value| text(out, value));
        }
        Meta::Floats(values) => {
            list(out, 6, values.len());
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        Meta::Numbers(values) => {
            list(out, 5, values.len());
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        Meta::Flags(values) => {
            list(out, 7, values.len());
            out.extend(values.iter().map(|value| u8::from(*value)));
        }
    }
}
