//! What fewer bits change: asked for before a model is deployed.

use super::bench::Bench;

#[test]
fn a_model_is_compared_with_itself_in_fewer_bits() {
    let bench = Bench::new();
    bench.import("decoder/qwen2", "writer");
    bench.import("parity/bert-classification", "mood");
    let [int8, q4] = ["int8", "q4"]
        .map(|quantize| bench.json(&["parity", "workspace/writer", "--quantize", quantize]));
    for (report, quantize) in [(&int8, "int8"), (&q4, "q4")] {
        assert_eq!((&report["quantize"], &report["tokens"]), (&quantize.into(), &1_024.into()));
        assert_eq!(report["model"], "workspace/writer@1");
        let summary = report["summary"].as_str().unwrap();
        assert!(summary.starts_with(&format!("{quantize}: perplexity ")), "{summary}");
        assert!(summary.ends_with(" % of 1,024 tokens"), "{summary}");
    }
    let number = |report: &serde_json::Value, name: &str| report[name].as_f64().unwrap();
    assert_eq!(int8["perplexity"], q4["perplexity"]);
    assert!(number(&int8, "difference") < number(&q4, "difference"), "{int8} {q4}");

    let own = bench.file("mine.jsonl", "{\"words\": \"the river is high after the rain\"}\n");
    let args = ["parity", "workspace/writer", "--quantize", "q4", "--data", &own];
    let ran = bench.run(&args);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("has no column `text`"), "{ran:?}");
    let mapped: Vec<&str> = args.into_iter().chain(["--map", "text=words"]).collect();
    let ran = bench.run(&mapped);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("q4: perplexity "), "{ran:?}");
    assert!(ran.err.contains("read mine.jsonl in "), "{ran:?}");

    let refused = bench.run(&["parity", "workspace/mood", "--quantize", "q4"]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.err.contains("is for models that write text"), "{refused:?}");
}
