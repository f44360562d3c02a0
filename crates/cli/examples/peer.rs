//! A foreign server of models, for the tests of what serves them by a command.

#[tokio::main]
async fn main() {
    testkit::peer(std::env::args().skip(1).collect()).await;
}
