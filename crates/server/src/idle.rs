//! Clients that stop in the middle: of sending a request, or of reading its answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use domain::{Fault, Kind};
use futures::{Stream, StreamExt};
use tokio::sync::oneshot;

/// A network that loses a packet sends it again within seconds.
const SENDING_PAUSE_MAX: Duration = Duration::from_secs(30);
/// A person's program may stop at a breakpoint; a place in a queue is not held for longer.
const READING_PAUSE_MAX: Duration = Duration::from_secs(120);

/// Gives up on a request of whose body nothing comes for long.
pub async fn bound_request(request: Request, next: Next) -> Response {
    next.run(request.map(|body| bounded(body, SENDING_PAUSE_MAX))).await
}

fn bounded(body: Body, pause_max: Duration) -> Body {
    let mut pieces = body.into_data_stream();
    Body::from_stream(async_stream::stream! {
        loop {
            match tokio::time::timeout(pause_max, pieces.next()).await {
                Ok(Some(piece)) => yield piece.map_err(axum::BoxError::from),
                Ok(None) => return,
                Err(_) => {
                    let seconds = pause_max.as_secs();
                    yield Err(format!("nothing came for {seconds} seconds").into());
                    return;
                }
            }
        }
    })
}

/// The pieces of an answer while they are read.
type Pieces = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// An answer with what it holds, until its client reads nothing for long.
struct Held<T> {
    pieces: Pieces,
    _held: T,
    /// When a piece was handed out that is not read yet.
    handed: Option<Instant>,
}

type Shared<T> = Mutex<Option<Held<T>>>;

/// Makes the body of an answer; drops `held` at its end, or when the client stops reading.
pub fn bounded_answer<T: Send + 'static>(pieces: Pieces, held: T) -> Body {
    Body::from_stream(answer(pieces, held, READING_PAUSE_MAX))
}

fn answer<T: Send + 'static>(
    pieces: Pieces,
    held: T,
    pause_max: Duration,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> {
    let shared = Arc::new(Mutex::new(Some(Held { pieces, _held: held, handed: None })));
    // Dropped with the stream, which ends the look-out.
    let (here, gone) = oneshot::channel::<()>();
    tokio::spawn(look_out(Arc::downgrade(&shared), gone, pause_max));
    futures::stream::poll_fn(move |cx| {
        let _here = &here;
        poll(&shared, cx)
    })
}

fn poll<T>(
    shared: &Shared<T>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, axum::BoxError>>> {
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(held) = shared.as_mut() else {
        let fault = Fault::new(Kind::Unavailable, "the client read nothing for too long");
        return Poll::Ready(Some(Err(fault.into())));
    };
    let polled = held.pieces.poll_next_unpin(cx);
    held.handed = matches!(polled, Poll::Ready(Some(_))).then(Instant::now);
    polled.map(|piece| piece.map(|piece| piece.map_err(axum::BoxError::from)))
}

/// Looks from time to time whether the client still reads, and lets go where it does not.
async fn look_out<T>(
    shared: Weak<Shared<T>>,
    mut gone: oneshot::Receiver<()>,
    pause_max: Duration,
) {
    loop {
        tokio::select! {
            _ = &mut gone => return,
            () = tokio::time::sleep(pause_max / 4) => {}
        }
        let Some(shared) = shared.upgrade() else { return };
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let handed = shared.as_ref().and_then(|held| held.handed);
        if handed.is_some_and(|at| at.elapsed() > pause_max) {
            *shared = None;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    fn piece(text: &'static str) -> reqwest::Result<Bytes> {
        Ok(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn a_body_that_stops_is_an_error_and_a_whole_one_is_not() {
        let whole = || futures::stream::iter([piece("a"), piece("b")]);
        let read = to_bytes(bounded(Body::from_stream(whole()), LONG), 9).await;
        assert_eq!(read.unwrap(), "ab");
        let stopped = whole().chain(futures::stream::pending());
        let error = to_bytes(bounded(Body::from_stream(stopped), SHORT), 9).await.unwrap_err();
        assert!(error.to_string().contains("nothing came"), "{error}");
    }

    #[tokio::test]
    async fn what_an_answer_holds_is_given_back_when_nobody_reads_on() {
        let (held, given_back) = oneshot::channel::<()>();
        let pieces = Box::pin(futures::stream::iter([piece("a"), piece("b")]));
        let mut read = Box::pin(answer(pieces, held, SHORT));
        assert_eq!(read.next().await.unwrap().unwrap(), "a");
        assert!(tokio::time::timeout(LONG, given_back).await.unwrap().is_err());
        let error = read.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("read nothing"), "{error}");
    }

    #[tokio::test]
    async fn what_an_answer_holds_stays_while_the_worker_thinks() {
        let (held, mut given_back) = oneshot::channel::<()>();
        let slow = futures::stream::once(async {
            tokio::time::sleep(SHORT * 4).await;
            piece("a")
        });
        let mut read = Box::pin(answer(Box::pin(slow), held, SHORT));
        assert_eq!(read.next().await.unwrap().unwrap(), "a");
        assert!(given_back.try_recv().is_err_and(|e| e == oneshot::error::TryRecvError::Empty));
        assert!(read.next().await.is_none());
        drop(read);
        assert!(given_back.await.is_err());
    }
}
