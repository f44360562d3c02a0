//! Asks the model about a group of rows, and a row by itself where the group is refused.

use data::Record;
use domain::Fault;

use super::Job;
use super::line::{self, Answer, Line};
use crate::{Error, Inputs, Outputs, Servable};

/// Texts that an encoder reads at once: enough to fill the cores, little enough to stop soon.
const GROUP_ROWS: usize = 64;

/// A model as a run asks it.
pub(super) struct Model<'a> {
    /// Answers every input.
    pub(super) run: &'a dyn Fn(&Inputs) -> Result<Outputs, Error>,
    /// How many rows to ask at once.
    pub(super) rows_at_once: usize,
}

/// Who is asked what.
pub(super) struct Asking<'a> {
    pub(super) job: &'a Job,
    /// The column that is read first.
    pub(super) column: &'a str,
    pub(super) model: &'a Model<'a>,
}

/// Returns how many rows to ask a model at once: one whose every answer takes long is asked
/// about one, so that it stops soon.
pub(super) fn rows_at_once(servable: &Servable) -> usize {
    match servable {
        Servable::Encoder(..) => GROUP_ROWS,
        Servable::Decoder(..) => 1,
    }
}

impl Asking<'_> {
    /// Returns the lines of a group of rows, in order.
    pub(super) fn lines(&self, group: &[(u64, Record)]) -> Vec<Line> {
        let asked: Vec<_> =
            group.iter().map(|(_, record)| line::input(self.job, self.column, record)).collect();
        let mut together = self.together(&asked).into_iter().flatten();
        let mut lines = Vec::with_capacity(group.len());
        for ((row, record), asked) in group.iter().zip(asked) {
            let answer = asked.and_then(|inputs| match together.next() {
                Some(answer) => Ok(answer),
                None => self.alone(&inputs),
            });
            lines.push(Line::new(*row, record, answer));
        }
        lines
    }

    /// Asks about all rows at once; `None` where they are conversations or one is refused.
    fn together(&self, asked: &[Result<Inputs, String>]) -> Option<Vec<Answer>> {
        let mut asked = asked.iter().flatten();
        let mut all = asked.next().filter(|first| !matches!(first, Inputs::Chat(_)))?.clone();
        if !asked.all(|inputs| all.extend(inputs)) {
            return None;
        }
        let outputs = (self.model.run)(&all).ok()?;
        let answers = line::split(outputs, &self.job.parameters);
        (answers.len() == all.len()).then_some(answers)
    }

    fn alone(&self, inputs: &Inputs) -> Result<Answer, String> {
        let outputs = (self.model.run)(inputs).map_err(|error| Fault::from(error).chain())?;
        let answer = line::split(outputs, &self.job.parameters).into_iter().next();
        answer.ok_or_else(|| "the model says nothing".to_owned())
    }
}
