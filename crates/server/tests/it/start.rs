//! Starting and stopping.

use std::net::TcpListener;

use domain::Kind;
use server::Held;

use super::bench::{Bench, config};

#[tokio::test]
async fn a_second_server_on_a_data_directory_names_the_first() {
    let bench = Bench::start().await;
    let held = server::holder(bench.folder.path()).unwrap();
    let Held::By(holder) = held else { panic!("{held:?}") };
    assert_eq!((holder.pid, holder.url), (std::process::id(), bench.server.url()));
    let fault = server::start(config(bench.folder.path())).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Conflict);
    let who = format!("in use by process {} at {}", std::process::id(), bench.server.url());
    assert!(fault.message().contains(&who), "{}", fault.message());
    assert!(fault.hint_text().unwrap().contains("MODELDEX_URL"));

    bench.server.stop().await;
    assert_eq!(server::holder(bench.folder.path()).unwrap(), Held::Free);
    server::start(config(bench.folder.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.listen = taken.local_addr().unwrap();
    let fault = server::start(config).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Unavailable);
    let port = taken.local_addr().unwrap();
    assert!(fault.chain().contains(&format!("cannot listen on `{port}`")), "{}", fault.chain());
    assert!(fault.hint_text().unwrap().contains("--listen"));
    // The directory is free again: nothing of the failed start stays.
    assert_eq!(server::holder(folder.path()).unwrap(), Held::Free);
}

#[tokio::test]
async fn the_network_is_let_in_with_a_token_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = config(folder.path());
    open.listen = "0.0.0.0:0".parse().unwrap();
    let fault = server::start(open.clone()).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Denied);
    open.token = Some("secret".into());
    server::start(open).await.unwrap().stop().await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let fault = server::start(config(&file)).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Unavailable);
    assert!(fault.chain().contains("file"), "{}", fault.chain());

    let mut other = config(folder.path());
    other.database_url = Some("mysql://h/d".into());
    let fault = server::start(other).await.err().unwrap();
    assert!(fault.chain().contains("mysql"), "{}", fault.chain());
}
