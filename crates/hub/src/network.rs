//! How long a hub is waited for, how often it is asked again, and what waits and looks up names.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

/// Waits; tests give one that only notes for how long.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;
/// Finds the addresses of a host.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The patience with hubs.
#[derive(Clone)]
pub struct Network {
    /// How long a connection may take.
    pub connect: Duration,
    /// How long nothing may come on a connection.
    pub silence: Duration,
    /// How often the same is asked for, all in all, where a failure may pass.
    pub attempts: u32,
    /// The first pause; each is twice as long as the one before.
    pub pause: Duration,
    /// The longest pause, and the longest that a hub may ask for.
    pub pause_max: Duration,
    /// Waits.
    pub sleep: Sleep,
    /// Looks up names.
    pub lookup: Lookup,
}

impl Default for Network {
    /// The times of the official client, but for the pauses: a hub that is away for a minute is
    /// waited for.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            attempts: 6,
            pause: Duration::from_secs(1),
            pause_max: Duration::from_secs(120),
            sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
            lookup: Arc::new(|host| {
                Box::pin(async move {
                    let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
                    Ok(found.map(|address| address.ip()).collect())
                })
            }),
        }
    }
}

impl Network {
    /// Waits before the attempt after `failures` failures.
    pub async fn wait(&self, failures: u32) {
        let doublings = failures.saturating_sub(1).min(16);
        (self.sleep)((self.pause * 2_u32.pow(doublings)).min(self.pause_max)).await;
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("connect", &self.connect)
            .field("silence", &self.silence)
            .field("attempts", &self.attempts)
            .field("pause", &self.pause)
            .field("pause_max", &self.pause_max)
            .finish_non_exhaustive()
    }
}
