//! What a client asks a list for.

use std::ops::RangeInclusive;

use discover::{FacetName, Filters, Index, Listed, Query, Sort};
use domain::{Fault, Kind};

use super::describe::tags;
use super::filter::{Term, has};
use crate::routes::sift::words;

/// A page where no size is named, and the largest: what the hub itself sends.
const LIMIT: usize = 1_000;

/// The most filters of a list; a person names three or four.
const TERMS_MAX: usize = 32;

/// What a list is asked for.
#[derive(Debug)]
pub struct Wanted {
    /// What the index can answer.
    pub query: Query,
    /// What it cannot: looked up in each record.
    pub conditions: Conditions,
    /// Models that it must be made from.
    pub bases: Vec<String>,
    /// What to tell of each.
    pub shown: Shown,
}

/// Conditions on a record.
#[derive(Debug, Default)]
pub struct Conditions {
    /// Tags that it has, all of them.
    pub tags: Vec<String>,
    /// How many numbers its weights have.
    pub parameters: Option<RangeInclusive<u64>>,
}

/// What to tell of a model.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Its files and its commit.
    pub full: bool,
    /// The facts of its card.
    pub card: bool,
    /// What its files say.
    pub config: bool,
    /// Sizes and digests of its files.
    pub blobs: bool,
    /// Only these keys.
    pub expand: Vec<String>,
}

impl Conditions {
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.parameters.is_none()
    }

    /// Tells whether a model meets them.
    pub fn meets(&self, listed: &Listed) -> bool {
        let parameters = |range: &RangeInclusive<u64>| {
            listed.record.parameters.is_some_and(|count| range.contains(&count))
        };
        if !self.parameters.as_ref().is_none_or(parameters) {
            return false;
        }
        if self.tags.is_empty() {
            return true;
        }
        let has = tags(&listed.record);
        self.tags.iter().all(|tag| has.iter().any(|one| one.eq_ignore_ascii_case(tag)))
    }
}

impl Shown {
    /// Tells whether a key is asked for.
    pub fn wants(&self, key: &str) -> bool {
        self.expand.iter().any(|one| one == key)
    }
}

/// Reads what to tell of a model.
pub fn read_shown(raw: &str) -> Shown {
    let mut shown = Shown::default();
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        match &*name {
            "full" => shown.full = yes(&value),
            "blobs" => shown.blobs = yes(&value),
            "config" => shown.config = yes(&value),
            "cardData" => shown.card = yes(&value),
            "expand" | "expand[]" => shown.expand.push(value.into_owned()),
            _ => {}
        }
    }
    shown
}

fn yes(value: &str) -> bool {
    ["true", "True", "1"].contains(&value)
}

/// Reads the query of a list.
///
/// # Errors
/// Where a value cannot be read, or something is asked that is not known here.
pub fn read(index: &Index, raw: &str) -> Result<Wanted, Fault> {
    let mut reader = Reader { index, terms: Vec::new(), wanted: Wanted::new(read_shown(raw)) };
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        if !value.is_empty() {
            reader.parameter(&name, &value)?;
        }
    }
    reader.finish()
}

impl Wanted {
    fn new(shown: Shown) -> Self {
        let query = Query { limit: LIMIT, ..Query::default() };
        Self { query, conditions: Conditions::default(), bases: Vec::new(), shown }
    }
}

struct Reader<'a> {
    index: &'a Index,
    terms: Vec<Term>,
    wanted: Wanted,
}

