//! Takes the paths of the hub's API apart: ids and files have `/` in them, written so or as `%2F`.

/// What a path below `/api/models/` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The model.
    pub id: String,
    /// What of it.
    pub what: What,
    /// The version; the newest where absent.
    pub revision: Option<String>,
}

/// What is asked of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// What is known of it.
    Info,
    /// Its files below a folder; all where it is empty.
    Tree(String),
    /// Some of its files.
    PathsInfo,
    /// Its versions.
    Refs,
    /// Its versions as commits.
    Commits,
}

/// Reads a path below `/api/models/` as it was sent.
pub fn read(path: &str) -> Option<Asked> {
    let parts: Vec<String> = path.split('/').map(decode).collect::<Option<_>>()?;
    let verb = |part: &String| {
        ["revision", "tree", "paths-info", "refs", "commits"].contains(&part.as_str())
    };
    // An id has at least one part, whatever it is called; a verb comes after it.
    let at = parts.iter().skip(1).position(verb).map(|at| at + 1);
    let (id, rest) = parts.split_at(at.unwrap_or(parts.len()));
    let id = id.join("/");
    let revision = rest.get(1).cloned();
    let what = match (rest.first().map(String::as_str), rest) {
        (None, _) => What::Info,
        // A revision with `/` is written with `%2F`, but not by everybody.
        (Some("revision"), [_, parts @ ..]) if !parts.is_empty() => {
            return Some(Asked { id, what: What::Info, revision: Some(parts.join("/")) });
        }
        (Some("tree"), [_, _, folder @ ..]) => What::Tree(folder.join("/")),
        (Some("paths-info"), [_, _]) => What::PathsInfo,
        (Some("refs"), [_]) => What::Refs,
        (Some("commits"), [_, _]) => What::Commits,
        _ => return None,
    };
    Some(Asked { id, what, revision })
}

/// A file of a model at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The model.
    pub id: String,
    /// The version.
    pub revision: String,
    /// The path inside the model.
    pub path: String,
}

/// Reads the path of a download as it was sent: `/{id}/resolve/{revision}/{file}`.
pub fn read_file(path: &str) -> Option<File> {
    let (id, rest) = path.strip_prefix('/')?.split_once("/resolve/")?;
    let (revision, file) = rest.split_once('/')?;
    Some(File { id: decode(id)?, revision: decode(revision)?, path: decode(file)? })
}

/// Decodes `%2F` and the like; what is no text afterwards names nothing.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let decoded = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = decoded.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_has_as_many_parts_as_it_likes() {
        let check = |path: &str, id: &str, what: What, revision: Option<&str>| {
            let revision = revision.map(str::to_owned);
            assert_eq!(read(path), Some(Asked { id: id.into(), what, revision }), "{path}");
        };
        check("gpt2", "gpt2", What::Info, None);
        check("Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B", What::Info, None);
        check("hub/a/b/revision/main", "hub/a/b", What::Info, Some("main"));
        check("a%2Fb/revision/refs%2Fpr%2F1", "a/b", What::Info, Some("refs/pr/1"));
        check("a/b/revision/refs/pr/1", "a/b", What::Info, Some("refs/pr/1"));
        check("a/b/tree/3", "a/b", What::Tree(String::new()), Some("3"));
        check("a/b/tree/3/x/y", "a/b", What::Tree("x/y".into()), Some("3"));
        check("a/b/paths-info/main", "a/b", What::PathsInfo, Some("main"));
        check("tree/refs", "tree", What::Refs, None);
        check("a/b/commits/main", "a/b", What::Commits, Some("main"));
        for path in ["a/revision", "a/refs/x", "a/paths-info", "a/commits/1/2", "a/%ff"] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn a_file_may_lie_in_folders() {
        let file = read_file("/a/b/resolve/refs%2Fpr%2F1/x/resolve/y%20z").unwrap();
        assert_eq!(
            (&*file.id, &*file.revision, &*file.path),
            ("a/b", "refs/pr/1", "x/resolve/y z")
        );
        assert_eq!(read_file("/a/b/resolve/main"), None);
    }

    #[test]
    fn a_lone_percent_sign_is_itself() {
        for (text, decoded) in [("100%", "100%"), ("%zz", "%zz"), ("%4", "%4"), ("%41%", "A%")] {
            assert_eq!(decode(text).as_deref(), Some(decoded));
        }
    }

    proptest! {
        #[test]
        fn no_path_makes_the_reader_panic(path in ".{0,80}") {
            let _ = (read(&path), read_file(&path));
        }
    }
}
