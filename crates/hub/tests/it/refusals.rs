//! Models that are absent, private, gated; and the hint for each.

use domain::{Fault, Kind};
use hub::{HubSource, Source};
use testkit::{Access, tiny_encoder};

use crate::{Bench, ID, fetch};

async fn check(bench: &Bench, error: hub::Error, wanted: (Kind, &str, &str)) {
    let fault = Fault::from(error);
    let (kind, sentence, hint) = wanted;
    assert_eq!(fault.message(), sentence.replace("HUB", &bench.hub.url()));
    assert_eq!(fault.kind(), kind);
    let hinted = fault.hint_text().unwrap_or_default();
    assert!(hinted.contains(hint), "{hinted}");
}

async fn resolve_error(source: HubSource, revision: Option<&str>) -> hub::Error {
    source.resolve(revision).await.unwrap_err()
}

#[tokio::test]
async fn an_absent_model_is_not_found_and_near_ones_are_named() {
    let bench = Bench::new().await;
    let error = resolve_error(bench.source_of("someone/tiny", None), None).await;
    let sentence = "there is no model `someone/tiny` on `HUB`, or it is private";
    check(&bench, error, (Kind::NotFound, sentence, "did you mean `acme/tiny`?")).await;
    let error = resolve_error(bench.source_of("someone/else", None), None).await;
    let sentence = "there is no model `someone/else` on `HUB`, or it is private";
    check(&bench, error, (Kind::NotFound, sentence, "HF_TOKEN")).await;
}

#[tokio::test]
async fn an_absent_revision_is_not_found_and_others_are_named() {
    let bench = Bench::new().await;
    let error = resolve_error(bench.source(), Some("refs/pr/9")).await;
    let sentence = "`acme/tiny` has no revision `refs/pr/9`";
    check(&bench, error, (Kind::NotFound, sentence, "there are `main`")).await;
    let asked = &bench.hub.seen()[0].path;
    assert!(asked.contains("/revision/refs%2Fpr%2F9?"), "in one part: {asked}");
}

#[tokio::test]
async fn a_private_model_opens_with_its_token_alone() {
    let bench = Bench::new().await;
    bench.hub.set_access(ID, Access::Private("hf_right".to_owned()));
    let hidden = "there is no model `acme/tiny` on `HUB`, or it is private";
    let error = resolve_error(bench.source(), None).await;
    check(&bench, error, (Kind::NotFound, hidden, "HF_TOKEN")).await;
    let error = resolve_error(bench.source_of(ID, Some("hf_wrong")), None).await;
    let sentence = "`HUB` does not accept the token";
    check(&bench, error, (Kind::Unauthenticated, sentence, "check the token")).await;
    let source = bench.source_of(ID, Some("hf_right"));
    assert_eq!(fetch(&source, "README.md").await.unwrap(), tiny_encoder(1)["README.md"]);
}

#[tokio::test]
async fn a_gated_model_says_where_its_terms_are() {
    let bench = Bench::new().await;
    bench.hub.set_access(ID, Access::Gated("hf_right".to_owned()));
    let sentence = "`acme/tiny` is gated on `HUB`";
    let error = fetch(&bench.source(), "README.md").await.unwrap_err();
    let hint = "then import again with a token in `HF_TOKEN`";
    check(&bench, error, (Kind::Unauthenticated, sentence, hint)).await;
    let other = bench.source_of(ID, Some("hf_other"));
    let error = fetch(&other, "README.md").await.unwrap_err();
    let hint = "/acme/tiny with the account of the token";
    check(&bench, error, (Kind::Denied, sentence, hint)).await;
    fetch(&bench.source_of(ID, Some("hf_right")), "model.safetensors").await.unwrap();
}

#[tokio::test]
async fn names_that_reach_out_of_the_folder_are_kept_apart() {
    let bench = Bench::new().await;
    let mut files = tiny_encoder(1);
    files.insert("../../etc/passwd".to_owned(), b"root".to_vec());
    files.insert("a:b".to_owned(), b"x".to_vec());
    bench.hub.put("acme/evil", &files);
    let resolved = bench.source_of("acme/evil", None).resolve(None).await.unwrap();
    assert_eq!(resolved.files.len(), 5);
    let odd: Vec<_> = resolved.odd.iter().map(|odd| (odd.path.as_str(), odd.hostile)).collect();
    assert_eq!(odd, [("../../etc/passwd", true), ("a:b", false)]);
}
