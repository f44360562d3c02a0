//! `/api/models`: repositories, listings as they were given, and many that a seed makes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::repository::{Access, Repository};
use super::{Fault, Shared, arguments, body, lock};

/// What hubs give at most.
const PAGE_MAX: usize = 1_000;
/// When the newest of the made models changed: the first of January 2024.
const NEWEST_MS: i64 = 1_704_067_200_000;
/// Made models change a minute apart.
const MINUTE_MS: i64 = 60_000;

const TASKS: [&str; 5] = [
    "text-generation",
    "text-classification",
    "fill-mask",
    "sentence-similarity",
    "text-to-speech",
];
const LIBRARIES: [&str; 4] = ["transformers", "diffusers", "sentence-transformers", "gguf"];
const LICENSES: [&str; 5] = ["apache-2.0", "mit", "cc-by-nc-4.0", "llama3.2", "other"];
const LANGUAGES: [&str; 6] = ["en", "fr", "de", "zh", "multilingual", "tlh"];

/// Listings beside the repositories.
#[derive(Default)]
pub(crate) struct Listings {
    /// A seed and how many models it makes.
    made: (u64, usize),
    /// Listings as they were given, in front of everything else.
    given: Vec<Value>,
    /// Made models that changed later, and when.
    touched: BTreeMap<usize, i64>,
    /// Ids of models that are not listed any more. Their places stay, so that the place of a page
    /// means the same: hubs name it by the last model before it.
    left: BTreeSet<String>,
    /// What a page has at most, where it is less than usual.
    page_max: Option<usize>,
    /// The made models by change and by downloads, kept from page to page.
    orders: [Option<Arc<Vec<usize>>>; 2],
}

/// A model of the listing; most are only made when they are on a page.
enum Entry<'a> {
    Given(&'a Value),
    Stored(&'a str, &'a Repository),
    Made(usize),
}

/// Answers with a page of what is asked for.
pub(crate) fn answer(shared: &Arc<Shared>, request: &Request, fault: Option<&Fault>) -> Response {
    let mut listings = lock(&shared.listings);
    let repositories = lock(&shared.repositories);
    let asked = Asked::read(request, listings.page_max.unwrap_or(PAGE_MAX));
    let order = listings.order(asked.by_downloads);
    let mut entries: Vec<Entry<'_>> = listings.given.iter().map(Entry::Given).collect();
    entries.extend(repositories.iter().map(|(id, stored)| Entry::Stored(id, stored)));
    let count = entries.len() + order.len();
    let mut page = Vec::new();
    let (mut at, mut holes) = (asked.cursor, 0);
    while page.len() + holes < asked.limit && at < count {
        let value = match entries.get(at) {
            Some(entry) => listings.value(entry),
            None => listings.value(&Entry::Made(order[at - entries.len()])),
        };
        match listings.has_left(&value) {
            true => holes += 1,
            false => page.extend(asked.wants(&value).then_some(value)),
        }
        at += 1;
    }
    if let (Some(Fault::Padded(bytes)), Some(first)) = (fault, page.first_mut()) {
        first["cardData"]["widget"] = json!("x".repeat(*bytes as usize));
    }
    let mut answer = body::json_page(shared, &Value::Array(page), fault);
    let next = if fault == Some(&Fault::SamePage) { asked.cursor } else { at };
    if next < count {
        answer.headers_mut().insert(header::LINK, asked.link(request, next));
    }
    answer
}

impl Listings {
    pub(crate) fn make(&mut self, seed: u64, count: usize) {
        self.made = (seed, count);
        self.orders = [None, None];
    }

    pub(crate) fn page_max(&mut self, page_max: usize) {
        self.page_max = Some(page_max);
    }

    pub(crate) fn give(&mut self, listing: Value) {
        self.given.push(listing);
    }

    pub(crate) fn leave(&mut self, id: &str) {
        self.left.insert(id.to_owned());
    }

    fn has_left(&self, value: &Value) -> bool {
        value.get("id").and_then(Value::as_str).is_some_and(|id| self.left.contains(id))
    }

    /// Changes a made model, `ms` after the newest of those that were not changed.
    pub(crate) fn touch(&mut self, index: usize, ms: i64) {
        self.touched.insert(index, NEWEST_MS + ms);
        self.orders = [None, None];
    }

    fn order(&mut self, by_downloads: bool) -> Arc<Vec<usize>> {
        if let Some(order) = &self.orders[usize::from(by_downloads)] {
            return Arc::clone(order);
        }
        let mut order: Vec<usize> = (0..self.made.1).collect();
        match by_downloads {
            true => order.sort_by_cached_key(|index| Reverse(downloads(self.made.0, *index))),
            false => order.sort_by_key(|index| Reverse(self.changed_ms(*index))),
        }
        let order = Arc::new(order);
        self.orders[usize::from(by_downloads)] = Some(Arc::clone(&order));
        order
    }

