//! What a provider of hosted models lists.

use domain::{Fault, Kind};
use hub::{HubOptions, Provider};

use crate::Bench;

impl Bench {
    fn provider(&self, path: &str) -> Provider {
        let url = format!("{}{path}", self.hub.url());
        Provider::new(HubOptions { url, token: None, network: self.network() }).unwrap()
    }
}

#[tokio::test]
async fn every_part_is_listed_and_each_model_once() {
    let bench = Bench::new().await;
    for id in ["big-1", "org/small", "big-1", "a:free", "x\ny", "z"] {
        bench.hub.host(id);
    }
    for path in ["", "/", "/v1", "/v1/"] {
        let page = bench.provider(path).models().await.unwrap();
        let ids: Vec<&str> = page.listings.iter().map(|listing| listing.id.as_str()).collect();
        assert_eq!(ids, ["big-1", "org/small", "a:free", "z"], "{path}");
        assert_eq!(page.listings[0].owner.as_deref(), Some("acme"));
        assert_eq!(page.listings[0].created_ms, Some(1_700_000_000_000));
        assert_eq!(page.dropped, 2);
    }
}

#[tokio::test]
async fn what_is_no_provider_says_so() {
    let check = async |fault: testkit::Fault, kind: Kind, why: &str| {
        let bench = Bench::new().await;
        bench.hub.plan("/v1/models", fault);
        let fault = Fault::from(bench.provider("/v1").models().await.unwrap_err());
        assert_eq!(fault.kind(), kind);
        assert!(fault.message().contains(why), "{}", fault.message());
    };
    check(testkit::Fault::Garbage, Kind::Invalid, "expected value").await;
    check(testkit::Fault::Status(401, None), Kind::Unauthenticated, "only with a token").await;
    check(testkit::Fault::Status(404, None), Kind::Invalid, "answers 404").await;
    let away = "http://10.0.0.1/v1/models".to_owned();
    check(testkit::Fault::Redirect(away), Kind::Denied, "not an address").await;
    let bench = Bench::new().await;
    let fault = Fault::from(bench.provider("/api").models().await.unwrap_err());
    assert!(fault.message().contains("no list `data`"), "{}", fault.message());
}
