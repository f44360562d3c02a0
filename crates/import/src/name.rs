//! From a source to the name of a model.

use std::path::Path;

use domain::ModelName;
use native::gguf::split;

use crate::{Job, Result};

/// Returns the name that was asked for, or makes one of the last part of the source.
pub(crate) fn of(job: &Job, source: &str) -> Result<ModelName> {
    match &job.name {
        Some(name) => Ok(name.parse()?),
        None => Ok(clean(last_part(source)).parse()?),
    }
}

fn last_part(source: &str) -> &str {
    let last = Path::new(source).file_name().and_then(|name| name.to_str()).unwrap_or(source);
    split::stem(last).or_else(|| last.strip_suffix(".gguf")).unwrap_or(last)
}

/// Keeps what a name may hold.
fn clean(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let kept: String = text.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let mut kept = kept.trim_matches(['.', '-']).to_owned();
    while kept.contains("..") {
        kept = kept.replace("..", ".");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_source_becomes_a_name() {
        let check = |source: &str, name: &str| {
            assert_eq!(clean(last_part(source)), name);
            name.parse::<ModelName>().unwrap();
        };
        check("/home/me/my-model/", "my-model");
        check("sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2");
        check("/tmp/Mein Modell (neu)", "Mein-Modell--neu");
        check("/tmp/..hidden..v2", "hidden.v2");
        check("gpt2", "gpt2");
        check("tiny-q4_k_m.gguf", "tiny-q4_k_m");
        check("a/tiny-q4_k_m-00001-of-00003.gguf", "tiny-q4_k_m");
    }
}
