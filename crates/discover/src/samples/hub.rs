//! Samples that fetch a model's files through the hub's protocol, which this server speaks too.

use super::curl::token;
use super::quote::{python, shell};
use super::{Language, Subject};

/// Where the samples put what they fetch.
const FOLDER: &str = "sample-files";

/// The longest id that `huggingface_hub` takes.
const ID_MAX: usize = 96;

/// Writes the samples; `huggingface_hub` refuses some names that are allowed here.
pub(super) fn write(subject: &Subject<'_>) -> Vec<(Language, String)> {
    let (id, revision) = match subject.model.rsplit_once('@') {
        Some((id, version)) => (id, version),
        None => (subject.model, "main"),
    };
    let python = is_repository(id)
        .then(|| (Language::HuggingFaceHub, huggingface_hub(subject, id, revision)));
    std::iter::once((Language::Curl, curl(subject, id, revision))).chain(python).collect()
}

/// Tells whether `huggingface_hub` takes an id: it has one `/`, and no `+`.
fn is_repository(id: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let is_name = |part: &str| {
        part.starts_with(word)
            && part.ends_with(word)
            && part.chars().all(|c| word(c) || matches!(c, '-' | '.'))
    };
    let is_pair = id.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name));
    let is_odd = ["--", ".."].iter().any(|pair| id.contains(pair)) || id.ends_with(".git");
    is_pair && !is_odd && id.len() <= ID_MAX
}

fn curl(subject: &Subject<'_>, id: &str, revision: &str) -> String {
    let token = token(subject);
    let url = |path: String| shell(&format!("{}/{path}", subject.server));
    format!(
        "# names every file\n\
         curl -sS --fail-with-body{token} \\\n    {}\n\
         # fetches one\n\
         curl -sS --fail-with-body{token} \\\n    \
         -L --create-dirs -o {FOLDER}/config.json \\\n    {} &&\n    \
         cat {FOLDER}/config.json",
        url(format!("api/models/{id}/revision/{revision}")),
        url(format!("{id}/resolve/{revision}/config.json")),
    )
}

fn huggingface_hub(subject: &Subject<'_>, id: &str, revision: &str) -> String {
    // Without a word, the package shows the token of the public hub.
    let (import, token) = match subject.secured {
        true => ("import os\n\n", "os.environ[\"MODELDEX_TOKEN\"]"),
        false => ("", "False"),
    };
    let last = id.rsplit('/').next().unwrap_or(id);
    format!(
        "{import}from huggingface_hub import HfApi  # pip install huggingface_hub\n\n\
         hub = HfApi(endpoint={server}, token={token})\n\
         for model in hub.list_models(search={last}, limit=3):\n    \
             print(model.id)\n\
         folder = hub.snapshot_download(\n    \
             {id},\n    revision={revision},\n    local_dir={folder},\n)\n\
         print(folder)",
        server = python(subject.server),
        last = python(last),
        id = python(id),
        revision = python(revision),
        folder = python(FOLDER),
    )
}
