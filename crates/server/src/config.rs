//! What a server is told at its start; read once, passed down.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The port that users know.
pub const PORT_DEFAULT: u16 = 7878;

/// Everything that a server needs to know.
#[derive(Clone)]
pub struct Config {
    /// Holds the database, blobs, views and job folders.
    pub data_dir: PathBuf,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Whether it lives as long as one command: nobody is told its port.
    pub private: bool,
    /// PostgreSQL instead of the file in `data_dir`.
    pub database_url: Option<String>,
    /// `s3://bucket/prefix` instead of the folder in `data_dir`.
    pub assets_url: Option<String>,
    /// Refuses to reach out.
    pub offline: bool,
    /// The hub for ids without one.
    pub hub_url: String,
    /// The token for the hub.
    pub hub_token: Option<String>,
    /// Clients must show this; needed to listen beyond loopback.
    pub token: Option<String>,
    /// The program that `worker …` is asked of: this one.
    pub program: PathBuf,
    /// Jobs that run at once.
    pub job_slots: usize,
    /// Whether who may deploy may have commands run as this user.
    pub process_runtime: bool,
}

impl Config {
    /// Makes the configuration of a private server on `data_dir`: loopback, any free port.
    pub fn new(data_dir: PathBuf, program: PathBuf) -> Self {
        Self {
            data_dir,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            private: true,
            database_url: None,
            assets_url: None,
            offline: false,
            hub_url: "https://huggingface.co".to_owned(),
            hub_token: None,
            token: None,
            program,
            job_slots: 1,
            process_runtime: false,
        }
    }

    /// Returns the URL of the database.
    pub fn database(&self) -> String {
        let file = || format!("sqlite://{}", self.data_dir.join("modeldex.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// Returns the URL or folder of the blobs.
    pub fn assets(&self) -> String {
        let folder = || self.data_dir.join("assets").display().to_string();
        self.assets_url.clone().unwrap_or_else(folder)
    }

    /// Returns the folder of the search index's snapshot.
    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.join("index")
    }

    /// Returns the file that holds what the workers of a deployment print.
    pub fn log_path(&self, endpoint: &str, deployment: &str) -> PathBuf {
        self.logs_dir(endpoint).join(format!("{deployment}.jsonl"))
    }

    /// Returns the folder of the logs of an endpoint's deployments.
    pub fn logs_dir(&self, endpoint: &str) -> PathBuf {
        self.data_dir.join("logs").join(endpoint)
    }

    /// Returns the folder in which jobs keep what they may resume from.
    pub fn jobs_dir(&self) -> PathBuf {
        self.data_dir.join("jobs")
    }
}
