//! An import that is killed anywhere, and run again, ends like one that was not.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use catalog::VersionRecord;
use import::Imported;
use testkit::{Fault, LoopbackHub, tiny_encoder};

use crate::{Home, ID, check_files, hub, job};

/// What an import left, in a form to compare: the model, and its versions.
async fn left(home: &Home, imported: Imported) -> (Imported, Vec<VersionRecord>) {
    let versions = home.versions("tiny").await;
    check_files(home, &versions[0], &tiny_encoder(1)).await;
    (imported, versions)
}

async fn undisturbed(hub: &LoopbackHub) -> (Imported, Vec<VersionRecord>) {
    let home = Home::new();
    let imported = home.import(&job(ID, hub)).await.unwrap();
    left(&home, imported).await
}

#[tokio::test]
async fn killed_at_any_request_it_ends_like_an_undisturbed_one() {
    let hub = hub().await;
    let wanted = undisturbed(&hub).await;
    let mut paths: Vec<String> = hub.seen().into_iter().map(|seen| seen.path).collect();
    paths.iter_mut().for_each(|path| path.truncate(path.find('?').unwrap_or(path.len())));
    let mut stalls = 0;
    for path in &paths {
        for fault in [Fault::Silence, Fault::Stall(1)] {
            // What is no file has no body to stall in.
            if path.starts_with("/api/") && fault != Fault::Silence {
                continue;
            }
            if path.contains("/model.safetensors") && fault != Fault::Silence {
                continue;
            }
            let (home, asked) = (Home::new(), job(ID, &hub));
            hub.plan(path, fault.clone());
            stalls += 1;
            let (opened, context) = (home.open().await, home.context("job-1"));
            tokio::select! {
                _ = opened.import(&asked, &context, home.network()) => panic!("{path} stalls"),
                () = hub.stalled(stalls) => {}
            }
            assert!(home.versions("tiny").await.is_empty(), "nothing is half visible");
            let imported = home.import(&asked).await.unwrap();
            assert_eq!(left(&home, imported).await, wanted, "{path} {fault:?}");
        }
    }
    assert!(stalls >= 10, "{paths:?}");
}

/// Ends after so many polls, as if the process had been killed there.
struct Mortal<F> {
    future: Pin<Box<F>>,
    polls_left: u32,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        self.future.as_mut().poll(polling).map(Some)
    }
}

/// Runs in a runtime of its own, which waits for its threads before it is gone.
fn import_with_polls(home: &Home, asked: &import::Job, polls_left: u32) -> Option<Imported> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (opened, context) = (home.open().await, home.context("job-1"));
        let importing = opened.import(asked, &context, home.network());
        Mortal { future: Box::pin(importing), polls_left }.await.map(Result::unwrap)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_over_and_over_it_ends_like_an_undisturbed_one() {
    let hub = hub().await;
    let wanted = undisturbed(&hub).await;
    let home = Arc::new(Home::new());
    let asked = job(ID, &hub);
    let mut kills = 0;
    let imported = loop {
        let (inner, asked) = (Arc::clone(&home), asked.clone());
        let running = move || import_with_polls(&inner, &asked, 1 + kills);
        match tokio::task::spawn_blocking(running).await.unwrap() {
            Some(imported) => break imported,
            None => kills += 1,
        }
        let versions = home.versions("tiny").await;
        assert!(versions.len() <= 1, "one version, at most");
        for version in &versions {
            check_files(&home, version, &tiny_encoder(1)).await;
        }
    };
    assert!(kills > 10, "it was killed {kills} times");
    assert_eq!(left(&home, imported).await, wanted);
}
