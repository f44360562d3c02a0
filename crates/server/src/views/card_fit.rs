//! Whether a model fits a machine, from its record, its files and what was asked.

use std::path::Path;

use api::{FitPart, FitRow, FitView, MachineView, PublisherFit};
use catalog::{ModelRecord, Spec, VersionRecord};
use discover::Machine;
use discover::fit::{self, Body, Estimate, Load, Part, Precision, Shape};
use domain::{Digest, Fault, Kind, ModelRef};
use serde_json::Value;

use crate::app::{App, read_facts};

/// What a machine is asked for: the server's own where nothing is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FitQuery {
    /// Memory in GiB; of each GPU where there are some.
    pub memory_gib: Option<f64>,
    /// Processor cores.
    pub cpus: Option<u32>,
    /// Graphics processors.
    pub gpus: Option<u32>,
    /// Tokens of each sequence.
    pub context: Option<u64>,
    /// Sequences at once.
    pub streams: Option<u64>,
}

/// A megabyte, in which no model fits; and more than any machine has.
const MEMORY_GIB_MIN: f64 = 0.001;
const MEMORY_GIB_MAX: f64 = 65_536.0;
/// The longest published context has ten million tokens.
const CONTEXT_MAX: u64 = 16_000_000;
/// More sequences at once are another machine's.
const STREAMS_MAX: u64 = 4_096;
/// A conversation is seldom longer; a model that reads less is asked for what it reads.
const CONTEXT_USUAL: u64 = 8_192;
/// A longer configuration is none; an import refuses it too.
const CONFIG_BYTES_MAX: u64 = 8 << 20;
/// What a step of a fine-tuning takes where nobody asks for another size: texts, and the most
/// tokens of each.
const STEP_TEXTS: u64 = 32;
const STEP_TOKENS: u64 = 128;

impl FitQuery {
    /// Reads a query string; empty fields and unknown ones say nothing.
    ///
    /// # Errors
    /// Where a number is none, or out of its range.
    pub fn parse(raw: &str) -> Result<Self, Fault> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let (name, value) = (&*name, value.trim());
            if value.is_empty() {
                continue;
            }
            match name {
                "memory_gib" => {
                    query.memory_gib = Some(number(name, value, MEMORY_GIB_MIN..=MEMORY_GIB_MAX)?);
                }
                "cpus" => query.cpus = Some(number(name, value, 1..=65_536)?),
                "gpus" => query.gpus = Some(number(name, value, 0..=1_024)?),
                "context" => query.context = Some(number(name, value, 1..=CONTEXT_MAX)?),
                "streams" => query.streams = Some(number(name, value, 1..=STREAMS_MAX)?),
                _ => {}
            }
        }
        Ok(query)
    }
}

fn number<T>(name: &str, text: &str, range: std::ops::RangeInclusive<T>) -> Result<T, Fault>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        let why = format!("`{name}={text}` is not a number from {least} to {most}");
        Fault::new(Kind::Invalid, why)
    })
}

/// Works out what a model takes, at a version or at the latest that has files here.
///
/// # Errors
/// Where there is no such model, or a store cannot be read.
pub async fn fit_view(app: &App, model: &ModelRef, query: &FitQuery) -> Result<FitView, Fault> {
    let record = app.record(model).await?;
    let version = app.catalog.get_version(model).await?;
    let shape = shape(app, &record, version.as_ref()).await?;
    let machine = machine(app.machine, query);
    Ok(FitView { model: model.to_string(), ..compare(&record, &shape, machine, query) })
}

fn machine(own: Machine, query: &FitQuery) -> MachineView {
    let asked = query.memory_gib.map(|gib| (gib * f64::from(1 << 30)) as u64);
    MachineView {
        memory_bytes: asked.unwrap_or(own.memory_bytes),
        cpus: query.cpus.unwrap_or(own.cpus),
        gpus: query.gpus.unwrap_or(own.gpus),
        this_machine: query.memory_gib.is_none() && query.cpus.is_none() && query.gpus.is_none(),
    }
}