impl Reader<'_> {
    fn parameter(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let terms = ["author", "pipeline_tag", "library", "language", "apps", "filter", "tags"];
        if terms.contains(&name) {
            self.check_count()?;
        }
        let query = &mut self.wanted.query;
        match name {
            "search" => query.text = words(value),
            "sort" => query.sort = sort(value)?,
            "direction" if value != "-1" => {
                let message = format!("`direction={value}` is not an order of models");
                return Err(Fault::new(Kind::Invalid, message).hint("`-1`: the most comes first"));
            }
            "cursor" => query.cursor = Some(value.to_owned()),
            "limit" => query.limit = number(value)?.min(LIMIT),
            "gated" => {
                let gated = Filters::from([(FacetName::Status, vec!["gated".to_owned()])]);
                let filters = if yes(value) { &mut query.filters } else { &mut query.excluded };
                filters.extend(gated);
            }
            "num_parameters" => self.wanted.conditions.parameters = Some(parameters(value)?),
            "author" => {
                let author = self.author(value)?;
                self.terms.push(author);
            }
            "pipeline_tag" => self.terms.push(Term::of(FacetName::Task, value)),
            "library" => self.terms.push(Term::of(FacetName::Library, value)),
            "language" => self.terms.push(Term::of(FacetName::Language, value)),
            "apps" => self.terms.push(app(value)?),
            "filter" | "tags" => {
                for tag in value.split(',').filter(|tag| !tag.trim().is_empty()) {
                    self.check_count()?;
                    self.terms.push(Term::read(self.index, tag)?);
                }
            }
            "inference" | "inference_provider" => return Err(unknown(name, value)),
            _ => {}
        }
        Ok(())
    }

    /// Each filter may ask the index what it is of.
    fn check_count(&self) -> Result<(), Fault> {
        if self.terms.len() < TERMS_MAX {
            return Ok(());
        }
        let message = format!("there are too many filters: {TERMS_MAX} at most");
        Err(Fault::new(Kind::Invalid, message).hint("search for words with `search`"))
    }

    /// A collection, or a publisher.
    fn author(&self, name: &str) -> Result<Term, Fault> {
        let collection = Term::of(FacetName::Collection, name);
        Ok(match has(self.index, FacetName::Collection, name)? {
            true => collection,
            false => Term::of(FacetName::Publisher, name),
        })
    }

    /// A filter of the index takes one value, as its values are alternatives and tags are not.
    fn finish(self) -> Result<Wanted, Fault> {
        let Self { terms, mut wanted, .. } = self;
        for term in terms {
            let tag = term.tag();
            match term {
                Term::Base(base) => wanted.bases.push(base),
                Term::Facet(facet, value) if !wanted.query.filters.contains_key(&facet) => {
                    wanted.query.filters.insert(facet, vec![value]);
                }
                Term::Facet(..) | Term::Tag(_) => wanted.conditions.tags.push(tag),
            }
        }
        if !wanted.bases.is_empty() {
            // Only what has files here is known to be made from something.
            let here = wanted.query.filters.entry(FacetName::Status).or_default();
            *here = vec!["here".to_owned()];
        }
        Ok(wanted)
    }
}

fn sort(text: &str) -> Result<Sort, Fault> {
    match text {
        "downloads" | "trendingScore" | "trending_score" => Ok(Sort::Downloads),
        "likes" => Ok(Sort::Likes),
        "lastModified" | "last_modified" => Ok(Sort::Updated),
        "createdAt" | "created_at" => Ok(Sort::Created),
        _ => {
            let orders = "`downloads`, `likes`, `lastModified`, `createdAt`, `trendingScore`";
            let message = format!("`sort={text}` is not an order of models");
            Err(Fault::new(Kind::Invalid, message).hint(format!("choose one of {orders}")))
        }
    }
}

/// Programs that load models, by the library that they read.
const APPS: [(&str, &str); 9] = [
    ("llama.cpp", "gguf"),
    ("ollama", "gguf"),
    ("lmstudio", "gguf"),
    ("jan", "gguf"),
    ("koboldcpp", "gguf"),
    ("vllm", "transformers"),
    ("sglang", "transformers"),
    ("tgi", "transformers"),
    ("transformers", "transformers"),
];

fn app(name: &str) -> Result<Term, Fault> {
    let library = APPS.iter().find(|(app, _)| app.eq_ignore_ascii_case(name));
    let (_, library) = library.ok_or_else(|| unknown("apps", name))?;
    Ok(Term::of(FacetName::Library, library))
}

fn unknown(name: &str, value: &str) -> Fault {
    let message = format!("which models have `{name}={value}` is not known here");
    Fault::new(Kind::Invalid, message).hint("leave the filter out")
}

fn number(text: &str) -> Result<usize, Fault> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        Fault::new(Kind::Invalid, format!("`limit={text}` is not a number")).because(error)
    })
}

