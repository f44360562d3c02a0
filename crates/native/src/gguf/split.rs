//! Models in several GGUF files: `NAME-00001-of-00003.gguf` and so on, side by side.
//!
//! The first file has the metadata, each has some of the tensors, and all say how many there are.

use std::path::{Path, PathBuf};

use super::GgufFile;
use crate::{Error, Result};

/// The most parts; the largest models in use have a few dozen.
const PARTS_MAX: usize = 1_000;
/// Digits of a number in a name.
const DIGITS: usize = 5;

/// Returns the names of all parts of the model of which a file is one by its name, in order.
pub fn parts(name: &str) -> Option<Vec<String>> {
    let (stem, count, ending) = read(name)?;
    Some((1..=count).map(|part| format!("{stem}-{part:05}-of-{count:05}.{ending}")).collect())
}

/// Returns what the names of all parts begin with.
pub fn stem(name: &str) -> Option<&str> {
    read(name).map(|(stem, ..)| stem)
}

/// Reads the name of a part: its beginning, how many there are, and its ending.
fn read(name: &str) -> Option<(&str, usize, &str)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let (stem, count) = stem.rsplit_once("-of-")?;
    let (stem, number) = stem.rsplit_once('-')?;
    let of = |digits: &str| {
        let sound = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number: &usize| sound && (1..=PARTS_MAX).contains(number))
    };
    let (number, count) = (of(number)?, of(count)?);
    let is_part = ending.eq_ignore_ascii_case("gguf") && number <= count;
    is_part.then_some((stem, count, ending))
}

/// Opens the parts that go with a file, which may be any of them, and puts them together.
pub(super) fn join(file: GgufFile, count: u64) -> Result<GgufFile> {
    let named = file.path.file_name().and_then(|name| name.to_str()).and_then(parts);
    let names = named.filter(|names| names.len() as u64 == count).ok_or_else(|| {
        let path = file.path.display();
        Error::unsupported(
            format!("`{path}` is one of {count} parts, which its name does not say"),
            format!(
                "give the parts the names that they had, such as `NAME-00001-of-{count:05}.gguf`"
            ),
        )
    })?;
    let paths: Vec<PathBuf> = names.iter().map(|name| file.path.with_file_name(name)).collect();
    let mut whole = part(&paths[0], 0, count)?;
    for (number, path) in paths.iter().enumerate().skip(1) {
        let mut other = part(path, number, count)?;
        other.header.tensors.iter_mut().for_each(|entry| entry.file = number);
        whole.header.tensors.append(&mut other.header.tensors);
        whole.more.push((other.path, other.map));
    }
    check(&whole)?;
    Ok(whole)
}

/// Opens one part and checks that it is the one that its name says.
fn part(path: &Path, number: usize, count: u64) -> Result<GgufFile> {
    if !path.exists() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let dir = path.parent().unwrap_or(path).to_owned();
        let (what, of) = (number + 1, format!("`{name}` is not in `{}`", dir.display()));
        return Err(Error::unsupported(
            format!("part {what} of {count} is missing: {of}"),
            "put all parts into one folder",
        ));
    }
    let file = GgufFile::open_part(path)?;
    for (key, expected) in [("split.count", count), ("split.no", number as u64)] {
        let found = file.count(key)?;
        if found != Some(expected) {
            let found = found.map_or("missing".to_owned(), |found| found.to_string());
            return Err(file.wrong(key, format!("is {found}, and by its name {expected}")));
        }
    }
    Ok(file)
}

/// Checks that every tensor is there, and once.
fn check(whole: &GgufFile) -> Result<()> {
    let mut names: Vec<&str> = whole.header.tensors.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(whole.wrong(twice[0], "is in several parts"));
    }
    const COUNT: &str = "split.tensors.count";
    match whole.count(COUNT)? {
        Some(count) if count != names.len() as u64 => {
            Err(whole.wrong(COUNT, format!("is {count}, and the parts have {}", names.len())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_goes_with_it() {
        let check = |name: &str, expected: Option<&[&str]>| {
            let found = parts(name);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|names| names.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{name}");
        };
        let both: &[&str] = &["a-b-00001-of-00002.gguf", "a-b-00002-of-00002.gguf"];
        check("a-b-00001-of-00002.gguf", Some(both));
        check("a-b-00002-of-00002.gguf", Some(both));
        check("a-00001-of-00001.GGUF", Some(&["a-00001-of-00001.GGUF"]));
        for other in [
            "a.gguf",
            "a-00003-of-00002.gguf",
            "a-00000-of-00002.gguf",
            "a-1-of-2.gguf",
            "a-00001-of-99999.gguf",
            "a-00001-of-00002.bin",
            "a-+0001-of-00002.gguf",
            "00001-of-00002.gguf",
        ] {
            check(other, None);
        }
    }
}
