use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::run;

const RATCHET: &str = "crates/xtask/ratchet.txt";

/// A workspace of crates with the given files, as tidy finds it on disk.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n");
    write(root.path(), RATCHET, "# nothing\n");
    for name in ["domain", "db", "server", "xtask"] {
        manifest(root.path(), name, "");
        write(root.path(), &format!("crates/{name}/src/lib.rs"), "");
    }
    for (path, text) in files {
        write(root.path(), path, text);
    }
    root
}

fn manifest(root: &Path, name: &str, dependencies: &str) {
    let head = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    let text = format!("{head}[dependencies]\n{dependencies}");
    write(root, &format!("crates/{name}/Cargo.toml"), &text);
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_tidy_tree_passes() {
    let root = tree(&[
        ("crates/db/src/lib.rs", "mod rows;\n"),
        ("crates/db/src/rows.rs", "mod tests;\n"),
        ("crates/db/src/rows/tests.rs", ""),
        ("crates/db/tests/it/main.rs", ""),
        ("crates/db/tests/fixtures/big.json", &"1\n".repeat(900)),
    ]);
    manifest(root.path(), "db", "domain = { path = \"../domain\" }\n");
    assert_eq!(run(root.path()), Ok(()));
}

#[test]
fn all_findings_come_together() {
    let long_line = format!("// {}\n", "x".repeat(98));
    let root = tree(&[
        ("crates/db/src/forgotten.rs", ""),
        ("crates/domain/src/lib.rs", &"\n".repeat(501)),
        ("crates/server/src/lib.rs", &long_line),
        (RATCHET, "crates/db/src/gone.rs 600\n"),
    ]);
    manifest(root.path(), "domain", "db = { path = \"../db\" }\nsqlx = \"1\"\n");
    let said = run(root.path()).unwrap_err();
    let expected = [
        "`domain` may not depend on `db`",
        "`domain` may not depend on `sqlx`: only [\"db\"] know it",
        "crates/domain/src/lib.rs: 501 lines are more than 500",
        "crates/server/src/lib.rs:1: longer than 100 columns",
        "crates/xtask/ratchet.txt: `crates/db/src/gone.rs` is gone: take it out",
        "crates/db/src/forgotten.rs: no `mod` names it, so it is never compiled",
        "tidy: 6 findings",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_cannot_be_read_is_named() {
    let root = tree(&[(RATCHET, "crates/db/src/lib.rs many\n")]);
    let said = run(root.path()).unwrap_err();
    assert_eq!(said, "crates/xtask/ratchet.txt: `crates/db/src/lib.rs many`");

    fs::remove_file(root.path().join(RATCHET)).unwrap();
    let said = run(root.path()).unwrap_err();
    assert!(said.starts_with("crates/xtask/ratchet.txt: "), "{said}");

    write(root.path(), "Cargo.toml", "[workspace");
    let said = run(root.path()).unwrap_err();
    assert!(said.starts_with("cargo cannot describe the workspace: "), "{said}");
}