    fn changed_ms(&self, index: usize) -> i64 {
        let made = NEWEST_MS - MINUTE_MS * index as i64;
        self.touched.get(&index).copied().unwrap_or(made)
    }

    fn value(&self, entry: &Entry<'_>) -> Value {
        match entry {
            Entry::Given(value) => (*value).clone(),
            Entry::Stored(id, repository) => stored(id, repository),
            Entry::Made(index) => made(self.made.0, *index, self.changed_ms(*index)),
        }
    }
}

fn stored(id: &str, repository: &Repository) -> Value {
    json!({
        "id": id, "author": id.split('/').next(), "tags": [],
        "sha": repository.at("main").map(|(commit, _)| commit), "downloads": 0, "likes": 0,
        "private": matches!(repository.access, Access::Private(_)),
        "gated": matches!(repository.access, Access::Gated(_)),
        "lastModified": moment(NEWEST_MS), "createdAt": moment(NEWEST_MS),
    })
}

fn downloads(seed: u64, index: usize) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ index as u64);
    // Few have many.
    (1_000_000.0 / f64::from(random.random_range(1_u32..100_000))) as u64
}

/// Makes the listing of a model: the same for the same seed.
fn made(seed: u64, index: usize, changed_ms: i64) -> Value {
    let downloads = downloads(seed, index);
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ (index as u64) << 20);
    let mut pick = |words: &[&'static str]| words[random.random_range(0..words.len())];
    let (task, library) = (pick(&TASKS), pick(&LIBRARIES));
    let (license, language) = (pick(&LICENSES), pick(&LANGUAGES));
    let owner = format!("maker-{}", index % 997);
    json!({
        "id": format!("{owner}/model-{index}"), "author": owner,
        "sha": format!("{:040x}", seed as u128 + index as u128 + changed_ms as u128),
        "tags": [library, task, language, format!("license:{license}"), "region:us",
                 format!("base_model:finetune:maker-0/model-{}", index % 100)],
        "pipeline_tag": task, "library_name": library, "downloads": downloads,
        "likes": downloads / 50, "gated": index.is_multiple_of(50), "private": false,
        "lastModified": moment(changed_ms), "createdAt": moment(NEWEST_MS - MINUTE_MS * 3_000_000),
        "safetensors": { "total": 1_000_000 + index },
        "cardData": { "license": license, "language": [language],
                      "base_model": format!("maker-0/model-{}", index % 100) },
    })
}

/// Writes milliseconds since the epoch as hubs do.
fn moment(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = date(days);
    let (seconds, ms) = (in_day / 1_000, in_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Returns the date of a day since the epoch, in the calendar of Gregory, whose years of counting
/// begin in March.
pub(crate) fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// What a request asks for.
struct Asked {
    search: String,
    author: Option<String>,
    task: Option<String>,
    filters: Vec<String>,
    by_downloads: bool,
    limit: usize,
    cursor: usize,
}

impl Asked {
    fn read(request: &Request, page_max: usize) -> Self {
        let pairs = arguments(request);
        let all = |wanted: &str| {
            let found = pairs.iter().filter(move |(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let one = |wanted: &str| all(wanted).pop();
        let number = |wanted: &str| one(wanted).and_then(|text| text.parse().ok());
        Self {
            search: one("search").unwrap_or_default().to_lowercase(),
            author: one("author"),
            task: one("pipeline_tag"),
            filters: all("filter"),
            by_downloads: one("sort").as_deref() == Some("downloads"),
            limit: number("limit").unwrap_or(page_max).clamp(1, page_max),
            cursor: number("cursor").unwrap_or(0),
        }
    }

    fn wants(&self, value: &Value) -> bool {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let tags = value.get("tags").and_then(Value::as_array);
        let has = |tag: &String| tags.is_some_and(|tags| tags.iter().any(|one| one == tag));
        text("id").to_lowercase().contains(&self.search)
            && self.author.as_ref().is_none_or(|author| text("author") == author)
            && self.task.as_ref().is_none_or(|task| text("pipeline_tag") == task)
            && self.filters.iter().all(has)
    }

    fn link(&self, request: &Request, cursor: usize) -> HeaderValue {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let query = request.uri().query().unwrap_or_default();
        let others: String = query
            .split('&')
            .filter(|pair| !pair.starts_with("cursor=") && !pair.is_empty())
            .map(|pair| format!("&{pair}"))
            .collect();
        let host = host.unwrap_or_default();
        let next = format!("<http://{host}/api/models?cursor={cursor}{others}>; rel=\"next\"");
        HeaderValue::from_str(&next).expect("plain text")
    }
}
