//! Saved searches on the command line.

use serde_json::json;

use super::bench::Bench;

#[test]
fn a_saved_search_runs_by_its_name() {
    let bench = Bench::new();
    let up = bench.up(&[]);
    let query = "q=bert&task=fill-mask&sort=name";
    bench.json(&["searches", "save", "masks of bert", query]);
    let typed = bench.json(&["search", "bert", "--task", "fill-mask", "--sort", "name"]);
    let saved = bench.json(&["search", "--saved", "masks of bert"]);
    assert!(typed["total"].as_u64().unwrap() > 1, "{typed}");
    assert_eq!(saved, typed);
    let wanted = ["search", "bert base", "--task", "fill-mask", "--license", "mit"];
    let narrower = bench.json(&["search", "base", "--saved", "masks of bert", "--license", "mit"]);
    assert_eq!(narrower["total"], bench.json(&wanted)["total"]);
    assert!(narrower["total"].as_u64() < typed["total"].as_u64(), "{narrower}");
    let listed = bench.json(&["searches", "list"]);
    assert_eq!(listed, json!([{ "name": "masks of bert", "query": query }]));
    let unknown = bench.run(&["search", "--saved", "masks"]);
    assert_ne!(unknown.code, 0, "{unknown:?}");
    assert!(unknown.err.contains("there is no saved search `masks`"), "{unknown:?}");
    assert!(unknown.err.contains("modeldex searches list"), "{unknown:?}");
    up.stop();
}

#[test]
fn a_collection_that_is_a_query_is_a_filter_too() {
    let bench = Bench::new();
    let up = bench.up(&[]);
    let source = ["--kind", "query", "--source", "task=fill-mask&not_license=mit"];
    bench.json(&[&["collections", "add", "masks"], &source[..]].concat());
    let shown = bench.json(&["collections", "show", "masks"]);
    let found = bench.json(&["search", "--collection", "masks"]);
    assert_eq!(found["total"], shown["models"]);
    let queried = bench.json(&["search", "task:fill-mask -license:mit"]);
    assert_eq!(found, queried);
    assert!(found["total"].as_u64().unwrap() > 1, "{found}");
    up.stop();
}
