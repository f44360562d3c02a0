//! `adapter_config.json`: what an adapter goes with and how strongly, or why it is refused.

use std::collections::BTreeMap;
use std::path::Path;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use crate::config::ConfigFile;
use crate::{Error, Result, files};

pub(super) const FILE: &str = "adapter_config.json";

/// The memory of one compiled expression; those of `peft`'s own examples take a few kilobytes.
const REGEX_BYTES_MAX: usize = 1 << 20;
/// Expressions for ranks and strengths; searches for ranks give one to each module.
const PATTERNS_MAX: usize = 4_096;
const HINT: &str = "train the adapter as plain LoRA, or merge it into its base and import that";

/// Fields that have to be absent, null, false or empty, and what they ask for.
const PLAIN: [(&str, &str); 14] = [
    ("use_dora", "DoRA, which scales the rows of the base's matrices as well"),
    ("use_qalora", "QALoRA, which reads groups of numbers"),
    ("fan_in_fan_out", "matrices that lie the other way round"),
    ("lora_bias", "biases beside its matrices"),
    ("modules_to_save", "modules in place of the base's own"),
    ("layer_replication", "blocks more than once"),
    ("trainable_token_indices", "words of its own"),
    ("target_parameters", "parameters that are no projections"),
    ("alora_invocation_tokens", "activation by tokens"),
    ("arrow_config", "a choice between experts"),
    ("lora_ga_config", "a base that was changed with it"),
    ("use_bdlora", "matrices in blocks along the diagonal"),
    ("kasa_config", "singular values of the base's matrices"),
    ("monteclora_config", "matrices that are drawn by chance"),
];
/// Ways to begin a training that change the base: alone, the matrices mean nothing.
const CHANGED_BASE: [&str; 4] = ["pissa", "olora", "loftq", "corda"];

/// How an adapter goes with its base.
pub(super) struct AdapterConfig {
    config: ConfigFile,
    rank: usize,
    alpha: f64,
    /// Whether strengths go down with the root of the rank.
    by_root: bool,
    ranks: Patterns,
    alphas: Patterns,
    targets: Targets,
}

/// Numbers for modules, the first that fits counts.
struct Patterns(Vec<(Regex, f64)>);

enum Targets {
    All,
    Names(Vec<String>),
    Expression(Regex),
}

impl AdapterConfig {
    /// Reads the file and refuses what is no plain LoRA.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        if !path.exists() {
            let hint = "an adapter's folder holds `adapter_config.json` and \
                        `adapter_model.safetensors`, as `peft` writes them";
            return Err(Error::MissingFile { dir: dir.to_owned(), file: FILE, hint });
        }
        let fields: Map<String, Value> = files::read_json(&path)?;
        let config = ConfigFile::of(&path, fields, BTreeMap::new());
        refuse_other_kinds(&config, &path)?;
        let rank = config.count(&["r"])?;
        Ok(Self {
            rank,
            alpha: config.number_or("lora_alpha", 8.0)?,
            by_root: config.flag_or("use_rslora", false),
            ranks: Patterns::read(&config, "rank_pattern")?,
            alphas: Patterns::read(&config, "alpha_pattern")?,
            targets: Targets::read(&config)?,
            config,
        })
    }

    /// Returns the base's name, as the trainer called it.
    pub(super) fn base(&self) -> Option<&str> {
        self.config.text("base_model_name_or_path").filter(|name| !name.is_empty())
    }

    /// Returns how strongly what goes with a module counts; its matrices have this rank.
    pub(super) fn scale(&self, module: &str, rank: usize) -> Result<f32> {
        if !self.targets.name(module) {
            let why = format!("does not name `{module}`, which the weights go with");
            return Err(self.config.wrong("target_modules", &why));
        }
        let expected = self.ranks.of(module).unwrap_or(self.rank as f64);
        if expected != rank as f64 {
            let why = format!("is {expected} for `{module}`, whose matrices have a rank of {rank}");
            return Err(self.config.wrong("r", &why));
        }
        let alpha = self.alphas.of(module).unwrap_or(self.alpha);
        let scale = if self.by_root { alpha / expected.sqrt() } else { alpha / expected };
        if scale.is_finite() {
            return Ok(scale as f32);
        }
        let why = format!("is {alpha}, at a rank of {rank} no strength");
        Err(self.config.wrong("lora_alpha", &why))
    }
}

