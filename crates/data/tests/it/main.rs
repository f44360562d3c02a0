//! Files as people have them, sound and broken, and what is said about them.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod broken;
mod round_trips;
mod sound;

use std::collections::BTreeMap;

use data::{DataFile, LabelledText, Mapping};
use domain::Fault;

/// A file in a folder that goes away with it.
struct Bench {
    _folder: tempfile::TempDir,
    file: DataFile,
}

impl Bench {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The bytes lie under another name, as those of an upload do.
        let path = folder.path().join("blob");
        std::fs::write(&path, content).unwrap();
        Self { _folder: folder, file: DataFile { path, name: name.to_owned() } }
    }

    /// Reads everything, or returns the first error.
    fn labelled(&self, map: &str) -> data::Result<Vec<LabelledText>> {
        data::labelled(&self.file, &mapping(map))?.collect()
    }

    /// Returns what a person is told: the sentence, and the hint behind an arrow.
    fn complaint(&self, map: &str) -> String {
        let fault = Fault::from(self.labelled(map).unwrap_err());
        match fault.hint_text() {
            Some(hint) => format!("{} → {hint}", fault.chain()),
            None => fault.chain(),
        }
    }
}

/// Reads `field=column,field=column`.
fn mapping(map: &str) -> Mapping {
    let pairs = map.split(',').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(field, column)| (field.to_owned(), column.to_owned()));
    Mapping::from(pairs.collect::<BTreeMap<_, _>>())
}
