//! `modeldex`: discover, evaluate, fine-tune, deploy and import foundation models.

mod args;
mod client;
mod commands;
mod connect;
mod follow;
mod output;
mod settings;
mod tour;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

/// The system's allocator takes a fifth of the time of a search and of making an index.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    // One provider of cryptography for every client in the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = cli.blocking_threads() {
        builder.max_blocking_threads(threads);
    }
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::fail(&domain::Fault::wrap(domain::Kind::Internal, error), false);
        }
    };
    let json = cli.global.json;
    let code = match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => output::fail(&fault, json),
    };
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}

/// Logs go to standard error: warnings by default, more with `MODELDEX_LOG`.
fn start_log(cli: &Cli) {
    // What a request came to is the server's to say, once.
    let default = if cli.logs_requests() { "warn,server=info" } else { "error" };
    let default = format!("{default},tower_http=off");
    let filter = tracing_subscriber::EnvFilter::try_from_env("MODELDEX_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
}