fn refuse_other_kinds(config: &ConfigFile, path: &Path) -> Result<()> {
    let refuse =
        |what: String| Err(Error::unsupported(format!("`{}` {what}", path.display()), HINT));
    match config.text("peft_type") {
        Some("LORA") => {}
        Some(other) => return refuse(format!("is of the type `{other}`; `LORA` is served")),
        None => return Err(config.wrong("peft_type", "is missing")),
    }
    if let Some(task) = config.text("task_type").filter(|task| *task != "CAUSAL_LM") {
        return refuse(format!("is for the task `{task}`; `CAUSAL_LM` is served"));
    }
    if let Some(bias) = config.text("bias").filter(|bias| *bias != "none") {
        return refuse(format!("trains biases (`bias` is `{bias}`)"));
    }
    let start = config.text("init_lora_weights").unwrap_or_default();
    if CHANGED_BASE.iter().any(|way| start.starts_with(way)) {
        return refuse(format!("changes its base (`init_lora_weights` is `{start}`)"));
    }
    let asks =
        |(field, _): &&(&str, &str)| config.field(field).is_some_and(|value| !is_nothing(value));
    match PLAIN.iter().find(asks) {
        Some((field, what)) => refuse(format!("asks for {what} (`{field}`)")),
        None => Ok(()),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

impl Patterns {
    fn read(config: &ConfigFile, field: &str) -> Result<Self> {
        let Some(value) = config.field(field) else { return Ok(Self(Vec::new())) };
        let wrong = |why: &str| config.wrong(field, why);
        let all = value.as_object().ok_or_else(|| wrong("is not an object"))?;
        if all.len() > PATTERNS_MAX {
            return Err(wrong(&format!("has {} entries, more than {PATTERNS_MAX}", all.len())));
        }
        let read = |(pattern, number): (&String, &Value)| {
            let number = number
                .as_f64()
                .ok_or_else(|| wrong(&format!("gives `{pattern}` {number}, which is no number")))?;
            Ok((expression(config, field, &format!(r"(?:.*\.)?(?:{pattern})"))?, number))
        };
        Ok(Self(all.iter().map(read).collect::<Result<_>>()?))
    }

    fn of(&self, module: &str) -> Option<f64> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(module)).map(|(_, number)| *number)
    }
}

impl Targets {
    fn read(config: &ConfigFile) -> Result<Self> {
        const FIELD: &str = "target_modules";
        let wrong = || config.wrong(FIELD, "is neither a list of names nor a text");
        match config.field(FIELD) {
            Some(Value::String(all)) if all == "all-linear" => Ok(Self::All),
            Some(Value::String(text)) => Ok(Self::Expression(expression(config, FIELD, text)?)),
            Some(Value::Array(names)) => {
                let name = |name: &Value| name.as_str().map(str::to_owned).ok_or_else(wrong);
                Ok(Self::Names(names.iter().map(name).collect::<Result<_>>()?))
            }
            _ => Err(wrong()),
        }
    }

    fn name(&self, module: &str) -> bool {
        let ends_with = |name: &String| {
            module
                .strip_suffix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(ends_with),
            Self::Expression(regex) => regex.is_match(module),
        }
    }
}

/// Compiles an expression that has to match a whole name.
fn expression(config: &ConfigFile, field: &str, text: &str) -> Result<Regex> {
    let compiled = RegexBuilder::new(&format!("^(?:{text})$")).size_limit(REGEX_BYTES_MAX).build();
    compiled
        .map_err(|_| config.wrong(field, &format!("has `{text}`, an expression that is not read")))
}
