//! Encoders with fewer bits: what they say, and how the report of it is counted.

use std::ops::ControlFlow;

use native::encoder::Choice;
use native::parity::{ENCODER_TOKENS_MAX, EncoderParity, Parity, Progress, measure};
use native::{Aggregation, Encoder, Quantize};

use crate::fixtures::{cosine, model};

const TEXTS: [&str; 6] = [
    "the river is high after the rain",
    "nobody crosses it before noon",
    "the bread is warm and the house is quiet",
    "she reads the map",
    "all of the boats are old, and one is new",
    "why does the water rise?",
];

fn load(name: &str, quantize: Option<Quantize>) -> Encoder {
    Encoder::load_quantized(&model(name), quantize).expect("the model loads")
}

fn measured(name: &str, quantize: Quantize) -> EncoderParity {
    let mut on = |_: Progress| ControlFlow::Continue(());
    // A line is a text, whether it comes alone or with others.
    let texts = [TEXTS[..4].join("\n"), TEXTS[4].to_owned(), format!("\n {}\n\n", TEXTS[5])];
    let parity = measure(&model(name), quantize, &texts, &mut on);
    match parity.expect("a measurement").expect("it was not stopped") {
        Parity::Encoder(parity) => parity,
        Parity::Decoder(_) => panic!("{name} reads"),
    }
}

fn share(alike: impl Iterator<Item = bool>) -> f64 {
    let alike: Vec<bool> = alike.collect();
    alike.iter().filter(|alike| **alike).count() as f64 / alike.len() as f64
}

#[test]
fn every_head_has_its_choices() {
    let check = |name: &str, choice, choices| {
        let [bf16, int8, q4] = Quantize::ALL.map(|quantize| measured(name, quantize));
        assert!(bf16.similarity > int8.similarity, "{name}: {bf16:?} {int8:?}");
        let found = (int8.choice, int8.texts, int8.choices);
        assert_eq!(found, (choice, TEXTS.len(), choices), "{name}");
        assert!(int8.similarity > 0.999 && int8.similarity < 1.0, "{name}: {int8:?}");
        assert!(q4.similarity < int8.similarity, "{name}: {int8:?} {q4:?}");
        assert!(int8.agreement > 0.6 && int8.agreement <= 1.0, "{name}: {int8:?}");
        assert_eq!(int8, measured(name, Quantize::Int8), "{name}: again the same");
    };
    check("bert-base", Choice::Nearest, 6);
    check("bert-sentence-cls", Choice::Nearest, 6);
    check("mpnet-base", Choice::Nearest, 6);
    check("distilbert-classification", Choice::Class, 6);
    check("bert-multi-label", Choice::Class, 18);
    check("roberta-inference", Choice::Class, 6);
    check("roberta-answers", Choice::End, 12);
    let tokens = measured("bert-tokens", Quantize::Int8).tokens;
    check("bert-tokens", Choice::Label, tokens);
    check("bert-masked-lm", Choice::Gap, 15);
}

#[test]
fn the_report_is_what_comes_out_by_hand() {
    let both = |name| [None, Some(Quantize::Q4)].map(|quantize| load(name, quantize));
    let [before, after] =
        both("roberta-classification").map(|one| one.classify(&TEXTS).expect("probabilities"));
    let best = |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
    let alike = share(before.iter().zip(&after).map(|(a, b)| best(a) == best(b)));
    assert_eq!(measured("roberta-classification", Quantize::Q4).agreement, alike);

    let [before, after] = both("bert-tokens").map(|one| {
        let found = one.find_entities(&TEXTS, Aggregation::None, &[]).expect("entities");
        let label = |one: &native::Entity| one.entity.clone();
        found.iter().flatten().map(label).collect::<Vec<_>>()
    });
    assert_eq!(before.len(), after.len());
    let alike = share(before.iter().zip(&after).map(|(a, b)| a == b));
    // Marks have labels too, of which no entity is made.
    let marks = 2 * TEXTS.len();
    let found = measured("bert-tokens", Quantize::Q4);
    assert_eq!(found.choices, before.len() + marks);
    let off = found.agreement * found.choices as f64 - alike * before.len() as f64;
    assert!((0.0..=marks as f64).contains(&off), "{found:?}, {alike}");

    let [before, after] =
        both("bert-sentence-mean").map(|one| one.embed(&TEXTS).expect("vectors").vectors);
    let cosines = before.iter().zip(&after).map(|(a, b)| f64::from(cosine(a, b)));
    let mean = cosines.sum::<f64>() / TEXTS.len() as f64;
    let found = measured("bert-sentence-mean", Quantize::Q4);
    assert!((found.similarity - mean).abs() < 1e-5, "{found:?}, {mean}");
}

#[test]
fn a_text_has_the_same_vector_in_any_company() {
    for quantize in Quantize::ALL {
        let encoder = load("bert-sentence-mean", Some(quantize));
        let alone = encoder.embed(&TEXTS[..1]).expect("a vector").vectors;
        let many: Vec<&str> = TEXTS.iter().cycle().take(60).copied().collect();
        assert_eq!(encoder.embed(&many).expect("vectors").vectors[0], alone[0], "{quantize}");
    }
}

#[test]
fn long_texts_are_bounded_and_a_measurement_may_be_stopped() {
    let texts = [TEXTS.join("\n").repeat(2_000)];
    let dir = model("bert-classification");
    let mut seen: Vec<Progress> = Vec::new();
    let mut watch = |progress: Progress| {
        seen.push(progress);
        let rounded = progress.quantize.is_some();
        if rounded { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopped = measure(&dir, Quantize::Int8, &texts, &mut watch).expect("no error");
    assert_eq!(stopped, None);
    let (last, before) = (seen[seen.len() - 1], seen.len() - 1);
    assert_eq!((last.done, last.quantize), (last.total / 2, Some(Quantize::Int8)));
    assert!(last.total <= 2 * ENCODER_TOKENS_MAX, "{last:?}");
    assert!(seen.windows(2).all(|two| two[0].done < two[1].done));
    assert!(seen[..before].iter().all(|one| one.quantize.is_none()));
}
