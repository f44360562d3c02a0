//! From what a hub lists to a record: only what the listing says, in our words.

use catalog::ModelRecord;
use catalog::azure::is_language;
use domain::{CollectionName, License, Task};
use hub::{HubListing, ListedCard};

use super::summary::summary;

/// Languages, data sets and keywords of a record; honest models have fewer.
const LIST_MAX: usize = 24;
/// Tags that are about the hub and not about the model.
const OF_THE_HUB: [&str; 4] =
    ["autotrain_compatible", "endpoints_compatible", "has_space", "custom_code"];
/// Beginnings of tags that are about the hub, or that have a field of their own.
const FIELDS: [&str; 6] = ["license:", "language:", "dataset:", "region:", "deploy:", "diffusers:"];
/// Before the id of a model that this one was made from.
const BASE_MODEL: &str = "base_model:";

/// Makes the record of a listing; none where the id cannot be a name here.
pub fn listed_record(collection: &CollectionName, listing: &HubListing) -> Option<ModelRecord> {
    let mut record = ModelRecord::new(collection.clone(), listing.id.parse().ok()?);
    let name = listing.id.rsplit('/').next().unwrap_or(&listing.id);
    record.display_name = name.to_owned();
    record.tasks = tasks(listing);
    record.license = license(listing);
    record.publisher = listing.author.clone();
    record.languages = languages(listing);
    record.datasets = datasets(listing);
    record.hub_id = Some(listing.id.clone());
    record.hub_revision = listing.commit.clone();
    record.library = listing.library.clone();
    record.downloads = listing.downloads;
    record.likes = listing.likes;
    record.modified_ms = listing.modified_ms;
    record.parameters = listing.parameters;
    record.flags.gated = listing.gated;
    let bases = bases(listing);
    record.summary = summary(&record, listing.task.as_deref(), &bases);
    let others = keywords(listing).filter(|tag| !tag.starts_with(BASE_MODEL));
    record.keywords = bounded(bases.iter().cloned().chain(others.map(str::to_owned)));
    Some(record)
}

/// Returns the main task, then the other tasks among the tags.
fn tasks(listing: &HubListing) -> Vec<Task> {
    let main = listing.task.iter().filter_map(|task| task.parse().ok());
    // An alias among the tags means something else there: `text-embeddings-inference` is a server.
    let named = |tag: &String| Task::ALL.iter().copied().find(|task| task.tag() == tag);
    let talks = |tag: &String| (tag == "conversational").then_some(Task::ChatCompletion);
    let others = listing.tags.iter().filter_map(|tag| named(tag).or_else(|| talks(tag)));
    let mut tasks = Vec::new();
    for task in main.chain(others) {
        if !tasks.contains(&task) {
            tasks.push(task);
        }
    }
    tasks
}

fn license(listing: &HubListing) -> License {
    let card = listing.card.as_ref();
    let tag = tagged(listing, "license:").next();
    let claimed = card.and_then(|card| card.license.as_deref()).or(tag).unwrap_or_default();
    let own = card.and_then(|card| card.license_name.as_deref());
    // `other` only says that the publisher has a license of its own.
    License::parse(own.filter(|_| claimed == "other").unwrap_or(claimed))
}

fn languages(listing: &HubListing) -> Vec<String> {
    let tagged = || {
        let bare = listing.tags.iter().filter(|tag| tag.len() == 2 && is_language(tag));
        let named = tagged(listing, "language:").filter_map(language);
        named.chain(bare.cloned()).collect::<Vec<_>>()
    };
    let claimed = listing.card.as_ref().map(|card: &ListedCard| {
        card.languages.iter().filter_map(|text| language(text)).collect::<Vec<_>>()
    });
    // A short tag may be a word (`ml`, `it`): the card knows better.
    bounded(claimed.unwrap_or_else(tagged).into_iter())
}

/// Returns the code of a language without its region, where it is one.
fn language(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    if text == "multilingual" {
        return Some(text);
    }
    let base = text.split(['-', '_']).next().unwrap_or_default();
    let is_long = base.len() == 3 && base.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_long || is_language(base)).then(|| base.to_owned())
}

