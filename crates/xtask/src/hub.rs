//! A loopback hub for scripts: many listings, and no network.

use testkit::LoopbackHub;

/// Every hub lists the same models.
const SEED: u64 = 7;

/// Serves a hub that lists `count` models, and prints where it is; it runs until it is killed.
///
/// # Errors
/// Where no runtime can be started.
pub fn serve(count: usize) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
    runtime.block_on(async {
        let hub = LoopbackHub::start().await;
        hub.list_made(SEED, count);
        eprintln!("The hub is at {}", hub.url());
        std::future::pending::<()>().await;
        Ok(())
    })
}
