//! The tour, with the samples that are part of the program.

use super::bench::Bench;

#[test]
fn the_tour_does_the_main_job_and_leaves_a_catalog() {
    let bench = Bench::new();
    let told = bench.json(&["tour", "--exit", "--listen", "127.0.0.1:0"]);
    let number = |field: &str| told[field].as_f64().unwrap();
    let (before, after) = (number("accuracy_before"), number("accuracy_after"));
    assert!((0.4..0.75).contains(&before), "{told}");
    assert!(after > 0.93, "{told}");
    assert_eq!(told["label"], "opening_hours");
    assert_eq!(told["reply"], "You can keep the paper kite until friday.");
    assert!(number("similarity") > 0.9, "{told}");
    assert_eq!(told["batch_rows"], 400);

    let shown = bench.json(&["show", "workspace/desk"]);
    assert_eq!(shown["versions"][0]["parent"], "workspace/desk-starter@1");
    assert_eq!(shown["evaluations"][0]["metrics"]["accuracy"], told["accuracy_after"]);
}
