//! Models that are not taken: the reason, the way out, and that nothing more was fetched.

use domain::Kind;
use testkit::{Access, Files, tiny_encoder};

use crate::{Home, ID, WEIGHTS, folder_job, hub, job, write};

fn without(path: &str) -> Files {
    let mut files = tiny_encoder(1);
    files.remove(path);
    files
}

fn with(path: &str, bytes: &[u8]) -> Files {
    let mut files = tiny_encoder(1);
    files.insert(path.to_owned(), bytes.to_vec());
    files
}

#[tokio::test]
async fn an_unsafe_or_impossible_model_is_refused_before_its_weights_are_fetched() {
    let check = async |files: Files, kind: Kind, sentence: &str, hint: &str| {
        let (hub, home) = (hub().await, Home::new());
        hub.put(ID, &files);
        let fault = home.import(&job(ID, &hub)).await.unwrap_err();
        let message = fault.chain().replace(&hub.url(), "HUB");
        assert_eq!(message, format!("cannot import `HUB/{ID}`: {sentence}"));
        assert_eq!(fault.kind(), kind);
        assert!(fault.hint_text().unwrap().contains(hint), "{:?}", fault.hint_text());
        assert_eq!(hub.bytes_served(WEIGHTS), 0);
        assert!(home.versions("tiny").await.is_empty());
    };
    let mut pickles = without(WEIGHTS);
    pickles.insert("pytorch_model.bin".to_owned(), vec![0; 9_000]);
    check(
        pickles,
        Kind::Denied,
        "its weights are pickles (`pytorch_model.bin`), which can run code when they are opened",
        "save_pretrained",
    )
    .await;
    check(
        with("config.json", br#"{"auto_map": {"AutoModel": "x.Y"}}"#),
        Kind::Denied,
        "`config.json` asks for code of the model's own (`auto_map`)",
        "never runs here",
    )
    .await;
    let mut gguf = without(WEIGHTS);
    gguf.insert("tiny-q4.gguf".to_owned(), b"GGUF".to_vec());
    gguf.insert("tiny-q8.gguf".to_owned(), b"GGUF".to_vec());
    let reason = "it has 2 GGUF files: `tiny-q4.gguf`, `tiny-q8.gguf`";
    check(gguf, Kind::Invalid, reason, "SOURCE/FILE.gguf").await;
    let reason = "it has no weights as safetensors or GGUF among its 4 files";
    check(without(WEIGHTS), Kind::Invalid, reason, "safetensors").await;
    check(
        with("../../.ssh/authorized_keys", b"key"),
        Kind::Denied,
        "it lists the file `../../.ssh/authorized_keys`: it leads out of its folder",
        "no honest model",
    )
    .await;
    check(
        with("Tokenizer.json", b"{}"),
        Kind::Unsupported,
        "`Tokenizer.json` and `tokenizer.json` are the same file on some systems",
        "rename",
    )
    .await;
    let reason = "`config.json` is not a configuration: expected value at line 1 column 1";
    check(with("config.json", b"x"), Kind::Invalid, reason, "publisher").await;
}

#[tokio::test]
async fn a_model_that_does_not_fit_on_the_disk_is_not_begun() {
    let (hub, home) = (hub().await, Home::new());
    hub.lie_about_size(ID, "config.json", 1 << 60);
    let fault = home.import(&job(ID, &hub)).await.unwrap_err();
    assert!(fault.chain().contains(": it needs 1152.9 PB and "), "{}", fault.chain());
    assert_eq!(fault.kind(), Kind::Unavailable);
    assert_eq!(hub.bytes_served("config.json"), 0);
}

#[tokio::test]
async fn damaged_weights_of_a_folder_are_refused() {
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    write(dir.path(), &with(WEIGHTS, b"these are no weights at all"));
    let fault = home.import(&folder_job(dir.path())).await.unwrap_err();
    assert!(fault.message().starts_with("the weights of `"), "{fault}");
    assert_eq!(fault.kind(), Kind::Invalid);
    let catalog = home.open().await.catalog;
    assert!(catalog.all_models().await.unwrap().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_a_folder_is_refused_where_it_is_needed() {
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    write(dir.path(), &without("tokenizer.json"));
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("tokenizer.json")).unwrap();
    let fault = home.import(&folder_job(dir.path())).await.unwrap_err();
    assert!(fault.chain().contains("`tokenizer.json` cannot be taken: it is"), "{}", fault.chain());
}

#[tokio::test]
async fn a_request_that_cannot_be_met_says_why() {
    let (hub, home) = (hub().await, Home::new());
    let check = async |asked: import::Job, kind: Kind, sentence: &str, hint: &str| {
        let fault = home.import(&asked).await.unwrap_err();
        assert_eq!(fault.chain().replace(&hub.url(), "HUB"), sentence);
        assert_eq!(fault.kind(), kind);
        assert!(fault.hint_text().unwrap().contains(hint), "{:?}", fault.hint_text());
    };
    let mut offline = job(ID, &hub);
    offline.offline = true;
    let sentence = "cannot fetch `acme/tiny`: the server is offline";
    check(offline, Kind::Unavailable, sentence, "--offline").await;
    let mut named = job(ID, &hub);
    named.name = Some("a b".to_owned());
    let sentence = "cannot name the imported model: `a b` is not a model name: only letters, \
                    digits, `.`, `_`, `+` and `-` are allowed";
    check(named, Kind::Invalid, sentence, "--name").await;
    let sentence = "there is no model `acme/tinny` on `HUB`, or it is private";
    check(job("acme/tinny", &hub), Kind::NotFound, sentence, "HF_TOKEN").await;
    let mut revision = job(ID, &hub);
    revision.revision = Some("v9".to_owned());
    let sentence = "`acme/tiny` has no revision `v9`";
    check(revision, Kind::NotFound, sentence, "there are `main`").await;
    let sentence = "`https://huggingface.co/gpt2` is not on the hub `HUB`";
    check(job("https://huggingface.co/gpt2", &hub), Kind::Invalid, sentence, "--hub-url").await;
}

#[tokio::test]
async fn a_gated_model_wants_its_token_and_keeps_it_secret() {
    let (hub, home) = (hub().await, Home::new());
    hub.set_access(ID, Access::Gated("hf_s3cret".to_owned()));
    let fault = home.import(&job(ID, &hub)).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Unauthenticated);
    assert!(fault.hint_text().unwrap().contains("HF_TOKEN"));
    let mut asked = job(ID, &hub);
    asked.token = Some("hf_s3cret".to_owned());
    home.import(&asked).await.unwrap();
    for entry in files_below(home.path()) {
        let bytes = std::fs::read(&entry).unwrap();
        let found = bytes.windows(9).any(|window| window == b"hf_s3cret");
        assert!(!found, "the token is in {}", entry.display());
    }
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}
