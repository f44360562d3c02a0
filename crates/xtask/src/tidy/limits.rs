//! Sizes that only shrink: lines of a file, columns of a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Source;

const FILE_LINES_MAX: usize = 500;
const LINE_COLUMNS_MAX: usize = 100;
/// Files that were larger when the limit came, with the most lines they may have now.
const RATCHET: &str = "crates/xtask/ratchet.txt";

/// Finds files and lines that are too long, and exceptions that are no longer needed.
///
/// # Errors
/// Where the list of exceptions cannot be read.
pub fn check(root: &Path, sources: &[Source]) -> Result<Vec<String>, String> {
    let text =
        fs::read_to_string(root.join(RATCHET)).map_err(|error| format!("{RATCHET}: {error}"))?;
    let exceptions = parse(&text)?;
    let mut findings: Vec<_> = sources.iter().flat_map(|one| of_file(one, &exceptions)).collect();
    let gone = exceptions.keys().filter(|path| !sources.iter().any(|one| one.path == **path));
    findings.extend(gone.map(|path| format!("{RATCHET}: `{path}` is gone: take it out")));
    Ok(findings)
}

fn parse(text: &str) -> Result<BTreeMap<String, usize>, String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let entry = |line: &str| {
        let (path, lines) = line.rsplit_once(' ')?;
        Some((path.trim().to_owned(), lines.parse().ok()?))
    };
    lines.map(|line| entry(line).ok_or_else(|| format!("{RATCHET}: `{line}`"))).collect()
}

fn of_file(source: &Source, exceptions: &BTreeMap<String, usize>) -> Vec<String> {
    let path = &source.path;
    let lines = source.text.lines().count();
    let exception = exceptions.get(path).copied();
    let most = exception.unwrap_or(FILE_LINES_MAX);
    let mut findings = Vec::new();
    if lines > most {
        findings.push(format!("{path}: {lines} lines are more than {most}"));
    }
    if exception.is_some_and(|most| lines < most) {
        findings.push(format!("{path}: it shrank to {lines} lines: lower {RATCHET}"));
    }
    let long = |(_, line): &(usize, &str)| line.chars().count() > LINE_COLUMNS_MAX;
    for (number, _) in source.text.lines().enumerate().filter(long) {
        findings.push(format!("{path}:{}: longer than {LINE_COLUMNS_MAX} columns", number + 1));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(lines: usize, exception: Option<usize>) -> Vec<String> {
        let source = Source { path: "a.rs".into(), text: "x\n".repeat(lines) };
        let exceptions = exception.into_iter().map(|most| ("a.rs".to_owned(), most)).collect();
        of_file(&source, &exceptions)
    }

    #[test]
    fn an_exception_may_only_shrink() {
        assert!(findings(500, None).is_empty());
        assert_eq!(findings(501, None).len(), 1);
        assert!(findings(600, Some(600)).is_empty());
        assert_eq!(findings(601, Some(600)).len(), 1);
        assert_eq!(findings(599, Some(600)).len(), 1);
    }

    #[test]
    fn a_long_line_is_named() {
        let source = Source { path: "a.rs".into(), text: format!("\n{}", "x".repeat(101)) };
        assert_eq!(of_file(&source, &BTreeMap::new()), ["a.rs:2: longer than 100 columns"]);
    }
}
