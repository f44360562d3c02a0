//! Runs every command of the guides, in the order in which a reader meets them.
//!
//! A guide's `sh` blocks are one script for bash; what is in a `text` block is not run. A loopback
//! hub plays the hub, and tiny models play the real ones.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use testkit::{Files, LoopbackHub};

/// The order matters: what one guide makes, the next one uses.
const GUIDES: [&str; 5] = ["discover", "import", "finetune", "evaluate", "deploy"];
/// Hub ids of the guides, and the fixtures that play them.
const MODELS: [(&str, &str); 5] = [
    ("dslim/bert-base-NER", "parity/bert-tokens"),
    ("deepset/minilm-uncased-squad2", "parity/bert-answers"),
    ("FacebookAI/roberta-large-mnli", "parity/roberta-inference"),
    ("sentence-transformers/all-MiniLM-L6-v2", "parity/bert-sentence-mean"),
    ("Qwen/Qwen2.5-0.5B-Instruct", "decoder/qwen2"),
];
/// The listed model that a guide imports, at the revision that the curated collection pins.
const PINNED: [&str; 2] =
    ["google-bert/bert-base-uncased", "1dbc166cf8765166998eff31ade2eb64c8a40076"];

/// A GGUF file, and where the guide finds one on the hub.
const GGUF: &str = "gguf/tiny-q8_0.gguf";
const GGUF_ON_HUB: [&str; 2] =
    ["Qwen/Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q4_k_m.gguf"];

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_guides_work() {
    let tools = Command::new("bash").args(["-c", "command -v curl"]).output();
    if !tools.is_ok_and(|found| found.status.success()) {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the commands of the guides: they need bash and curl"
        );
        return;
    }
    let hub = LoopbackHub::start().await;
    for (id, fixture) in MODELS {
        hub.put(id, &files(&fixtures().join(fixture)));
    }
    let [id, commit] = PINNED;
    hub.put_at(id, commit, &files(&fixtures().join("parity/bert-masked-lm")));
    let gguf = fs::read(fixtures().join(GGUF)).unwrap();
    let [id, name] = GGUF_ON_HUB;
    hub.put(id, &Files::from([(name.to_owned(), gguf.clone())]));
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    fs::create_dir(folder.path().join("models")).unwrap();
    fs::write(folder.path().join("models/tiny-q8_0.gguf"), gguf).unwrap();
    let server = Server::start(folder.path(), &hub.url());
    for guide in GUIDES {
        let script = script(guide).replace("http://127.0.0.1:7878", &server.url);
        let bin = folder.path().join("bin");
        let path = std::env::join_paths([bin, "/usr/bin".into(), "/bin".into()]);
        let ran = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(folder.path())
            .env("PATH", path.unwrap())
            .env("MODELDEX_URL", &server.url)
            .env("HF_ENDPOINT", hub.url())
            .output()
            .unwrap();
        let (out, err) =
            (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "docs/guides/{guide}.md\n{script}\n{out}\n{err}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixtures() -> PathBuf {
    root().join("crates/native/tests/fixtures")
}

/// Reads a model's files for the hub.
pub fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(inner) = waiting.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Lays out the files that the guides speak of.
fn prepare(folder: &Path) {
    fs::create_dir(folder.join("bin")).unwrap();
    let program = env!("CARGO_BIN_EXE_modeldex");
    std::os::unix::fs::symlink(program, folder.join("bin/modeldex")).unwrap();
    fs::create_dir(folder.join("my-model")).unwrap();
    for (path, bytes) in testkit::tiny_encoder(1) {
        fs::write(folder.join("my-model").join(path), bytes).unwrap();
    }
    let row = |number: usize| {
        let (text, label) = [("where is my card", "card"), ("how do I pay", "payment")][number % 2];
        (format!("{text} {number}"), label)
    };
    let rows: Vec<_> = (0..60).map(row).collect();
    let csv = |(text, label): &(String, &str)| format!("{text},{label}\n");
    let table = format!("text,category\n{}", rows.iter().map(csv).collect::<String>());
    for name in ["train.csv", "test.csv", "questions.csv"] {
        fs::write(folder.join(name), &table).unwrap();
    }
    let object = |(text, label): &(String, &str)| {
        format!("{}\n", serde_json::json!({ "text": text, "label": label }))
    };
    fs::write(folder.join("test.jsonl"), rows.iter().map(object).collect::<String>()).unwrap();
    fs::create_dir(folder.join("my-adapter")).unwrap();
    for (path, bytes) in files(&fixtures().join("adapters/qwen2-attention")) {
        fs::write(folder.join("my-adapter").join(path), bytes).unwrap();
    }
    let asset = folder.join("assets/tiny");
    fs::create_dir_all(&asset).unwrap();
    fs::write(asset.join("asset.yaml"), "name: tiny\nversion: 1\ntype: model\nspec: spec.yaml\n")
        .unwrap();
    let spec = "name: tiny\nversion: 1\ntags:\n  task: fill-mask\n";
    fs::write(asset.join("spec.yaml"), spec).unwrap();
}

/// Joins the `sh` blocks of a guide; the server that it starts is running already.
fn script(guide: &str) -> String {
    let text = fs::read_to_string(root().join(format!("docs/guides/{guide}.md"))).unwrap();
    let mut script = String::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            "modeldex up &" => {}
            _ if inside => script += &format!("{line}\n"),
            _ => {}
        }
    }
    assert!(script.contains("modeldex "), "docs/guides/{guide}.md has no commands");
    script
}

/// A server that stops when the test does.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path, hub: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_modeldex"))
            .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.join("data"))
            .env("HF_ENDPOINT", hub)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut urls = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("Modeldex is at ").map(str::to_owned));
        let url = urls.next().unwrap();
        Self { process, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
