//! Makes GGUF files of the decoder fixtures, as llama.cpp's converter would.

use std::path::Path;

use half::{bf16, f16};
use native::gguf::BlockFormat;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::writer::{Gguf, Matrix, Meta};
use crate::fixtures::{json, path};

/// How matrices are written; vectors, and rows that fit no block, are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    F32,
    F16,
    Bf16,
    Q8_0,
    /// As f32 what Q8_0 makes of it.
    Rounded,
}

/// Names of tensors inside of a block.
const INSIDE: [(&str, &str); 12] = [
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.qkv_proj", "attn_qkv"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.gate_up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
];

/// Makes a file of a fixture.
pub(crate) fn convert(name: &str, written: Written) -> Gguf {
    let dir = path("decoder").join(name);
    let config: Value = json(&dir.join("config.json"));
    let architecture = match config["model_type"].as_str().expect("a type") {
        "mistral" => "llama",
        "gemma3_text" => "gemma3",
        other => other,
    };
    let mut gguf = Gguf::default();
    gguf.set("general.architecture", Meta::Text(architecture.into()));
    sizes(&mut gguf, architecture, &config);
    rope(&mut gguf, architecture, &config);
    tokenizer(&mut gguf, &dir);
    let bytes = std::fs::read(dir.join("model.safetensors")).expect("the fixture is committed");
    let tensors = SafeTensors::deserialize(&bytes).expect("sound weights");
    let mut views: Vec<_> = tensors.iter().collect();
    views.sort_by_key(|(name, _)| *name);
    for (name, view) in views {
        let numbers = floats(view.dtype(), view.data());
        let tensor = Named { name, shape: view.shape(), numbers };
        gguf.tensors.push(matrix(tensor, architecture, &config, written));
    }
    gguf
}

struct Named<'a> {
    name: &'a str,
    shape: &'a [usize],
    numbers: Vec<f32>,
}