/// Gathers what is known of a model's size; its files know more than its listing.
async fn shape(
    app: &App,
    record: &ModelRecord,
    version: Option<&VersionRecord>,
) -> Result<Shape, Fault> {
    let mut shape =
        Shape { parameters: record.parameters, file_bytes: record.size_bytes, ..Shape::default() };
    // Of a listing without a count, the bytes are all there is: most are published in 16 bits.
    if shape.parameters.is_none() && shape.file_bytes.is_some() {
        shape.precision = Some(Precision::Bf16);
    }
    let Some(version) = version else { return Ok(shape) };
    shape.file_bytes = Some(version.size_bytes);
    if let Some(facts) = read_facts(version) {
        shape.parameters = Some(facts.parameters);
        shape.file_bytes = Some(facts.size_bytes);
        shape.precision = Precision::of_files(&facts.dtype);
        shape.context_max = Some(facts.context_max);
    }
    if let Some(manifest) = &version.manifest {
        shape.body = config(app, manifest).await?.and_then(|config| Body::from_config(&config));
    }
    Ok(shape)
}

/// Reads `config.json` of a version; what cannot be read says nothing.
async fn config(app: &App, manifest: &Digest) -> Result<Option<Value>, Fault> {
    let manifest = app.assets.manifest(manifest).await?;
    let is_config = |file: &&assets::ManifestFile| {
        file.path.as_str() == "config.json" && file.size <= CONFIG_BYTES_MAX
    };
    let Some(file) = manifest.files.iter().find(is_config) else { return Ok(None) };
    let path = app.assets.path(&file.sha256).await?;
    Ok(read_json(&path).await)
}

async fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&tokio::fs::read(path).await.ok()?).ok()
}

fn compare(record: &ModelRecord, shape: &Shape, machine: MachineView, query: &FitQuery) -> FitView {
    let mut notes = Vec::new();
    let load = load(shape, query, &mut notes);
    if machine.gpus > 0 {
        notes.push(
            "This build computes on the processor: what fits GPUs is for other programs with the \
             same files."
                .to_owned(),
        );
    }
    let against =
        Machine { memory_bytes: machine.memory_bytes, cpus: machine.cpus, gpus: machine.gpus };
    let running = Precision::ALL.map(|precision| {
        let estimate = fit::run(shape, precision, load);
        FitRow {
            here: precision.runs_here(),
            published: shape.precision == Some(precision),
            ..row(precision.as_str(), precision.title(), &estimate, &against)
        }
    });
    FitView {
        model: String::new(),
        context: load.context,
        streams: load.streams,
        parameters: shape.parameters,
        running: running.into(),
        finetuning: finetuning(shape, &against),
        disk: fit::disk(shape).iter().map(part).collect(),
        publisher: publisher(record, &machine),
        machine,
        notes,
    }
}

/// Takes what was asked for, no longer than the model reads.
fn load(shape: &Shape, query: &FitQuery, notes: &mut Vec<String>) -> Load {
    let most = shape.context_max.map_or(CONTEXT_USUAL, u64::from);
    let mut context = query.context.unwrap_or_else(|| most.min(CONTEXT_USUAL));
    if shape.context_max.is_some() && context > most {
        notes.push(format!("The model reads {most} tokens at most: that is what is counted."));
        context = most;
    }
    Load { context, streams: query.streams.unwrap_or(1) }
}

fn finetuning(shape: &Shape, machine: &Machine) -> Vec<FitRow> {
    let tokens = shape.context_max.map_or(STEP_TOKENS, |most| u64::from(most).min(STEP_TOKENS));
    let step = Load { context: tokens, streams: STEP_TEXTS };
    let ways = [
        ("full", "Every weight", fit::finetune_full(shape, step)),
        ("lora", "An adapter (LoRA)", fit::finetune_lora(shape, step)),
    ];
    ways.map(|(name, title, estimate)| row(name, title, &estimate, machine)).into()
}

