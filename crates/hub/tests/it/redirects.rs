//! Where a hub may send us, and what goes along.

use std::net::IpAddr;
use std::sync::Arc;

use domain::Kind;
use hub::{HubOptions, HubSource, Network, Source, Token};
use testkit::Fault;

use crate::{Bench, fetch, find, shown};

#[tokio::test]
async fn the_token_goes_to_the_hub_and_to_nobody_else() {
    let bench = Bench::new().await;
    let source = bench.source_of(crate::ID, Some("hf_s3cret"));
    fetch(&source, "model.safetensors").await.unwrap();
    for seen in bench.hub.seen() {
        let wanted = (!seen.by_cdn).then(|| "Bearer hf_s3cret".to_owned());
        assert_eq!(seen.authorization, wanted, "{}", seen.path);
    }
    assert!(bench.hub.seen().iter().any(|seen| seen.by_cdn));
}

#[tokio::test]
async fn a_token_is_never_shown() {
    let token = Token::new(" hf_s3cret ");
    assert_eq!(format!("{token:?}"), "Some(Token(…))");
    let network = Network::default();
    let options = HubOptions { url: "http://127.0.0.1:1".into(), token, network };
    assert!(!format!("{options:?}").contains("s3cret"));
    assert!(Token::new(" ").is_none());
}

#[tokio::test]
async fn a_redirect_to_where_only_we_can_reach_is_refused() {
    let check = async |to: &str, why: &str| {
        let bench = Bench::new().await;
        let lookup = |host: String| {
            let address: IpAddr = match host.as_str() {
                "cdn.test" => "10.0.0.7".parse().unwrap(),
                "v6.test" => "::1".parse().unwrap(),
                _ => panic!("`{host}` is looked up"),
            };
            let found = Ok(vec!["1.1.1.1".parse().unwrap(), address]);
            Box::pin(async move { found }) as futures::future::BoxFuture<'static, _>
        };
        let network = Network { lookup: Arc::new(lookup), ..bench.network() };
        let source = bench.source_with(crate::ID, None, network);
        let (revision, file) = find(&source, "README.md").await;
        let asked = bench.hub.seen().len();
        bench.hub.plan("/resolve/", Fault::Redirect(to.to_owned()));
        let error = source.open(&revision, &file, None).await.unwrap_err();
        assert!(!error.may_pass());
        let fault = domain::Fault::from(error);
        assert_eq!(fault.kind(), Kind::Denied);
        let message = fault.message();
        assert!(message.contains("which is refused") && message.contains(why), "{message}");
        assert!(!message.contains("secret"), "signed addresses are not shown: {message}");
        assert_eq!(bench.hub.seen().len(), asked + 1, "nobody was asked");
    };
    check("http://169.254.169.254/latest/secret", "`169.254.169.254` is not an address").await;
    check("http://10.0.0.1/?key=secret", "`10.0.0.1` is not an address").await;
    check("http://[::1]:80/", "`::1` is not an address").await;
    check("http://[::ffff:10.0.0.1]/", "is not an address").await;
    check("http://2130706434/", "`127.0.0.2` is not an address").await;
    check("http://cdn.test/weights", "`10.0.0.7` is not an address").await;
    check("http://v6.test/weights", "`::1` is not an address").await;
    check("file:///etc/passwd", "only `http` and `https`").await;
    check("http://", "the address is none").await;
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let bench = Bench::new().await;
    let source = bench.source();
    let (revision, file) = find(&source, "README.md").await;
    for _ in 0..10 {
        let to = format!("/{}/resolve/{revision}/README.md", crate::ID);
        bench.hub.plan("/resolve/", Fault::Redirect(to));
    }
    let (message, _) = shown(source.open(&revision, &file, None).await.unwrap_err());
    assert!(message.ends_with("more than 5 redirects follow one another"), "{message}");
}

#[tokio::test]
async fn a_renamed_model_is_found() {
    let bench = Bench::new().await;
    let to = format!("/api/models/{}/revision/main?blobs=true", crate::ID);
    bench.hub.plan("/api/models/acme/old", Fault::Redirect(to));
    let resolved = bench.source_of("acme/old", None).resolve(None).await.unwrap();
    assert_eq!(resolved.files.len(), 5);
}

#[tokio::test]
async fn a_public_hub_may_not_become_private() {
    // The name of the hub means a public address first; then it is pointed at this machine.
    let first = std::sync::atomic::AtomicBool::new(true);
    let lookup = move |_| {
        let public = first.swap(false, std::sync::atomic::Ordering::SeqCst);
        let address = if public { "192.88.99.1" } else { "127.0.0.1" };
        let found = Ok(vec![address.parse().unwrap()]);
        Box::pin(async move { found }) as futures::future::BoxFuture<'static, _>
    };
    let bench = Bench::new().await;
    let connect = std::time::Duration::from_millis(50);
    let network = Network { lookup: Arc::new(lookup), connect, ..bench.network() };
    let port = bench.hub.url().rsplit(':').next().unwrap().to_owned();
    let options = HubOptions { url: format!("http://hub.test:{port}"), token: None, network };
    let source = HubSource::new(crate::ID, options).unwrap();
    let (message, _) = shown(source.resolve(None).await.unwrap_err());
    assert!(message.contains("`127.0.0.1` is not an address"), "{message}");
    assert!(bench.hub.seen().is_empty());
}
