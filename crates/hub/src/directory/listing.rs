//! What a hub says about one model.

use serde_json::Value;

use super::text::{count, moment, text, texts};
use crate::hugging_face::check_id;

/// A model as a hub lists it. Nothing of it is checked but its form: these are claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HubListing {
    /// `owner/name`; some have no owner.
    pub id: String,
    /// Who published it.
    pub author: Option<String>,
    /// The newest commit.
    pub commit: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The main task, as the hub spells it.
    pub task: Option<String>,
    /// The library that its files are made for.
    pub library: Option<String>,
    /// Downloads of the last month.
    pub downloads: u64,
    /// How many people like it.
    pub likes: u64,
    /// When it last changed, in milliseconds since the epoch.
    pub modified_ms: Option<i64>,
    /// When it was made.
    pub created_ms: Option<i64>,
    /// Whether the files want that terms are accepted.
    pub gated: bool,
    /// How many numbers the weights have, where they are safetensors.
    pub parameters: Option<u64>,
    /// What its card says; absent where the hub does not tell.
    pub card: Option<ListedCard>,
}

/// The head of a model's card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedCard {
    /// The license.
    pub license: Option<String>,
    /// What the publisher calls a license that is `other`.
    pub license_name: Option<String>,
    /// Languages.
    pub languages: Vec<String>,
    /// Data sets that it was trained on.
    pub datasets: Vec<String>,
    /// Models that it was made from.
    pub base_models: Vec<String>,
}

/// Reads a listing, or tells why it is not taken. Values that are none are counted and left out.
pub(super) fn read(value: &Value, dropped: &mut u64) -> Result<HubListing, &'static str> {
    let field = |name: &str| value.get(name).unwrap_or(&Value::Null);
    let is = |name: &str| field(name).as_bool() == Some(true);
    let id = field("id").as_str().or_else(|| field("modelId").as_str()).unwrap_or_default();
    if check_id(id).is_err() {
        return Err("its id is none");
    }
    if is("private") {
        // The token sees it, but not everybody who reads the catalog may.
        return Err("it is private");
    }
    if is("disabled") {
        return Err("the hub has disabled it");
    }
    let mut shown = |name: &str| {
        let found = text(field(name));
        *dropped += u64::from(found.is_none() && !field(name).is_null());
        found
    };
    let [author, task, library] = ["author", "pipeline_tag", "library_name"].map(&mut shown);
    let owner = || id.split_once('/').map(|(owner, _)| owner.to_owned());
    let commit = field("sha").as_str().filter(|sha| is_commit(sha)).map(str::to_owned);
    Ok(HubListing {
        id: id.to_owned(),
        author: author.or_else(owner),
        commit,
        tags: texts(field("tags"), dropped),
        task,
        library,
        downloads: count(field("downloads")).unwrap_or(0),
        likes: count(field("likes")).unwrap_or(0),
        modified_ms: moment(field("lastModified")),
        created_ms: moment(field("createdAt")),
        gated: !matches!(field("gated"), Value::Null | Value::Bool(false)),
        parameters: parameters(field("safetensors")),
        card: card(field("cardData"), dropped),
    })
}

fn is_commit(sha: &str) -> bool {
    (40..=64).contains(&sha.len()) && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads `{"parameters": {"BF16": N}, "total": N}`.
fn parameters(safetensors: &Value) -> Option<u64> {
    let total = safetensors.get("total").and_then(count);
    let sum = || {
        let by_type = safetensors.get("parameters")?.as_object()?.values();
        by_type.map(count).try_fold(0_u64, |sum, count| sum.checked_add(count?))
    };
    total.or_else(sum).filter(|count| *count > 0)
}

fn card(card: &Value, dropped: &mut u64) -> Option<ListedCard> {
    let fields = card.as_object()?;
    let mut list = |name: &str| fields.get(name).map_or(vec![], |value| texts(value, dropped));
    Some(ListedCard {
        license: list("license").into_iter().next(),
        license_name: list("license_name").into_iter().next(),
        languages: list("language"),
        datasets: list("datasets"),
        base_models: list("base_model"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_listing_says_what_the_hub_says() {
        let value = json!({
            "id": "acme/tiny", "author": "acme", "sha": "a".repeat(40), "private": false,
            "gated": "auto", "downloads": 12, "likes": 3, "library_name": "transformers",
            "pipeline_tag": "fill-mask", "tags": ["en", "license:mit"],
            "lastModified": "2024-09-25T12:32:56.000Z", "createdAt": "2024-01-01T00:00:00.000Z",
            "safetensors": { "parameters": { "F32": 10 }, "total": 10 },
            "cardData": { "license": ["mit"], "language": "en", "datasets": ["a/b"],
                          "base_model": "acme/base" }
        });
        let mut dropped = 0;
        let listing = read(&value, &mut dropped).unwrap();
        let card = listing.card.clone().unwrap();
        assert_eq!((listing.gated, listing.parameters, dropped), (true, Some(10), 0));
        assert_eq!((listing.downloads, listing.likes), (12, 3));
        assert_eq!(listing.modified_ms, Some(1_727_267_576_000));
        assert_eq!(
            (card.license.as_deref(), &card.languages[..]),
            (Some("mit"), &["en".into()][..])
        );
        assert_eq!(card.base_models, ["acme/base"]);
    }

    #[test]
    fn what_cannot_be_listed_says_why() {
        let check = |value: Value, why: &str| {
            assert_eq!(read(&value, &mut 0).unwrap_err(), why, "{value}");
        };
        check(json!(null), "its id is none");
        check(json!(["acme/tiny"]), "its id is none");
        check(json!({ "id": "../../etc/passwd" }), "its id is none");
        check(json!({ "id": "acme/<script>" }), "its id is none");
        check(json!({ "id": "a".repeat(300) }), "its id is none");
        check(json!({ "id": "acme/tiny", "private": true }), "it is private");
        check(json!({ "id": "acme/tiny", "disabled": true }), "the hub has disabled it");
    }

    #[test]
    fn values_of_the_wrong_sort_are_left_out() {
        let value = json!({
            "id": "acme/tiny", "sha": "main", "downloads": -1, "likes": 1e30, "tags": "\u{202e}",
            "lastModified": 7, "safetensors": [], "pipeline_tag": {}, "cardData": "none",
            "library_name": "x\u{0}"
        });
        let mut dropped = 0;
        let listing = read(&value, &mut dropped).unwrap();
        let bare = HubListing {
            id: "acme/tiny".to_owned(),
            author: Some("acme".to_owned()),
            ..HubListing::default()
        };
        assert_eq!((listing, dropped), (bare, 3));
    }

    #[test]
    fn parameters_are_added_up_where_no_total_is_told() {
        let check = |value: Value, wanted: Option<u64>| assert_eq!(parameters(&value), wanted);
        check(json!({ "parameters": { "F32": 3, "I64": 4 } }), Some(7));
        check(json!({ "parameters": { "F32": "many" } }), None);
        check(json!({ "total": 0 }), None);
        check(json!(null), None);
    }
}
