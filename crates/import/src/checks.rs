//! Digests of a file while it streams: ours, and whichever the source lists.

use assets::Hasher;
use domain::Digest;
use hub::{Checksum, SourceFile};
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// Takes the bytes of one file.
pub(crate) struct Checks {
    sha256: Hasher,
    git: Option<Context>,
}

/// The listed digest and another one that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Differs {
    pub(crate) listed: String,
    pub(crate) found: String,
}

impl Checks {
    pub(crate) fn new(file: &SourceFile) -> Self {
        let git = matches!(file.checksum, Some(Checksum::GitBlob(_))).then(|| {
            let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
            context.update(format!("blob {}\0", file.size).as_bytes());
            context
        });
        Self { sha256: Hasher::default(), git }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(git) = &mut self.git {
            git.update(piece);
        }
    }

    /// Returns the SHA-256 digest, where the bytes are what the source lists.
    pub(crate) fn finish(self, file: &SourceFile) -> Result<Digest, Differs> {
        let digest = self.sha256.finish();
        let (listed, found) = match (&file.checksum, self.git) {
            (Some(Checksum::Sha256(listed)), _) => (listed.to_string(), digest.to_string()),
            (Some(Checksum::GitBlob(listed)), Some(git)) => {
                let found = git.finish();
                let found = found.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                (listed.to_ascii_lowercase(), found)
            }
            _ => return Ok(digest),
        };
        if listed == found { Ok(digest) } else { Err(Differs { listed, found }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_listing_says() {
        let check = |checksum: Option<Checksum>, bytes: &[u8], right: bool| {
            let file = SourceFile { path: "a".parse().unwrap(), size: 6, checksum };
            let mut checks = Checks::new(&file);
            bytes.chunks(4).for_each(|piece| checks.update(piece));
            assert_eq!(checks.finish(&file).is_ok(), right);
        };
        // `printf 'hello\n' | git hash-object --stdin`, and `sha256sum` of the same.
        let git = Checksum::GitBlob("ce013625030ba8dba906f756967f9e9ca394464a".to_owned());
        let sha = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        for checksum in [git, Checksum::Sha256(sha.parse().unwrap())] {
            check(Some(checksum.clone()), b"hello\n", true);
            check(Some(checksum), b"hellO\n", false);
        }
        check(None, b"anything", true);
    }
}
