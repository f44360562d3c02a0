//! Finds the server, or becomes it.

use domain::{Fault, Kind};
use server::RunningServer;

use crate::args::Global;
use crate::client::Client;
use crate::settings;

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
    if let Some(holder) = server::holder(&config.data_dir)? {
        return Ok(Connection {
            client: Client::new(&holder.url, global.token.clone())?,
            own: None,
        });
    }
    let server = server::start(config).await?;
    let client = Client::new(&server.url(), global.token.clone())?;
    Ok(Connection { client, own: Some(server) })
}

/// Starts a server in this process on the data directory and connects to it.
///
/// # Errors
/// Where the data directory or the port is taken.
pub async fn serve_here(
    global: &Global,
    listen: std::net::SocketAddr,
    job_slots: u8,
) -> Result<Connection, Fault> {
    if global.url.is_some() {
        let message = "`--url` names another server, but this command is one itself";
        return Err(Fault::new(Kind::Invalid, message).hint("leave `--url` and MODELDEX_URL out"));
    }
    let mut config = settings::config(global)?;
    config.listen = listen;
    config.job_slots = usize::from(job_slots.max(1));
    let server = server::start(config).await?;
    let client = Client::new(&server.url(), global.token.clone())?;
    Ok(Connection { client, own: Some(server) })
}
