//! Hubs that break, lie, or are busy: what passes is tried again, the rest has its sentence.

use std::time::Duration;

use hub::{Network, Source};
use testkit::Fault;

use crate::{Bench, fetch, find, read, shown};

const WEIGHTS: &str = "model.safetensors";

#[tokio::test]
async fn what_may_pass_is_asked_again_with_growing_pauses() {
    let check = async |faults: &[Fault], pauses: &[u128]| {
        let bench = Bench::new().await;
        for fault in faults {
            bench.hub.plan("/resolve/", fault.clone());
        }
        assert_eq!(
            fetch(&bench.source(), "README.md").await.unwrap(),
            testkit::tiny_encoder(1)["README.md"]
        );
        assert_eq!(bench.pauses_ms(), pauses, "{faults:?}");
    };
    check(&[Fault::Status(503, None)], &[1_000]).await;
    check(&[Fault::Status(500, None), Fault::Status(502, None)], &[1_000, 2_000]).await;
    check(&[Fault::Status(429, Some(7))], &[7_000]).await;
    check(&[Fault::Status(429, None)], &[1_000]).await;
    check(&[Fault::Status(503, Some(3)), Fault::Status(408, None)], &[3_000, 2_000]).await;
}

#[tokio::test]
async fn a_hub_that_stays_away_or_busy_is_given_up() {
    let check = async |fault: Fault, times: usize, sentence: &str, hint: &str| {
        let bench = Bench::new().await;
        for _ in 0..times {
            bench.hub.plan("/api/", fault.clone());
        }
        let error = bench.source().resolve(None).await.unwrap_err();
        let (message, hinted) = shown(error);
        let sentence = sentence.replace("HUB", &bench.hub.url());
        assert_eq!(message, sentence);
        assert!(hinted.contains(hint), "{hinted}");
        assert_eq!(bench.hub.seen().len(), times, "asked as often as was planned");
    };
    let what = "the files of `acme/tiny`";
    let away = format!("`HUB` answers 503 for {what}");
    check(Fault::Status(503, None), 3, &away, "run it again").await;
    let busy = format!("`HUB` does not serve {what}: too many requests");
    check(Fault::Status(429, None), 3, &busy, "with a token").await;
    check(Fault::Status(429, Some(3_600)), 1, &busy, "try again in 3600 s").await;
    let wrong = format!("`HUB` answers 400 for {what}");
    check(Fault::Status(400, None), 1, &wrong, "run it again").await;
    let garbage =
        format!("`HUB` does not answer like a hub for {what}: expected value at line 1 column 1");
    check(Fault::Garbage, 1, &garbage, "--hub-url").await;
}

#[tokio::test]
async fn a_body_that_is_not_as_listed_is_an_error() {
    let check = async |fault: Fault, may_pass: bool, sentence: &str| {
        let bench = Bench::new().await;
        bench.hub.plan("/cdn/", fault);
        let error = fetch(&bench.source(), WEIGHTS).await.unwrap_err();
        assert_eq!(error.may_pass(), may_pass, "{error}");
        let (message, _) = shown(error);
        assert!(message.contains(sentence), "{message}");
    };
    check(Fault::Cut(3_000), true, "cannot fetch `model.safetensors` of `acme/tiny` from").await;
    check(Fault::Longer(5), false, "bytes, but").await;
    check(Fault::Overrun(5), false, "`model.safetensors` of `acme/tiny` has").await;
}

#[tokio::test]
async fn a_silent_hub_is_not_waited_for_forever() {
    let bench = Bench::new().await;
    let (revision, file) = find(&bench.source(), WEIGHTS).await;
    let silence = Duration::from_millis(500);
    let network = Network { silence, attempts: 1, ..bench.network() };
    let source = bench.source_with(crate::ID, None, network);
    bench.hub.plan("/resolve/", Fault::Silence);
    let error = source.open(&revision, &file, None).await.unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("nothing came for"), "{error}");
    bench.hub.plan("/cdn/", Fault::Stall(2_000));
    let opened = source.open(&revision, &file, None).await.unwrap();
    let error = read(opened).await.unwrap_err();
    assert!(error.to_string().contains("nothing came for"), "{error}");
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_named_with_the_cause() {
    let bench = Bench::new().await;
    let url = bench.hub.url();
    let source = bench.source();
    drop(bench);
    let (message, hint) = shown(source.resolve(None).await.unwrap_err());
    let sentence = format!("cannot fetch the files of `acme/tiny` from `{url}`: ");
    assert!(message.starts_with(&sentence), "{message}");
    assert!(message.contains("onnection refused") && hint.contains("run it again"), "{message}");
}

#[tokio::test]
async fn a_huge_listing_is_refused() {
    let bench = Bench::new().await;
    let many = (0..20_001).map(|number| (format!("{number}.json"), Vec::new())).collect();
    bench.hub.put("acme/huge", &many);
    let error = bench.source_of("acme/huge", None).resolve(None).await.unwrap_err();
    assert!(error.to_string().ends_with("lists more than 20000 files"), "{error}");
}
