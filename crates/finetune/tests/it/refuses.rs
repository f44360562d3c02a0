//! What is refused before a step is made.

use domain::{Fault, Kind};
use serde_json::json;

use super::{Bench, file, tiny_model, toy};

fn check(bench: &Bench, kind: Kind, expected: &str) {
    let fault = Fault::from(bench.run().unwrap_err());
    assert_eq!((fault.kind(), fault.message()), (kind, expected));
    assert!(!bench.job.out.exists(), "something was written");
}

#[test]
fn data_that_teaches_nothing_is_refused() {
    let cases = [
        ("", "`train.csv` has no rows: only a header"),
        (
            "bread,a\nrain,a\n",
            "every row of `train.csv` has the label `a`: there is nothing to tell apart",
        ),
        (
            "bread,1\nrain,2\nriver,3\n",
            "each of the 3 rows of `train.csv` has a label of its own: nothing repeats",
        ),
        ("bread,a\nrain,\n", "`train.csv`, line 3: column `label` is empty"),
        ("bread,a\n\"\",b\n", "`train.csv`, line 3: column `text` is empty"),
    ];
    for (rows, expected) in cases {
        check(&Bench::new(rows), Kind::Invalid, expected);
    }
}

#[test]
fn a_label_that_only_the_validation_has_is_named() {
    let mut bench = Bench::new(&toy(1));
    bench.job.validation = Some(file(bench.folder.path(), "held.csv", "rain,water\ncat,animals\n"));
    let expected = "`held.csv`, line 3: no row of the training data has the label `animals`";
    check(&bench, Kind::Invalid, expected);
    let fault = Fault::from(bench.run().unwrap_err());
    assert_eq!(fault.hint_text(), Some("if `animal` is meant, write it so"));
}

#[test]
fn a_wrong_request_is_refused_before_the_data_is_read() {
    let mut bench = Bench::new("").with("full", json!({ "epoch": 3 }));
    let fault = Fault::from(bench.run().unwrap_err());
    assert!(fault.message().starts_with("there is no hyper-parameter `epoch`"));
    bench = bench.with("all", json!({}));
    check(&bench, Kind::Invalid, "there is no method `all`: there are `full` and `lora`");
}

#[test]
fn a_decoder_is_refused_with_what_it_can_be_taught() {
    let mut bench = Bench::new(&toy(1));
    bench.job.base = tiny_model("../decoder/llama");
    let fault = Fault::from(bench.run().unwrap_err());
    assert_eq!(fault.kind(), Kind::Unsupported);
    let begins = "`LlamaForCausalLM` cannot be taught text-classification: ";
    assert!(fault.message().starts_with(begins), "{}", fault.message());
}
