use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::model::Pass;
use super::parameters::Parameters;
use super::sequences::{self, Batch, Sequence};
use super::{DecoderConfig, DecoderTraining, Hyperparameters, Material, Storage, run};
use crate::config::ConfigFile;
use crate::decoder::{Decoder, DecoderShape};
use crate::generate::chat::ChatTemplate;
use crate::generate::{ChatMessage, GenerateRequest, Prompt};
use crate::tokenizer::TextTokenizer;
use crate::train::observer::{Observer, Step, Validation};
use crate::weights::WeightFiles;

const TEMPLATE: &str = "{% for m in messages %}\
     <|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n\
     {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/decoder").join(name)
}

fn tokenizer() -> TextTokenizer {
    TextTokenizer::load_unbounded(&fixture("llama")).expect("a tokenizer")
}

fn template() -> ChatTemplate {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("chat_template.jinja"), TEMPLATE).expect("written");
    ChatTemplate::load(dir.path()).expect("readable").expect("present")
}

fn talk() -> Vec<ChatMessage> {
    vec![
        ChatMessage::new("user", "the lantern?"),
        ChatMessage::new("assistant", "the keeper counts"),
        ChatMessage::new("user", "ships"),
        ChatMessage::new("assistant", "three"),
    ]
}

/// Records what it sees; ends after `steps_max` steps.
struct Record {
    total: u64,
    losses: Vec<f32>,
    steps_max: usize,
}

impl Record {
    fn new(steps_max: usize) -> Self {
        Self { total: 0, losses: Vec::new(), steps_max }
    }
}

impl Observer for Record {
    fn started(&mut self, total_steps: u64) {
        self.total = total_steps;
    }

    fn step(&mut self, step: &Step) {
        self.losses.push(step.loss);
    }

    fn validated(&mut self, _validation: &Validation) {}

    fn keep_going(&mut self) -> bool {
        self.losses.len() < self.steps_max
    }
}

#[derive(Deserialize)]
struct Expected {
    sequences: Vec<[Vec<i64>; 2]>,
    loss: f64,
    gradients: Vec<ExpectedGradient>,
}

#[derive(Deserialize)]
struct ExpectedGradient {
    name: String,
    norm: f64,
    stride: usize,
    values: Vec<f32>,
}

fn sequence([tokens, targets]: &[Vec<i64>; 2]) -> Sequence {
    let target = |target: &i64| u32::try_from(*target).unwrap_or(kernels::IGNORED);
    Sequence {
        tokens: tokens.iter().map(|token| *token as u32).collect(),
        targets: targets.iter().map(target).collect(),
    }
}

fn stored(dir: &Path, shape: &DecoderShape) -> Parameters {
    let files = WeightFiles::open(dir).expect("weights");
    let mut parameters = Parameters::random(shape, 0).expect("a shape that can be trained");
    for one in &mut parameters.all {
        one.values = files.tensor(&one.name, &one.shape).expect("the same names").to_f32();
    }
    parameters
}

#[test]
fn loss_and_gradients_equal_those_of_torch() {
    for name in ["llama", "llama-bf16"] {
        let dir = fixture(name);
        let text = std::fs::read(dir.join("gradients.json")).expect("the fixture is committed");
        let expected: Expected = serde_json::from_slice(&text).expect("gradients");
        let shape = DecoderShape::read(&ConfigFile::read(&dir).expect("a config")).expect("sizes");
        let parameters = stored(&dir, &shape);
        let sequences: Vec<Sequence> = expected.sequences.iter().map(sequence).collect();
        let mut gradients = parameters.zeros();
        let loss = Pass::new(&parameters, &Batch::new(&sequences)).learn(&mut gradients);
        assert!((loss - expected.loss).abs() < 1e-4 * expected.loss, "{loss}, {}", expected.loss);
        assert_eq!(parameters.all.len(), expected.gradients.len());
        for expected in expected.gradients {
            let place = parameters.all.iter().position(|known| known.name == expected.name);
            let found = &gradients[place.expect("the same names")];
            let norm = found.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
            let near = (norm - expected.norm).abs() < 1e-3 * expected.norm;
            assert!(near, "{}: {norm}, expected {}", expected.name, expected.norm);
            for (found, value) in found.iter().step_by(expected.stride).zip(&expected.values) {
                let near = f64::from((found - value).abs()) < 1e-3 * expected.norm;
                assert!(near, "{}: {found}, expected {value}", expected.name);
            }
        }
    }
}

#[test]
fn a_text_is_cut_into_pieces_that_learn_each_token_once() {
    let tokenizer = tokenizer();
    let text = "three gulls on the grey wall";
    let whole = tokenizer.encode(text).expect("tokens");
    let pieces = sequences::of_text(&tokenizer, text, 1, 4).expect("sequences");
    assert!(pieces.iter().all(|piece| piece.tokens.len() <= 4));
    let learned: Vec<u32> = pieces
        .iter()
        .flat_map(|piece| piece.targets.iter().copied())
        .filter(|target| *target != kernels::IGNORED)
        .collect();
    assert_eq!(learned, [&whole[1..], &[1]].concat());
}

