//! Listing a hub with the real program: killed workers, tokens, and what is refused.

use serde_json::{Value, json};
use testkit::LoopbackHub;

use super::bench::{Bench, get, signal, wait_for};

const COUNT: usize = 1_500;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_goes_on_after_the_last_page() {
    let hub = LoopbackHub::start().await;
    hub.list_made(3, COUNT);
    hub.page_max(5);
    let (bench, url) = (Bench::new(), hub.url());
    tokio::task::spawn_blocking(move || {
        let up = bench.up(&[]);
        let job = bench.json(&["sync", "hub", "--from", &url, "--detach"]);
        let id = job["id"].as_str().unwrap().to_owned();
        let killed = wait_for(|| {
            let shown = get(&format!("{}/api/v1/jobs/{id}", up.url));
            let done = shown["progress"]["done"].as_u64().unwrap_or(0);
            let workers = bench.workers_of(&id);
            let over = shown["state"] == "succeeded";
            (over || done >= 100 && !workers.is_empty()).then_some(workers)
        });
        killed.iter().for_each(|pid| signal(*pid, "KILL"));
        let ended = bench.finished(&id);
        assert_eq!(ended["state"], "succeeded", "{ended}");
        assert!(!killed.is_empty() && ended["attempt"] == 2, "{ended}");
        let whole =
            json!({ "listed": COUNT, "added": COUNT, "changed": 0, "gone": 0, "skipped": 0 });
        assert_eq!(ended["result"], whole);
        up.stop();
    })
    .await
    .unwrap();
    // The page in flight may be asked for twice; nothing else is.
    let asked = hub.seen().len();
    assert!(asked <= COUNT / 5 + 2, "{asked} pages were asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_says_what_it_did_and_the_next_one_stops_early() {
    let hub = LoopbackHub::start().await;
    hub.list_made(3, 40);
    hub.host("big-1");
    let (bench, url) = (Bench::new(), hub.url());
    tokio::task::spawn_blocking(move || {
        let counts = |args: &[&str]| {
            let done = bench.json(args);
            ["listed", "added", "changed", "skipped"].map(|name| done[name].as_u64().unwrap())
        };
        assert_eq!(counts(&["sync", "hub", "--from", &url]), [40, 40, 0, 0]);
        // Where it is, is known now.
        assert_eq!(counts(&["sync", "hub"])[1..], [0, 0, 0]);
        assert_eq!(counts(&["sync", "hub", "--limit", "3"]), [3, 0, 0, 0]);
        let filter = "author=maker-7,downloads=0";
        assert_eq!(counts(&["sync", "other", "--from", &url, "--filter", filter])[0], 1);
        assert_eq!(counts(&["sync", "provider", "--from", &url]), [1, 1, 0, 0]);
        let found = bench.json(&["search", "--collection", "hub", "--limit", "1"]);
        assert_eq!(found["total"], 40);
        let card = bench.json(&["show", "provider/big-1"]);
        let text = card.to_string();
        assert!(text.contains("a provider runs it: its files cannot be had"), "{text}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_the_servers_hub_goes_nowhere_else() {
    let hub = LoopbackHub::start().await;
    hub.list_made(3, 4);
    let (bench, url) = (Bench::new(), hub.url());
    let tokens = tokio::task::spawn_blocking(move || {
        for (from, token) in [(true, false), (true, true), (false, false)] {
            let mut args = vec!["sync", "hub", "--json", "--full"];
            args.extend(from.then_some(["--from", &url]).into_iter().flatten());
            args.extend(token.then_some(["--source-token", "hf_given"]).into_iter().flatten());
            let mut command = bench.command(&args);
            command.env("HF_TOKEN", "hf_own");
            if !from {
                command.env("HF_ENDPOINT", &url);
            }
            assert!(command.output().unwrap().status.success());
        }
    });
    tokens.await.unwrap();
    let seen = hub.seen().into_iter().map(|one| one.authorization);
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    assert_eq!(seen.collect::<Vec<_>>(), [None, bearer("hf_given"), bearer("hf_own")]);
}

#[test]
fn what_cannot_be_synced_says_why() {
    let bench = Bench::new();
    let check = |args: &[&str], code: i32, message: &str| {
        let ran = bench.run(&[&["sync"], args, &["--json"]].concat());
        let error: Value = serde_json::from_str(&ran.out).unwrap();
        let found = error["error"]["message"].as_str().unwrap();
        assert!(ran.code == code && found.contains(message), "{ran:?}");
    };
    check(&["hub", "--offline"], 10, "cannot list `https://huggingface.co`: the server is offline");
    check(&["curated"], 2, "`curated` is built in and lists no source");
    check(&["team"], 2, "no source is known for the collection `team`");
    check(&["provider"], 2, "no source is known for the collection `provider`");
    check(&["hub", "--filter", "maker=x"], 2, "`maker=x` is not a filter of listings");
    check(&["hub", "--kind", "ftp"], 2, "`ftp` is not a sort of source");
    check(&["a b", "--from", "http://127.0.0.1:1"], 2, "`a b` is not a collection name");
    let provider = ["provider", "--from", "http://127.0.0.1:1", "--filter", "en"];
    check(&provider, 2, "a provider lists its models without a filter");
    check(&["hub", "--from", "ftp://x"], 2, "neither `http://` nor `https://`");
}
