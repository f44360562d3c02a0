//! The way back against differences, and the way forward against the finished model.

use super::*;
use crate::encoder::Activation;
use crate::encoder::batch::Packed;
use arena::Arena;
use pass::{Pass, Score};
use room::Room;

/// A family's tiny model, ready for passes.
struct Ready {
    base: PathBuf,
    model: Model,
    arena: Arena,
    packed: Packed,
    labels: Vec<u32>,
    rates: Rates,
}

const TEXTS: [&str; 4] = ["the river is high", "bread", "she reads the old map", "cat and garden"];

fn ready(name: &str, method: Method) -> Ready {
    let base = fixture(name);
    let config = ConfigFile::read(&base).expect("a configuration");
    let shape = EncoderShape::read(&config).expect("a shape");
    let tokenizer = TextTokenizer::load(&base, 60).expect("a tokenizer");
    let one =
        |(number, text): (usize, &&str)| Example { text: (*text).to_owned(), label: number % 3 };
    let all: Vec<Example> = TEXTS.iter().enumerate().map(one).collect();
    let examples = Examples::new(&all, &tokenizer, 3, shape.vocabulary).expect("examples");
    let files = WeightFiles::open(&base).expect("weights");
    let chance = ChaCha8Rng::seed_from_u64(3);
    let (model, mut arena) =
        Model::load(&files, &shape, method, &examples, chance).expect("a model");
    // Away from the start, where additions are zero and many gradients with them.
    let mut chance = ChaCha8Rng::seed_from_u64(4);
    let values = arena.values.iter_mut();
    values.for_each(|x| *x += 0.05 * crate::train::random::normal(&mut chance));
    let numbers = || (0..examples.len()).map(|number| examples.get(number));
    let packed = Packed::new(numbers().map(|one| one.tokens.as_slice()));
    let labels = numbers().map(|one| one.label).collect();
    Ready { base, model, arena, packed, labels, rates: Rates::read(&config).expect("rates") }
}

impl Ready {
    /// Returns how far differences go, and how far off they may be: the slope of the positive
    /// part jumps, and some differences go across.
    fn step_and_tolerance(&self) -> (f32, f64) {
        let is_smooth = self.model.shape.activation != Activation::Relu;
        if is_smooth { (1e-2, 0.01) } else { (2e-3, 0.05) }
    }

    fn pass(&self, with_noise: bool) -> Pass<'_> {
        let pass = Pass::new(&self.model, &self.arena, &self.packed);
        if with_noise { pass.with_noise(self.rates.of_pass(1, 2, 3)) } else { pass }
    }

    fn score(&self, room: &mut Room, with_noise: bool) -> Score {
        let pass = self.pass(with_noise);
        pass.forward(room);
        pass.score(room, &self.labels)
    }

    fn gradients(&self, with_noise: bool) -> Vec<f32> {
        let mut gradients = vec![0.0; self.arena.values.len()];
        let mut room = Room::default();
        self.score(&mut room, with_noise);
        self.pass(with_noise).backward(&mut room, 1.0, &mut gradients);
        gradients
    }
}

/// Moves along the direction and returns how quickly the loss changes.
fn slope(ready: &mut Ready, direction: &[f32], place: usize, with_noise: bool) -> f64 {
    let (far, _) = ready.step_and_tolerance();
    let range = ready.arena.ranges[place].clone();
    let start = ready.arena.values.clone();
    let mut at = |step: f32| {
        let values = ready.arena.values[range.clone()].iter_mut();
        let start = &start[range.clone()];
        values.zip(start).zip(direction).for_each(|((x, start), along)| *x = start + step * along);
        ready.score(&mut Room::default(), with_noise).loss
    };
    // Two distances, weighed so that the bend between them cancels out.
    let across = |far: f32, at: &mut dyn FnMut(f32) -> f64| at(far) - at(-far);
    let (near, twice) = (across(far, &mut at), across(2.0 * far, &mut at));
    let slope = (8.0 * near - twice) / (12.0 * f64::from(far));
    ready.arena.values = start;
    slope
}

/// Runs `f` with sums of f32: inputs rounded to bf16 would hide the small steps of differences.
fn precisely<T>(f: impl FnOnce() -> T) -> T {
    kernels::with_level(kernels::Level::Vnni, f)
}

fn check(name: &str, method: Method, with_noise: bool) {
    precisely(|| compare(name, method, with_noise));
}

fn compare(name: &str, method: Method, with_noise: bool) {
    let mut ready = ready(name, method);
    let gradients = ready.gradients(with_noise);
    let mut chance = ChaCha8Rng::seed_from_u64(5);
    let mut flat = 0;
    for place in 0..ready.arena.ranges.len() {
        let gradient = gradients[ready.arena.ranges[place].clone()].to_vec();
        let length = kernels::sum_of_squares(&gradient).sqrt() as f32;
        flat += usize::from(length < 1e-3);
        let along: Vec<f32> = gradient.iter().map(|x| x / length.max(1e-12)).collect();
        let mut any: Vec<f32> =
            gradient.iter().map(|_| crate::train::random::normal(&mut chance)).collect();
        let any_length = kernels::sum_of_squares(&any).sqrt() as f32;
        any.iter_mut().for_each(|x| *x /= any_length);
        for direction in [along, any] {
            let product = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d));
            let expected: f64 = product.sum();
            let found = slope(&mut ready, &direction, place, with_noise);
            let (step, tolerance) = ready.step_and_tolerance();
            // The loss itself is exact to about a millionth.
            let tolerance = tolerance * f64::from(length) + 4e-6 / f64::from(step);
            let what = format!("{name} {method:?}, tensor {place}: {found}, expected {expected}");
            assert!((found - expected).abs() < tolerance, "{what}");
        }
    }
    // The bias of keys changes nothing, because softmax does not see what all scores share.
    assert!(flat <= 2, "{name} {method:?}: {flat} tensors have no gradient");
}

const FAMILIES: [&str; 6] =
    ["bert-base", "roberta-base", "distilbert-base", "distilbert-relu", "mpnet-base", "bert-bf16"];

#[test]
fn gradients_of_every_tensor_of_every_family_equal_differences() {
    for name in FAMILIES {
        check(name, Method::Full, false);
        check(name, Method::Full, true);
    }
}

#[test]
fn gradients_of_low_rank_additions_equal_differences() {
    for name in FAMILIES {
        check(name, Method::Lora { rank: 3, alpha: 6.0 }, false);
        check(name, Method::Lora { rank: 3, alpha: 6.0 }, true);
    }
}

#[test]
fn the_finished_model_scores_as_the_trained_one_does() {
    precisely(finished_models_score_as_trained_ones);
}

fn finished_models_score_as_trained_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in FAMILIES {
        for (number, method) in
            [Method::Full, Method::Lora { rank: 3, alpha: 6.0 }].into_iter().enumerate()
        {
            let ready = ready(name, method);
            let mut room = Room::default();
            ready.pass(false).forward(&mut room);
            kernels::softmax_rows(&mut room.scores, 3);
            let out = dir.path().join(format!("{name}-{number}"));
            result::write(&out, &ready.base, &labels(), (&ready.model, &ready.arena))
                .expect("a folder");
            let encoder = Encoder::load(&out).expect("a classifier");
            assert_eq!(encoder.labels(), labels());
            let found = encoder.classify(&TEXTS).expect("probabilities").concat();
            for (found, expected) in found.iter().zip(&room.scores) {
                assert!((found - expected).abs() < 1e-5, "{name} {method:?}: {found} {expected}");
            }
        }
    }
}
