//! The OpenAPI document is a file of the repository: a changed route shows as a changed file.

use std::path::Path;

use super::bench::Bench;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");

#[test]
fn the_reference_is_what_the_routes_say() {
    let mut text = server::open_api().to_pretty_json().unwrap();
    text.push('\n');
    let known = std::fs::read_to_string(PATH).unwrap_or_default();
    if known == text {
        return;
    }
    let path = Path::new(PATH);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    panic!("docs/reference/openapi.json was stale and is written anew: look at it and commit it");
}

#[tokio::test]
async fn a_server_tells_its_document() {
    let bench = Bench::start().await;
    let document = bench.get("/api/v1/openapi.json").await.body;
    assert_eq!(document, serde_json::to_value(server::open_api()).unwrap());
    // Every operation says something, and every refusal has the one envelope.
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let schema = &answer["content"]["application/json"]["schema"]["$ref"];
                let envelope = schema == "#/components/schemas/ErrorEnvelope";
                assert_eq!(status.starts_with('4'), envelope, "{method} {path} {status}");
            }
        }
    }
}