/// Reads `min:6B,max:128B`.
fn parameters(text: &str) -> Result<RangeInclusive<u64>, Fault> {
    let (mut min, mut max) = (0, u64::MAX);
    for part in text.split(',') {
        let bound = part.split_once(':').and_then(|(name, count)| Some((name, amount(count)?)));
        match bound {
            Some(("min", count)) => min = count,
            Some(("max", count)) => max = count,
            _ => {
                let message = format!("`num_parameters={text}` cannot be read");
                return Err(Fault::new(Kind::Invalid, message).hint("write `min:6B,max:128B`"));
            }
        }
    }
    Ok(min..=max)
}

fn amount(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, factor) = match text.chars().last()? {
        'k' | 'K' => (&text[..text.len() - 1], 1e3),
        'm' | 'M' => (&text[..text.len() - 1], 1e6),
        'b' | 'B' => (&text[..text.len() - 1], 1e9),
        't' | 'T' => (&text[..text.len() - 1], 1e12),
        _ => (text, 1.0),
    };
    let count: f64 = digits.parse().ok()?;
    (count.is_finite() && count >= 0.0).then_some((count * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let listed = |record: &catalog::ModelRecord| Listed {
            record: record.clone(),
            version: None,
            options: Vec::new(),
        };
        let machine = discover::Machine { memory_bytes: 0, cpus: 0, gpus: 0 };
        Index::build(catalog::curated::records().iter().map(listed), machine).unwrap()
    }

    fn filters(raw: &str) -> Vec<(FacetName, Vec<String>)> {
        read(&index(), raw).unwrap().query.filters.into_iter().collect()
    }

    #[test]
    fn a_tag_finds_its_filter() {
        let one = |facet, value: &str| vec![(facet, vec![value.to_owned()])];
        for (raw, wanted) in [
            ("filter=fill_mask", one(FacetName::Task, "fill-mask")),
            ("pipeline_tag=text-generation", one(FacetName::Task, "text-generation")),
            ("filter=license:mit", one(FacetName::License, "MIT")),
            ("filter=collection:curated", one(FacetName::Collection, "curated")),
            ("author=curated", one(FacetName::Collection, "curated")),
            ("author=Google", one(FacetName::Publisher, "Google")),
            ("filter=en", one(FacetName::Language, "en")),
            ("language=DE", one(FacetName::Language, "de")),
            ("library=Transformers", one(FacetName::Library, "transformers")),
            ("apps=ollama", one(FacetName::Library, "gguf")),
            ("gated=true", one(FacetName::Status, "gated")),
            ("filter=base_model:a/b", one(FacetName::Status, "here")),
            ("filter=&search=", Vec::new()),
        ] {
            assert_eq!(filters(raw), wanted, "{raw}");
        }
    }

    #[test]
    fn a_second_value_of_a_filter_is_a_condition() {
        let wanted = read(&index(), "filter=en&filter=fr&tags=chatty&pipeline_tag=none").unwrap();
        assert_eq!(wanted.query.filters[&FacetName::Language], ["en"]);
        assert_eq!(wanted.conditions.tags, ["fr", "chatty", "none"]);
        assert!(wanted.query.excluded.is_empty());
        let open = read(&index(), "gated=False&limit=5000").unwrap();
        assert_eq!(open.query.excluded[&FacetName::Status], ["gated"]);
        assert_eq!(open.query.limit, 1_000);
    }

    #[test]
    fn numbers_of_parameters_have_units() {
        for (text, range) in [
            ("min:6B,max:128B", 6_000_000_000..=128_000_000_000),
            ("max:1.5m", 0..=1_500_000),
            ("min:7", 7..=u64::MAX),
        ] {
            assert_eq!(parameters(text).unwrap(), range);
        }
        for text in ["6B", "min:", "min:x", "min:-1", "mid:3", "min:inf", "min:nan"] {
            assert!(parameters(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        for raw in [
            "sort=loud",
            "direction=1",
            "limit=x",
            "limit=-1",
            "apps=word",
            "inference=warm",
            "num_parameters=many",
        ] {
            assert_eq!(read(&index(), raw).unwrap_err().kind(), Kind::Invalid, "{raw}");
        }
        let many = "filter=a&".repeat(33);
        assert!(read(&index(), &many).is_err());
    }
}
