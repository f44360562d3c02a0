//! A model on a hub that speaks the Hugging Face protocol.

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use serde::Deserialize;
use url::Url;

use crate::client::{Ask, Client};
use crate::listing::{FILES_MAX, ModelInfo, TreeEntry, add_entries, add_siblings};
use crate::reply::Reply;
use crate::{Error, Network, Opened, Resolved, Result, Resume, Source, SourceFile, Token};

/// How many names a hint offers.
const NEAR_MAX: usize = 3;

/// How a hub is reached.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// Its address.
    pub url: String,
    /// Says who asks.
    pub token: Option<Token>,
    /// The patience with it.
    pub network: Network,
}

/// A model on a hub.
#[derive(Clone)]
pub struct HubSource {
    id: String,
    client: Client,
}

impl HubSource {
    /// Names a model on a hub; nothing is asked yet.
    ///
    /// # Errors
    /// Where the id or the address cannot be one.
    pub fn new(id: &str, options: HubOptions) -> Result<Self> {
        check_id(id)?;
        let client = Client::new(&options.url, options.token, options.network)?;
        Ok(Self { id: id.to_owned(), client })
    }

    fn ask<'a>(&'a self, url: Url, what: &'a str, revision: &'a str) -> Ask<'a> {
        Ask { url, what, id: &self.id, revision, headers: HeaderMap::new() }
    }

    async fn info(&self, revision: &str) -> Result<ModelInfo> {
        let parts = ["api", "models", &self.id, "revision"];
        let mut url = self.client.url(&parts, &[("blobs", "true")]);
        if let Ok(mut path) = url.path_segments_mut() {
            // In one part, whatever it holds: `refs/pr/1` is a revision.
            path.push(revision);
        }
        let what = format!("the files of `{}`", self.id);
        Ok(self.client.json(&self.ask(url, &what, revision)).await?.0)
    }

    /// Lists a commit page by page.
    async fn tree(&self, commit: &str, resolved: &mut Resolved) -> Result<()> {
        let parts = ["api", "models", &self.id, "tree", commit];
        let mut next = Some(self.client.url(&parts, &[("recursive", "true")]));
        let what = format!("the files of `{}`", self.id);
        while let Some(url) = next {
            let (entries, following): (Vec<TreeEntry>, _) =
                self.client.json(&self.ask(url.clone(), &what, commit)).await?;
            if following.as_ref() == Some(&url) || (entries.is_empty() && following.is_some()) {
                let (hub, why) = (self.client.hub().to_owned(), "its pages have no end".to_owned());
                return Err(Error::Answer { hub, what, why });
            }
            add_entries(resolved, entries);
            self.bound(resolved.files.len() + resolved.odd.len())?;
            next = following;
        }
        Ok(())
    }

    fn bound(&self, files: usize) -> Result<()> {
        match files {
            0..=FILES_MAX => Ok(()),
            _ => Err(Error::TooMany { place: self.place(), files_max: FILES_MAX }),
        }
    }

    /// Adds to an error what there is instead; what fails here only costs the hint.
    async fn with_near(&self, error: Error) -> Error {
        match error {
            Error::NotFound { id, hub, .. } => {
                let near = self.near_ids().await.unwrap_or_default();
                Error::NotFound { id, hub, near }
            }
            Error::Revision { id, revision, .. } => {
                let near = self.references().await.unwrap_or_default();
                Error::Revision { id, revision, near }
            }
            other => other,
        }
    }

    async fn near_ids(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Found {
            id: String,
        }
        let name = self.id.rsplit('/').next().unwrap_or(&self.id);
        let url = self.client.url(&["api", "models"], &[("search", name), ("limit", "3")]);
        let (found, _): (Vec<Found>, _) = self.client.json(&self.ask(url, "a search", "")).await?;
        let others = found.into_iter().map(|found| found.id).filter(|id| *id != self.id);
        Ok(others.take(NEAR_MAX).map(|id| format!("`{id}`")).collect())
    }

    async fn references(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct References {
            #[serde(default)]
            branches: Vec<Named>,
            #[serde(default)]
            tags: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let url = self.client.url(&["api", "models", &self.id, "refs"], &[]);
        let (found, _): (References, _) =
            self.client.json(&self.ask(url, "the revisions", "")).await?;
        let names = found.branches.into_iter().chain(found.tags).map(|named| named.name);
        Ok(names.take(NEAR_MAX).map(|name| format!("`{name}`")).collect())
    }

    fn pieces(&self, reply: Reply, ask: &Ask<'_>, left: Left) -> BoxStream<'static, Result<Bytes>> {
        let Reply { response, url } = reply;
        let (client, what, id) = (self.client.clone(), ask.what.to_owned(), self.id.clone());
        let failed = move |error| {
            let ask = Ask {
                url: url.clone(),
                what: &what,
                id: &id,
                revision: "",
                headers: HeaderMap::new(),
            };
            client.failed(&ask, &url, error)
        };
        let state = Some((response.bytes_stream().boxed(), failed, left));
        stream::try_unfold(state, |state| async {
            let Some((mut body, failed, mut left)) = state else { return Ok(None) };
            match body.next().await {
                Some(Err(error)) => Err(failed(error)),
                Some(Ok(piece)) => {
                    left.take(piece.len() as u64)?;
                    Ok(Some((piece, Some((body, failed, left)))))
                }
                None => left.end().map(|()| None),
            }
        })
        .boxed()
    }
}

impl Source for HubSource {
    fn place(&self) -> String {
        format!("{}/{}", self.client.hub(), self.id)
    }

    async fn resolve(&self, revision: Option<&str>) -> Result<Resolved> {
        let info = match self.info(revision.unwrap_or("main")).await {
            Ok(info) => info,
            Err(error) => return Err(self.with_near(error).await),
        };
        let Some(commit) = info.commit().map(str::to_owned) else {
            let (hub, why) = (self.client.hub().to_owned(), "it names no commit".to_owned());
            return Err(Error::Answer { hub, what: format!("the files of `{}`", self.id), why });
        };
        self.bound(info.siblings.len())?;
        let mut resolved =
            Resolved { revision: commit.clone(), files: Vec::new(), odd: Vec::new() };
        match info.has_sizes() {
            true => add_siblings(&mut resolved, info.siblings),
            false => self.tree(&commit, &mut resolved).await?,
        }
        resolved.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(resolved)
    }

    async fn open(
        &self,
        revision: &str,
        file: &SourceFile,
        resume: Option<Resume>,
    ) -> Result<Opened> {
        let parts = [&self.id, "resolve", revision, file.path.as_str()];
        let what = format!("`{}` of `{}`", file.path, self.id);
        let mut ask = self.ask(self.client.url(&parts, &[]), &what, revision);
        let asked = resume.filter(|resume| resume.from > 0 && resume.from < file.size);
        if let Some(resume) = &asked {
            ask.headers = range(resume);
        }
        let reply = self.client.get(&ask).await?;
        let headers = reply.response.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let etag = text(ETAG).filter(|tag| !tag.starts_with("W/")).map(str::to_owned);
        let from = match reply.response.status() {
            StatusCode::PARTIAL_CONTENT => text(CONTENT_RANGE)
                .and_then(first_byte)
                .filter(|from| asked.as_ref().is_some_and(|resume| resume.from == *from)),
            _ => Some(0),
        };
        let Some(from) = from else {
            let (hub, why) = (self.client.hub().to_owned(), "a part without its place".to_owned());
            return Err(Error::Answer { hub, what, why });
        };
        let left = Left { what: what.clone(), listed: file.size, found: from };
        if let Some(length) = reply.response.content_length() {
            left.check_length(length)?;
        }
        let pieces = self.pieces(reply, &ask, left);
        Ok(Opened { from, etag, pieces })
    }
}

/// Counts the bytes of a file against its listed size.
struct Left {
    what: String,
    listed: u64,
    found: u64,
}

impl Left {
    fn wrong(&self, found: u64) -> Error {
        Error::Length { what: self.what.clone(), listed: self.listed, found }
    }

    fn check_length(&self, length: u64) -> Result<()> {
        let found = self.found.saturating_add(length);
        if found == self.listed { Ok(()) } else { Err(self.wrong(found)) }
    }

    fn take(&mut self, bytes: u64) -> Result<()> {
        self.found += bytes;
        if self.found <= self.listed { Ok(()) } else { Err(self.wrong(self.found)) }
    }

    fn end(self) -> Result<()> {
        if self.found == self.listed {
            return Ok(());
        }
        let Self { what, listed, found } = self;
        Err(Error::Short { what, listed, found })
    }
}

/// Asks for the rest of a file, where it is still the same; for all of it where the tag is odd.
fn range(resume: &Resume) -> HeaderMap {
    let range = HeaderValue::from_str(&format!("bytes={}-", resume.from));
    match (range, HeaderValue::from_str(&resume.etag)) {
        (Ok(range), Ok(etag)) => HeaderMap::from_iter([(RANGE, range), (IF_RANGE, etag)]),
        _ => HeaderMap::new(),
    }
}

/// Reads `bytes FROM-TO/SIZE`.
fn first_byte(range: &str) -> Option<u64> {
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

/// Checks that a text can be the id of a model.
pub(crate) fn check_id(id: &str) -> Result<()> {
    let wrong = |why| Err(Error::Id { id: id.to_owned(), why });
    let is_part = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed)
    };
    match id.split('/').count() {
        // Hubs allow 96 in each of two parts.
        _ if id.len() > 193 => wrong("it is longer than 193 characters"),
        1 | 2 if id.split('/').all(is_part) => Ok(()),
        1 | 2 => wrong("only letters, digits, `.`, `_` and `-` are allowed"),
        _ => wrong("it has more than one `/`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_or_two_parts() {
        let check = |id: &str, why: &str| {
            let error = check_id(id).unwrap_err().to_string();
            assert!(error.contains(why), "{id}: {error}");
        };
        for id in ["gpt2", "Qwen/Qwen2.5-0.5B-Instruct", "a_b/c.d"] {
            check_id(id).unwrap();
        }
        check("a/b/c", "more than one `/`");
        check("../b", "only letters");
        check("a/b c", "only letters");
        check("", "only letters");
        check(&"a".repeat(200), "193");
    }
}
