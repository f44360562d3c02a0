//! Hubs that break, lie, or are busy: each case ends well, or with its sentence and no version.

use domain::Kind;
use testkit::{Fault, tiny_encoder};

use crate::{Home, ID, WEIGHTS, check_files, hub, job};

#[tokio::test]
async fn what_passes_costs_only_time() {
    let check = async |path: &str, faults: &[Fault]| {
        let (hub, home) = (hub().await, Home::new());
        for fault in faults {
            hub.plan(path, fault.clone());
        }
        let imported = home.import(&job(ID, &hub)).await.unwrap();
        assert_eq!(imported.model.to_string(), "workspace/tiny@1", "{faults:?}");
        check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(1)).await;
    };
    check("/cdn/", &[Fault::Cut(5_000)]).await;
    check("/cdn/", &[Fault::Cut(0), Fault::Cut(3_000)]).await;
    check("/cdn/", &[Fault::Cut(3_000), Fault::NoRange]).await;
    check("/cdn/", &[Fault::Corrupt]).await;
    check("/README.md", &[Fault::Corrupt]).await;
    check("/tokenizer_config.json", &[Fault::Cut(1)]).await;
    check("/api/", &[Fault::Status(429, Some(60)), Fault::Status(503, None)]).await;
    check("/resolve/", &[Fault::Status(500, None), Fault::Status(504, None)]).await;
    check("/cdn/", &[Fault::Status(503, None)]).await;
}

#[tokio::test]
async fn what_does_not_pass_has_its_sentence_and_leaves_nothing_visible() {
    let check = async |path: &str, fault: Fault, kind: Kind, sentence: &str| {
        let (hub, home) = (hub().await, Home::new());
        for _ in 0..10 {
            hub.plan(path, fault.clone());
        }
        let refused = home.import(&job(ID, &hub)).await.unwrap_err();
        let message = refused.chain().replace(&hub.url(), "HUB");
        assert!(message.starts_with(sentence), "{message}\n{sentence}");
        assert_eq!(refused.kind(), kind, "{message}");
        assert!(refused.hint_text().is_some(), "{message}");
        assert!(home.versions("tiny").await.is_empty());
        // The same job again, with a hub that has come to its senses.
        hub.clear_plans();
        home.import(&job(ID, &hub)).await.unwrap();
        check_files(&home, &home.versions("tiny").await[0], &tiny_encoder(1)).await;
    };
    let weights = format!("`{WEIGHTS}` of `{ID}`");
    let size = tiny_encoder(1)[WEIGHTS].len();
    let cut = format!("cannot fetch {weights} from `http://127.0.0.1:");
    check("/cdn/", Fault::Cut(100), Kind::Unavailable, &cut).await;
    let longer = format!("{weights} has {} bytes, but {size} are listed", size + 9);
    check("/cdn/", Fault::Longer(9), Kind::Conflict, &longer).await;
    check("/cdn/", Fault::Overrun(9), Kind::Conflict, &longer).await;
    let damaged = format!("`{WEIGHTS}` of `HUB/{ID}` is damaged: its digest is `");
    check("/cdn/", Fault::Corrupt, Kind::Conflict, &damaged).await;
    let damaged = format!("`README.md` of `HUB/{ID}` is damaged: its digest is `");
    check("/README.md", Fault::Corrupt, Kind::Conflict, &damaged).await;
    let busy = format!("`HUB` does not serve `config.json` of `{ID}`: too many requests");
    check("/config.json", Fault::Status(429, Some(3_600)), Kind::Busy, &busy).await;
    check("/config.json", Fault::Status(429, Some(1)), Kind::Busy, &busy).await;
    let away = format!("`HUB` answers 503 for the files of `{ID}`");
    check("/api/", Fault::Status(503, None), Kind::Unavailable, &away).await;
    let garbage = format!("`HUB` does not answer like a hub for the files of `{ID}`: ");
    check("/api/", Fault::Garbage, Kind::Invalid, &garbage).await;
    let private = format!("`HUB` redirects {weights} to `http://192.168.1.1`, which is refused: ");
    let to = Fault::Redirect("http://192.168.1.1/weights".to_owned());
    check("/resolve/", to.clone(), Kind::Denied, "`HUB` redirects `config.json`").await;
    check("/model.safetensors", to, Kind::Denied, &private).await;
    let circle = Fault::Redirect("/a/circle".to_owned());
    let (hub, home) = (hub().await, Home::new());
    for _ in 0..10 {
        hub.plan("/config.json", circle.clone());
        hub.plan("/a/circle", circle.clone());
    }
    let refused = home.import(&job(ID, &hub)).await.unwrap_err();
    assert!(refused.message().ends_with("more than 5 redirects follow one another"), "{refused}");
}

#[tokio::test]
async fn pauses_are_those_that_the_hub_asks_for() {
    let (hub, home) = (hub().await, Home::new());
    hub.plan("/api/", Fault::Status(429, Some(42)));
    home.import(&job(ID, &hub)).await.unwrap();
    assert_eq!(*home.pauses.lock().unwrap(), [std::time::Duration::from_secs(42)]);
}
