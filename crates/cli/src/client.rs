//! Speaks `/api/v1`.

use std::path::Path;

use api::{ErrorEnvelope, JobView, StoredFile};
use domain::{Fault, Kind};
use futures::StreamExt;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    in_process: bool,
}

impl Client {
    /// Makes a client of the server at `url`.
    ///
    /// # Errors
    /// Where the URL is wrong.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, Fault> {
        let bad = |error: &dyn std::fmt::Display| {
            Fault::new(Kind::Invalid, format!("`{url}` is not the URL of a server: {error}"))
        };
        let parsed = url::Url::parse(url).map_err(|error| bad(&error))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad(&"it must begin with http:// or https://"));
        }
        let http = reqwest::Client::builder().build().map_err(|error| bad(&error))?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { http, url, token, in_process: false })
    }

    /// Notes that the server is a part of this process and ends with it.
    #[must_use]
    pub fn in_process(mut self) -> Self {
        self.in_process = true;
        self
    }

    /// Tells whether the server ends with this process.
    pub fn is_in_process(&self) -> bool {
        self.in_process
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Gets an object. Segments of `path` are encoded.
    ///
    /// # Errors
    /// What the server answered, or that it cannot be reached.
    pub async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Fault> {
        self.read(self.request(Method::GET, path)?).await
    }

    /// Gets an object with query parameters.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn get_with<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(impl AsRef<str>, String)],
    ) -> Result<T, Fault> {
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_ref(), value)).collect();
        self.read(self.request(Method::GET, path)?.query(&query)).await
    }

    /// Posts an object.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, Fault> {
        self.read(self.request(Method::POST, path)?.json(body)).await
    }

    /// Sends an object with another method.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<T, Fault> {
        let request = self.request(method, path)?;
        self.read(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Posts a scoring request, which lives outside `/api/v1`.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn score(
        &self,
        endpoint: &str,
        deployment: Option<&str>,
        body: &Value,
    ) -> Result<Value, Fault> {
        let url = self.address(&["endpoints", endpoint, "score"])?;
        let mut request = self.authorize(self.http.post(url)).json(body);
        if let Some(deployment) = deployment {
            request = request.header("azureml-model-deployment", deployment);
        }
        self.read(request).await
    }

    /// Uploads a file without reading it into memory.
    ///
    /// # Errors
    /// Where the file cannot be read, or as for [`Client::get`].
    pub async fn upload(&self, path: &Path) -> Result<StoredFile, Fault> {
        let unreadable = |error: std::io::Error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => Kind::NotFound,
                _ => Kind::Invalid,
            };
            Fault::new(kind, format!("cannot read `{}`", path.display())).because(error)
        };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("data.jsonl");
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        if file.metadata().await.map_err(unreadable)?.is_dir() {
            let message = format!("`{}` is a folder, not a data file", path.display());
            return Err(Fault::new(Kind::Invalid, message));
        }
        let body = reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(file));
        self.read(self.request(Method::PUT, &["files", name])?.body(body)).await
    }

    /// Downloads a stored file; the target appears only when it is complete.
    ///
    /// # Errors
    /// Where the target cannot be written, or as for [`Client::get`].
    pub async fn download(&self, digest: &str, target: &Path) -> Result<(), Fault> {
        let unwritable = |error: std::io::Error| {
            Fault::new(Kind::Unavailable, format!("cannot write `{}`", target.display()))
                .because(error)
                .hint("check that the folder exists and the disk has space")
        };
        let response = self.answer(self.request(Method::GET, &["files", digest])?).await?;
        let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let partial = tempfile::Builder::new()
            .prefix(".modeldex-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(unwritable)?;
        let handle = partial.reopen().map_err(unwritable)?;
        let mut file = tokio::fs::File::from_std(handle);
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| self.unreachable(error))?;
            file.write_all(&piece).await.map_err(unwritable)?;
        }
        file.flush().await.map_err(unwritable)?;
        file.sync_all().await.map_err(unwritable)?;
        partial.persist(target).map_err(|error| unwritable(error.error))?;
        Ok(())
    }

    /// Returns one job.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn job(&self, id: &str) -> Result<JobView, Fault> {
        self.get(&["jobs", id]).await
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Fault> {
        let segments: Vec<_> = ["api", "v1"].into_iter().chain(path.iter().copied()).collect();
        Ok(self.authorize(self.http.request(method, self.address(&segments)?)))
    }

    fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    fn address(&self, segments: &[&str]) -> Result<url::Url, Fault> {
        let wrong = || Fault::new(Kind::Invalid, format!("`{}` is not a server's URL", self.url));
        let mut url = url::Url::parse(&self.url).map_err(|_| wrong())?;
        url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().extend(segments);
        Ok(url)
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Fault> {
        let response = self.answer(request).await?;
        response.json().await.map_err(|error| {
            let message = format!("the server at `{}` answered something else", self.url);
            Fault::new(Kind::Unavailable, message)
                .because(error)
                .hint("check that the URL is a Modeldex server of the same version")
        })
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, Fault> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        Err(match serde_json::from_str::<ErrorEnvelope>(&text) {
            Ok(envelope) => fault_of(envelope),
            Err(_) => {
                let message = format!("the server at `{}` answered {status}", self.url);
                Fault::new(Kind::Unavailable, message)
            }
        })
    }

    fn unreachable(&self, error: reqwest::Error) -> Fault {
        Fault::new(Kind::Unavailable, format!("cannot reach the server at `{}`", self.url))
            .because(error)
            .hint("start it with `modeldex up`, or leave MODELDEX_URL out")
    }
}

fn fault_of(envelope: ErrorEnvelope) -> Fault {
    let error = envelope.error;
    let fault = Fault::new(Kind::from_code(&error.code), error.message);
    fault.hint_if(error.hint)
}

/// Turns the failure of a job into a fault.
pub fn job_fault(job: &JobView) -> Fault {
    match &job.error {
        Some(error) => {
            let fault = Fault::new(Kind::from_code(&error.code), error.message.clone());
            match &error.hint {
                Some(hint) => fault.hint(hint.clone()),
                None => fault,
            }
        }
        None => Fault::new(Kind::Conflict, format!("`{}` is {}", job.id, job.state))
            .hint(format!("`modeldex jobs resume {}` goes on where it stopped", job.id)),
    }
}
