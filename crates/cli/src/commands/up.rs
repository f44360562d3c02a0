//! `modeldex up`.

use domain::Fault;
use serde_json::json;

use crate::args::{Global, Up};
use crate::{connect, output};

/// Serves until it is told to stop.
///
/// # Errors
/// Where the data directory or the port is taken.
pub async fn run(global: &Global, options: &Up) -> Result<(), Fault> {
    let connection = connect::serve_here(global, options).await?;
    if global.json {
        output::json(&json!({ "url": connection.url() }));
    } else {
        output::line(format!("Modeldex is at {}", connection.url()));
        output::note("Stop it with Ctrl-C; jobs go on where they stopped.");
    }
    stopped().await;
    connection.close().await;
    Ok(())
}

/// Waits for Ctrl-C or a polite `kill`.
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
