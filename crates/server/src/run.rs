//! Starts and stops a server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use domain::{Fault, Kind};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

use crate::app::App;
use crate::config::Config;
use crate::guard::{Guard, guard};
use crate::idle::bound_request;
use crate::listen::HEADERS_WAIT_MAX;
use crate::lock::DataDirLock;
use crate::{dispatch, listen, pages, restore, routes};

/// How long a stopping server waits for answers that are under way.
const GRACE: Duration = Duration::from_secs(5);

/// How long it waits for its workers: commands get time to end by themselves.
const WORKERS_GRACE: Duration = Duration::from_secs(8);

/// A server that answers.
pub struct RunningServer {
    address: SocketAddr,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
    dispatching: JoinHandle<()>,
    app: App,
    _lock: DataDirLock,
}

/// Starts a server: takes the data directory, opens the stores, restores deployments, listens.
///
/// # Errors
/// Where the directory or the port is taken, or a store cannot be opened.
pub async fn start(mut config: Config) -> Result<RunningServer, Fault> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let guard = Guard::new(config.listen.ip(), config.token.clone())?;
    let mut lock = DataDirLock::take(&config.data_dir).await?;
    let listener =
        TcpListener::bind(config.listen).await.map_err(|error| port_taken(&config, error))?;
    let address = listener.local_addr().map_err(|error| port_taken(&config, error))?;
    if !config.private {
        config.listen = address;
    }
    let app = App::open(config).await?;
    lock.announce(&format!("http://{address}"))?;
    restore::deployments(&app).await;
    let stopping = CancellationToken::new();
    restore::keep_fresh(&app, stopping.clone());
    app.index.keep_fresh(stopping.clone());
    let dispatching = tokio::spawn(dispatch::run(app.clone(), stopping.clone()));
    let service = router(app.clone(), guard);
    let stop = stopping.clone();
    let serving = tokio::spawn(listen::serve(listener, service, HEADERS_WAIT_MAX, stop));
    Ok(RunningServer { address, stopping, serving, dispatching, app, _lock: lock })
}

fn router(app: App, guarding: Guard) -> Router {
    Router::new()
        .merge(routes::router())
        .merge(pages::router())
        .with_state(app)
        .layer(from_fn(bound_request))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(guarding, guard))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http())
}

fn port_taken(config: &Config, error: std::io::Error) -> Fault {
    Fault::new(Kind::Unavailable, format!("cannot listen on `{}`", config.listen))
        .because(error)
        .hint("another program has the port: choose one with `--listen 127.0.0.1:PORT`")
}

impl RunningServer {
    /// Returns where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops answering, ends the serving workers and gives the data directory back.
    ///
    /// Workers of jobs go on by themselves.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.app.fleet.stop_all(WORKERS_GRACE).await;
        let _ = tokio::time::timeout(GRACE, self.serving).await;
        let _ = tokio::time::timeout(GRACE, self.dispatching).await;
    }
}
