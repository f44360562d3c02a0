//! Rounded while they are loaded, models still say nearly what they said; in models as small as
//! these four bits cost more than in real ones.

use native::{Decoder, Quantize};

use crate::fixtures::{cosine, path};

const MODELS: [&str; 6] = ["llama", "mistral", "qwen2", "qwen3", "phi3", "gemma3"];
const TOKENS: [u32; 6] = [3, 14, 15, 9, 2, 6];

fn scores(name: &str, quantize: Option<Quantize>) -> Vec<f32> {
    let dir = path("decoder").join(name);
    let decoder = Decoder::load_quantized(&dir, quantize).expect("the model loads");
    decoder.scores(&TOKENS).expect("scores")
}

#[test]
fn fewer_bits_say_nearly_the_same() {
    for name in MODELS {
        let whole = scores(name, None);
        let facts = native::inspect(&path("decoder").join(name)).expect("facts");
        for (quantize, least) in
            [(Quantize::Bf16, 0.999), (Quantize::Int8, 0.995), (Quantize::Q4, 0.9)]
        {
            let rounded = scores(name, Some(quantize));
            let is_there = facts.dtype == quantize.as_str();
            assert_eq!(rounded == whole, is_there, "{name} is rounded to {quantize}, or was");
            let alike = cosine(&rounded, &whole);
            assert!(alike >= least, "{name} in {quantize}: a cosine of {alike}");
        }
    }
}

#[test]
fn a_way_has_a_name() {
    for quantize in Quantize::ALL {
        assert_eq!(quantize.as_str().parse(), Ok(quantize));
    }
    let error = "fp4".parse::<Quantize>().expect_err("no way");
    assert_eq!(error.to_string(), "`fp4` is no way to quantize: choose `bf16`, `int8` or `q4`");
}
