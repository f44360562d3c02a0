//! From what a provider lists to a record: a name and who runs it, for it says no more.

use catalog::ModelRecord;
use domain::{CollectionName, ModelName};
use hub::HostedListing;

/// Makes the record of a hosted model; none where nothing of the id can be a name here.
pub fn hosted_record(
    collection: &CollectionName,
    place: &str,
    listing: &HostedListing,
) -> Option<ModelRecord> {
    let mut record = ModelRecord::new(collection.clone(), name(&listing.id)?);
    let host = place.split_once("://").map_or(place, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or(host);
    record.display_name = listing.id.clone();
    record.summary = format!("Run by {host}, which calls it {}.", listing.id);
    record.publisher = listing.owner.clone();
    record.modified_ms = listing.created_ms;
    record.flags.hosted = true;
    Some(record)
}

/// Makes a name of an id: `org/model:free` becomes `org/model-free`, and of more than three parts
/// the first ones become one.
fn name(id: &str) -> Option<ModelName> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '/');
    let text: String = id.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let parts = text.split('/').map(|part| part.trim_matches(['-', '.'])).map(str::to_owned);
    let mut parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    if let Some(more) = parts.len().checked_sub(3).filter(|more| *more > 0) {
        let first = parts.drain(..=more).collect::<Vec<_>>().join("-");
        parts.insert(0, first);
    }
    let mut name = parts.join("/");
    while name.contains("..") {
        name = name.replace("..", ".");
    }
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_name_that_is_allowed() {
        let check = |id: &str, wanted: Option<&str>| {
            let name = name(id);
            assert_eq!(name.as_ref().map(ModelName::as_str), wanted, "{id}");
        };
        check("gpt-4o", Some("gpt-4o"));
        check("org/model:free", Some("org/model-free"));
        check("@cf/meta/llama-3", Some("cf/meta/llama-3"));
        check("accounts/acme/models/x", Some("accounts-acme/models/x"));
        check("a/b/c/d/e", Some("a-b-c/d/e"));
        check("../..", None);
        check("日本", None);
        check(&"x".repeat(300), None);
    }

    #[test]
    fn a_hosted_model_promises_no_files() {
        let listing = HostedListing {
            id: "org/model:free".to_owned(),
            owner: Some("org".to_owned()),
            created_ms: Some(7),
        };
        let place = "https://api.test/v1";
        let record = hosted_record(&"provider".parse().unwrap(), place, &listing).unwrap();
        assert_eq!(record.model().to_string(), "provider/org/model-free");
        assert_eq!(record.display_name, "org/model:free");
        assert_eq!(record.summary, "Run by api.test, which calls it org/model:free.");
        assert!(record.flags.hosted);
        assert_eq!((record.hub_id, record.parameters, record.tasks), (None, None, vec![]));
    }
}
