use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn counts(keys: impl Fn(&ModelRecord) -> Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for key in records().iter().flat_map(keys) {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

#[test]
fn the_collection_has_156_models_with_different_names_and_summaries() {
    assert_eq!(records().len(), 156);
    let names: BTreeSet<_> = records().iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), 156);
    let folded: BTreeSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(folded.len(), 156, "two names differ in case alone");
    let summaries: BTreeSet<_> = records().iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(summaries.len(), 156);
    let sorted = records().is_sorted_by_key(|one| one.name.as_str().to_lowercase());
    assert!(sorted, "keep `models.yaml` sorted by name");
}

#[test]
fn every_model_has_what_a_list_shows() {
    for record in records() {
        let name = &record.name;
        assert_eq!(record.collection, domain::CollectionName::curated(), "{name}");
        assert!(!record.tasks.is_empty(), "{name}");
        assert!(record.publisher.is_some(), "{name}");
        assert!(record.minimum_spec.inference.is_some(), "{name}");
        let summary = &record.summary;
        assert!((40..240).contains(&summary.len()), "{name}: {summary}");
        assert!(summary.ends_with('.') && !summary.contains('\n'), "{name}: {summary}");
        assert!(record.description.starts_with("## What it is for"), "{name}");
        assert!(record.description.contains("## Terms"), "{name}");
        let can_be_taught = !record.finetuning_tasks.is_empty();
        assert_eq!(can_be_taught, record.minimum_spec.finetuning.is_some(), "{name}");
    }
}

#[test]
fn the_counts_by_task_and_license_are_those_of_the_facts() {
    let tasks = counts(|one| one.tasks.iter().map(|task| task.to_string()).collect());
    let expected = [
        ("text-generation", 29),
        ("chat-completion", 25),
        ("fill-mask", 13),
        ("feature-extraction", 12),
        ("object-detection", 12),
        ("image-segmentation", 11),
        ("text-classification", 8),
        ("text-to-image", 7),
        ("translation", 3),
        ("summarization", 2),
    ];
    for (task, count) in expected {
        assert_eq!(tasks.get(task), Some(&count), "{task}");
    }
    assert_eq!(tasks.values().sum::<usize>(), 156);
    let teachable = counts(|one| one.finetuning_tasks.iter().map(|t| t.to_string()).collect());
    assert_eq!(teachable.get("text-classification"), Some(&30));
    assert_eq!(teachable.get("question-answering"), Some(&14));
    let fill_mask_apache = records().iter().filter(|one| {
        one.tasks.contains(&domain::Task::FillMask) && one.license.as_str() == "Apache-2.0"
    });
    assert_eq!(fill_mask_apache.count(), 8);
}

#[test]
fn licenses_are_spdx_where_they_are_one() {
    let licenses = counts(|one| vec![one.license.to_string()]);
    assert_eq!(licenses.get("Apache-2.0"), Some(&76));
    assert_eq!(licenses.get("MIT"), Some(&52));
    assert_eq!(licenses.get("AGPL-3.0-only"), Some(&1));
    let own = ["custom", "other", "msrla", "creativeml-openrail-m", "creativeml-openrail++-m"];
    for record in records() {
        let license = &record.license;
        assert!(license.is_spdx() || own.contains(&license.as_str()), "{license}");
        assert_eq!(*license, domain::License::parse(license.as_str()));
    }
}

#[test]
fn hub_ids_and_revisions_are_whole() {
    let mut of_id: BTreeMap<(&str, &[domain::Task]), &str> = BTreeMap::new();
    for record in records() {
        let Some(id) = record.hub_id.as_deref() else {
            assert_eq!(record.hub_revision, None, "{}", record.name);
            continue;
        };
        assert_eq!(id.split('/').count(), 2, "{id}: write the owner too");
        if let Some(revision) = &record.hub_revision {
            assert_eq!(revision.len(), 40, "{id}");
            assert!(revision.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
        // One upload may be listed for two tasks, but not twice for one.
        let before = of_id.insert((id, record.tasks.as_slice()), record.name.as_str());
        assert_eq!(before, None, "{id}");
    }
    assert!(of_id.len() > 100);
}

#[test]
fn a_model_is_found_by_its_name() {
    let bert = find(&"bert-base-uncased".parse().unwrap()).unwrap();
    assert_eq!(bert.hub_id.as_deref(), Some("google-bert/bert-base-uncased"));
    assert_eq!(bert.minimum_spec.inference.as_ref().unwrap().memory_gib, 8);
    assert!(find(&"no-such-model".parse().unwrap()).is_none());
}
