//! Sums that were worked out by hand.

use catalog::ModelRecord;
use serde_json::{Value, json};

use super::*;

const GIB: u64 = 1 << 30;

fn machine(memory_gib: u64) -> Machine {
    Machine { memory_bytes: memory_gib * GIB, cpus: 4, gpus: 0 }
}

fn minilm() -> Shape {
    let config = json!({
        "architectures": ["BertModel"], "hidden_size": 384, "num_attention_heads": 12,
        "num_hidden_layers": 6, "intermediate_size": 1536, "vocab_size": 30522,
    });
    shape(&config, 22_713_216, Precision::F32, 512)
}

fn qwen() -> Shape {
    let config = json!({
        "architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "num_attention_heads": 14,
        "num_key_value_heads": 2, "num_hidden_layers": 24, "intermediate_size": 4864,
        "vocab_size": 151_936,
    });
    shape(&config, 494_032_768, Precision::Bf16, 32_768)
}

fn llama() -> Shape {
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "num_attention_heads": 32,
        "num_key_value_heads": 8, "num_hidden_layers": 32, "intermediate_size": 14_336,
        "vocab_size": 128_256,
    });
    shape(&config, 8_030_261_248, Precision::Bf16, 8_192)
}

fn shape(config: &Value, parameters: u64, precision: Precision, context_max: u32) -> Shape {
    Shape {
        parameters: Some(parameters),
        file_bytes: None,
        precision: Some(precision),
        body: Some(Body::from_config(config).unwrap()),
        context_max: Some(context_max),
    }
}

fn bytes(estimate: &Estimate, name: &str) -> Option<u64> {
    estimate.parts.iter().find(|part| part.name == name).and_then(|part| part.bytes)
}

#[test]
fn weights_are_parameters_times_their_bytes() {
    let load = Load { context: 1, streams: 1 };
    let check = |shape: &Shape, expected: [u64; 4]| {
        let found = Precision::ALL.map(|one| bytes(&run(shape, one, load), "weights").unwrap());
        assert_eq!(found, expected);
    };
    // 22,713,216 / 384 = 59,149 rows with 4 bytes of scale each; 354,894 groups of 34 bytes.
    check(&minilm(), [90_852_864, 45_426_432, 22_949_812, 12_066_396]);
    // 494,032,768 / 896 = 551,375.8…: 551,375 rows; / 64 = 7,719,262 groups.
    check(&qwen(), [1_976_131_072, 988_065_536, 496_238_268, 262_454_908]);
    // 8,030,261,248 / 4096 = 1,960,513 rows; / 64 = 125,472,832 groups.
    check(&llama(), [32_121_044_992, 16_060_522_496, 8_038_103_300, 4_266_076_288]);
}

#[test]
fn keys_and_values_grow_with_tokens_and_streams() {
    let check = |shape: &Shape, context, streams, expected| {
        let estimate = run(shape, Precision::Bf16, Load { context, streams });
        assert_eq!(bytes(&estimate, "keys and values"), expected);
    };
    // 2 × 32 × 8 × 128 × 4 = 262,144 bytes a token.
    check(&llama(), 8_192, 1, Some(2_147_483_648));
    check(&llama(), 1_024, 16, Some(4_294_967_296));
    // 2 × 24 × 2 × 64 × 4 = 24,576 bytes a token.
    check(&qwen(), 32_768, 1, Some(805_306_368));
    // What does not write remembers nothing.
    check(&minilm(), 512, 8, None);
    assert_eq!(run(&minilm(), Precision::F32, Load { context: 512, streams: 8 }).parts.len(), 2);
}

#[test]
fn activations_are_one_blocks_room() {
    // 3 × 384 + 384 + 2 × 384 + 2 × 1536 = 5,376 numbers a token.
    let run_minilm = run(&minilm(), Precision::F32, Load { context: 256, streams: 4 });
    assert_eq!(bytes(&run_minilm, "activations"), Some(4 * 256 * 5_376 * 4));
    // 3 × 896 + 896 + 2 × 128 + 2 × 4864 = 13,568 numbers a token, and 151,936 scores.
    let run_qwen = run(&qwen(), Precision::Bf16, Load { context: 1_000, streams: 1 });
    assert_eq!(bytes(&run_qwen, "activations"), Some(1_000 * 13_568 * 4 + 151_936 * 4));
}

#[test]
fn training_keeps_four_numbers_for_each_weight() {
    let load = Load { context: 128, streams: 32 };
    let full = finetune_full(&minilm(), load);
    // 16 bytes a weight; 6 × 4,096 × (8 × 384 + 2 × 1536) × 4 bytes.
    let activations = 6 * 4_096 * 6_144 * 4;
    assert_eq!(full.known_bytes(), Some(22_713_216 * 16 + activations));
    let lora = finetune_lora(&qwen(), load);
    // 16 × 24 × (2 × (896 + 896) + 2 × (896 + 128) + 3 × (896 + 4864)) numbers.
    let adapter = 16 * 24 * (3_584 + 2_048 + 17_280);
    assert_eq!(bytes(&lora, "adapter"), Some(adapter * 16));
    assert_eq!(bytes(&lora, "weights"), Some(988_065_536));
}

