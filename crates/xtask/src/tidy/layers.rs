//! Dependencies point one way: surfaces → verbs → nouns → `domain`.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

const VERBS: [&str; 5] = ["discover", "evaluate", "finetune", "deploy", "import"];
const NOUNS: [&str; 7] = ["db", "catalog", "assets", "hub", "data", "jobs", "native"];
const SURFACES: [&str; 4] = ["api", "ui", "server", "cli"];

/// Heavy libraries and the only crates that may know them.
const HEAVY: [(&str, &[&str]); 19] = [
    ("axum", &["server", "testkit"]),
    ("utoipa", &["api", "server"]),
    ("clap", &["cli", "xtask"]),
    ("sqlx", &["db"]),
    // The search index.
    ("tantivy", &["discover"]),
    ("roaring", &["discover"]),
    ("fst", &["discover"]),
    ("levenshtein_automata", &["discover"]),
    // The text of cards.
    ("pulldown-cmark", &["discover"]),
    ("ammonia", &["discover"]),
    // `assets` names it only to switch on the TLS of `object_store`.
    ("reqwest", &["assets", "hub", "cli", "server"]),
    ("object_store", &["assets"]),
    ("csv", &["data", "xtask"]),
    ("tokenizers", &["native", "xtask"]),
    ("minijinja", &["native"]),
    ("memmap2", &["native"]),
    ("gemm", &["kernels"]),
    ("safetensors", &["native", "testkit"]),
    ("maud", &["ui"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Finds dependencies that point the wrong way.
///
/// # Errors
/// Where cargo cannot describe the workspace.
pub fn check(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo cannot describe the workspace: {}", why.trim()));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cannot read cargo metadata: {error}"))?;
    Ok(metadata.packages.iter().flat_map(findings).collect())
}

fn findings(package: &Package) -> Vec<String> {
    let normal = package.dependencies.iter().filter(|one| one.kind.is_none());
    normal.filter_map(|one| finding(&package.name, &one.name, one.path.is_some())).collect()
}

fn finding(from: &str, to: &str, ours: bool) -> Option<String> {
    if ours {
        return (!allowed(from, to)).then(|| format!("`{from}` may not depend on `{to}`"));
    }
    let (_, homes) = HEAVY.iter().find(|(name, _)| *name == to)?;
    let message = || format!("`{from}` may not depend on `{to}`: only {homes:?} know it");
    (!homes.contains(&from)).then(message)
}

fn allowed(from: &str, to: &str) -> bool {
    let is = |names: &[&str], name: &str| names.contains(&name);
    match from {
        "domain" | "kernels" => false,
        "xtask" | "testkit" => true,
        "api" => to == "domain",
        "ui" => is(&["api", "domain"], to),
        "cli" => is(&["api", "domain", "server"], to),
        "server" => to == "domain" || to == "api" || to == "ui" || is(&VERBS, to) || is(&NOUNS, to),
        "native" => is(&["domain", "kernels"], to),
        verb if is(&VERBS, verb) => to == "domain" || is(&NOUNS, to),
        noun if is(&NOUNS, noun) => to == "domain" || (is(&NOUNS, to) && to != noun),
        _ => !is(&SURFACES, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_down() {
        for (from, to) in [("server", "import"), ("import", "hub"), ("jobs", "db"), ("cli", "api")]
        {
            assert_eq!(finding(from, to, true), None, "{from} → {to}");
        }
        for (from, to) in [
            ("hub", "import"),
            ("evaluate", "finetune"),
            ("domain", "db"),
            ("ui", "catalog"),
            ("cli", "native"),
            ("kernels", "domain"),
        ] {
            assert!(finding(from, to, true).is_some(), "{from} → {to}");
        }
    }

    #[test]
    fn a_heavy_library_has_one_home() {
        assert_eq!(finding("db", "sqlx", false), None);
        assert!(finding("catalog", "sqlx", false).is_some());
        assert_eq!(finding("discover", "tantivy", false), None);
        assert!(finding("server", "tantivy", false).is_some());
        assert_eq!(finding("catalog", "serde", false), None);
    }
}
