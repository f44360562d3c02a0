//! Whether a model can be measured on some data; all of it is looked at before anything runs.

use std::collections::HashMap;

use data::LabelledText;
use domain::Task;
use native::ModelFacts;

use crate::{Error, Result};

/// Probabilities that are held at once, for the ranking metrics: a quarter of a gigabyte.
const PROBABILITIES_MAX: u64 = 1 << 26;
/// Labels that a person is offered instead of an unknown one.
const NEAR_MAX: usize = 3;

/// A model that can be measured.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The classes, in the order of their numbers.
    pub(crate) labels: &'a [String],
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Plan<'a> {
    /// Decides from what is known of the model.
    pub(crate) fn new(task: Task, facts: &'a ModelFacts) -> Result<Self> {
        if !facts.tasks.contains(&Task::TextClassification) {
            let does = facts.tasks.iter().map(|task| task.tag().to_owned()).collect();
            return Err(Error::WrongModel { does });
        }
        if task != Task::TextClassification {
            return Err(Error::Task { task });
        }
        let numbers = facts.labels.iter().enumerate();
        let numbers = numbers.map(|(number, label)| (label.as_str(), number)).collect();
        Ok(Self { labels: &facts.labels, numbers })
    }

    /// Returns the number of a row's label.
    pub(crate) fn number_of(&self, name: &str, row: &LabelledText) -> Result<usize> {
        self.numbers.get(row.label.as_str()).copied().ok_or_else(|| Error::UnknownLabel {
            name: name.to_owned(),
            line: row.line,
            label: row.label.clone(),
            known: self.labels.len(),
            near: self.near(&row.label),
        })
    }

    /// Checks every row, and counts them.
    pub(crate) fn check(
        &self,
        name: &str,
        rows: impl Iterator<Item = data::Result<LabelledText>>,
    ) -> Result<u64> {
        let rows_max = PROBABILITIES_MAX / self.labels.len().max(1) as u64;
        let mut count = 0;
        for row in rows {
            self.number_of(name, &row?)?;
            count += 1;
            if count > rows_max {
                let classes = self.labels.len();
                return Err(Error::TooManyRows { name: name.to_owned(), rows_max, classes });
            }
        }
        Ok(count)
    }

    fn near(&self, label: &str) -> Vec<String> {
        let near = data::near(label, self.labels.iter().map(String::as_str), NEAR_MAX);
        // Some files have the number of the class instead of its name.
        let by_number = || label.parse::<usize>().ok().and_then(|number| self.labels.get(number));
        match near[..] {
            [] => by_number().into_iter().cloned().collect(),
            _ => near.into_iter().map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Fault;
    use native::Family;

    use super::*;

    fn facts(tasks: &[Task], labels: &[&str]) -> ModelFacts {
        ModelFacts {
            architecture: "BertModel".into(),
            family: Family::Encoder,
            tasks: tasks.to_vec(),
            finetuning_tasks: Vec::new(),
            parameters: 1,
            dtype: "f32".into(),
            context_max: 8,
            hidden_size: 4,
            layers: 1,
            vocabulary: 9,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            size_bytes: 4,
            chat_template: false,
        }
    }

    fn rows(labels: &[&str]) -> Vec<data::Result<LabelledText>> {
        let row = |(index, label): (usize, &&str)| {
            Ok(LabelledText { line: index as u64 + 2, text: "hi".into(), label: (*label).into() })
        };
        labels.iter().enumerate().map(row).collect()
    }

    #[test]
    fn what_cannot_be_measured_is_refused_with_what_the_model_does() {
        let cases: [(Task, &[Task], &str); 4] = [
            (
                Task::FillMask,
                &[Task::TextClassification],
                "`fill-mask` is not measured: `text-classification` is",
            ),
            (
                Task::FillMask,
                &[Task::FillMask],
                "only the classification of texts is measured, and the model does `fill-mask`",
            ),
            (
                Task::TextClassification,
                &[Task::FeatureExtraction, Task::SentenceSimilarity],
                "only the classification of texts is measured, and the model does \
                 `feature-extraction`, `sentence-similarity`",
            ),
            (
                Task::TextClassification,
                &[],
                "only the classification of texts is measured, and the model does nothing that is \
                 known here",
            ),
        ];
        for (task, does, expected) in cases {
            let facts = facts(does, &[]);
            let fault = Fault::from(Plan::new(task, &facts).unwrap_err());
            assert_eq!((fault.kind(), fault.message()), (domain::Kind::Unsupported, expected));
        }
    }

    #[test]
    fn a_label_that_the_model_does_not_know_is_named_with_its_neighbours() {
        let facts = facts(&[Task::TextClassification], &["card_lost", "card_late", "rate"]);
        let plan = Plan::new(Task::TextClassification, &facts).unwrap();
        assert_eq!(plan.check("a.csv", rows(&["rate", "card_lost"]).into_iter()).unwrap(), 2);
        let cases = [
            (
                ["rate", "card_loss"],
                "line 3: the model has no label `card_loss` among its 3; near it are \
                 `card_lost`, `card_late`",
            ),
            (
                ["Rate", "rate"],
                "line 2: the model has no label `Rate` among its 3; near it are `rate`",
            ),
            (
                ["1", "rate"],
                "line 2: the model has no label `1` among its 3; near it are `card_late`",
            ),
            (["rate", "refund"], "line 3: the model has no label `refund` among its 3"),
        ];
        for (labels, expected) in cases {
            let error = plan.check("a.csv", rows(&labels).into_iter()).unwrap_err();
            assert_eq!(error.to_string(), format!("`a.csv`, {expected}"));
        }
    }

    #[test]
    fn more_rows_than_can_be_scored_are_refused_before_anything_runs() {
        let labels: Vec<String> = (0..1 << 16).map(|number| number.to_string()).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let facts = facts(&[Task::TextClassification], &labels);
        let plan = Plan::new(Task::TextClassification, &facts).unwrap();
        let check = |count: usize| plan.check("a.csv", rows(&vec!["7"; count]).into_iter());
        assert_eq!(check(1024).unwrap(), 1024);
        let expected =
            "`a.csv` has more than the 1024 rows that are scored at once for 65536 labels";
        assert_eq!(check(1025).unwrap_err().to_string(), expected);
    }
}
