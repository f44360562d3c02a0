//! The job: looks at all of the data, predicts, scores.

use data::LabelledText;
use jobs::Context;
use native::Encoder;
use native::config::ConfigFile;

use crate::plan::Plan;
use crate::score::{Predictions, score};
use crate::{Error, Evaluation, Job, Result, report};

/// Rows between two looks at whether to stop; some seconds of work for a base model.
const CHUNK_ROWS: usize = 256;

/// Measures a model.
///
/// # Errors
/// Where the model or the data is refused, or the job was asked to stop.
pub fn run(job: &Job, context: &Context) -> Result<Evaluation> {
    let facts = native::inspect(&job.model_dir)?;
    let plan = Plan::new(job.task, &facts)?;
    // The configuration says what the facts do not: whether labels exclude each other.
    let config = ConfigFile::read(&job.model_dir)?;
    if config.text("problem_type") == Some("multi_label_classification") {
        return Err(Error::SeveralLabels);
    }
    context.stage(0, None, "rows", "checking the data");
    let rows = plan.check(&job.data.name, data::labelled(&job.data, &job.mapping)?)?;
    context.log(format!("{rows} rows, {} labels", plan.labels.len()));
    let encoder = Encoder::load(&job.model_dir)?;
    let predictions = predict(&encoder, &plan, job, &|done| {
        context.stage(done, Some(rows), "rows", "predicting");
        !context.cancelled()
    })?;
    let scores = score(&predictions);
    context.log(format!("accuracy {:.4}", scores.accuracy));
    Ok(Evaluation {
        task: job.task,
        rows,
        metrics: report::metrics(&scores),
        report: report::report(plan.labels, &scores),
    })
}

/// Predicts every row; `keep_going` is told how many are done.
fn predict(
    encoder: &Encoder,
    plan: &Plan<'_>,
    job: &Job,
    keep_going: &dyn Fn(u64) -> bool,
) -> Result<Predictions> {
    let mut predictions = Predictions::new(plan.labels.len());
    let mut rows = data::labelled(&job.data, &job.mapping)?;
    loop {
        let done = predictions.rows() as u64;
        if !keep_going(done) {
            return Err(Error::Cancelled { rows: done });
        }
        let chunk = rows.by_ref().take(CHUNK_ROWS).collect::<data::Result<Vec<LabelledText>>>()?;
        if chunk.is_empty() {
            return Ok(predictions);
        }
        let texts: Vec<&str> = chunk.iter().map(|row| row.text.as_str()).collect();
        for (row, probabilities) in chunk.iter().zip(encoder.classify(&texts)?) {
            let truth = plan.number_of(&job.data.name, row)?;
            predictions
                .push(truth, &probabilities)
                .map_err(|_| Error::NotANumber { name: job.data.name.clone(), line: row.line })?;
        }
    }
}
