//! What is asked of the index, and what it answers.

use std::str::FromStr;

use catalog::ModelRecord;
use domain::{License, Task};

use crate::{Error, Result, near};

/// What to look for. Values within one filter are alternatives; filters combine.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words to find.
    pub text: String,
    /// Tasks that the model performs.
    pub tasks: Vec<Task>,
    /// Licenses.
    pub licenses: Vec<License>,
    /// Tasks that the model can be fine-tuned for.
    pub finetuning_tasks: Vec<Task>,
    /// Collections.
    pub collections: Vec<String>,
    /// Publishers, in any spelling of case and blanks.
    pub publishers: Vec<String>,
    /// The order.
    pub sort: Sort,
    /// How many models to skip.
    pub offset: usize,
    /// How many models to return at most.
    pub limit: usize,
}

/// An order of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What fits the words best; featured models first where there are no words.
    #[default]
    Relevance,
    /// By name.
    Name,
    /// What changed last.
    Updated,
}

impl FromStr for Sort {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "relevance" => Ok(Self::Relevance),
            "name" => Ok(Self::Name),
            "updated" => Ok(Self::Updated),
            _ => Err(Error::UnknownSort { text: text.to_owned() }),
        }
    }
}

/// Reads a task in any spelling of the field, such as `embeddings`.
///
/// # Errors
/// Where there is no such task; the error names the nearest.
pub fn parse_task(text: &str) -> Result<Task> {
    Task::from_str(text).map_err(|_| {
        let all = Task::ALL.iter().flat_map(|task| {
            let title = (task.title(), task.tag());
            task.aliases().map(|alias| (alias, task.tag())).chain([(task.tag(), task.tag()), title])
        });
        let spellings: Vec<_> = all.collect();
        let mut tags = Vec::new();
        for word in near::nearest(text, spellings.iter().map(|(spelling, _)| *spelling), 6) {
            let tag = spellings.iter().find(|(spelling, _)| *spelling == word);
            tags.extend(tag.map(|(_, tag)| *tag).filter(|tag| !tags.contains(tag)));
        }
        tags.truncate(3);
        Error::UnknownTask { text: text.to_owned(), near: tags }
    })
}

/// A filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacetName {
    /// Tasks that a model performs.
    Task,
    /// The license.
    License,
    /// Tasks that a model can be fine-tuned for.
    FinetuningTask,
    /// The collection.
    Collection,
    /// The publisher.
    Publisher,
}

impl FacetName {
    /// Every filter, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Task, Self::License, Self::FinetuningTask, Self::Collection, Self::Publisher];

    /// Returns the name of the query parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::License => "license",
            Self::FinetuningTask => "finetuning_task",
            Self::Collection => "collection",
            Self::Publisher => "publisher",
        }
    }

    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::License => "License",
            Self::FinetuningTask => "Fine-tuning task",
            Self::Collection => "Collection",
            Self::Publisher => "Publisher",
        }
    }

    /// Returns what a model has in this filter.
    pub(super) fn values(self, record: &ModelRecord) -> Vec<String> {
        let tags = |tasks: &[Task]| tasks.iter().map(|task| task.tag().to_owned()).collect();
        match self {
            Self::Task => tags(&record.tasks),
            Self::License => vec![record.license.to_string()],
            Self::FinetuningTask => tags(&record.finetuning_tasks),
            Self::Collection => vec![record.collection.to_string()],
            Self::Publisher => record.publisher.iter().cloned().collect(),
        }
    }

    /// Returns what the query asks of this filter.
    pub(super) fn wanted(self, query: &Query) -> Vec<String> {
        let tags = |tasks: &[Task]| tasks.iter().map(|task| task.tag().to_owned()).collect();
        match self {
            Self::Task => tags(&query.tasks),
            Self::License => query.licenses.iter().map(License::to_string).collect(),
            Self::FinetuningTask => tags(&query.finetuning_tasks),
            Self::Collection => query.collections.clone(),
            Self::Publisher => query.publishers.clone(),
        }
    }

    /// Folds the spellings of a value into one key: publishers are not strict about their names.
    pub(super) fn key(self, value: &str) -> String {
        match self {
            Self::Publisher => near::fold(value),
            _ => value.to_owned(),
        }
    }

    /// Returns the text to show for a value.
    pub(super) fn label(self, value: &str) -> String {
        let task = match self {
            Self::Task | Self::FinetuningTask => Task::from_str(value).ok(),
            _ => None,
        };
        task.map_or_else(|| value.to_owned(), |task| task.title().to_owned())
    }
}

/// A model in the index.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What is known of it; the text of its card is not kept here.
    pub record: ModelRecord,
    /// The latest version that has files here.
    pub version: Option<String>,
}

/// One page of what was found.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// How many models match.
    pub total: usize,
    /// Every filter with its values.
    pub facets: Vec<Facet>,
    /// The models of this page.
    pub models: Vec<&'a Listed>,
    /// Sentences to offer where nothing matches.
    pub suggestions: Vec<String>,
}

/// One filter with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Which filter.
    pub name: FacetName,
    /// The values that would find something, most frequent first, and those that are chosen.
    pub values: Vec<FacetValue>,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// The value to filter by.
    pub value: String,
    /// The text to show.
    pub label: String,
    /// How many models would match with this value alone in its filter.
    pub count: usize,
    /// Whether the query filters by it.
    pub selected: bool,
}