fn datasets(listing: &HubListing) -> Vec<String> {
    let claimed = listing.card.iter().flat_map(|card| card.datasets.iter().map(String::as_str));
    bounded(claimed.chain(tagged(listing, "dataset:")).map(str::to_owned))
}

/// Returns what it was made from as tags: `base_model:finetune:owner/name`.
fn bases(listing: &HubListing) -> Vec<String> {
    let tags = || tagged(listing, BASE_MODEL);
    let is_told = |id: &str| {
        let end = format!(":{id}");
        tags().any(|tag| tag.ends_with(&end))
    };
    let claimed = listing.card.iter().flat_map(|card| card.base_models.iter().map(String::as_str));
    // Hubs list a base twice, with and without how the model was made from it.
    let all = tags().chain(claimed).filter(|base| !is_told(base));
    bounded(all.map(|base| format!("{BASE_MODEL}{base}")))
}

fn keywords(listing: &HubListing) -> impl Iterator<Item = &str> {
    let of_field = |tag: &str| {
        let is = |value: &Option<String>| value.as_deref() == Some(tag);
        is(&listing.task) || is(&listing.library) || FIELDS.iter().any(|one| tag.starts_with(one))
    };
    let tags = listing.tags.iter().map(String::as_str);
    let of_model = tags.filter(move |tag| {
        let is_task = Task::ALL.iter().any(|task| task.tag() == *tag);
        !of_field(tag) && !is_task && !OF_THE_HUB.contains(tag) && tag.len() > 2
    });
    // A task that we do not know is still a word to find it by.
    let task = listing.task.as_deref().filter(|task| task.parse::<Task>().is_err());
    task.into_iter().chain(of_model)
}

fn tagged<'a>(listing: &'a HubListing, start: &'a str) -> impl Iterator<Item = &'a str> {
    listing.tags.iter().filter_map(move |tag| tag.strip_prefix(start))
}

