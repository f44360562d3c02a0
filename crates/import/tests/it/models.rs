//! What an import makes of models that are sound.

use domain::{Kind, Task};
use serde_json::json;
use std::io::Write;
use testkit::{Files, tiny_encoder};

use crate::{Home, ID, WEIGHTS, check_files, folder_job, hub, job, write};

#[tokio::test]
async fn a_model_of_a_hub_becomes_a_version_with_its_facts_and_its_card() {
    let (hub, home) = (hub().await, Home::new());
    let opened = home.open().await;
    let context = home.context("job-1");
    let imported = opened.import(&job(ID, &hub), &context, home.network()).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/tiny@1");
    let size: usize = tiny_encoder(1).values().map(Vec::len).sum();
    assert_eq!((imported.files, imported.size_bytes), (5, size as u64));
    let facts = imported.facts.unwrap();
    assert_eq!(facts["architecture"], "BertModel");
    let record = opened.catalog.get_model(&imported.model.collection, &imported.model.name).await;
    let record = record.unwrap().unwrap();
    assert_eq!(record.license.as_str(), "Apache-2.0");
    assert_eq!(record.tasks[0], Task::FeatureExtraction);
    assert_eq!(record.summary, "A tiny encoder for tests.");
    assert_eq!((record.languages, record.keywords), (vec!["en".into()], vec!["tiny".into()]));
    assert_eq!((record.hub_id.as_deref(), record.publisher.as_deref()), (Some(ID), Some("acme")));
    assert_eq!(
        (record.size_bytes, record.parameters),
        (Some(size as u64), facts["parameters"].as_u64())
    );
    let versions = home.versions("tiny").await;
    let commit = record.hub_revision.unwrap();
    assert_eq!(versions[0].origin["revision"], commit);
    assert_eq!(versions[0].origin["place"], format!("{}/{ID}", hub.url()));
    assert_eq!(versions[0].origin.get("unsupported"), None);
    check_files(&home, &versions[0], &tiny_encoder(1)).await;
    let told = context.take();
    let progress = told.progress.unwrap();
    assert_eq!((progress.done, progress.total), (size as u64, Some(size as u64)));
    let fetched = told.lines.iter().filter(|line| line.starts_with("fetched `")).count();
    assert_eq!(fetched, 5, "{:?}", told.lines);
}

#[tokio::test]
async fn an_import_may_run_in_a_task() {
    let (hub, home) = (hub().await, Home::new());
    let (opened, job) = (home.open().await, job(ID, &hub));
    let (context, network) = (home.context("job-1"), home.network());
    let task = tokio::spawn(async move { opened.import(&job, &context, network).await.unwrap() });
    assert_eq!(task.await.unwrap().model.to_string(), "workspace/tiny@1");
}

#[tokio::test]
async fn a_folder_becomes_a_version_and_changed_another() {
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    let folder = dir.path().join("My model");
    let mut files = tiny_encoder(1);
    write(&folder, &files);
    std::fs::write(folder.join("pytorch_model.bin"), b"pickle").unwrap();
    let imported = home.import(&folder_job(&folder)).await.unwrap();
    assert_eq!((imported.model.to_string().as_str(), imported.files), ("workspace/My-model@1", 5));
    files.insert("README.md".to_owned(), b"Changed.".to_vec());
    write(&folder, &files);
    let imported = home.import_as("job-2", &folder_job(&folder)).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/My-model@2");
    check_files(&home, &home.versions("My-model").await[0], &files).await;
    assert!(folder.join(WEIGHTS).exists(), "the folder is not touched");
}

#[tokio::test]
async fn the_revision_that_was_asked_for_is_imported() {
    let (hub, home) = (hub().await, Home::new());
    let old = hub.put("acme/other", &tiny_encoder(2));
    hub.put("acme/other", &tiny_encoder(3));
    let mut asked = job("acme/other", &hub);
    asked.revision = Some(old.clone());
    asked.name = Some("chosen".to_owned());
    assert_eq!(home.import(&asked).await.unwrap().model.to_string(), "workspace/chosen@1");
    let versions = home.versions("chosen").await;
    assert_eq!(
        (&versions[0].origin["revision"], &versions[0].origin["asked"]),
        (&json!(old), &json!(old))
    );
    check_files(&home, &versions[0], &tiny_encoder(2)).await;
}

#[tokio::test]
async fn what_the_store_has_already_is_not_fetched_again() {
    let (hub, home) = (hub().await, Home::new());
    home.import(&job(ID, &hub)).await.unwrap();
    let served = hub.bytes_served(WEIGHTS);
    let mut files = tiny_encoder(1);
    files.insert("README.md".to_owned(), b"Another card.".to_vec());
    hub.put(ID, &files);
    let imported = home.import_as("job-2", &job(ID, &hub)).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/tiny@2");
    assert_eq!(hub.bytes_served(WEIGHTS), served, "the weights are in the store");
    check_files(&home, &home.versions("tiny").await[0], &files).await;
}

#[tokio::test]
async fn a_model_that_this_build_cannot_run_is_imported_and_says_why() {
    let (hub, home) = (hub().await, Home::new());
    let mut files = tiny_encoder(1);
    let config = json!({ "architectures": ["T5ForConditionalGeneration"], "model_type": "t5" });
    files.insert("config.json".to_owned(), config.to_string().into_bytes());
    let card = "---\npipeline_tag: translation\n---\nTranslates.\n";
    files.insert("README.md".to_owned(), card.as_bytes().to_vec());
    hub.put(ID, &files);
    let imported = home.import(&job(ID, &hub)).await.unwrap();
    assert_eq!(imported.facts, None);
    let version = &home.versions("tiny").await[0];
    let why = version.origin["unsupported"].as_str().unwrap();
    assert_eq!(why, "architecture `T5ForConditionalGeneration` is not supported");
    let catalog = home.open().await.catalog;
    let record = catalog.get_model(&imported.model.collection, &imported.model.name).await;
    assert_eq!(record.unwrap().unwrap().tasks, [Task::Translation]);
    // Without a tokenizer this build cannot run it either; the message names no folder of ours.
    let mut files = tiny_encoder(1);
    files.remove("tokenizer.json");
    hub.put("acme/old", &files);
    home.import_as("job-2", &job("acme/old", &hub)).await.unwrap();
    let version = &home.versions("old").await[0];
    let why = version.origin["unsupported"].as_str().unwrap();
    assert!(why.contains("tokenizer.json") && !why.contains("views"), "{why}");
}

