//! Work of one request that is done side by side.

use std::future::Future;

use futures::stream::{self, StreamExt, TryStreamExt};

/// Waits for all, of which at most `most` go on at once, and returns what they came to in their
/// order. One that takes long does not keep those behind it from starting.
///
/// # Errors
/// The first that happens; what goes on then is dropped.
pub async fn all<T, E, F>(most: usize, work: Vec<F>) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let all = stream::iter(work.into_iter().enumerate().map(at));
    let mut ended: Vec<_> = all.buffer_unordered(most.max(1)).try_collect().await?;
    ended.sort_unstable_by_key(|(place, _)| *place);
    Ok(ended.into_iter().map(|(_, one)| one).collect())
}

async fn at<T, E>(
    (place, work): (usize, impl Future<Output = Result<T, E>>),
) -> Result<(usize, T), E> {
    Ok((place, work.await?))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn the_first_may_end_last_and_is_still_the_first() {
        let (left, last) = (AtomicUsize::new(9), Notify::new());
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = async |number: usize| {
            most.fetch_max(1 + running.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
            match number {
                0 => last.notified().await,
                _ if left.fetch_sub(1, Ordering::Relaxed) == 1 => last.notify_one(),
                _ => tokio::task::yield_now().await,
            }
            running.fetch_sub(1, Ordering::Relaxed);
            Ok::<_, ()>(number)
        };
        let ended = all(3, (0..10).map(one).collect()).await;
        assert_eq!(ended, Ok((0..10).collect()));
        assert_eq!(most.into_inner(), 3);
    }

    #[tokio::test]
    async fn one_that_fails_fails_all() {
        let one = async |number: usize| if number == 4 { Err(number) } else { Ok(()) };
        assert_eq!(all(2, (0..9).map(one).collect()).await, Err(4));
        assert_eq!(all(2, (0..3).map(one).collect()).await, Ok(vec![(), (), ()]));
    }
}
