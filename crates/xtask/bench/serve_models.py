"""Makes a language model of random weights in the forms that engines read.

    python serve_models.py DIR SHAPE FORM

DIR/SHAPE gets bf16 safetensors, DIR/SHAPE-f16.gguf and DIR/SHAPE-FORM.gguf the same weights. What is there is kept.
"""

import ctypes
import json
import pathlib
import sys

import numpy as np

SHAPES = {
    "qwen05": dict(
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        hidden_size=896,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        intermediate_size=4864,
        vocab_size=151936,
        rms_norm_eps=1e-6,
        rope_theta=1000000.0,
    ),
    "llama1b": dict(
        model_type="llama",
        architectures=["LlamaForCausalLM"],
        hidden_size=2048,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        intermediate_size=8192,
        vocab_size=128256,
        rms_norm_eps=1e-5,
        rope_theta=500000.0,
        head_dim=64,
    ),
    "tiny": dict(
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        hidden_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=512,
        vocab_size=6000,
        rms_norm_eps=1e-6,
        rope_theta=10000.0,
    ),
}
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PIECES = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILE_TYPES = {"q8_0": 7, "q4_0": 2, "q4_k_m": 15}


def main():
    directory, shape, form = sys.argv[1:]
    root = pathlib.Path(directory)
    folder = root / shape
    half = root / f"{shape}-f16.gguf"
    wanted = root / f"{shape}-{form}.gguf"
    config = dict(SHAPES[shape], tie_word_embeddings=True, hidden_act="silu", torch_dtype="bfloat16")
    config |= dict(max_position_embeddings=8192, bos_token_id=config["vocab_size"] - 3)
    config |= dict(eos_token_id=config["vocab_size"] - 1, use_sliding_window=False)
    if not (folder / "model.safetensors").exists() or not half.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=1))
        vocabulary = tokenizer(folder, config["vocab_size"])
        weights = dict(draw(config))
        save(folder / "model.safetensors", weights)
        write_gguf(half, config, weights, vocabulary)
    if not wanted.exists():
        quantize(half, wanted, FILE_TYPES[form])


def tokenizer(folder, size):
    """Writes a byte-level tokenizer with one merge: a token for each byte, and made-up words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    words += ["ab"]
    words += [f"Ġword{number}" for number in range(len(words), size - len(SPECIALS))]
    vocabulary = {word: number for number, word in enumerate(words)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[("a", "b")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(SPECIALS)
    made.save(str(folder / "tokenizer.json"))
    settings = dict(tokenizer_class="PreTrainedTokenizerFast", eos_token=SPECIALS[2])
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return words + SPECIALS


def draw(config):
    """Yields names and weights: rows of 32-bit floats that bf16 can tell."""
    random = np.random.default_rng(7)
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    keys = hidden // config["num_attention_heads"] * config["num_key_value_heads"]

    def matrix(*shape):
        numbers = random.standard_normal(shape, dtype=np.float32) * 0.02
        return (numbers.view(np.uint32) & 0xFFFF0000).view(np.float32)

    yield "model.embed_tokens.weight", matrix(config["vocab_size"], hidden)
    for layer in range(config["num_hidden_layers"]):
        block = f"model.layers.{layer}."
        yield block + "input_layernorm.weight", np.ones(hidden, np.float32)
        yield block + "post_attention_layernorm.weight", np.ones(hidden, np.float32)
        for name, rows in [("q", hidden), ("k", keys), ("v", keys)]:
            yield block + f"self_attn.{name}_proj.weight", matrix(rows, hidden)
            if config["model_type"] == "qwen2":
                yield block + f"self_attn.{name}_proj.bias", matrix(rows)
        yield block + "self_attn.o_proj.weight", matrix(hidden, hidden)
        yield block + "mlp.gate_proj.weight", matrix(wide, hidden)
        yield block + "mlp.up_proj.weight", matrix(wide, hidden)
        yield block + "mlp.down_proj.weight", matrix(hidden, wide)
    yield "model.norm.weight", np.ones(hidden, np.float32)


def save(path, weights):
    """Writes bf16 safetensors."""
    header, start = {}, 0
    for name, numbers in weights.items():
        end = start + 2 * numbers.size
        header[name] = dict(dtype="BF16", shape=numbers.shape, data_offsets=[start, end])
        start = end
    text = json.dumps(dict(header, __metadata__={"format": "pt"})).encode()
    text += b" " * (-len(text) % 64 + 56)
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for numbers in weights.values():
            file.write((numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes())
    partial.rename(path)


def write_gguf(path, config, weights, vocabulary):
    import gguf

    partial = path.with_suffix(".partial")
    kind = config["model_type"]
    writer = gguf.GGUFWriter(partial, kind)
    writer.add_name("random")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_file_type(1)
    if kind == "llama":
        writer.add_rope_dimension_count(config["head_dim"])
        writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary)
    writer.add_token_types([1] * (len(vocabulary) - len(SPECIALS)) + [3] * len(SPECIALS))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    for name, numbers in weights.items():
        if kind == "llama" and (".q_proj." in name or ".k_proj." in name):
            heads = config["num_attention_heads" if ".q_" in name else "num_key_value_heads"]
            halves = numbers.reshape(heads, 2, numbers.shape[0] // heads // 2, *numbers.shape[1:])
            numbers = halves.swapaxes(1, 2).reshape(numbers.shape)
        numbers = numbers if numbers.ndim == 1 else numbers.astype(np.float16)
        writer.add_tensor(gguf_name(name), numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.rename(path)


def gguf_name(name):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, *middle, last = name.split(".")
    return f"blk.{layer}.{PIECES['.'.join(middle)]}.{last}"


def quantize(source, path, file_type):
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = file_type
    partial = path.with_suffix(".partial")
    names = [str(name).encode() for name in (source, partial)]
    if llama_cpp.llama_model_quantize(*names, ctypes.byref(settings)) != 0:
        sys.exit(f"llama.cpp could not quantize {source}")
    partial.rename(path)


if __name__ == "__main__":
    main()
