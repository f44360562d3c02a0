//! Forms as browsers send them: fields as text, files straight into the store.

use std::collections::BTreeMap;

use api::{DataSource, StoredFile};
use axum::body::to_bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use domain::{Fault, Kind};

use crate::app::App;
use crate::routes;

/// Typed text above this belongs into a file.
const TEXT_MAX: usize = 4 << 20;

/// What a person sent.
#[derive(Debug, Default)]
pub struct Form {
    /// Text by the name of its field, empty where nothing was typed.
    pub fields: BTreeMap<String, String>,
    files: BTreeMap<String, StoredFile>,
    /// Why a file was not taken; the rest of the form is read all the same, to be shown again.
    refused: Option<Fault>,
}

impl Form {
    /// Reads a form of either encoding.
    ///
    /// # Errors
    /// Where the body breaks off or is too long.
    pub async fn read(app: &App, request: Request) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, &()).await;
            let parts = parts.map_err(|error| Fault::wrap(Kind::Invalid, error))?;
            return Self::read_parts(app, parts).await;
        }
        let body = to_bytes(request.into_body(), TEXT_MAX).await;
        let body = body.map_err(|error| {
            Fault::new(Kind::Invalid, "the form is too long or broke off").because(error)
        })?;
        Ok(Self::parse(&body))
    }

    fn parse(body: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(body);
        let fields = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Self { fields, ..Self::default() }
    }

    async fn read_parts(app: &App, mut parts: Multipart) -> Result<Self, Fault> {
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                // A browser sends an empty part where no file was chosen.
                Some(name) if name.is_empty() => {}
                Some(name) => {
                    let name = last_part(&name);
                    match routes::store_stream(app, name, part).await {
                        Ok(file) => {
                            form.files.insert(field, file);
                        }
                        Err(fault) => form.refused = Some(fault),
                    }
                }
                None => {
                    form.fields.insert(field, text(part).await?);
                }
            }
        }
        Ok(form)
    }

    /// Takes note of a file that was not taken.
    ///
    /// # Errors
    /// Why it was not.
    pub fn check_files(&mut self) -> Result<(), Fault> {
        self.refused.take().map_or(Ok(()), Err)
    }

    /// Returns what was typed, if anything.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Returns an owned copy of what was typed, if anything.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Returns a number that was typed, if any.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        let parse = |text: &str| {
            text.parse().map_err(|_| {
                Fault::new(Kind::Invalid, format!("`{text}` in `{name}` is not a number that fits"))
            })
        };
        self.get(name).map(parse).transpose()
    }

    /// Returns what was typed into fields whose names begin with `prefix`, without it.
    pub fn with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        let named = |(name, _): (&String, &String)| {
            Some((name.strip_prefix(prefix)?.to_owned(), self.text(name)?))
        };
        self.fields.iter().filter_map(named).collect()
    }

    /// Returns a file that was sent, if one was.
    pub fn file(&self, name: &str) -> Option<DataSource> {
        let file = self.files.get(name)?;
        Some(DataSource { digest: file.digest.clone(), name: file.name.clone() })
    }

    /// Returns the file without which nothing can be done.
    ///
    /// # Errors
    /// Where none was sent.
    pub fn data(&self) -> Result<DataSource, Fault> {
        self.file("data").ok_or_else(|| {
            Fault::new(Kind::Invalid, "no file was chosen")
                .hint("choose a CSV, TSV, JSONL or JSON file")
        })
    }
}

async fn text(mut part: Field<'_>) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        if bytes.len() + piece.len() > TEXT_MAX {
            return Err(Fault::new(Kind::Invalid, "a field of the form is longer than 4 MiB"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Some browsers send the whole path of a file.
fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn broken(error: MultipartError) -> Fault {
    Fault::new(Kind::Invalid, "the upload broke off").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_fields_are_read_and_empty_ones_say_nothing() {
        let form = Form::parse(b"a=+x+&b=&map.text=utterance&map.label=&n=3&m=x");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("x"), None, None));
        assert_eq!(form.with_prefix("map."), [("text".into(), "utterance".into())].into());
        assert_eq!(form.number::<u8>("n").unwrap(), Some(3));
        assert_eq!(form.number::<u8>("b").unwrap(), None);
        assert!(form.number::<u8>("m").unwrap_err().message().contains("`x` in `m`"));
        assert_eq!(form.data().unwrap_err().kind(), Kind::Invalid);
    }

    #[test]
    fn a_path_is_cut_to_the_files_name() {
        assert_eq!(last_part("C:\\data\\train.csv"), "train.csv");
        assert_eq!(last_part("train.csv"), "train.csv");
    }
}
