//! Finds the server, or becomes it.

use std::path::Path;
use std::time::Duration;

use domain::{Fault, Kind};
use server::{Held, Holder, RunningServer};

use crate::args::{Global, Up};
use crate::client::Client;
use crate::settings;

/// A server opens its stores in less than a second; one that takes twenty hangs.
const STARTING_TRIES: u32 = 400;
const STARTING_PAUSE: Duration = Duration::from_millis(50);

/// A client, with the server that it talks to where that runs in this process.
pub struct Connection {
    /// Speaks to the server.
    pub client: Client,
    own: Option<RunningServer>,
}

impl Connection {
    /// Stops the server of this process, if there is one.
    pub async fn close(self) {
        if let Some(server) = self.own {
            server.stop().await;
        }
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> &str {
        self.client.url()
    }
}

/// Connects to `--url`, else to the server that holds the data directory, else starts one here.
///
/// # Errors
/// Where the URL is wrong, or the data directory cannot be used.
pub async fn connect(global: &Global) -> Result<Connection, Fault> {
    if let Some(url) = &global.url {
        return Ok(Connection { client: Client::new(url, global.token.clone())?, own: None });
    }
    let config = settings::config(global)?;
    if let Some(holder) = holder(&config.data_dir).await? {
        return Ok(Connection {
            client: Client::new(&holder.url, global.token.clone())?,
            own: None,
        });
    }
    let server = server::start(config).await?;
    let client = Client::new(&server.url(), global.token.clone())?.in_process();
    Ok(Connection { client, own: Some(server) })
}

/// Returns the server that holds the data directory; waits for one that is just starting.
async fn holder(data_dir: &Path) -> Result<Option<Holder>, Fault> {
    for _ in 0..STARTING_TRIES {
        match server::holder(data_dir)? {
            Held::Free => return Ok(None),
            Held::By(holder) => return Ok(Some(holder)),
            Held::Starting => tokio::time::sleep(STARTING_PAUSE).await,
        }
    }
    let message = format!("the server on `{}` does not get ready", data_dir.display());
    Err(Fault::new(Kind::Unavailable, message).hint("look at its log, or start it again"))
}

/// Starts a server in this process on the data directory and connects to it.
///
/// # Errors
/// Where the data directory or the port is taken.
pub async fn serve_here(global: &Global, options: &Up) -> Result<Connection, Fault> {
    if global.url.is_some() {
        let message = "`--url` names another server, but this command is one itself";
        return Err(Fault::new(Kind::Invalid, message).hint("leave `--url` and MODELDEX_URL out"));
    }
    let mut config = settings::config(global)?;
    config.listen = options.listen;
    config.private = false;
    config.job_slots = usize::from(options.job_slots.max(1));
    config.process_runtime = options.allow_process_runtime;
    let server = server::start(config).await?;
    let client = Client::new(&server.url(), global.token.clone())?.in_process();
    Ok(Connection { client, own: Some(server) })
}
