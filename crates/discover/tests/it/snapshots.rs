//! An index that was written and opened again answers as before, and a damaged one says so.

use std::fs;

use catalog::ModelRecord;
use discover::{Document, FacetName, Index, IndexBuilder, Listed, Machine, Query, Sort, Stamp};

const MACHINE: Machine = Machine { memory_bytes: 8 << 30, cpus: 2, gpus: 0 };

fn document(record: &ModelRecord) -> Document {
    let text = record.description.clone();
    let mut record = record.clone();
    record.description = String::new();
    Document { listed: Listed { record, version: None, options: Vec::new() }, text }
}

fn stamp() -> Stamp {
    Stamp { version: "1".to_owned(), revision: 7 }
}

fn write(dir: &std::path::Path) -> Index {
    let mut builder = IndexBuilder::create(Some(dir), MACHINE).unwrap();
    for record in catalog::curated::records() {
        builder.add(document(record)).unwrap();
    }
    builder.finish(&stamp()).unwrap()
}

fn answers(index: &Index) -> Vec<String> {
    let queries = [
        Query::default(),
        Query { text: "bert".to_owned(), ..Query::default() },
        Query { text: "robreta".to_owned(), ..Query::default() },
        Query { sort: Sort::Name, ..Query::default() },
        Query {
            filters: [(FacetName::License, vec!["MIT".to_owned()])].into(),
            ..Query::default()
        },
    ];
    let answer = |query: Query| {
        let page = index.search(&Query { limit: 24, ..query }).unwrap();
        let models: Vec<_> =
            page.models.iter().map(|hit| hit.listed.record.model().to_string()).collect();
        format!("{} {models:?} {:?} {:?}", page.total, page.facets, page.next)
    };
    queries.into_iter().map(answer).collect()
}

#[test]
fn what_is_opened_answers_as_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("index");
    let written = write(&at);
    let (opened, revision) = Index::open(&at, MACHINE, "1").unwrap().unwrap();
    assert_eq!((answers(&opened), revision), (answers(&written), 7));
    assert_eq!(opened.suggest("rob", 2).unwrap(), written.suggest("rob", 2).unwrap());
    // Another one is put in its place while it is open.
    let again = write(&at);
    assert_eq!(answers(&opened), answers(&again));
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the index is left: {left:?}");
}

#[test]
fn what_another_version_wrote_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("index");
    assert!(Index::open(&at, MACHINE, "1").unwrap().is_none());
    write(&at);
    assert!(Index::open(&at, MACHINE, "2").unwrap().is_none());
}

#[test]
fn a_damaged_snapshot_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("index");
    write(&at);
    for name in ["browse", "words", "cards"] {
        let path = at.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        assert!(Index::open(&at, MACHINE, "1").is_err(), "{name} is cut");
        fs::remove_file(&path).unwrap();
        assert!(Index::open(&at, MACHINE, "1").is_err(), "{name} is gone");
        fs::write(&path, &whole).unwrap();
    }
    let path = at.join("browse");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut changed = whole.clone();
        changed[at] ^= 0x15;
        fs::write(&path, &changed).unwrap();
        assert!(Index::open(path.parent().unwrap(), MACHINE, "1").is_err(), "byte {at}");
    }
}
