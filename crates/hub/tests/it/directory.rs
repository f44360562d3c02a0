//! Listing a hub: pages in order, hostile listings, and each way in which a hub fails.

use domain::Kind;
use hub::{Directory, HubListing, HubOptions, ListingOrder, ListingPage, ListingQuery, Token};
use serde_json::json;
use testkit::{Access, Fault, LoopbackHub};

use crate::Bench;

fn query(page: usize) -> ListingQuery {
    ListingQuery { page, ..ListingQuery::default() }
}

impl Bench {
    /// A hub that lists `count` models and nothing else.
    async fn listing(count: usize) -> Self {
        let bench = Self { hub: LoopbackHub::start().await, pauses: Default::default() };
        bench.hub.list_made(7, count);
        bench
    }

    fn directory(&self, token: Option<&str>) -> Directory {
        let (url, token) = (self.hub.url(), token.and_then(Token::new));
        Directory::new(HubOptions { url, token, network: self.network() }).unwrap()
    }

    async fn all(&self, query: &ListingQuery) -> hub::Result<Vec<ListingPage>> {
        let mut pages = self.directory(None).pages(query);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            all.push(page);
        }
        Ok(all)
    }

    async fn ids(&self, query: &ListingQuery) -> Vec<String> {
        let pages = self.all(query).await.unwrap();
        pages.into_iter().flat_map(|page| page.listings).map(|listing| listing.id).collect()
    }
}

fn made(index: usize) -> String {
    format!("maker-{}/model-{index}", index % 997)
}

#[tokio::test]
async fn pages_follow_one_another_to_the_end() {
    let bench = Bench::listing(25).await;
    let pages = bench.all(&query(10)).await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.listings.len()).collect();
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(bench.ids(&query(10)).await, (0..25).map(made).collect::<Vec<_>>());
    let first: &HubListing = &pages[0].listings[0];
    assert_eq!(first.modified_ms, Some(1_704_067_200_000));
    assert_eq!(first.parameters, Some(1_000_000));
    assert!(first.commit.is_some() && first.card.is_some() && first.gated);
    assert_eq!(bench.pauses_ms(), [] as [u128; 0]);
}

#[tokio::test]
async fn a_listing_goes_on_at_every_page() {
    let bench = Bench::listing(25).await;
    let directory = bench.directory(None);
    let whole = bench.ids(&query(4)).await;
    let mut pages = directory.pages(&query(4));
    let mut before = 0;
    while let Some(page) = pages.next().await.unwrap() {
        before += page.listings.len();
        let Some(next) = page.next else { break };
        let mut rest = Vec::new();
        let mut resumed = directory.pages_from(&next, 4).unwrap();
        while let Some(page) = resumed.next().await.unwrap() {
            rest.extend(page.listings.into_iter().map(|listing| listing.id));
        }
        assert_eq!(rest, whole[before..]);
    }
    assert_eq!(before, 25);
    for elsewhere in ["http://10.0.0.1/api/models?cursor=1", "/api/models", ""] {
        let error = directory.pages_from(elsewhere, 4).err().unwrap().to_string();
        assert!(error.ends_with("the next page is elsewhere"), "{error}");
    }
}

#[tokio::test]
async fn filters_are_the_hubs_own() {
    let bench = Bench::listing(300).await;
    let all = ListingQuery::default();
    let check = async |query: ListingQuery, wanted: &dyn Fn(&HubListing) -> bool| {
        let every: Vec<HubListing> = bench.all(&all).await.unwrap().remove(0).listings;
        let wanted: Vec<_> = every.iter().filter(|one| wanted(one)).map(|one| &one.id).collect();
        assert!(!wanted.is_empty() && wanted.len() < 300);
        assert_eq!(bench.ids(&query).await.iter().collect::<Vec<_>>(), wanted, "{query:?}");
    };
    let some = |text: &str| Some(text.to_owned());
    let query = ListingQuery { author: some("maker-7"), ..all.clone() };
    check(query, &|one| one.author.as_deref() == Some("maker-7")).await;
    let query = ListingQuery { task: some("fill-mask"), ..all.clone() };
    check(query, &|one| one.task.as_deref() == Some("fill-mask")).await;
    let query =
        ListingQuery { library: some("gguf"), tags: vec!["license:mit".to_owned()], ..all.clone() };
    let has = |one: &HubListing, tag: &str| one.tags.iter().any(|one| one == tag);
    check(query, &|one| has(one, "gguf") && has(one, "license:mit")).await;
    let query = ListingQuery { search: some("MODEL-12"), ..all.clone() };
    check(query, &|one| one.id.contains("model-12")).await;
    let query = ListingQuery { order: ListingOrder::Downloads, ..all.clone() };
    let by_downloads = bench.all(&query).await.unwrap().remove(0).listings;
    assert!(by_downloads.is_sorted_by(|a, b| a.downloads >= b.downloads));
}

