//! Runs a model over a file, in chunks that survive a crash.
//!
//! A chunk counts once its lines are on the disk and the ledger says so. A run that was killed
//! goes on after the last chunk that counts, so that no row is lost or repeated.

mod answer;
mod ledger;
mod line;

use std::collections::BTreeMap;
use std::path::PathBuf;

use data::{DataFile, Mapping, Record, Rows};
use domain::Task;
use jobs::Context;

use crate::{Error, Parameters, Servable};
use answer::{Asking, Model};
use ledger::Ledger;

/// Rows that an encoder answers between two commits: a few seconds of work at most.
const CHUNK_ROWS: usize = 256;
/// Rows that a decoder answers between two commits: each is hundreds of times dearer.
const CHUNK_ROWS_WRITTEN: usize = 16;

/// What to run over what.
#[derive(Clone, Debug)]
pub struct Job {
    /// The model's files.
    pub model_dir: PathBuf,
    /// What the model does with each row.
    pub task: Task,
    /// The rows.
    pub data: DataFile,
    /// Which column holds `text`; or `messages`, `question`, `context`, `candidate_labels`.
    pub mapping: Mapping,
    /// How to answer.
    pub parameters: Parameters,
    /// Rows between two commits.
    pub chunk_rows: usize,
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchDone {
    /// JSON lines, one for each row of the input, in order.
    pub output: PathBuf,
    /// Rows answered or failed.
    pub rows: u64,
    /// Rows whose line holds an error instead of an output.
    pub failed: u64,
}

/// Returns how many rows to answer between two commits where nobody says.
pub fn chunk_rows_default(task: Task) -> usize {
    match task {
        Task::TextGeneration | Task::ChatCompletion => CHUNK_ROWS_WRITTEN,
        _ => CHUNK_ROWS,
    }
}

/// Answers every row of a file, going on where an earlier run of the same job was killed.
///
/// The file is read to its end before the model is loaded, so that a broken line costs seconds.
///
/// # Errors
/// Where the file, the model or the folder of the job cannot be used, or the job was cancelled.
/// A row that the model refuses is no error: its line says why.
pub fn run(job: &Job, context: &Context) -> Result<BatchDone, Error> {
    context.stage(0, None, "rows", "reading the data");
    let survey = survey(job)?;
    context.stage(0, Some(survey.rows), "rows", "loading the model");
    let servable = Servable::load(&job.model_dir, job.task)?;
    let model = Model {
        run: &|inputs| servable.run(inputs, &job.parameters),
        rows_at_once: answer::rows_at_once(&servable),
    };
    run_with(job, &survey, context, &model)
}

/// What a file holds.
struct Survey {
    rows: u64,
    /// The column that is read first.
    column: String,
}

/// Reads a file to its end, and makes sure that it has the column that the task reads.
fn survey(job: &Job) -> Result<Survey, Error> {
    job.mapping.only(line::fields(job.task))?;
    let fields = line::needed(job)?;
    let column_of = |field: &&str| job.mapping.column(field).to_owned();
    let needed: BTreeMap<String, String> =
        fields.iter().map(|field| ((*field).to_owned(), column_of(field))).collect();
    drop(data::records(&job.data, &Mapping::from(needed))?);
    let column = fields.first().map(column_of).unwrap_or_default();
    let mut rows = 0;
    for record in Rows::open(&job.data)? {
        record?;
        rows += 1;
    }
    Ok(Survey { rows, column })
}

fn run_with(
    job: &Job,
    survey: &Survey,
    context: &Context,
    model: &Model<'_>,
) -> Result<BatchDone, Error> {
    let total = Some(survey.rows);
    let mut ledger = Ledger::open(context.scratch())?;
    if ledger.rows() > 0 {
        context.log(format!("going on after row {}", ledger.rows()));
    }
    let done = usize::try_from(ledger.rows()).unwrap_or(usize::MAX);
    let mut records = (1..).zip(Rows::open(&job.data)?).skip(done);
    let asking = Asking { column: &survey.column, job, model };
    loop {
        let chunk = records.by_ref().take(job.chunk_rows.max(1));
        let chunk = chunk.map(|(row, record)| Ok((row, record?)));
        let chunk: Vec<(u64, Record)> = chunk.collect::<Result<_, data::Error>>()?;
        if chunk.is_empty() {
            context.stage(ledger.rows(), total, "rows", "");
            return Ok(ledger.done());
        }
        let mut lines = Vec::with_capacity(chunk.len());
        for group in chunk.chunks(model.rows_at_once) {
            if context.cancelled() {
                return Err(Error::Cancelled);
            }
            lines.extend(asking.lines(group));
            context.stage(ledger.rows() + lines.len() as u64, total, "rows", "answering");
        }
        ledger.commit(&lines)?;
    }
}

#[cfg(test)]
mod tests;
