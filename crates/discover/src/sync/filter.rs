//! Which models of a source are listed.

use std::fmt;
use std::str::FromStr;

use domain::Task;
use hub::{ListingOrder, ListingQuery};
use serde::{Deserialize, Serialize};

use super::Error;

/// The longest value of a filter; ids and tags are shorter.
const VALUE_MAX: usize = 200;
/// How many tags a query may name: hubs read more, people ask for fewer.
const TAGS_MAX: usize = 16;

/// Conditions that all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Of this user or organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// For this task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Made for this library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// With each of these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// With these words in the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Downloaded at least so often in the last month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads_min: Option<u64>,
}

impl Filter {
    /// Adds `author=…`, `task=…`, `library=…`, `tag=…`, `search=…` or `downloads=…`.
    ///
    /// # Errors
    /// Where there is no such filter, or its value is none.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let wrong = |why| Err(Error::Filter { text: format!("{name}={value}"), why });
        let owned = value.trim().to_owned();
        if owned.is_empty() || owned.len() > VALUE_MAX || owned.chars().any(char::is_control) {
            return wrong("its value is empty, too long, or cannot be shown");
        }
        match name.trim() {
            "author" => self.author = Some(owned),
            "task" => self.task = Some(owned),
            "library" => self.library = Some(owned),
            "search" => self.search = Some(owned),
            "tag" if self.tags.len() == TAGS_MAX => return wrong("there are 16 tags already"),
            "tag" => self.tags.push(owned),
            "downloads" => match owned.parse() {
                Ok(downloads) => self.downloads_min = Some(downloads),
                Err(_) => return wrong("it is not a number"),
            },
            _ => return wrong("there is no such name"),
        }
        Ok(())
    }

    /// Tells whether everything passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Asks a hub for what passes, as the hub spells it.
    pub(super) fn query(&self, order: ListingOrder) -> ListingQuery {
        let mut tags = self.tags.clone();
        let task = self.task.as_ref().and_then(|text| match text.parse::<Task>() {
            // A task of ours, and a tag of hubs.
            Ok(Task::ChatCompletion) => {
                tags.push("conversational".to_owned());
                None
            }
            Ok(task) => Some(task.tag().to_owned()),
            // Hubs know tasks that we do not.
            Err(_) => Some(text.clone()),
        });
        ListingQuery {
            author: self.author.clone(),
            task,
            library: self.library.clone(),
            tags,
            search: self.search.clone(),
            order,
            ..ListingQuery::default()
        }
    }
}

impl FromStr for Filter {
    type Err = Error;

    /// Reads `NAME=VALUE,…`; a word alone is a tag.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut filter = Self::default();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or(("tag", part));
            filter.add(name, value)?;
        }
        Ok(filter)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let downloads = self.downloads_min.map(|count| count.to_string());
        let single = [
            ("author", &self.author),
            ("task", &self.task),
            ("library", &self.library),
            ("search", &self.search),
            ("downloads", &downloads),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let all = single.chain(self.tags.iter().map(|tag| ("tag", tag)));
        let parts: Vec<_> = all.map(|(name, value)| format!("{name}={value}")).collect();
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)]) -> Result<Filter, Error> {
        let mut filter = Filter::default();
        pairs.iter().try_for_each(|(name, value)| filter.add(name, value))?;
        Ok(filter)
    }

    #[test]
    fn a_filter_says_what_it_was_told() {
        let pairs = [("task", "fill-mask"), ("tag", "en"), ("downloads", "7"), ("author", "a")];
        let filter = filter(&pairs).unwrap();
        assert_eq!(filter.to_string(), "author=a,task=fill-mask,downloads=7,tag=en");
        assert!(!filter.is_empty() && Filter::default().is_empty());
        assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter);
        assert_eq!(" en , tag=fr,".parse::<Filter>().unwrap().tags, ["en", "fr"]);
        assert!(" , ".parse::<Filter>().unwrap().is_empty());
    }

    #[test]
    fn a_wrong_filter_says_why() {
        let check = |name: &str, value: &str, why: &str| {
            let error = filter(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        check("maker", "x", "`maker=x` is not a filter of listings: there is no such name");
        check("downloads", "many", "not a number");
        check("author", " ", "its value is empty");
        check("tag", "a\nb", "cannot be shown");
        let error = filter(&[("tag", "x"); 17]).unwrap_err().to_string();
        assert!(error.contains("16 tags"), "{error}");
    }

    #[test]
    fn tasks_are_asked_for_as_hubs_spell_them() {
        let check = |task: &str, hub: Option<&str>, tags: &[&str]| {
            let query = filter(&[("task", task)]).unwrap().query(ListingOrder::Modified);
            assert_eq!(
                (query.task.as_deref(), query.tags),
                (hub, tags.iter().map(|tag| (*tag).to_owned()).collect())
            );
        };
        check("embeddings", Some("feature-extraction"), &[]);
        check("chat", None, &["conversational"]);
        check("text-to-speech", Some("text-to-speech"), &[]);
    }
}