#[tokio::test]
async fn hostile_listings_are_dropped_with_a_reason() {
    let bench = Bench::listing(3).await;
    bench.hub.put("acme/secret", &testkit::tiny_encoder(1));
    bench.hub.set_access("acme/secret", Access::Private("hf_right".to_owned()));
    for listing in [
        json!({ "id": "../../etc/passwd" }),
        json!({ "id": "acme/<img src=x>" }),
        json!({ "id": 7 }),
        json!("acme/tiny"),
        json!({ "id": "acme/off", "disabled": true }),
        json!({ "id": "acme/odd", "tags": ["a\u{202e}b", {}, "fine"], "downloads": -3 }),
    ] {
        bench.hub.list(listing);
    }
    let page = bench.all(&ListingQuery::default()).await.unwrap().remove(0);
    let ids: Vec<&str> = page.listings.iter().map(|listing| listing.id.as_str()).collect();
    assert_eq!(ids, ["acme/odd", &made(0), &made(1), &made(2)]);
    assert_eq!(page.listings[0].tags, ["fine"]);
    assert_eq!(page.values_dropped, 2);
    let dropped: Vec<_> = page.dropped.into_iter().collect();
    let wanted = [("it is private", 1), ("its id is none", 4), ("the hub has disabled it", 1)];
    assert_eq!(dropped, wanted);
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let check = async |faults: &[Fault], pauses: &[u128]| {
        let bench = Bench::listing(25).await;
        let whole = bench.ids(&query(10)).await;
        for fault in faults {
            bench.hub.plan("/api/models", fault.clone());
        }
        assert_eq!(bench.ids(&query(10)).await, whole, "{faults:?}");
        assert_eq!(bench.pauses_ms(), pauses, "{faults:?}");
    };
    check(&[Fault::Cut(1_000)], &[1_000]).await;
    check(&[Fault::Cut(0), Fault::Cut(5)], &[1_000, 2_000]).await;
    check(&[Fault::Status(500, None)], &[1_000]).await;
    check(&[Fault::Status(429, Some(7))], &[7_000]).await;
    check(&[Fault::StatusUntil(429, 83)], &[83_000]).await;
    check(&[Fault::StatusUntil(503, 0)], &[0]).await;
    // A page of 10 MB is asked for in smaller ones.
    check(&[Fault::Padded(10_000_000)], &[]).await;
    // The hub is left alone before it has to say so.
    check(&[Fault::RateLimit(0, 7)], &[7_000]).await;
    check(&[Fault::RateLimit(400, 7), Fault::RateLimit(4, 50)], &[10_000]).await;
}

#[tokio::test]
async fn what_does_not_pass_is_an_error() {
    let check = async |fault: Fault, kind: Kind, why: &str| {
        let bench = Bench::listing(25).await;
        for _ in 0..9 {
            bench.hub.plan("/api/models", fault.clone());
        }
        let error = domain::Fault::from(bench.all(&query(10)).await.unwrap_err());
        assert_eq!(error.kind(), kind, "{error:?}");
        let message = error.chain();
        assert!(message.contains(why) && message.contains("the list of models"), "{message}");
    };
    check(Fault::Status(500, None), Kind::Unavailable, "answers 500").await;
    check(Fault::Cut(9), Kind::Unavailable, "cannot fetch").await;
    check(Fault::Status(429, Some(9_999)), Kind::Busy, "too many requests").await;
    check(Fault::StatusUntil(429, 9_999), Kind::Busy, "too many requests").await;
    check(Fault::Status(401, None), Kind::Unauthenticated, "only with a token").await;
    check(Fault::Status(404, None), Kind::Invalid, "answers 404").await;
    check(Fault::Garbage, Kind::Invalid, "expected value").await;
    check(Fault::SamePage, Kind::Invalid, "no end").await;
    let private = "http://169.254.169.254/latest".to_owned();
    check(Fault::Redirect(private), Kind::Denied, "not an address").await;
}

#[tokio::test]
async fn a_listing_that_alone_is_too_long_is_dropped() {
    let bench = Bench::listing(3).await;
    for _ in 0..5 {
        bench.hub.plan("/api/models", Fault::Padded(10_000_000));
    }
    let pages = bench.all(&query(500)).await.unwrap();
    assert_eq!(pages[0].dropped["its listing is longer than 8 MiB"], 1);
    let rest: Vec<_> = pages.iter().flat_map(|page| &page.listings).map(|one| &one.id).collect();
    assert_eq!(rest, [&made(1), &made(2)]);
}
