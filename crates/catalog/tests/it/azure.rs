//! Asset folders in both forms, sound and broken.

use std::fs;
use std::path::Path;

use catalog::azure::{Loaded, Severity, load_folder};
use domain::Task;
use tempfile::TempDir;

const ASSET: &str = "type: model\nspec: spec.yaml\nextra_config: model.yaml\n\
                     categories: [Foundation Models]\n";
const MODEL: &str = "path: {type: azureblob}\npublish: {description: description.md}\n";
const CARD: &str = "# Description\n\nA tiny model for tests.\n\n### Sample input\n```json\n\
                    {\"input_data\": [\"a [MASK]\"]}\n```\n";
const OLD: &str = "\
name: tiny
version: 3
properties:
  SHA: 0123456789abcdef0123456789abcdef01234567
  languages: EN, fr
  finetuning-tasks: text-classification, question-answering
  inference-min-sku-spec: 2|0|8|28
  finetune-min-sku-spec: 4|1|28|64
tags:
  Featured: ''
  disable-batch: 'true'
  author: mistralai
  task: fill-mask
  license: apache2.0
  datasets: bookcorpus, wikipedia
  huggingface_model_id: acme/tiny
";
const TYPED: &str = "\
name: tiny-typed
version: 8
tags: {}
system_metadata:
  displayName: Tiny, typed
  summary: Does little.
  publisher: Acme
  license: MIT
  languages: [en]
  datasets: [squad]
  keywords: [Low latency]
  industry: [healthcare]
  notes: notes.md
  preview: true
  huggingFaceModelId: acme/tiny-typed
  deprecation: {inferenceRetirementDate: '2026-01-01'}
  tasks: {inferenceTasks: [chat-completion], fineTuningTasks: [chat-completion]}
  SKU: {inferenceMinSkuSpec: 24|1|220|64}
  platformCapabilities: {enableBatch: false}
";

struct Assets(TempDir);

impl Assets {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a whole asset, then the given files over it.
    fn asset(&self, name: &str, files: &[(&str, &str)]) -> &Self {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let whole = [
            ("asset.yaml", ASSET),
            ("model.yaml", MODEL),
            ("description.md", CARD),
            ("spec.yaml", OLD),
        ];
        for (file, text) in whole.iter().chain(files) {
            fs::write(folder.join(file), text).unwrap();
        }
        self
    }

    fn load(&self) -> Loaded {
        load_folder(self.0.path(), &"assets".parse().unwrap()).unwrap()
    }
}

/// Returns the defects as `severity file field: message`.
fn defects(loaded: &Loaded) -> Vec<String> {
    let line = |one: &catalog::azure::Defect| {
        format!("{} {} {}: {}", one.severity.as_str(), one.file, one.field, one.message)
    };
    loaded.defects.iter().map(line).collect()
}

#[test]
fn the_form_with_tags_and_properties_is_read() {
    let assets = Assets::new();
    let mlmodel = ("MLmodel", "model_size_bytes: 439025970\nflavors: {}\n");
    let loaded = assets.asset("system/tiny", &[mlmodel]).load();
    let record = &loaded.models[0].record;
    assert_eq!(record.model().to_string(), "assets/tiny");
    assert_eq!(record.tasks, [Task::FillMask]);
    assert_eq!(record.finetuning_tasks, [Task::TextClassification, Task::QuestionAnswering]);
    assert_eq!(record.license.as_str(), "Apache-2.0");
    assert_eq!(record.publisher.as_deref(), Some("Mistral AI"));
    assert_eq!(record.languages, ["en", "fr"]);
    assert_eq!(record.datasets, ["bookcorpus", "wikipedia"]);
    assert_eq!(record.hub_id.as_deref(), Some("acme/tiny"));
    assert_eq!(record.hub_revision.as_deref().map(str::len), Some(40));
    assert_eq!(record.summary, "A tiny model for tests.");
    assert_eq!(record.sample_input, Some(serde_json::json!({ "input_data": ["a [MASK]"] })));
    assert_eq!(record.size_bytes, Some(439_025_970));
    assert_eq!(record.keywords, ["Foundation Models"]);
    assert_eq!(record.minimum_spec.inference.as_ref().unwrap().memory_gib, 8);
    assert_eq!(record.minimum_spec.evaluation, None);
    assert!(record.flags.featured && record.flags.batch_disabled && !record.flags.preview);
    assert_eq!(loaded.models[0].folder, "system/tiny");
    assert_eq!(loaded.models[0].version.as_deref(), Some("3"));
    let expected = [
        "warning system/tiny/spec.yaml tags.license: `apache2.0` is not how SPDX writes it: \
         read as `Apache-2.0`",
        "warning system/tiny/spec.yaml properties.languages: `EN` is not in lower case: read as \
         `en`",
    ];
    assert_eq!(defects(&loaded), expected);
}

