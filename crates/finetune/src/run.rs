//! The job: reads, plans, trains.

use std::path::Path;

use jobs::Context;
use native::ModelFacts;
use native::tokenizer::TextTokenizer;
use native::train::classifier::{self, ClassifierTraining, Example, Report};

use crate::plan::{Plan, Request, order_labels};
use crate::report::{self, Source};
use crate::watch::Watch;
use crate::{Error, Finetuned, Job, Result, rows, split};

/// The folder of checkpoints in the job's own.
const CHECKPOINTS: &str = "checkpoints";
/// Texts that are tokenized together to learn their lengths.
const CHUNK_TEXTS: usize = 1_024;

/// Teaches a model; goes on from the last checkpoint where the job has one.
///
/// # Errors
/// Where the model, the data or a hyper-parameter is refused, or the training fails. A job that is
/// asked to stop is no error: the result says so.
pub fn run(job: &Job, context: &Context) -> Result<Finetuned> {
    let facts = native::inspect(&job.base)?;
    let request = Request {
        method: job.method.as_deref(),
        hyperparameters: &job.hyperparameters,
        has_validation: job.validation.is_some(),
    };
    let mut plan = Plan::new(&request, &facts)?;
    context.stage(0, None, "steps", "reading the data");
    let lesson = Lesson::read(job, &plan, &facts)?;
    let mut lengths = lengths(&job.base, &lesson.training)?;
    let cut = plan.fit_lengths(&mut lengths);
    lesson.tell(&plan, cut, context);
    let report = train(job, &plan, &lesson, context)?;
    Ok(Finetuned {
        hyperparameters: report::hyperparameters(&plan),
        data: report::data(
            &lesson.source,
            lesson.validation_source.as_ref(),
            lesson.training.len(),
            lesson.validation.len(),
        ),
        metrics: report::metrics(&report),
        stopped: report.stopped,
        labels: lesson.labels,
    })
}

fn train(job: &Job, plan: &Plan, lesson: &Lesson, context: &Context) -> Result<Report> {
    // An attempt that died between writing the result and handing it over left it there.
    if job.out.starts_with(context.scratch()) && job.out.exists() {
        let unwritable = |source| Error::Write { path: job.out.clone(), source };
        std::fs::remove_dir_all(&job.out).map_err(unwritable)?;
    }
    let checkpoints = context.scratch().join(CHECKPOINTS);
    let training = ClassifierTraining {
        base: &job.base,
        labels: &lesson.labels,
        train: &lesson.training,
        validation: &lesson.validation,
        method: plan.method,
        hyperparameters: &plan.hyperparameters,
        checkpoints: &checkpoints,
        out: &job.out,
    };
    let mut watch = Watch::new(context, plan.hyperparameters.epochs);
    let report = classifier::run(&training, &mut watch)?;
    watch.end_epoch(None);
    if report.stopped {
        context.log(format!("stopped at step {}; it can go on from there", report.steps));
    } else if report.stopped_early {
        let epoch = report.best_epoch;
        context.log(format!("stopped early: nothing got better since epoch {epoch}"));
    }
    Ok(report)
}

/// What is learned from, and what is validated on.
#[derive(Debug)]
struct Lesson {
    labels: Vec<String>,
    training: Vec<Example>,
    validation: Vec<Example>,
    /// Labels with a single row, which cannot be validated.
    single: Vec<String>,
    source: Source,
    validation_source: Option<Source>,
}

impl Lesson {
    fn read(job: &Job, plan: &Plan, facts: &ModelFacts) -> Result<Self> {
        let name = job.data.name.clone();
        let all = rows::read(&job.data, &job.mapping)?;
        let counts = rows::count(&all);
        let labels = order_labels(&name, &counts, facts)?;
        let single = counts.iter().filter(|(_, count)| **count == 1);
        let single = single.map(|(label, _)| label.clone()).collect();
        let source = Source { digest: rows::digest(&job.data.path)?, rows: all.len(), name };
        let all = rows::number(&job.data.name, all, &labels)?;
        let (training, validation, validation_source) = match &job.validation {
            Some(file) => {
                let rows = rows::read(file, &job.mapping)?;
                let digest = rows::digest(&file.path)?;
                let source = Source { name: file.name.clone(), digest, rows: rows.len() };
                (all, rows::number(&file.name, rows, &labels)?, Some(source))
            }
            None => {
                let (training, validation) = divide(all, labels.len(), plan);
                (training, validation, None)
            }
        };
        Ok(Self { labels, training, validation, single, source, validation_source })
    }

    fn tell(&self, plan: &Plan, cut: usize, context: &Context) {
        let steps = plan.steps_of_epoch(self.training.len());
        context.log(format!(
            "{} labels, {} rows to learn from, {} to validate on; {} epochs of {steps} steps",
            self.labels.len(),
            self.training.len(),
            self.validation.len(),
            plan.hyperparameters.epochs,
        ));
        if let [first, rest @ ..] = self.single.as_slice() {
            let more =
                if rest.is_empty() { String::new() } else { format!(", as {} more", rest.len()) };
            context.log(format!("`{first}` has a single row{more}: too few to learn it well"));
        }
        if cut > 0 {
            let tokens_max = plan.hyperparameters.tokens_max;
            context.log(format!("texts cut to {tokens_max} tokens (`tokens_max`): {cut}"));
        }
    }
}

fn divide(all: Vec<Example>, classes: usize, plan: &Plan) -> (Vec<Example>, Vec<Example>) {
    let labels: Vec<usize> = all.iter().map(|example| example.label).collect();
    let seed = plan.hyperparameters.seed;
    let held_out = split::held_out(&labels, classes, plan.validation_split, seed);
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for (example, held_out) in all.into_iter().zip(held_out) {
        if held_out { validation.push(example) } else { training.push(example) }
    }
    (training, validation)
}

/// Returns how many tokens each text has.
fn lengths(base: &Path, examples: &[Example]) -> Result<Vec<usize>> {
    let tokenizer = TextTokenizer::load_unbounded(base)?;
    let mut lengths = Vec::with_capacity(examples.len());
    for chunk in examples.chunks(CHUNK_TEXTS) {
        let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
        lengths.extend(tokenizer.encode_batch(&texts)?.iter().map(Vec::len));
    }
    Ok(lengths)
}
