//! Why a model is not taken, and what to do instead.

use domain::Kind;

/// A model is refused before its weights are fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its weights can run code when they are opened.
    #[error("its weights are pickles (`{file}`), which can run code when they are opened")]
    Pickles {
        /// One of them.
        file: String,
    },
    /// Its configuration asks for code of its own.
    #[error("`config.json` asks for code of the model's own (`{field}`)")]
    OwnCode {
        /// The field that asks.
        field: &'static str,
    },
    /// It has several GGUF files, each a model of its own.
    #[error("it has {count} GGUF files: {}", listed(names, *count))]
    SeveralGguf {
        /// How many.
        count: usize,
        /// Some of them.
        names: Vec<String>,
    },
    /// It lacks the GGUF file that was named.
    #[error("it has no file `{file}` at its top")]
    NoGguf {
        /// The file.
        file: String,
    },
    /// It has no weights in a format that is read.
    #[error("it has no weights as safetensors or GGUF among its {files} files")]
    NoWeights {
        /// How many files it has.
        files: usize,
    },
    /// `config.json` is not what it should be.
    #[error("`config.json` is not a configuration: {why}")]
    Config {
        /// What is wrong with it.
        why: String,
    },
    /// It lists a name that reaches out of its folder.
    #[error("it lists the file `{name}`: {why}")]
    Hostile {
        /// The name.
        name: String,
        /// The rule that it breaks.
        why: String,
    },
    /// It needs a file that cannot be had.
    #[error("its file `{name}` cannot be taken: {why}")]
    Odd {
        /// The name.
        name: String,
        /// Why not.
        why: String,
    },
    /// It lists a file twice.
    #[error("it lists `{path}` twice")]
    Twice {
        /// The file.
        path: String,
    },
    /// Two of its files are one where case does not count.
    #[error("`{one}` and `{other}` are the same file on some systems")]
    Case {
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// A file of it is a folder too.
    #[error("`{path}` is a file and a folder")]
    FileAndFolder {
        /// The file.
        path: String,
    },
    /// It has more files than any model needs.
    #[error("it needs {files} files, more than {files_max}")]
    TooMany {
        /// How many.
        files: usize,
        /// The bound.
        files_max: usize,
    },
    /// There is no space for it.
    #[error("it needs {} and {} are free", shown(*.needed), shown(*.free))]
    Space {
        /// Bytes that are to be fetched.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
}

impl Refusal {
    /// Says what sort of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Pickles { .. } | Self::OwnCode { .. } | Self::Hostile { .. } => Kind::Denied,
            Self::Odd { .. } | Self::Case { .. } => Kind::Unsupported,
            Self::NoGguf { .. } => Kind::NotFound,
            Self::NoWeights { .. }
            | Self::SeveralGguf { .. }
            | Self::Config { .. }
            | Self::Twice { .. }
            | Self::FileAndFolder { .. }
            | Self::TooMany { .. } => Kind::Invalid,
            Self::Space { .. } => Kind::Unavailable,
        }
    }

    /// Says what to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Pickles { .. } => {
                "convert it where you trust it: `AutoModel.from_pretrained(…)\
                 .save_pretrained(\"DIR\")` in Python, then `modeldex import DIR`; on a hub a \
                 revision such as `refs/pr/1` may hold safetensors"
            }
            Self::OwnCode { .. } => {
                "code from a model repository never runs here: choose a model of a supported \
                 architecture"
            }
            Self::SeveralGguf { .. } => "name one of them behind the source: `SOURCE/FILE.gguf`",
            Self::NoGguf { .. } => "look at the names of its files; import one that is there",
            Self::NoWeights { .. } => {
                "name a repository or a folder that holds `*.safetensors` or a `*.gguf`"
            }
            Self::Config { .. } => "the source is damaged: ask its publisher",
            Self::Hostile { .. } => "no honest model has such a file: tell the hub's owner",
            Self::Odd { .. } | Self::Case { .. } => {
                "rename the file in a copy of the model, and import that folder"
            }
            Self::Twice { .. } | Self::FileAndFolder { .. } => {
                "the hub contradicts itself: try another with `--hub-url`"
            }
            Self::TooMany { .. } => "import a folder that holds only what the model needs",
            Self::Space { .. } => {
                "free some space, or move the data directory to a larger disk with `--data-dir`"
            }
        }
    }
}

/// Writes names, and that there are more.
fn listed(names: &[String], count: usize) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let more = if names.len() < count { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}

/// Writes a number of bytes for people.
pub(crate) fn shown(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_for_people() {
        let check = |bytes: u64, text: &str| assert_eq!(shown(bytes), text);
        check(999, "999 bytes");
        check(1_000, "1.0 KB");
        check(999_999, "1.0 MB");
        check(90_868_376, "90.9 MB");
        check(u64::MAX, "18446.7 PB");
    }
}
