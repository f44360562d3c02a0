//! The filters: their names, what a model has in each, and how people write their values.

use std::borrow::Cow;
use std::str::FromStr;

use domain::{License, Task};

use super::{Listed, parse_task};
use crate::{Error, Result, near};

/// A filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FacetName {
    /// Tasks that a model performs.
    Task,
    /// The license.
    License,
    /// What sort of license it is.
    LicenseFamily,
    /// Tasks that a model can be fine-tuned for.
    FinetuningTask,
    /// What it can be put to, once its files are here.
    Deployment,
    /// Classes of the number of parameters.
    Size,
    /// Whether its weights fit into this machine's memory.
    Fits,
    /// The collection.
    Collection,
    /// The publisher.
    Publisher,
    /// The library that its files are made for.
    Library,
    /// Languages that it knows.
    Language,
    /// Marks: featured, preview, deprecated, gated, here.
    Status,
}

/// The classes of size: name, label and the first number of parameters above it.
const SIZES: [(&str, &str, u64); 8] = [
    ("0-100m", "Below 100 M", 100_000_000),
    ("100m-500m", "100 M to 500 M", 500_000_000),
    ("500m-1b", "500 M to 1 B", 1_000_000_000),
    ("1b-3b", "1 B to 3 B", 3_000_000_000),
    ("3b-8b", "3 B to 8 B", 8_000_000_000),
    ("8b-30b", "8 B to 30 B", 30_000_000_000),
    ("30b-100b", "30 B to 100 B", 100_000_000_000),
    ("100b-", "100 B and more", u64::MAX),
];

impl FacetName {
    /// Every filter, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Task,
        Self::License,
        Self::LicenseFamily,
        Self::FinetuningTask,
        Self::Deployment,
        Self::Size,
        Self::Fits,
        Self::Collection,
        Self::Publisher,
        Self::Library,
        Self::Language,
        Self::Status,
    ];

    /// Returns the name of the query parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::License => "license",
            Self::LicenseFamily => "license_family",
            Self::FinetuningTask => "finetuning_task",
            Self::Deployment => "deployment",
            Self::Size => "size",
            Self::Fits => "fits",
            Self::Collection => "collection",
            Self::Publisher => "publisher",
            Self::Library => "library",
            Self::Language => "language",
            Self::Status => "status",
        }
    }

    /// Returns the filter of a query parameter.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|facet| facet.as_str() == name)
    }

    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::License => "License",
            Self::LicenseFamily => "License family",
            Self::FinetuningTask => "Fine-tuning task",
            Self::Deployment => "Use",
            Self::Size => "Parameters",
            Self::Fits => "This machine",
            Self::Collection => "Collection",
            Self::Publisher => "Publisher",
            Self::Library => "Library",
            Self::Language => "Language",
            Self::Status => "Status",
        }
    }

    /// Reads a value as people write it.
    ///
    /// # Errors
    /// Where a task, or a value of a closed filter, does not exist.
    pub fn read(self, text: &str) -> Result<String> {
        let text = text.trim();
        Ok(match self {
            Self::Task | Self::FinetuningTask => parse_task(text)?.tag().to_owned(),
            Self::License => License::parse(text).to_string(),
            Self::Library | Self::Language => text.to_lowercase(),
            Self::Collection | Self::Publisher => text.to_owned(),
            _ => {
                let value = text.to_lowercase();
                if !self.closed().any(|(one, _)| one == value) {
                    let values = self.closed().map(|(value, _)| value).collect();
                    let facet = self.as_str();
                    return Err(Error::UnknownValue { facet, text: text.to_owned(), values });
                }
                value
            }
        })
    }

    /// Returns the values and labels of a filter that has no others.
    fn closed(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let values: &[(&str, &str)] = match self {
            Self::LicenseFamily => &[
                ("permissive", "Permissive"),
                ("copyleft", "Copyleft"),
                ("non-commercial", "Non-commercial"),
                ("custom", "The publisher's own"),
            ],
            Self::Deployment => &[
                ("online", "Online endpoint"),
                ("batch", "Batch"),
                ("finetune", "Fine-tune"),
                ("evaluate", "Evaluate"),
            ],
            Self::Fits => &[("yes", "Fits this machine"), ("no", "Too large for it")],
            Self::Status => &[
                ("featured", "Featured"),
                ("here", "Ready here"),
                ("preview", "Preview"),
                ("deprecated", "Deprecated"),
                ("gated", "Gated"),
            ],
            _ => &[],
        };
        let sizes = SIZES.iter().filter(move |_| self == Self::Size);
        values.iter().copied().chain(sizes.map(|(name, label, _)| (*name, *label)))
    }

    /// Returns what a model has in this filter, each value once.
    pub fn values<'a>(self, listed: &'a Listed, memory_bytes: u64) -> Vec<Cow<'a, str>> {
        let record = &listed.record;
        let tags = |tasks: &[Task]| tasks.iter().map(|task| task.tag().into()).collect();
        let mut values: Vec<Cow<'a, str>> = match self {
            Self::Task => tags(&record.tasks),
            Self::License => vec![record.license.as_str().into()],
            Self::LicenseFamily => vec![record.license.family().as_str().into()],
            Self::FinetuningTask => tags(&record.finetuning_tasks),
            Self::Deployment => listed.options.iter().map(|one| one.as_str().into()).collect(),
            Self::Size => {
                record.parameters.map(|count| size_class(count).into()).into_iter().collect()
            }
            Self::Fits => {
                let fits = crate::fit::fits(record, memory_bytes);
                fits.map(|fits| if fits { "yes".into() } else { "no".into() }).into_iter().collect()
            }
            Self::Collection => vec![record.collection.as_str().into()],
            Self::Publisher => record.publisher.iter().map(|name| name.as_str().into()).collect(),
            Self::Library => record.library.iter().map(|name| name.to_lowercase().into()).collect(),
            Self::Language => {
                record.languages.iter().map(|name| name.to_lowercase().into()).collect()
            }
            Self::Status => marks(listed).map(Cow::from).collect(),
        };
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Folds the spellings of a value into one key: publishers are not strict about their names.
    pub(crate) fn key(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Publisher => near::fold(value).into(),
            _ => value.into(),
        }
    }

    /// Returns the text to show for a value.
    pub(crate) fn label(self, value: &str) -> String {
        match self {
            Self::Task | Self::FinetuningTask => {
                let task = Task::from_str(value).ok();
                task.map_or_else(|| value.to_owned(), |task| task.title().to_owned())
            }
            _ => {
                let known = self.closed().find(|(one, _)| *one == value);
                known.map_or_else(|| value.to_owned(), |(_, label)| label.to_owned())
            }
        }
    }
}

fn size_class(parameters: u64) -> &'static str {
    let class = SIZES.iter().find(|(_, _, above)| parameters < *above);
    class.map_or("100b-", |(name, _, _)| name)
}

fn marks(listed: &Listed) -> impl Iterator<Item = &'static str> {
    let flags = &listed.record.flags;
    let marks = [
        ("featured", flags.featured),
        ("here", listed.version.is_some()),
        ("preview", flags.preview),
        ("deprecated", flags.deprecated),
        ("gated", flags.gated),
    ];
    marks.into_iter().filter(|(_, set)| *set).map(|(mark, _)| mark)
}
