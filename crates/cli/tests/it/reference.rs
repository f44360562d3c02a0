//! The reference of the command line and of errors, written by the program itself.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::Kind;

use super::bench::Bench;

/// Every command, in the order of the help.
const COMMANDS: [&[&str]; 46] = [
    &[],
    &["up"],
    &["tour"],
    &["search"],
    &["show"],
    &["import"],
    &["sync"],
    &["try"],
    &["compare"],
    &["leaderboard"],
    &["evaluate"],
    &["parity"],
    &["finetune"],
    &["deploy"],
    &["invoke"],
    &["batch"],
    &["jobs"],
    &["jobs", "list"],
    &["jobs", "show"],
    &["jobs", "logs"],
    &["jobs", "cancel"],
    &["jobs", "resume"],
    &["endpoints"],
    &["endpoints", "list"],
    &["endpoints", "show"],
    &["endpoints", "traffic"],
    &["endpoints", "delete"],
    &["endpoints", "logs"],
    &["catalog"],
    &["catalog", "add"],
    &["catalog", "add-results"],
    &["catalog", "collections"],
    &["collections"],
    &["collections", "list"],
    &["collections", "show"],
    &["collections", "add"],
    &["collections", "remove"],
    &["favorites"],
    &["favorites", "list"],
    &["favorites", "add"],
    &["favorites", "remove"],
    &["searches"],
    &["searches", "list"],
    &["searches", "save"],
    &["searches", "delete"],
    &["help"],
];

fn keep(name: &str, text: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let path = folder.join(name);
    if std::fs::read_to_string(&path).unwrap_or_default() == text {
        return;
    }
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&path, text).unwrap();
    panic!("docs/reference/{name} was stale and is written anew: look at it and commit it");
}

#[test]
fn the_command_line() {
    let bench = Bench::new();
    let mut text = String::from(
        "# The command line\n\nWritten by a test from `modeldex … --help`; do not edit.\n\n\
         Results go to standard output, everything else to standard error. `--json` prints one\n\
         JSON object. The exit code tells the kind of an error: see [errors.md](errors.md).\n",
    );
    let mut known = 0;
    for command in COMMANDS.iter().filter(|command| **command != ["help"]) {
        let args: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let ran = bench.run(&args);
        assert_eq!(ran.code, 0, "{command:?}: {ran:?}");
        let title = std::iter::once("modeldex").chain(command.iter().copied());
        let title = title.collect::<Vec<_>>().join(" ");
        write!(text, "\n## `{title}`\n\n```text\n{}\n```\n", ran.out.trim_end()).unwrap();
        known += 1;
        // A command that is not listed above would be missing from the reference.
        let listed = ran.out.split("Commands:\n").nth(1).unwrap_or_default();
        let listed = listed.lines().take_while(|line| !line.is_empty());
        for line in listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap();
            let path: Vec<&str> = command.iter().copied().chain([name]).collect();
            assert!(name == "help" || COMMANDS.contains(&path.as_slice()), "{path:?} is missing");
        }
    }
    assert_eq!(known + 1, COMMANDS.len());
    keep("cli.md", &text);
}

#[test]
fn errors() {
    let meaning = |kind: Kind| match kind {
        Kind::Invalid => "The request, the command line or the data is wrong.",
        Kind::NotFound => "What was named does not exist.",
        Kind::Exists => "What was to be made is there already.",
        Kind::Conflict => "It is in a state that forbids this, or somebody else holds it.",
        Kind::Unsupported => "The request is sound, but this model or build cannot do it.",
        Kind::Denied => "A policy forbids it.",
        Kind::Unauthenticated => "The request shows no valid token.",
        Kind::Busy => "A bound is reached; the same request may pass in a moment.",
        Kind::Unavailable => "A hub, disk, worker or server cannot be reached or used.",
        Kind::Internal => "A defect of Modeldex; the server's log has the details.",
    };
    let mut text = String::from(
        "# Errors\n\nWritten by a test; do not edit.\n\nEvery failed answer under `/api/v1`, and \
         every failed command with `--json`, is\n`{\"error\": {\"code\", \"message\", \"hint\"}}`. \
         Without `--json` a command prints `error:`, `caused by:` and\n`hint:` on standard \
         error.\n\n| code | HTTP status | exit code | what it means |\n|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        let (status, code) = (server::status(kind), cli_exit_code(kind));
        writeln!(text, "| `{}` | {status} | {code} | {} |", kind.code(), meaning(kind)).unwrap();
    }
    keep("errors.md", &text);
}

/// The exit code is part of the interface: written down here once more.
fn cli_exit_code(kind: Kind) -> u8 {
    match kind {
        Kind::Internal => 1,
        Kind::Invalid => 2,
        Kind::NotFound => 3,
        Kind::Exists => 4,
        Kind::Conflict => 5,
        Kind::Unsupported => 6,
        Kind::Denied => 7,
        Kind::Unauthenticated => 8,
        Kind::Busy => 9,
        Kind::Unavailable => 10,
    }
}