#[test]
fn the_sum_is_told_in_words() {
    let estimate = run(&minilm(), Precision::Bf16, Load { context: 512, streams: 1 });
    assert_eq!(estimate.parts[0].sum, "22.7 M × 2 bytes = 45.4 MB");
    let estimate = run(&llama(), Precision::Int8, Load { context: 8_192, streams: 1 });
    assert_eq!(estimate.parts[0].sum, "8.03 B × (1 + 4/4096) bytes = 8.04 GB");
    let cache =
        "2 × 32 layers × 8 heads × 128 numbers × 4 bytes × 8192 tokens × 1 stream = 2.15 GB";
    assert_eq!(estimate.parts[1].sum, cache);
    let amounts = [0, 999, 9_999, 10_000, 1_500_000].map(count_in_words);
    assert_eq!(amounts, ["0", "999", "9999", "10 K", "1.5 M"]);
    assert_eq!(bytes_in_words(16 * GIB), "17.2 GB");
}

#[test]
fn a_verdict_says_how_it_comes_out() {
    let check = |shape: &Shape, precision, memory_gib, expected: Verdict, part: &str| {
        let estimate = run(shape, precision, Load { context: 8_192, streams: 1 });
        let (verdict, reason) = estimate.verdict(&machine(memory_gib));
        assert_eq!(verdict, expected, "{reason}");
        assert!(reason.contains(part), "{reason}");
    };
    // 16.06 GB of weights, 2.15 GB of keys and values, 1.54 GB of activations.
    check(
        &llama(),
        Precision::Bf16,
        16,
        Verdict::DoesNotFit,
        "19.8 GB of 17.2 GB: 2.57 GB too much",
    );
    check(&llama(), Precision::Bf16, 20, Verdict::Tight, "less than a fifth");
    check(&llama(), Precision::Bf16, 32, Verdict::Fits, "19.8 GB of 34.4 GB");
    check(&llama(), Precision::Int4, 16, Verdict::Fits, "7.96 GB of 17.2 GB");
    check(&Shape::default(), Precision::Bf16, 16, Verdict::NotKnown, "parameters is not known");
    let listed = Shape { parameters: Some(7_000_000_000), ..Shape::default() };
    check(&listed, Precision::Bf16, 32, Verdict::Fits, "activations not known before");
    check(&listed, Precision::F32, 16, Verdict::DoesNotFit, "too much");
    check(&llama(), Precision::Bf16, 0, Verdict::NotKnown, "memory is not known");
    let two = Machine { gpus: 2, ..machine(16) };
    let estimate = run(&llama(), Precision::Bf16, Load { context: 8_192, streams: 1 });
    assert_eq!(estimate.verdict(&two).0, Verdict::Fits);
}

#[test]
fn published_bytes_win_over_the_sum() {
    let shape = Shape { file_bytes: Some(91_000_000), ..minilm() };
    let load = Load { context: 1, streams: 1 };
    assert_eq!(bytes(&run(&shape, Precision::F32, load), "weights"), Some(91_000_000));
    assert_eq!(bytes(&run(&shape, Precision::Bf16, load), "weights"), Some(45_426_432));
    assert_eq!(disk(&shape)[0].bytes, Some(91_000_000));
    assert_eq!(disk(&minilm())[2].bytes, Some(22_713_216 * 12));
}

#[test]
fn the_weights_alone_decide_in_a_list() {
    let mut record = ModelRecord::new(domain::CollectionName::curated(), "m".parse().unwrap());
    assert_eq!(fits(&record, GIB), None);
    record.parameters = Some(400_000_000);
    assert_eq!(fits(&record, GIB), Some(true));
    record.parameters = Some(500_000_000);
    assert_eq!(fits(&record, GIB), Some(false));
    record.size_bytes = Some(1);
    assert_eq!(fits(&record, GIB), Some(true));
    assert_eq!(fits(&record, 0), None);
}

#[test]
fn blocks_are_read_in_every_dialect() {
    let distil = json!({ "dim": 768, "n_heads": 12, "n_layers": 6, "hidden_dim": 3072,
        "vocab_size": 30522, "architectures": ["DistilBertForMaskedLM"] });
    let body = Body::from_config(&distil).unwrap();
    assert_eq!((body.layers, body.intermediate, body.kv_heads, body.writes), (6, 3072, 12, false));
    let gpt = json!({ "n_embd": 768, "n_head": 12, "n_layer": 12, "vocab_size": 50257,
        "architectures": ["GPT2LMHeadModel"] });
    let body = Body::from_config(&gpt).unwrap();
    assert_eq!((body.layers, body.intermediate, body.key_width()), (12, 3072, 768));
    let sees = json!({ "architectures": ["XForConditionalGeneration"], "text_config": {
        "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2, "vocab_size": 9 } });
    assert!(Body::from_config(&sees).unwrap().writes);
    for odd in [json!(null), json!({}), json!({ "hidden_size": 1_u64 << 40 }), json!([1])] {
        assert_eq!(Body::from_config(&odd), None, "{odd}");
    }
}