fn row(name: &str, title: &str, estimate: &Estimate, machine: &Machine) -> FitRow {
    let (verdict, reason) = estimate.verdict(machine);
    FitRow {
        name: name.to_owned(),
        title: title.to_owned(),
        here: true,
        published: false,
        parts: estimate.parts.iter().map(part).collect(),
        total_bytes: estimate.known_bytes(),
        verdict: verdict.as_str().to_owned(),
        reason,
    }
}

fn part(part: &Part) -> FitPart {
    FitPart { name: part.name.to_owned(), bytes: part.bytes, sum: part.sum.clone() }
}

fn publisher(record: &ModelRecord, machine: &MachineView) -> Vec<PublisherFit> {
    let spec = &record.minimum_spec;
    let uses =
        [("run", &spec.inference), ("evaluate", &spec.evaluation), ("finetune", &spec.finetuning)];
    let wanted = uses.iter().filter_map(|(purpose, spec)| Some((*purpose, spec.as_ref()?)));
    wanted
        .map(|(purpose, spec)| PublisherFit {
            purpose: purpose.to_owned(),
            wants: wants(spec),
            enough: enough(spec, machine),
        })
        .collect()
}

fn wants(spec: &Spec) -> String {
    let gpus = match spec.gpus {
        0 => String::new(),
        1 => ", 1 GPU".to_owned(),
        many => format!(", {many} GPUs"),
    };
    format!("{} CPUs{gpus}, {} GiB memory, {} GiB disk", spec.cpus, spec.memory_gib, spec.disk_gib)
}

fn enough(spec: &Spec, machine: &MachineView) -> bool {
    let memory_bytes = u64::from(spec.memory_gib) << 30;
    machine.cpus >= spec.cpus && machine.gpus >= spec.gpus && machine.memory_bytes >= memory_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_empty_fields_say_nothing() {
        let query = FitQuery::parse("memory_gib=0.5&context=&streams=4&other=x&gpus=0").unwrap();
        assert_eq!((query.memory_gib, query.context, query.streams), (Some(0.5), None, Some(4)));
        assert_eq!(query.gpus, Some(0));
        for (raw, part) in [
            ("memory_gib=much", "`memory_gib=much` is not a number from 0.001 to 65536"),
            ("streams=0", "from 1 to 4096"),
            ("context=-1", "`context=-1`"),
            ("memory_gib=NaN", "`memory_gib=NaN`"),
        ] {
            let fault = FitQuery::parse(raw).unwrap_err();
            assert!(fault.message().contains(part), "{}", fault.message());
        }
    }

    #[test]
    fn a_longer_context_than_the_model_reads_is_not_counted() {
        let shape = Shape { context_max: Some(512), ..Shape::default() };
        let counted = |context| {
            let mut notes = Vec::new();
            let query = FitQuery { context, ..FitQuery::default() };
            (load(&shape, &query, &mut notes).context, notes.len())
        };
        assert_eq!(
            [counted(None), counted(Some(64)), counted(Some(9_000))],
            [(512, 0), (64, 0), (512, 1)]
        );
    }

    #[test]
    fn a_publishers_machine_is_compared_part_by_part() {
        let spec = Spec { cpus: 4, gpus: 1, memory_gib: 28, disk_gib: 176 };
        assert_eq!(wants(&spec), "4 CPUs, 1 GPU, 28 GiB memory, 176 GiB disk");
        let machine = |memory_gib: u64, cpus, gpus| MachineView {
            memory_bytes: memory_gib << 30,
            cpus,
            gpus,
            this_machine: false,
        };
        assert!(enough(&spec, &machine(28, 4, 1)));
        assert!(!enough(&spec, &machine(27, 4, 1)));
        assert!(!enough(&spec, &machine(28, 4, 0)));
    }
}