fn sizes(gguf: &mut Gguf, architecture: &str, config: &Value) {
    for (key, field) in [
        ("embedding_length", "hidden_size"),
        ("block_count", "num_hidden_layers"),
        ("feed_forward_length", "intermediate_size"),
        ("attention.head_count", "num_attention_heads"),
        ("attention.head_count_kv", "num_key_value_heads"),
        ("attention.key_length", "head_dim"),
        ("context_length", "max_position_embeddings"),
        ("attention.sliding_window", "sliding_window"),
    ] {
        if let Some(count) = config[field].as_u64() {
            gguf.set(&format!("{architecture}.{key}"), Meta::U32(count as u32));
        }
    }
    for (key, field) in [
        ("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
        ("attn_logit_softcapping", "attn_logit_softcapping"),
        ("final_logit_softcapping", "final_logit_softcapping"),
    ] {
        if let Some(number) = config[field].as_f64() {
            gguf.set(&format!("{architecture}.{key}"), Meta::F32(number as f32));
        }
    }
    if let (true, Some(sorts)) =
        (architecture.starts_with("gemma"), config["layer_types"].as_array())
    {
        let flags = sorts.iter().map(|sort| sort == "sliding_attention").collect();
        gguf.set(&format!("{architecture}.attention.sliding_window_pattern"), Meta::Flags(flags));
    }
}

fn rope(gguf: &mut Gguf, architecture: &str, config: &Value) {
    let mut rope = &config["rope_parameters"];
    let mut put = |key: &str, value: &Value| {
        if let Some(number) = value.as_f64() {
            gguf.set(&format!("{architecture}.rope.{key}"), Meta::F32(number as f32));
        }
    };
    if rope.get("full_attention").is_some() {
        put("freq_base_swa", &rope["sliding_attention"]["rope_theta"]);
        rope = &rope["full_attention"];
    }
    put("freq_base", &rope["rope_theta"]);
    put("scaling.factor", &rope["factor"]);
    if rope["rope_type"] == "linear" {
        gguf.set(&format!("{architecture}.rope.scaling.type"), Meta::Text("linear".into()));
    }
    let number = |field: &str| config[field].as_f64();
    let heads = number("num_attention_heads").expect("heads");
    let head_dim = number("head_dim").unwrap_or(number("hidden_size").expect("a size") / heads);
    let turning = rope["partial_rotary_factor"].as_f64().unwrap_or(1.0) * head_dim;
    gguf.set(&format!("{architecture}.rope.dimension_count"), Meta::U32(turning as u32));
    for (field, name) in
        [("short_factor", "rope_factors_short"), ("long_factor", "rope_factors_long")]
    {
        if let Some(factors) = rope[field].as_array() {
            let numbers = factors.iter().map(|factor| factor.as_f64().expect("one") as f32);
            let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
            let (name, shape) = (format!("{name}.weight"), vec![factors.len()]);
            gguf.tensors.push(Matrix { name, shape, kind: 0, bytes });
            let original = rope["original_max_position_embeddings"].as_u64().expect("a length");
            let key = format!("{architecture}.rope.scaling.original_context_length");
            gguf.set(&key, Meta::U32(original as u32));
        }
    }
}

fn tokenizer(gguf: &mut Gguf, dir: &Path) {
    let tokenizer: Value = json(&dir.join("tokenizer.json"));
    let vocabulary = tokenizer["model"]["vocab"].as_object().expect("a vocabulary");
    let mut tokens: Vec<(&String, u64)> =
        vocabulary.iter().map(|(token, number)| (token, number.as_u64().expect("one"))).collect();
    tokens.sort_by_key(|(_, number)| *number);
    let added = tokenizer["added_tokens"].as_array().expect("added tokens");
    let control = |token: &String| added.iter().any(|added| added["content"] == **token);
    let sorts = tokens.iter().map(|(token, _)| if control(token) { 3 } else { 1 }).collect();
    let merges = tokenizer["model"]["merges"].as_array().expect("merges");
    let part = |merge: &Value, index: usize| merge[index].as_str().expect("a part").to_owned();
    let merges = merges.iter().map(|merge| format!("{} {}", part(merge, 0), part(merge, 1)));
    let template = std::fs::read_to_string(dir.join("chat_template.jinja")).expect("a template");
    gguf.set("tokenizer.ggml.model", Meta::Text("gpt2".into()))
        .set("tokenizer.ggml.pre", Meta::Text("gpt-2".into()))
        .set(
            "tokenizer.ggml.tokens",
            Meta::Texts(tokens.iter().map(|(token, _)| (*token).clone()).collect()),
        )
        .set("tokenizer.ggml.token_type", Meta::Numbers(sorts))
        .set("tokenizer.ggml.merges", Meta::Texts(merges.collect()))
        .set("tokenizer.ggml.bos_token_id", Meta::U32(0))
        .set("tokenizer.ggml.eos_token_id", Meta::U32(1))
        .set("tokenizer.ggml.add_bos_token", Meta::Flag(true))
        .set("tokenizer.chat_template", Meta::Text(template));
}

fn floats(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    match dtype {
        Dtype::F32 => bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect(),
        Dtype::BF16 => {
            let numbers = bytes.chunks_exact(2).map(bytemuck::pod_read_unaligned::<bf16>);
            numbers.map(bf16::to_f32).collect()
        }
        other => panic!("fixtures have no {other:?}"),
    }
}

fn matrix(tensor: Named<'_>, architecture: &str, config: &Value, written: Written) -> Matrix {
    let Named { name, shape, mut numbers } = tensor;
    let count = |field: &str| config[field].as_u64().expect("a count") as usize;
    if architecture == "llama" && name.contains("q_proj") {
        numbers = woven(&numbers, shape[0], count("num_attention_heads"));
    } else if architecture == "llama" && name.contains("k_proj") {
        numbers = woven(&numbers, shape[0], count("num_key_value_heads"));
    } else if architecture.starts_with("gemma") && name.ends_with("norm.weight") {
        numbers.iter_mut().for_each(|number| *number += 1.0);
    }
    if name.ends_with(scaled_queries(architecture)) {
        // Files cannot say that scores are scaled by another number than the width of the heads.
        let scale = (count("head_dim") as f32 / count("query_pre_attn_scalar") as f32).sqrt();
        numbers.iter_mut().for_each(|number| *number *= scale);
    }
    let name = renamed(name, architecture);
    let (kind, bytes) = match (written, shape) {
        (Written::Q8_0, [_, columns]) if columns.is_multiple_of(32) => (8, q8_0(&numbers)),
        (Written::Rounded, [_, columns]) if columns.is_multiple_of(32) => {
            BlockFormat::Q8_0.dequantize(&q8_0(&numbers), &mut numbers);
            (0, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
        }
        (Written::F16, [_, _]) => (1, bytes(numbers.iter().map(|x| f16::from_f32(*x).to_bits()))),
        (Written::Bf16, [_, _]) => {
            (30, bytes(numbers.iter().map(|x| bf16::from_f32(*x).to_bits())))
        }
        _ => (0, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()),
    };
    Matrix { name, shape: shape.to_owned(), kind, bytes }
}

/// Returns the ending of the tensor that queries of a Gemma are a multiple of.
fn scaled_queries(architecture: &str) -> &'static str {
    match architecture {
        "gemma2" => "q_proj.weight",
        "gemma3" => "q_norm.weight",
        _ => "no tensor",
    }
}

fn bytes(halves: impl Iterator<Item = u16>) -> Vec<u8> {
    halves.flat_map(u16::to_le_bytes).collect()
}

/// Puts the two halves of each head into each other, row by row.
fn woven(numbers: &[f32], rows: usize, heads: usize) -> Vec<f32> {
    let (width, half) = (numbers.len() / rows, rows / heads / 2);
    let mut out = vec![0.0; numbers.len()];
    for row in 0..rows {
        let (head, place) = (row / (2 * half), row % (2 * half));
        let to = head * 2 * half + place % half * 2 + place / half;
        out[to * width..][..width].copy_from_slice(&numbers[row * width..][..width]);
    }
    out
}

fn renamed(name: &str, architecture: &str) -> String {
    let (stem, end) = name.rsplit_once('.').expect("a name with an ending");
    let outside = match stem {
        "model.embed_tokens" => Some("token_embd"),
        "model.norm" => Some("output_norm"),
        "lm_head" => Some("output"),
        _ => None,
    };
    if let Some(outside) = outside {
        return format!("{outside}.{end}");
    }
    let (layer, inner) =
        stem.strip_prefix("model.layers.").and_then(|rest| rest.split_once('.')).expect("a layer");
    let inner = match (architecture.starts_with("gemma"), inner) {
        (true, "post_attention_layernorm") => "post_attention_norm",
        (true, "pre_feedforward_layernorm") | (false, "post_attention_layernorm") => "ffn_norm",
        (true, "post_feedforward_layernorm") => "post_ffw_norm",
        _ => INSIDE.iter().find(|(known, _)| *known == inner).expect("a known tensor").1,
    };
    format!("blk.{layer}.{inner}.{end}")
}

/// Rounds 32 numbers at a time to steps of a 127th of the largest.
pub(crate) fn q8_0(numbers: &[f32]) -> Vec<u8> {
    let block = |numbers: &[f32]| {
        let largest = numbers.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
        let scale = largest / 127.0;
        let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
        let steps = numbers.iter().map(move |x| (x * inverse).round() as i8 as u8);
        f16::from_f32(scale).to_le_bytes().into_iter().chain(steps).collect::<Vec<u8>>()
    };
    numbers.chunks(32).flat_map(block).collect()
}
