//! Options of `sync`.

use clap::Args;

/// Options of `sync`.
#[derive(Clone, Debug, Args)]
pub struct Sync {
    /// `hub`, `provider`, or any other collection that lists a source.
    pub collection: String,
    /// The address of the source; as the last time by default.
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// `hub`, `modeldex` or `provider`: what sort of source it is.
    #[arg(long)]
    pub kind: Option<String>,
    /// Only some models: `author`, `task`, `library`, `tag`, `search`, `downloads`; may be
    /// repeated.
    #[arg(long, value_name = "NAME=VALUE,…")]
    pub filter: Vec<String>,
    /// How many models at most: those that are downloaded most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// List everything again, not only what changed since the last time.
    #[arg(long)]
    pub full: bool,
    /// The token for the source; for the server's own hub the server's by default.
    #[arg(long, value_name = "TOKEN")]
    pub source_token: Option<String>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}