#[test]
fn the_typed_form_is_read() {
    let assets = Assets::new();
    let files = [("spec.yaml", TYPED), ("notes.md", "Use with care.")];
    let loaded = assets.asset("tiny-typed", &files).load();
    let record = &loaded.models[0].record;
    assert_eq!(record.display_name, "Tiny, typed");
    assert_eq!(record.summary, "Does little.");
    assert_eq!(record.publisher.as_deref(), Some("Acme"));
    assert_eq!(record.keywords, ["Foundation Models", "Low latency", "healthcare"]);
    assert_eq!(record.tasks, record.finetuning_tasks);
    assert!(record.description.ends_with("# Notes\n\nUse with care."));
    assert!(record.flags.preview && record.flags.batch_disabled && record.flags.deprecated);
    assert_eq!(defects(&loaded), [""; 0]);
}

#[test]
fn one_asset_can_be_loaded_by_its_own_folder() {
    let assets = Assets::new();
    assets.asset("tiny", &[]);
    let folder = assets.0.path().join("tiny");
    let loaded = load_folder(&folder, &"assets".parse().unwrap()).unwrap();
    assert_eq!(loaded.models[0].folder, "");
    assert_eq!(loaded.defects[0].file, "spec.yaml");
}

#[test]
fn a_folder_without_assets_or_without_existence_is_an_error() {
    let assets = Assets::new();
    let check = |folder: &Path, why: &str| {
        let error = load_folder(folder, &"assets".parse().unwrap()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    check(assets.0.path(), "holds no model asset");
    check(&assets.0.path().join("absent"), "cannot read the asset folder");
    fs::write(assets.0.path().join("file"), "x").unwrap();
    check(&assets.0.path().join("file"), "cannot read the asset folder");
}

/// Loads one asset with some files replaced, and looks for a defect.
fn check(files: &[(&str, &str)], severity: Severity, expected: &str) {
    let assets = Assets::new();
    let loaded = assets.asset("tiny", files).load();
    let found = defects(&loaded);
    let start = format!("{} tiny/", severity.as_str());
    let hit = found.iter().any(|line| line.starts_with(&start) && line.contains(expected));
    assert!(hit, "`{expected}` is not in {found:#?}");
    let different: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!(different.len(), found.len(), "a defect is told twice: {found:#?}");
    let added = usize::from(severity == Severity::Warning);
    assert_eq!((loaded.models.len(), loaded.skipped), (added, 1 - added), "{expected}");
}

#[test]
fn what_keeps_a_model_out_is_an_error_with_file_and_field() {
    let check = |file: &str, text: &str, expected: &str| {
        check(&[(file, text)], Severity::Error, expected);
    };
    check("asset.yaml", "type: component\n", "asset.yaml type: it is a `component`");
    check("asset.yaml", "type: [model\n", "asset.yaml : not valid YAML");
    check(
        "asset.yaml",
        "type: model\nspec: ../other.yaml\n",
        "asset.yaml spec: `../other.yaml` leads out of the folder",
    );
    check(
        "asset.yaml",
        "type: model\nspec: /etc/passwd\n",
        "asset.yaml spec: `/etc/passwd` leads out of the folder",
    );
    check("asset.yaml", "type: model\nspec: absent.yaml\n", "absent.yaml : the file does not");
    check("spec.yaml", "", "spec.yaml : the file is empty");
    check("spec.yaml", "- a\n", "the top of the file is not a mapping");
    check("spec.yaml", "name: a\nname: b\n", "the key `name` is there twice");
    check("spec.yaml", &OLD.replace("name: tiny", "name: ../x"), "spec.yaml name: `../x` is not");
    check("spec.yaml", &OLD.replace("fill-mask", "mind-reading"), "tags.task: no task is known");
    check("spec.yaml", &OLD.replace("fill-mask", "mind-reading"), "`mind-reading` is not a task");
    check("spec.yaml", &"#".repeat((1 << 20) + 1), "larger than 1 MiB");
}

#[test]
fn what_does_not_keep_a_model_out_is_a_warning() {
    let check_spec = |from: &str, to: &str, expected: &str| {
        assert!(OLD.contains(from), "{from}");
        check(&[("spec.yaml", &OLD.replace(from, to))], Severity::Warning, expected);
    };
    check_spec("name: tiny\n", "", "spec.yaml name: it is absent: named `tiny`");
    check_spec("  license: apache2.0\n", "", "tags.license: it is absent");
    check_spec("apache2.0", "custom", "tags.license: `custom` names no license");
    check_spec("apache2.0", "[mit]", "tags.license: a list stands where a text belongs");
    check_spec("2|0|8|28", "2|0|8", "inference-min-sku-spec: `2|0|8` is not");
    check_spec("EN, fr", "moe", "properties.languages: `moe` is not a language");
    check_spec("acme/tiny", "a/b/c", "huggingface_model_id: `a/b/c` is not an id");
    check_spec("SHA: 0123456789abcdef", "SHA: xyz", "properties.SHA: `xyz0123456789abcdef0");
    check_spec("disable-batch: 'true'", "disable-batch: maybe", "`maybe` is neither true nor");
    check_spec("  license:", "  License:", "tags.License: misspelled: read as `tags.license`");
    check_spec("  Featured: ''", "  languages: de", "tags.languages: it differs from");
    check_spec("inference-min-sku-spec", "inference-min-sku", "an old place: read as");
    check_spec(
        "  huggingface_model_id: acme/tiny\n",
        "  HuggingFace-model_id: acme/tiny\n",
        "tags.HuggingFace-model_id: misspelled",
    );
    check_spec("question-answering", "juggling", "`juggling` is not a task: left out");
    check_spec("question-answering", "text-classification", "is there twice");
    check_spec("properties:\n", "properties: 7\nother:\n", "spec.yaml properties: it is not a");
    let check = |file: &str, text: &str, expected: &str| {
        check(&[(file, text)], Severity::Warning, expected);
    };
    check("asset.yaml", "spec: spec.yaml\n", "asset.yaml type: it is absent");
    check("model.yaml", "a: [", "model.yaml : not valid YAML");
    check("MLmodel", "a: {", "MLmodel : not valid YAML");
    let out = "publish: {description: ../../secret.md}\n";
    check("model.yaml", out, "publish.description: `../../secret.md` leads out");
    check("model.yaml", "publish: {description: absent.md}\n", "the file does not exist: no card");
    let card = CARD.replace("\"a [MASK]\"]", "…]");
    check("description.md", &card, "description.md line 7: the sample input is not valid JSON");
}

#[test]
fn a_missing_manifest_or_card_is_a_warning() {
    for file in ["asset.yaml", "model.yaml", "description.md"] {
        let assets = Assets::new();
        assets.asset("tiny", &[]);
        fs::remove_file(assets.0.path().join("tiny").join(file)).unwrap();
        let loaded = assets.load();
        assert_eq!(loaded.models.len(), 1, "{file}");
        let text = defects(&loaded).join("\n");
        assert!(text.contains("the file does not exist"), "{file}: {text}");
    }
}

#[test]
fn text_that_is_not_utf8_is_not_taken() {
    let assets = Assets::new();
    assets.asset("tiny", &[]);
    fs::write(assets.0.path().join("tiny/description.md"), b"abc\xff").unwrap();
    let loaded = assets.load();
    assert_eq!(loaded.models[0].record.description, "");
    assert!(defects(&loaded).join("\n").contains("not UTF-8 at byte 3"));
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let assets = Assets::new();
    assets.asset("tiny", &[]).asset("other", &[("spec.yaml", TYPED)]);
    let at = |name: &str| assets.0.path().join(name);
    fs::write(at("secret.md"), "secret").unwrap();
    fs::remove_file(at("tiny/description.md")).unwrap();
    symlink(at("secret.md"), at("tiny/description.md")).unwrap();
    symlink(at("tiny"), at("linked")).unwrap();
    symlink("/", at("other/root")).unwrap();
    fs::write(at("other/model.yaml"), "publish: {description: root/etc/passwd}\n").unwrap();
    let loaded = assets.load();
    assert_eq!(loaded.models.len(), 2);
    assert!(loaded.models.iter().all(|model| !model.record.description.contains("secret")));
    let text = defects(&loaded).join("\n");
    assert!(text.contains("error linked : it is a symbolic link"), "{text}");
    assert!(text.contains("`description.md` is a symbolic link"), "{text}");
    assert!(text.contains("`root/etc/passwd` is a symbolic link"), "{text}");
}

#[test]
fn of_two_models_with_one_name_the_higher_version_is_taken() {
    let newer = OLD.replace("version: 3", "version: 12");
    let oldest = OLD.replace("version: 3", "version: 1");
    let assets = Assets::new();
    assets.asset("a", &[]).asset("b", &[("spec.yaml", &newer)]);
    let loaded = assets.asset("c", &[("spec.yaml", &oldest)]).load();
    assert_eq!((loaded.models.len(), loaded.skipped), (1, 2));
    assert_eq!(loaded.models[0].folder, "b");
    let errors: Vec<_> =
        loaded.defects.iter().filter(|one| one.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|one| one.message == "`tiny` is in `b` too, which was taken"));
}

#[test]
fn a_copied_hub_id_is_left_out_but_one_upload_may_serve_two_tasks() {
    let named = |name: &str| OLD.replace("name: tiny", &format!("name: {name}"));
    let other_task = named("other").replace("task: fill-mask", "task: embeddings");
    let same_commit = named("third").replace("acme/tiny", "acme/third");
    let assets = Assets::new();
    assets.asset("tiny", &[]).asset("copied", &[("spec.yaml", &named("copied"))]);
    assets.asset("other", &[("spec.yaml", &other_task)]);
    let loaded = assets.asset("third", &[("spec.yaml", &same_commit)]).load();
    let id = |name: &str| {
        let model = loaded.models.iter().find(|one| one.record.name.as_str() == name).unwrap();
        model.record.hub_id.clone()
    };
    assert_eq!(id("tiny").as_deref(), Some("acme/tiny"));
    assert_eq!(id("copied"), None);
    assert_eq!(id("other").as_deref(), Some("acme/tiny"));
    let text = defects(&loaded).join("\n");
    assert!(
        text.contains("copied/spec.yaml tags.huggingface_model_id: `acme/tiny` belongs to `tiny`")
    );
    assert!(text.contains("third/spec.yaml properties.SHA: `"), "{text}");
}