/// Keeps the first values, each once.
fn bounded(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for value in values {
        if kept.len() < LIST_MAX && !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(tags: &[&str], change: impl FnOnce(&mut HubListing)) -> HubListing {
        let mut listing = HubListing {
            id: "acme/tiny".to_owned(),
            author: Some("acme".to_owned()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..HubListing::default()
        };
        change(&mut listing);
        listing
    }

    fn record(tags: &[&str], change: impl FnOnce(&mut HubListing)) -> ModelRecord {
        listed_record(&"hub".parse().unwrap(), &listing(tags, change)).unwrap()
    }

    fn with_card(change: impl FnOnce(&mut ListedCard)) -> impl FnOnce(&mut HubListing) {
        let mut card = ListedCard::default();
        change(&mut card);
        |listing| listing.card = Some(card)
    }

    #[test]
    fn a_record_says_what_the_listing_says() {
        let record = record(&["arxiv:1810.04805", "pytorch"], |listing| {
            listing.commit = Some("a".repeat(40));
            listing.library = Some("transformers".to_owned());
            (listing.downloads, listing.likes) = (12, 3);
            (listing.modified_ms, listing.parameters) = (Some(7), Some(1_000));
            listing.gated = true;
        });
        assert_eq!(record.model().to_string(), "hub/acme/tiny");
        assert_eq!(record.display_name, "tiny");
        assert_eq!(record.hub_id.as_deref(), Some("acme/tiny"));
        assert_eq!(record.hub_revision, Some("a".repeat(40)));
        assert_eq!(record.publisher.as_deref(), Some("acme"));
        assert_eq!(record.library.as_deref(), Some("transformers"));
        assert_eq!((record.downloads, record.likes), (12, 3));
        assert_eq!((record.modified_ms, record.parameters), (Some(7), Some(1_000)));
        assert!(record.flags.gated && !record.flags.hosted);
        assert_eq!(record.keywords, ["arxiv:1810.04805", "pytorch"]);
        assert_eq!((record.license.as_str(), record.size_bytes), ("unknown", None));
    }

    #[test]
    fn an_id_that_is_no_name_here_makes_no_record() {
        let hub = "hub".parse().unwrap();
        assert_eq!(listed_record(&hub, &listing(&[], |one| one.id = "a/-b".to_owned())), None);
        assert_eq!(listed_record(&hub, &listing(&[], |one| one.id = "a..b".to_owned())), None);
        assert!(listed_record(&hub, &listing(&[], |one| one.id = "gpt2".to_owned())).is_some());
    }

    #[test]
    fn tasks_are_ours_and_the_main_one_comes_first() {
        let check = |task: &str, tags: &[&str], wanted: &[Task], words: &[&str]| {
            let record = record(tags, |listing| listing.task = Some(task.to_owned()));
            assert_eq!(record.tasks, wanted);
            assert_eq!(record.keywords, words);
        };
        use Task::{ChatCompletion, FeatureExtraction, SentenceSimilarity, TextGeneration};
        let tags = ["text-generation", "conversational"];
        check("text-generation", &tags, &[TextGeneration, ChatCompletion], &["conversational"]);
        let both = [SentenceSimilarity, FeatureExtraction];
        check("sentence-similarity", &["feature-extraction"], &both, &[]);
        let server = "text-embeddings-inference";
        check("text2text-generation", &[server], &[TextGeneration], &[server]);
        check("text-to-speech", &["text-to-speech"], &[], &["text-to-speech"]);
    }

    #[test]
    fn a_license_is_the_cards_or_a_tag() {
        let check = |record: ModelRecord, license: &str| {
            assert_eq!(record.license.as_str(), license);
        };
        check(record(&["license:apache-2.0"], |_| {}), "Apache-2.0");
        let mit = |card: &mut ListedCard| card.license = Some("mit".to_owned());
        check(record(&["license:apache-2.0"], with_card(mit)), "MIT");
        let own = |card: &mut ListedCard| {
            card.license = Some("other".to_owned());
            card.license_name = Some("llama4".to_owned());
        };
        check(record(&[], with_card(own)), "llama4");
        check(record(&["license:other"], |_| {}), "other");
        check(record(&[], |_| {}), "unknown");
    }

    #[test]
    fn languages_are_codes() {
        let check = |tags: &[&str], card: Option<&[&str]>, wanted: &[&str]| {
            let record = record(tags, |listing| {
                listing.card = card.map(|languages| ListedCard {
                    languages: languages.iter().map(|text| (*text).to_owned()).collect(),
                    ..ListedCard::default()
                });
            });
            assert_eq!(record.languages, wanted);
        };
        check(&["en", "fr", "tf", "language:de"], None, &["de", "en", "fr"]);
        check(&["ml"], Some(&["EN", "pt-BR", "zh_Hans", "nds"]), &["en", "pt", "zh", "nds"]);
        check(&["ml"], Some(&[]), &[]);
        check(&[], Some(&["multilingual", "English", "??", ""]), &["multilingual"]);
    }

    #[test]
    fn what_it_was_made_from_and_on_is_told_once() {
        let tags = [
            "base_model:acme/base",
            "base_model:finetune:acme/base",
            "dataset:acme/data",
            "region:us",
            "deploy:azure",
        ];
        let record = record(&tags, |listing| {
            listing.card = Some(ListedCard {
                datasets: vec!["acme/data".to_owned(), "other".to_owned()],
                base_models: vec!["acme/base".to_owned(), "acme/second".to_owned()],
                ..ListedCard::default()
            });
        });
        let bases = ["base_model:finetune:acme/base", "base_model:acme/second"];
        assert_eq!(record.keywords, bases);
        assert_eq!(record.datasets, ["acme/data", "other"]);
    }

    #[test]
    fn lists_are_bounded() {
        let tags: Vec<String> = (0..90).map(|number| format!("tag-{number}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        assert_eq!(record(&tags, |_| {}).keywords.len(), LIST_MAX);
    }
}