#[test]
fn only_answers_are_learned() {
    let tokenizer = tokenizer();
    let learned = |answers_only: bool| {
        let sequence = sequences::of_conversation(&tokenizer, &template(), &talk(), answers_only)
            .expect("one");
        let targets = sequence.targets.into_iter().filter(|target| *target != kernels::IGNORED);
        tokenizer.decode_all(&targets.collect::<Vec<u32>>()).expect("text")
    };
    assert_eq!(learned(true), "the keeper counts<|im_end|>\nthree<|im_end|>\n");
    assert!(learned(false).starts_with("user\nthe lantern?<|im_end|>"));
}

#[test]
fn batches_hold_everything_once_and_are_not_too_large() {
    use rand::SeedableRng;
    let of_length = |length: u32| Sequence {
        tokens: (0..length).collect(),
        targets: vec![kernels::IGNORED; length as usize],
    };
    let sequences: Vec<Sequence> = [5, 3, 9, 1, 4, 30, 2].map(of_length).into();
    let mut chance = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let groups = sequences::shuffled(&sequences, 10, &mut chance);
    let mut all = groups.concat();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
    for group in groups {
        let tokens: usize = group.iter().map(|&number| sequences[number].tokens.len()).sum();
        assert!(tokens <= 10 || group.len() == 1, "{group:?}");
    }
    let batch = Batch::new(&sequences[3..5]);
    assert_eq!(batch.offsets, [0, 1, 5]);
    assert_eq!(batch.positions, [0, 0, 1, 2, 3]);
}

fn config() -> DecoderConfig {
    DecoderConfig {
        hidden: 32,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        intermediate: 64,
        context_max: 64,
        begin_token: Some("<s>".into()),
        chat_template: Some(TEMPLATE.into()),
        ..DecoderConfig::default()
    }
}

fn train(
    config: &DecoderConfig,
    material: Material<'_>,
    out: &Path,
    record: &mut Record,
) -> crate::Result<super::Report> {
    let hyperparameters =
        Hyperparameters { epochs: 60, batch_tokens: 64, learning_rate: 1e-2, ..Default::default() };
    let tokenizer_json = &fixture("llama/tokenizer.json");
    let hyperparameters = &hyperparameters;
    run(&DecoderTraining { config, tokenizer_json, material, hyperparameters, out }, record)
}

#[test]
fn a_trained_decoder_answers_as_it_was_taught() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("tiny");
    let conversations = [talk(), talk()[..2].to_vec()];
    let mut record = Record::new(usize::MAX);
    let report = train(&config(), Material::Answers(&conversations), &out, &mut record);
    let report = report.expect("a training");
    assert_eq!(report.steps, record.total);
    assert_eq!(record.losses.len() as u64, record.total);
    assert!(report.loss < 0.1 && record.losses[0] > 3.0, "{report:?}, {:?}", record.losses);

    let decoder = Decoder::load(&out).expect("it loads");
    assert_eq!(decoder.facts().dtype, "bf16");
    let chat = Prompt::Chat(vec![ChatMessage::new("user", "the lantern?")].into());
    let request = GenerateRequest {
        tokens_max: 20,
        stop: vec!["<|im_end|>".into(), "\n".into()],
        ..GenerateRequest::new(chat)
    };
    let mut reader = |_: &crate::generate::Piece| std::ops::ControlFlow::Continue(());
    let answer = decoder.generate(&request, &mut reader).expect("an answer");
    assert_eq!(answer.text, "the keeper counts");
}

#[test]
fn equal_trainings_give_equal_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let texts = ["three gulls on the wall".to_owned()];
    let config = DecoderConfig { tied: false, storage: Storage::F32, ..config() };
    let weights = |name: &str| {
        let out = dir.path().join(name);
        train(&config, Material::Texts(&texts), &out, &mut Record::new(usize::MAX)).expect("done");
        std::fs::read(out.join("model.safetensors")).expect("weights")
    };
    assert_eq!(weights("one"), weights("two"));
}

#[test]
fn nothing_is_left_of_a_training_that_does_not_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("tiny");
    let texts = ["three gulls on the wall".to_owned()];
    let report = train(&config(), Material::Texts(&texts), &out, &mut Record::new(3));
    let report = report.expect("a training");
    assert_eq!((report.stopped, report.steps), (true, 3));
    let check = |config: &DecoderConfig, material: Material<'_>, expected: &str| {
        let error = train(config, material, &out, &mut Record::new(9)).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    let texts = Material::Texts(&texts);
    check(&config(), Material::Texts(&[]), "there is nothing to learn from");
    let end = DecoderConfig { end_token: "<end>".into(), ..config() };
    check(&end, texts, "the tokenizer has no token `<end>`");
    let silent = DecoderConfig { chat_template: None, ..config() };
    check(&silent, Material::Answers(&[talk()]), "conversations need a chat template");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0);
    std::fs::create_dir(&out).expect("a folder");
    check(&config(), texts, &format!("`{}` is there already", out.display()));
}