#[tokio::test]
async fn a_name_that_nobody_chose_does_not_land_on_another_model() {
    let (hub, home) = (hub().await, Home::new());
    home.import(&job(ID, &hub)).await.unwrap();
    hub.put("other/tiny", &tiny_encoder(2));
    let mut other = job("other/tiny", &hub);
    let fault = home.import_as("job-2", &other).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Exists);
    let message =
        format!("`workspace/tiny` is there already, and is not from `{}/other/tiny`", hub.url());
    assert_eq!(fault.message(), message);
    assert!(fault.hint_text().unwrap().contains("--name"));
    other.name = Some("tiny".to_owned());
    let imported = home.import_as("job-3", &other).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/tiny@2");
}

#[tokio::test]
async fn sentence_transformers_and_shards_come_whole() {
    let (hub, home) = (hub().await, Home::new());
    let mut files = tiny_encoder(1);
    let weights = files.remove(WEIGHTS).unwrap();
    let tensors = safetensors_names(&weights);
    let map: serde_json::Map<_, _> = tensors
        .iter()
        .map(|name| (name.clone(), json!("model-00001-of-00001.safetensors")))
        .collect();
    let index = json!({ "metadata": {}, "weight_map": map });
    let transformer = "sentence_transformers.models.Transformer";
    let modules = json!([{ "idx": 0, "name": "0", "path": "", "type": transformer }]);
    let more = Files::from([
        ("model-00001-of-00001.safetensors".to_owned(), weights),
        ("model.safetensors.index.json".to_owned(), index.to_string().into_bytes()),
        ("modules.json".to_owned(), modules.to_string().into_bytes()),
        ("1_Pooling/config.json".to_owned(), b"{}".to_vec()),
    ]);
    files.extend(more);
    hub.put("acme/shards", &files);
    let imported = home.import(&job("acme/shards", &hub)).await.unwrap();
    assert_eq!(imported.files, files.len() as u64);
    let version = &home.versions("shards").await[0];
    assert_eq!(version.origin.get("unsupported"), None, "{:?}", version.origin);
    check_files(&home, version, &files).await;
}

/// Makes a GGUF file without tensors, of an architecture that this build does not run.
fn gguf() -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let counts = [0_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat();
    let entry = [text("general.architecture"), 8_u32.to_le_bytes().to_vec(), text("mamba")];
    [b"GGUF", &3_u32.to_le_bytes()[..], &counts, &entry.concat()].concat()
}

#[tokio::test]
async fn one_gguf_file_is_a_model() {
    let (hub, home) = (hub().await, Home::new());
    let readme = ("README.md".to_owned(), b"Two of them.".to_vec());
    let of = |name: &str| (name.to_owned(), gguf());
    hub.put("acme/tiny-GGUF", &Files::from([readme, of("tiny-q4.gguf"), of("tiny-q8.gguf")]));
    let imported = home.import(&job("acme/tiny-GGUF/tiny-q8.gguf", &hub)).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/tiny-q8@1");
    assert_eq!(imported.files, 2, "the file and the card");
    let version = &home.versions("tiny-q8").await[0];
    let why = version.origin["unsupported"].as_str().unwrap();
    assert_eq!(why, "GGUF architecture `mamba` is not supported");
    check_files(&home, version, &Files::from([of("tiny-q8.gguf")])).await;
    assert_eq!(hub.bytes_served("tiny-q4.gguf"), 0);

    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &Files::from([of("small.gguf")]));
    let by_file = folder_job(&dir.path().join("small.gguf"));
    let imported = home.import_as("job-2", &by_file).await.unwrap();
    assert_eq!(imported.model.to_string(), "workspace/small@1");
    let mut by_folder = folder_job(dir.path());
    by_folder.name = Some("whole".to_owned());
    let imported = home.import_as("job-3", &by_folder).await.unwrap();
    assert_eq!((imported.model.to_string().as_str(), imported.files), ("workspace/whole@1", 1));

    write(dir.path(), &Files::from([("small.gguf".to_owned(), gguf()[..40].to_vec())]));
    let fault = home.import_as("job-4", &by_file).await.unwrap_err();
    assert!(fault.chain().contains("is not a sound GGUF file"), "{}", fault.chain());
}

fn safetensors_names(bytes: &[u8]) -> Vec<String> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    header.keys().filter(|name| *name != "__metadata__").cloned().collect()
}

#[tokio::test]
async fn the_real_minilm_is_imported_from_its_folder() {
    let Ok(folder) = std::env::var("MODELDEX_TEST_MINILM") else {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: import of the real MiniLM: MODELDEX_TEST_MINILM is not set"
        );
        return;
    };
    let home = Home::new();
    let mut asked = folder_job(folder.as_ref());
    asked.name = Some("minilm".to_owned());
    let imported = home.import(&asked).await.unwrap();
    let facts = imported.facts.unwrap();
    assert_eq!((facts["hidden_size"].as_u64(), facts["layers"].as_u64()), (Some(384), Some(6)));
    assert!(imported.size_bytes > 90_000_000);
}
