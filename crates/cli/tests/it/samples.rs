//! Runs every code sample of the model page, as a person who copies it does.
//!
//! The samples come from the API of a running server, and each runs in an empty folder: shells
//! through bash, Python through `MODELDEX_TEST_PYTHON`. One server wants a token, one does not.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use testkit::LoopbackHub;

use super::bench::{Bench, Up, fixture_dir};
use super::guides::files;

const PYTHON_VARIABLE: &str = "MODELDEX_TEST_PYTHON";
/// Allowed in a header, and nothing for a shell to see unquoted.
const TOKEN: &str = "it's \"$HOME\"";

/// A model by its name, the fixture that plays it, and what it does first.
type Case = (&'static str, &'static str, &'static str);

const OPEN: [Case; 6] = [
    ("names", "parity/roberta-tokens", "token-classification"),
    ("lookup", "parity/bert-answers", "question-answering"),
    ("sorter", "parity/bert-inference", "zero-shot-classification"),
    ("gap", "parity/roberta-masked-lm", "fill-mask"),
    ("vectors-1.5", "parity/bert-sentence-mean", "feature-extraction"),
    ("tale", "decoder/llama", "text-generation"),
];
const SECURED: [Case; 2] = [
    ("mood", "parity/bert-classification", "text-classification"),
    ("acme_talk", "decoder/qwen2", "chat-completion"),
];

/// The listed model that is imported, its id on the hub, and the revision that is pinned.
const LISTED: [&str; 3] = [
    "curated/bert-base-uncased",
    "google-bert/bert-base-uncased",
    "1dbc166cf8765166998eff31ade2eb64c8a40076",
];

/// What samples print, in whatever language: the first row that fits a purpose and a task.
const PRINTED: [(&str, &str, &str); 23] = [
    ("try", "token-classification", "LOC|PER"),
    ("try", "question-answering", "0.0"),
    ("try", "zero-shot-classification", "travel"),
    ("online", "token-classification", "LOC|PER"),
    ("online", "question-answering", "0.0"),
    ("online", "zero-shot-classification", "travel"),
    ("try", "text-classification", "calm|busy|odd|entailment"),
    ("try", "fill-mask", "0.0"),
    ("try", "feature-extraction", "32"),
    ("try", "", ""),
    ("evaluate", "", "accuracy"),
    ("finetune", "", "workspace/my-"),
    ("online", "text-classification", "calm|busy|odd|entailment"),
    ("online", "fill-mask", ""),
    ("online", "feature-extraction", "32"),
    ("online", "", ""),
    ("batch", "text-classification", "\"label\":"),
    ("batch", "fill-mask", "\"token\":"),
    ("batch", "text-generation", "\"text\":"),
    ("batch", "", "\"output\":"),
    ("import", "", "workspace/bert-base-uncased"),
    ("download", "", "sample-files|architectures"),
    ("", "", ""),
];

/// The languages of each purpose: fewer would be a promise that is not kept.
const PROMISED: [(&str, &[&str]); 7] = [
    ("try", &["cli", "curl", "requests"]),
    ("evaluate", &["cli", "curl", "requests"]),
    ("finetune", &["cli", "curl", "requests"]),
    ("online", &["cli", "curl", "requests", "openai"]),
    ("batch", &["cli", "curl", "requests"]),
    ("import", &["cli", "curl", "requests"]),
    ("download", &["curl", "huggingface_hub"]),
];

/// The tasks of each purpose, whatever a model does first.
const TASKS: [(&str, &[&str]); 5] = [
    ("try", &RUN),
    ("online", &RUN),
    ("batch", &RUN),
    ("evaluate", &["text-classification"]),
    ("finetune", &["text-classification"]),
];
const RUN: [&str; 8] = [
    "text-classification",
    "token-classification",
    "question-answering",
    "zero-shot-classification",
    "fill-mask",
    "feature-extraction",
    "text-generation",
    "chat-completion",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_of_the_model_page_runs() {
    let python = python();
    let hub = LoopbackHub::start().await;
    let [listed, id, commit] = LISTED;
    hub.put_at(id, commit, &files(Path::new(&fixture_dir("parity/bert-masked-lm"))));
    // The two servers share the work of the machine: each runs its samples in turn.
    let walk = |cases: &'static [Case], token| {
        let (python, hub) = (python.clone(), hub.url());
        tokio::task::spawn_blocking(move || {
            let site = Site::start(cases, token, &hub, python);
            let models = cases.iter().map(|(name, _, task)| (format!("workspace/{name}"), *task));
            let models = models.chain([(listed.to_owned(), "")]);
            models.flat_map(|(model, task)| site.walk(&model, task)).collect::<Vec<_>>()
        })
    };
    let (open, secured) = (walk(&OPEN, None), walk(&SECURED, Some(TOKEN)));
    let ran = [open.await.unwrap(), secured.await.unwrap()].concat();
    let failed: Vec<_> = ran.iter().filter_map(|one| one.failure.as_deref()).collect();
    assert!(failed.is_empty(), "{} samples failed:\n{}", failed.len(), failed.join("\n\n"));
    for (purpose, languages) in PROMISED {
        let missing = |language: &&&str| !ran.iter().any(|one| one.is(purpose, language));
        let missing: Vec<_> = languages.iter().filter(missing).collect();
        assert!(missing.is_empty(), "no sample to {purpose} with {missing:?}");
    }
    for (purpose, tasks) in TASKS {
        let missing =
            |task: &&&str| !ran.iter().any(|one| one.purpose == purpose && one.task == **task);
        let missing: Vec<_> = tasks.iter().filter(missing).collect();
        assert!(missing.is_empty(), "no sample to {purpose} for {missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_that_is_refused_says_so_and_fails() {
    let python = python();
    let refused = tokio::task::spawn_blocking(move || {
        let site = Site::start(&SECURED[..1], Some(TOKEN), "http://127.0.0.1:1", python);
        let samples = site.samples("workspace/mood");
        let run = |sample: &Value| {
            let code = sample["code"].as_str().unwrap();
            let output = site.run(sample["language"].as_str().unwrap(), code, Some("wrong"))?;
            let silent = output.stdout.is_empty() && output.stderr.is_empty();
            Some((output.status.success() || silent).then(|| told(code, &output)))
        };
        samples.iter().filter_map(run).flatten().collect::<Vec<_>>()
    });
    let went_on = refused.await.unwrap();
    assert!(went_on.is_empty(), "{}", went_on.join("\n\n"));
}

/// A sample that ran, or was skipped.
#[derive(Clone)]
struct Ran {
    purpose: String,
    task: String,
    language: String,
    failure: Option<String>,
}

impl Ran {
    fn is(&self, purpose: &str, language: &str) -> bool {
        self.purpose == purpose && self.language == language
    }
}

/// A server with models.
struct Site {
    bench: Bench,
    up: Up,
    token: Option<&'static str>,
    python: Option<String>,
}

impl Site {
    fn start(
        cases: &[Case],
        token: Option<&'static str>,
        hub: &str,
        python: Option<String>,
    ) -> Self {
        let bench = Bench::new();
        for (name, fixture, task) in cases {
            let folder = bench.path("models").join(name);
            fs::create_dir_all(&folder).unwrap();
            for (path, bytes) in files(Path::new(&fixture_dir(fixture))) {
                // A model without a chat template writes, and does not chat.
                if *task != "text-generation" || path != "chat_template.jinja" {
                    let path = folder.join(path);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, bytes).unwrap();
                }
            }
            bench.json(&["import", &folder.display().to_string(), "--name", name]);
        }
        let mut options = vec!["--job-slots", "2"];
        options.extend(token.iter().flat_map(|token| ["--token", token]));
        let up = bench.up_with(&options, &[("HF_ENDPOINT", hub)]);
        fs::create_dir(bench.path("bin")).unwrap();
        let program = env!("CARGO_BIN_EXE_modeldex");
        std::os::unix::fs::symlink(program, bench.path("bin/modeldex")).unwrap();
        Self { bench, up, token, python }
    }

    /// Gets the samples of a model from the API.
    fn samples(&self, model: &str) -> Vec<Value> {
        let mut show = vec!["show", model, "--url", &self.up.url];
        show.extend(self.token.iter().flat_map(|token| ["--token", token]));
        self.bench.json(&show)["samples"].as_array().unwrap().clone()
    }

    /// Runs all samples of a model.
    fn walk(&self, model: &str, task: &str) -> Vec<Ran> {
        let ran = self.samples(model).iter().map(|sample| self.check(sample, task)).collect();
        let mut list = vec!["endpoints", "list", "--url", &self.up.url];
        list.extend(self.token.iter().flat_map(|token| ["--token", token]));
        let left = self.bench.json(&list);
        assert_eq!(left["endpoints"], json!([]), "a sample of {model} left an endpoint");
        ran
    }

    fn check(&self, sample: &Value, task: &str) -> Ran {
        let text = |field: &str| sample[field].as_str().unwrap().to_owned();
        let (purpose, language, code) = (text("purpose"), text("language"), text("code"));
        let task = sample["task"].as_str().unwrap_or(task);
        let failure = self.run(&language, &code, self.token).and_then(|output| {
            let said = String::from_utf8_lossy(&output.stdout);
            let row = PRINTED.iter().find(|(of, by, _)| {
                (*of == purpose || of.is_empty()) && (*by == task || by.is_empty())
            });
            let mut fragments = row.map(|row| row.2).unwrap_or_default().split('|');
            let good = output.status.success()
                && !said.trim().is_empty()
                && fragments.any(|fragment| said.contains(fragment));
            (!good).then(|| told(&code, &output))
        });
        Ran { purpose, task: task.to_owned(), language, failure }
    }

    /// Runs code in an empty folder; `None` where there is nothing to run it with.
    fn run(&self, language: &str, code: &str, token: Option<&str>) -> Option<Output> {
        let mut command = match language {
            "cli" | "curl" if token == self.token => shell(&["-euo", "pipefail", "-c", code]),
            // As a script that nobody told to stop at the first error.
            "cli" | "curl" => shell(&["-c", code]),
            _ => {
                let mut command = Command::new(self.python.as_ref()?);
                command.args(["-c", code]);
                command
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let path = std::env::join_paths([self.bench.path("bin"), "/usr/bin".into(), "/bin".into()]);
        command
            .env_clear()
            .env("PATH", path.unwrap())
            .env("HOME", self.bench.path("home"))
            .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
            .envs(token.map(|token| ("MODELDEX_TOKEN", token)))
            .current_dir(folder.path());
        Some(command.output().unwrap())
    }
}

fn shell(arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command.args(arguments);
    command
}

fn told(code: &str, output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{code}\n--- {}\n--- stdout\n{out}\n--- stderr\n{err}", output.status)
}

/// Returns the Python that has the packages.
fn python() -> Option<String> {
    let python = std::env::var(PYTHON_VARIABLE).ok();
    if python.is_none() {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: samples in Python: {PYTHON_VARIABLE} names no Python with requests, openai \
             and huggingface_hub"
        );
    }
    python
}
