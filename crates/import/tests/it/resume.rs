//! A second attempt fetches what is missing, of the same revision, and nothing twice.

use std::time::Duration;

use domain::Kind;
use import::Job;
use testkit::{Fault, LoopbackHub, tiny_encoder};

use crate::{Home, ID, WEIGHTS, check_files, hub, job};

/// How much of the weights is here when an import is killed.
const BEGUN: u64 = 4_096;

/// Runs an import until its weights stall and what came of them is written, and drops it.
async fn kill_in_weights(home: &Home, hub: &LoopbackHub, asked: &Job) {
    hub.plan("/cdn/", Fault::Stall(BEGUN));
    let (opened, context) = (home.open().await, home.context("job-1"));
    let half = context.scratch().join("half").join(WEIGHTS);
    let written = async {
        while std::fs::metadata(&half).map_or(0, |half| half.len()) < BEGUN {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = opened.import(asked, &context, home.network()) => panic!("it stalls"),
        written = tokio::time::timeout(Duration::from_secs(60), written) => written.unwrap(),
    }
}

#[tokio::test]
async fn a_cut_file_goes_on_where_it_stopped() {
    let (hub, home) = (hub().await, Home::new());
    hub.plan("/cdn/", Fault::Cut(BEGUN));
    home.import(&job(ID, &hub)).await.unwrap();
    let size = tiny_encoder(1)[WEIGHTS].len() as u64;
    assert_eq!(hub.bytes_served(WEIGHTS), size, "no byte went twice");
    let seen = hub.seen();
    let resumed = seen.iter().find(|seen| seen.range.is_some()).unwrap();
    assert_eq!(resumed.range.as_deref(), Some("bytes=4096-"));
    assert!(resumed.if_range.as_deref().unwrap().starts_with("\"cdn-"));
}

#[tokio::test]
async fn a_killed_import_goes_on_where_it_stopped() {
    let (hub, home) = (hub().await, Home::new());
    let asked = job(ID, &hub);
    kill_in_weights(&home, &hub, &asked).await;
    home.import(&asked).await.unwrap();
    let size = tiny_encoder(1)[WEIGHTS].len() as u64;
    assert_eq!(hub.bytes_served(WEIGHTS), size, "no byte went twice");
    assert_eq!(hub.bytes_served("config.json"), tiny_encoder(1)["config.json"].len() as u64);
    check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(1)).await;
}

#[tokio::test]
async fn a_second_attempt_keeps_the_revision_of_the_first() {
    let (hub, home) = (hub().await, Home::new());
    let asked = job(ID, &hub);
    kill_in_weights(&home, &hub, &asked).await;
    hub.put(ID, &tiny_encoder(2));
    home.import(&asked).await.unwrap();
    check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(1)).await;
    home.import_as("job-2", &asked).await.unwrap();
    check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(2)).await;
}

#[tokio::test]
async fn a_cancelled_import_stops_in_the_middle_of_silence_and_can_go_on() {
    let (hub, home) = (hub().await, Home::new());
    hub.plan("/cdn/", Fault::Stall(BEGUN));
    let (context, asked) = (home.context("job-1"), job(ID, &hub));
    let opened = home.open().await;
    let cancel = async {
        hub.stalled(1).await;
        context.cancel();
    };
    let (done, ()) = tokio::join!(opened.import(&asked, &context, home.network()), cancel);
    assert_eq!(done.unwrap_err().to_string(), "the import was cancelled");
    assert!(home.versions("tiny").await.is_empty());
    home.import(&asked).await.unwrap();
}

#[tokio::test]
async fn two_attempts_do_not_work_in_one_folder() {
    let (hub, home) = (hub().await, Home::new());
    hub.plan("/cdn/", Fault::Stall(BEGUN));
    let (context, asked) = (home.context("job-1"), job(ID, &hub));
    let opened = home.open().await;
    let second = async {
        hub.stalled(1).await;
        home.import(&asked).await.unwrap_err()
    };
    let fault = tokio::select! {
        _ = opened.import(&asked, &context, home.network()) => panic!("it stalls"),
        fault = second => fault,
    };
    assert!(fault.message().starts_with("another attempt is still at work"), "{fault}");
    assert_eq!(fault.kind(), Kind::Busy);
}

#[tokio::test]
async fn a_job_that_ran_to_its_end_makes_no_second_version() {
    let (hub, home) = (hub().await, Home::new());
    let first = home.import(&job(ID, &hub)).await.unwrap();
    hub.put(ID, &tiny_encoder(2));
    assert_eq!(home.import(&job(ID, &hub)).await.unwrap(), first);
    assert_eq!(home.versions("tiny").await.len(), 1);
}

#[tokio::test]
async fn damage_to_what_is_half_here_is_found() {
    let (hub, home) = (hub().await, Home::new());
    let asked = job(ID, &hub);
    kill_in_weights(&home, &hub, &asked).await;
    let half = home.context("job-1").scratch().join("half").join(WEIGHTS);
    let mut bytes = std::fs::read(&half).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&half, bytes).unwrap();
    home.import(&asked).await.unwrap();
    check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(1)).await;
}
