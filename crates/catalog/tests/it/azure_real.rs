//! The published assets, where the machine has them.

use std::io::Write;
use std::path::{Path, PathBuf};

use catalog::azure::{Severity, load_folder};

/// Returns the folder of published assets, or says that the test is skipped.
pub(crate) fn published() -> Option<PathBuf> {
    let folder = std::env::var_os("MODELDEX_TEST_AZUREML_ASSETS").map(PathBuf::from);
    if folder.is_none() {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: set MODELDEX_TEST_AZUREML_ASSETS to a folder with `2024-07` and `2026-07` \
             of the published assets to load all of them"
        );
    }
    folder
}

fn check(folder: &Path, models: usize) {
    let loaded = load_folder(folder, &"assets".parse().unwrap()).unwrap();
    let errors: Vec<_> =
        loaded.defects.iter().filter(|one| one.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!((loaded.models.len(), loaded.skipped), (models, 0));
    for model in &loaded.models {
        let record = &model.record;
        assert!(!record.summary.is_empty(), "{}", record.name);
        assert!(!record.description.is_empty(), "{}", record.name);
        assert!(record.minimum_spec.inference.is_some(), "{}", record.name);
    }
}

#[test]
fn every_published_asset_loads_in_both_forms() {
    let Some(folder) = published() else { return };
    check(&folder.join("2024-07/assets/models/system"), 126);
    check(&folder.join("2026-07"), 16);
    let both = load_folder(&folder, &"assets".parse().unwrap()).unwrap();
    assert_eq!(both.models.len() + both.skipped, 142);
}

#[test]
fn the_known_defects_of_the_published_assets_are_found() {
    let Some(folder) = published() else { return };
    let loaded = load_folder(&folder.join("2024-07"), &"assets".parse().unwrap()).unwrap();
    let has = |model: &str, field: &str, message: &str| {
        let hit = |one: &&catalog::azure::Defect| {
            one.file.contains(&format!("/{model}/"))
                && one.field.contains(field)
                && one.message.contains(message)
        };
        assert!(loaded.defects.iter().find(hit).is_some(), "{model}: {message}");
    };
    has("bert-base-uncased", "huggingface_model_id", "belongs to `bert-base-cased`");
    has("snowflake-arctic-base", "properties.languages", "`moe` is not a language");
    has("mmeft", "line", "not valid JSON");
}
