//! What fewer bits change is measured as `transformers` and plain arithmetic would measure it.

use std::ops::ControlFlow;

use native::decoder::{Decoder, Prediction};
use native::parity::{DecoderParity, Parity, Progress, TOKENS_MAX, WINDOW_TOKENS, measure};
use native::{Error, Quantize};
use serde::Deserialize;

use crate::fixtures::{assert_close, json, path, precisely};

const MODELS: [&str; 6] = ["llama", "mistral", "qwen2", "qwen3", "phi3", "gemma3"];
const TEXT: &str = "the river is high after the rain, and nobody crosses it before noon. ";

#[derive(Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    tokens: Vec<u32>,
    prompt_logprobs: Vec<f32>,
}

fn texts(times: usize) -> Vec<String> {
    vec![TEXT.repeat(times)]
}

fn measured(name: &str, quantize: Quantize) -> DecoderParity {
    let mut on = |_: Progress| ControlFlow::Continue(());
    let parity = measure(&path("decoder").join(name), quantize, &texts(4), &mut on);
    match parity.expect("a measurement").expect("it was not stopped") {
        Parity::Decoder(parity) => parity,
        Parity::Encoder(_) => panic!("{name} writes"),
    }
}

#[test]
fn texts_are_foreseen_as_by_transformers() {
    for name in MODELS {
        let dir = path("decoder").join(name);
        let decoder = Decoder::load(&dir).expect("the model loads");
        let expected: Expected = json(&dir.join("expected.json"));
        for case in expected.cases {
            let found = precisely(|| decoder.predictions(&case.tokens)).expect("predictions");
            let logprobs: Vec<f32> = found.iter().map(|one| one.logprob).collect();
            assert_close(&logprobs, &case.prompt_logprobs, 2e-3, name);
        }
    }
}

/// Returns perplexity and likeliest tokens, from the scores of whole windows, in 64 bits.
fn by_hand(decoder: &Decoder, windows: &[Vec<u32>]) -> (f64, Vec<usize>) {
    let (mut sum, mut likeliest) = (0.0, Vec::new());
    for window in windows {
        let scores = decoder.scores(window).expect("scores");
        let rows = scores.chunks(scores.len() / window.len());
        for (row, came) in rows.zip(&window[1..]) {
            let all: f64 = row.iter().map(|score| f64::from(*score).exp()).sum();
            sum -= f64::from(row[*came as usize]) - all.ln();
            let best = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
            likeliest.push(best.expect("a token"));
        }
    }
    ((sum / likeliest.len() as f64).exp(), likeliest)
}

#[test]
fn the_report_is_what_comes_out_by_hand() {
    for name in MODELS {
        let dir = path("decoder").join(name);
        let original = Decoder::load(&dir).expect("the model loads");
        let rounded =
            Decoder::load_quantized(&dir, Some(Quantize::Q4)).expect("the model loads rounded");
        let tokenizer = original.tokenizer();
        let text = &texts(4)[0];
        let (whole, plain) = (
            tokenizer.encode(text).expect("tokens"),
            tokenizer.encode_plain(text).expect("tokens"),
        );
        let begin = whole[..whole.len() - plain.len()].to_vec();
        let room = WINDOW_TOKENS.min(original.facts().context_max as usize) - begin.len();
        let windows: Vec<_> = plain
            .chunks(room)
            .map(|part| [&begin, part].concat())
            .filter(|w| w.len() > 1)
            .collect();
        let (before, first) = by_hand(&original, &windows);
        let (after, second) = by_hand(&rounded, &windows);
        let alike = first.iter().zip(&second).filter(|(a, b)| a == b).count();
        let found = measured(name, Quantize::Q4);
        assert_eq!(found.tokens, first.len(), "{name}");
        assert!((found.perplexity / before - 1.0).abs() < 1e-4, "{name}: {found:?}, {before}");
        let off = (found.perplexity_quantized / after - 1.0).abs();
        assert!(off < 1e-4, "{name}: {found:?}, {after}");
        assert_eq!(found.agreement, alike as f64 / first.len() as f64, "{name}");
    }
}

#[test]
fn more_bits_are_nearer_to_the_original() {
    for name in MODELS {
        let [bf16, int8, q4] = Quantize::ALL.map(|quantize| measured(name, quantize));
        assert_eq!(int8.perplexity, q4.perplexity, "{name}: the original is the same");
        let facts = native::inspect(&path("decoder").join(name)).expect("facts");
        assert_eq!(bf16.difference == 0.0, facts.dtype == "bf16", "{name}: {bf16:?}");
        assert!(bf16.difference < int8.difference, "{name}: {bf16:?} {int8:?}");
        assert!(int8.difference < q4.difference, "{name}: {int8:?} {q4:?}");
        assert!(int8.agreement >= q4.agreement, "{name}: {int8:?} {q4:?}");
        assert_eq!(int8, measured(name, Quantize::Int8), "{name}: again the same");
    }
}

#[test]
fn a_model_agrees_with_itself() {
    let decoder = Decoder::load(&path("decoder/llama")).expect("the model loads");
    let tokens = decoder.tokenizer().encode(TEXT).expect("tokens");
    let [once, again] = [(); 2].map(|()| decoder.predictions(&tokens).expect("predictions"));
    let parity = DecoderParity::of(&once, &again).expect("numbers");
    assert_eq!((parity.agreement, parity.difference), (1.0, 0.0));
    assert_eq!(parity.perplexity, parity.perplexity_quantized);
    assert_eq!(parity.tokens, tokens.len() - 1);
}

#[test]
fn long_texts_are_bounded_and_a_measurement_may_be_stopped() {
    let mut seen = Vec::new();
    let mut watch = |progress: Progress| {
        seen.push(progress);
        match progress.done {
            500.. => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let dir = path("decoder/llama");
    let stopped = measure(&dir, Quantize::Int8, &texts(2_000), &mut watch).expect("no error");
    assert_eq!(stopped, None);
    let last = seen.last().expect("progress");
    assert_eq!((last.total, last.quantize), (2 * TOKENS_MAX, None));
    assert!(seen.windows(2).all(|two| two[0].done < two[1].done));
}

#[test]
fn what_cannot_be_compared_says_so() {
    let mut on = |_: Progress| ControlFlow::Continue(());
    let dir = path("decoder/qwen2");
    let error = measure(&dir, Quantize::Q4, &[String::new()], &mut on).expect_err("no text");
    assert!(matches!(error, Error::Input { .. }), "{error}");
    let broken = [Prediction { logprob: f32::NAN, likeliest: 0 }];
    let error = DecoderParity::of(&broken, &broken).expect_err("no numbers");
    assert!(error.to_string().contains("are not numbers"), "{error}");
    let encoder = path("parity/bert-base");
    let error = measure(&encoder, Quantize::Q4, &texts(1), &mut on).expect_err("one text");
    assert!(error.to_string().contains("nothing that the model decides"), "{error}");
}
