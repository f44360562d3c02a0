//! No forgotten file: every Rust file is reached by a `mod` of its parent.

use std::collections::BTreeMap;

use super::Source;

/// Finds files that no `mod` names, which neither compile nor run.
pub fn check(sources: &[Source]) -> Vec<String> {
    let texts: BTreeMap<&str, &str> =
        sources.iter().map(|one| (one.path.as_str(), one.text.as_str())).collect();
    let forgotten = |path: &&str| !is_root(path) && !declared(path, &texts);
    let message = |path: &str| format!("{path}: no `mod` names it, so it is never compiled");
    texts.keys().copied().filter(forgotten).map(message).collect()
}

/// Tells whether cargo finds the file by itself.
fn is_root(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    match parts.as_slice() {
        ["crates", _, "src", "lib.rs" | "main.rs"] | ["crates", _, "build.rs"] => true,
        ["crates", _, "tests" | "examples" | "benches", file] => file.ends_with(".rs"),
        ["crates", _, "tests" | "examples" | "benches", _, "main.rs"] => true,
        _ => false,
    }
}

fn declared(path: &str, texts: &BTreeMap<&str, &str>) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (folder, name) = match file {
        "mod.rs" => folder.rsplit_once('/').unwrap_or(("", folder)),
        file => (folder, file.trim_end_matches(".rs")),
    };
    let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
    let last = folder.rsplit('/').next().unwrap_or_default();
    let parents = [
        format!("{folder}/lib.rs"),
        format!("{folder}/main.rs"),
        format!("{folder}/mod.rs"),
        format!("{above}/{last}.rs"),
    ];
    let wanted = format!("mod {name};");
    parents.iter().any(|parent| {
        let text = texts.get(parent.as_str()).copied().unwrap_or_default();
        text.lines().any(|line| line.trim_end().ends_with(&wanted) && !line.starts_with("//"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, text): &(&str, &str)| Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        check(&files.iter().map(source).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_without_a_mod_is_found() {
        let files = [
            ("crates/a/src/lib.rs", "mod b;\npub mod c;"),
            ("crates/a/src/b.rs", "mod d;"),
            ("crates/a/src/b/d.rs", ""),
            ("crates/a/src/c/mod.rs", ""),
            ("crates/a/tests/it/main.rs", "mod one;"),
            ("crates/a/tests/it/one.rs", ""),
        ];
        assert!(findings(&files).is_empty());
        let forgotten = [files[0], ("crates/a/tests/it/two.rs", ""), ("crates/a/src/e.rs", "")];
        assert_eq!(findings(&forgotten).len(), 2);
    }
}
