//! Answers connections. None is kept for long that asks nothing, or only half of something.

use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// From the opening of a connection, or the end of an answer, to the last line of a request's
/// headers. Proxies and balancers keep a connection that nothing goes over for 60 seconds: they
/// close it first, and send no request into one that closes.
pub const HEADERS_WAIT_MAX: Duration = Duration::from_secs(75);

/// Answers every connection until `stopping`, and then what is under way.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    headers_wait_max: Duration,
    stopping: CancellationToken,
) {
    let answering = TaskTracker::new();
    // An error of accepting is logged there, and tried again.
    let mut accept = async || stopping.run_until_cancelled(Listener::accept(&mut listener)).await;
    while let Some((stream, _)) = accept().await {
        answering.spawn(answer(stream, router.clone(), headers_wait_max, stopping.clone()));
    }
    drop(listener);
    answering.close();
    answering.wait().await;
}

async fn answer(
    stream: TcpStream,
    router: Router,
    headers_wait_max: Duration,
    stopping: CancellationToken,
) {
    // A token of a stream goes out when it is there, not when the one before it was acknowledged.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers_wait_max)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(20);
    const ASKED: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    struct Bench {
        address: SocketAddr,
        stopping: CancellationToken,
        serving: JoinHandle<()>,
    }

    async fn start(router: Router, headers_wait_max: Duration) -> Bench {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, headers_wait_max, stopping.clone()));
        Bench { address, stopping, serving }
    }

    fn saying(words: &'static str) -> Router {
        Router::new().route("/", get(async move || words))
    }

    impl Bench {
        /// Sends some bytes, and returns what came until the server closed the connection.
        async fn exchange(&self, sent: &[u8]) -> String {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(sent).await.unwrap();
            let mut said = String::new();
            let reading = stream.read_to_string(&mut said);
            tokio::time::timeout(LONG, reading).await.expect("it is closed").unwrap();
            said
        }

        async fn ends(self) {
            tokio::time::timeout(LONG, self.serving).await.expect("it ends").unwrap();
        }
    }

    #[tokio::test]
    async fn a_connection_that_asks_nothing_whole_is_closed() {
        let bench = start(saying("hello"), SHORT).await;
        for sent in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: local"] {
            let said = bench.exchange(sent.as_bytes()).await;
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 400"), "`{sent}`: {said}");
        }
        // A request that came whole is answered; half of another one is not waited for.
        let said = bench.exchange(&[ASKED, b"GET /"].concat()).await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("hello"), "{said}");
    }

    #[tokio::test]
    async fn an_answer_may_take_longer_than_headers() {
        let slow = get(async || {
            tokio::time::sleep(SHORT * 4).await;
            "at last"
        });
        let bench = start(Router::new().route("/", slow), SHORT).await;
        let said = bench.exchange(ASKED).await;
        assert!(said.ends_with("at last"), "{said}");
    }

    #[tokio::test]
    async fn stopping_waits_for_what_is_under_way_alone() {
        let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (here, there) = (Arc::clone(&asked), Arc::clone(&go_on));
        let waits = get(async move || {
            here.notify_one();
            there.notified().await;
            "done"
        });
        let bench = start(Router::new().route("/", waits), LONG * 9).await;
        let _idle = TcpStream::connect(bench.address).await.unwrap();
        let stopped = async {
            asked.notified().await;
            bench.stopping.cancel();
            go_on.notify_one();
        };
        let (said, ()) = tokio::join!(bench.exchange(ASKED), stopped);
        assert!(said.ends_with("done"), "{said}");
        bench.ends().await;
    }
}
