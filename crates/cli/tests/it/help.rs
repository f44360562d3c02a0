//! That `--help` touches nothing, and that every command has `--json`.

use super::bench::Bench;

#[test]
fn help_touches_nothing() {
    let bench = Bench::new();
    let ran = bench.run(&["--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("Usage: modeldex"), "{ran:?}");
    assert!(!bench.data_dir().exists());
}

#[test]
fn every_command_prints_one_json_object() {
    let bench = Bench::new();
    for args in [
        &["search", "bert"][..],
        &["show", "curated/gpt2"],
        &["compare", "curated/gpt2", "curated/bert-base-uncased"],
        &["jobs", "list"],
        &["endpoints", "list"],
        &["catalog", "collections"],
    ] {
        let value = bench.json(args);
        assert!(value.is_object() || value.is_array(), "{args:?}");
    }
}
