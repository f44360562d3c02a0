//! Sixty thousand words: those of any text, those of the field, and made-up ones.

use std::sync::LazyLock;

/// Words altogether.
const WORDS: usize = 60_000;
/// How many of them are in every text and in no name.
pub(super) const FUNCTION_WORDS: usize = 32;

const IN_TEXTS: &str = "the a of and to in is for on with this model it was by from trained that \
    as be are at or an can which data has its not use using";

const IN_NAMES: &str = "llama bert instruct 7b gguf qwen base mistral chat lora finetuned large \
    gpt2 small roberta 8b whisper t5 uncased distilbert v2 wav2vec2 7b-it sdxl en medium gemma \
    multilingual 13b awq gptq 4bit vit phi 3b cased xlm tiny clip deberta flux coder embedding \
    vision 70b dpo merge code 1b sft mini stable diffusion math 0.5b 1.5b 14b 32b 72b 8bit \
    falcon electra albert bart pegasus marian opus mt nllb mbart longformer bigbird reformer \
    xlnet camembert beit swin convnext resnet50 dino sam detr yolov8 segformer mask2former \
    depth pose hubert speecht5 bark musicgen encodec audio speech tts asr reranker retriever \
    sentence minilm mpnet e5 bge gte colbert splade moe mixtral deepseek yi solar orca vicuna \
    alpaca wizard zephyr hermes openchat starling nous dolphin airoboros guanaco pythia neox \
    bloom opt galactica santacoder starcoder codellama phind magicoder squad emotion sentiment \
    toxicity ner pos intent imdb sst2 mnli cola conll wikitext pubmed legal finance clinical \
    bio chem protein molecule tabular timeseries reward critic judge guard safety agent tool \
    function reasoning thinking distill pruned quantized onnx int8 fp16 bf16 mlx exl2 imatrix";

const LIBRARIES: &str = "transformers gguf diffusers peft sentence-transformers \
    stable-baselines3 timm mlx adapter-transformers ml-agents onnx keras tensorboard safetensors \
    setfit spacy fastai flair nemo espnet open_clip sklearn paddlepaddle pytorch coreml \
    transformers.js fasttext speechbrain asteroid pyannote-audio allennlp stanza bertopic \
    sample-factory ultralytics cleanrl litert openvino tensorrt-llm mamba-ssm";

const LANGUAGES: &str = "en zh fr de es ja ko ru pt it ar hi nl pl tr vi id th sv cs fi da uk ro \
    hu el he fa bg no hr sk ca sr lt sl lv et ms bn ta te ml kn mr gu ur pa ne si sw am yo ig ha \
    zu xh af sq hy az eu be bs my km lo mn ka kk ky uz tg tk tt ba cv gl ga cy gd br is fo mt lb \
    la eo ia mk jv su tl ceb war ilo mg sn st tn ts ss ve nso rw rn lg ln wo ff bm so om ti ps sd \
    ug bo dz as or sa mai";

/// Licenses as publishers write them, the frequent ones first.
pub(super) const LICENSES: &str = "apache-2.0 mit other openrail creativeml-openrail-m \
    cc-by-nc-4.0 llama3.1 gemma llama3 cc-by-4.0 llama2 cc-by-nc-sa-4.0 bigscience-openrail-m \
    cc-by-sa-4.0 afl-3.0 gpl-3.0 unknown bigscience-bloom-rail-1.0 openrail++ llama3.2 \
    artistic-2.0 bsd-3-clause cc0-1.0 agpl-3.0 cc-by-nc-nd-4.0 wtfpl bsl-1.0 bigcode-openrail-m \
    unlicense llama3.3 cc cc-by-nc-2.0 bsd-3-clause-clear mpl-2.0 gpl-2.0 apple-ascl lgpl-3.0 \
    cc-by-3.0 cc-by-2.0 odc-by ecl-2.0 ms-pl cc-by-sa-3.0 bsd-2-clause isc osl-3.0 ofl-1.1 zlib \
    pddl eupl-1.1 cc-by-nc-3.0 cc-by-nd-4.0 lppl-1.3c epl-2.0 postgresql deepfloyd-if-license \
    gfdl ncsa etalab-2.0 cdla-permissive-2.0 qwen-research";

const CONSONANTS: [&str; 16] =
    ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "tr"];
const VOWELS: [&str; 6] = ["a", "e", "i", "o", "u", "ai"];

/// The words by rank.
#[derive(Debug)]
pub(super) struct Words {
    all: Vec<String>,
    real: usize,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut all: Vec<String> = IN_TEXTS.split_whitespace().map(str::to_owned).collect();
        all.extend(IN_NAMES.split_whitespace().map(str::to_owned));
        let real = all.len();
        all.extend((0..WORDS - real).map(make_up));
        Self { all, real }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, rank: usize) -> &str {
        &self.all[rank]
    }

    pub(super) fn made_up(&self, number: usize) -> &str {
        &self.all[self.real + number]
    }

    pub(super) fn made_up_len(&self) -> usize {
        self.all.len() - self.real
    }
}

/// Writes a number as syllables: two at least, and no two numbers alike.
fn make_up(number: usize) -> String {
    let syllables = CONSONANTS.len() * VOWELS.len();
    // Neighbors in rank should not be neighbors in spelling; 5,003 shares no divisor with 96³.
    let mut rest = number * 5_003 % syllables.pow(3);
    let mut word = String::new();
    for _ in 0..3 {
        let syllable = rest % syllables;
        word.push_str(CONSONANTS[syllable / VOWELS.len()]);
        word.push_str(VOWELS[syllable % VOWELS.len()]);
        rest /= syllables;
    }
    word
}

/// Returns the libraries, the frequent ones first.
pub(super) fn libraries() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| LIBRARIES.split_whitespace().collect());
    &ALL
}

/// Returns the codes of languages, the frequent ones first.
pub(super) fn languages() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| LANGUAGES.split_whitespace().collect());
    &ALL
}
