//! Adapters as records: deployed, listed, loaded, unloaded and refused.

use serde_json::{Value, json};

use super::bench::{Answer, Bench, config};

/// A server with a model that writes text and adapters of it and of another.
async fn bench() -> Bench {
    let bench = Bench::start().await;
    bench.add_model("base", "decoder/llama").await;
    bench.add_model("poet", "adapters/llama-all").await;
    bench.add_model("pirate", "adapters/llama-patterns").await;
    bench.add_model("stranger", "adapters/phi3-fused").await;
    bench.add_model("mood", "parity/bert-classification").await;
    bench
}

async fn deploy(bench: &Bench, model: &str, endpoint: &str, adapters: Value) -> Answer {
    let request = json!({ "model": model, "endpoint": endpoint, "adapters": adapters });
    bench.post("/api/v1/deployments", request).await
}

/// Returns ids, parents and roots of all models.
async fn listed(bench: &Bench) -> Vec<[Value; 3]> {
    let answer = bench.get("/v1/models").await;
    let models = answer.body["data"].as_array().unwrap().clone();
    models.iter().map(|one| ["id", "parent", "root"].map(|field| one[field].clone())).collect()
}

#[tokio::test]
async fn adapters_are_listed_under_their_base_and_stay_over_a_restart() {
    let bench = bench().await;
    let adapters = json!({ "poet": "workspace/poet", "pirate": "workspace/pirate@1" });
    let deployed = deploy(&bench, "workspace/base", "chat", adapters).await;
    assert_eq!(deployed.status, 200, "{deployed:?}");
    let options = &deployed.body["deployments"][0]["options"];
    assert_eq!(options["adapters"]["poet"], "workspace/poet@1", "a fixed version");
    let model = |id: &str, parent: Value, root: &str| [json!(id), parent, json!(root)];
    let expected = [
        model("chat", Value::Null, "workspace/base@1"),
        model("chat:pirate", json!("chat"), "workspace/pirate@1"),
        model("chat:poet", json!("chat"), "workspace/poet@1"),
    ];
    assert_eq!(listed(&bench).await, expected);
    let one = bench.get("/v1/models/chat:poet").await;
    assert_eq!((one.status, &one.body["parent"]), (200, &json!("chat")));

    let Bench { server, folder, http } = bench;
    server.stop().await;
    let server = server::start(config(folder.path())).await.unwrap();
    let bench = Bench { server, folder, http };
    assert_eq!(listed(&bench).await, expected);
}

#[tokio::test]
async fn an_unknown_adapter_is_not_found_and_the_others_are_named() {
    let bench = bench().await;
    deploy(&bench, "workspace/base", "chat", json!({ "poet": "workspace/poet" })).await;
    let check = |answer: Answer, words: &str| {
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (404, &json!("model_not_found"))
        );
        assert_eq!(answer.body["error"]["param"], "model");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    };
    for path in ["/v1/chat/completions", "/v1/completions"] {
        let ask = async |model: &str| bench.post(path, json!({ "model": model })).await;
        check(ask("chat:poem").await, "`chat` has no adapter `poem`: it has `poet`");
        check(ask("chat:").await, "`chat` has no adapter ``");
        check(ask("none:poet").await, "there is no endpoint `none`");
    }
    check(bench.get("/v1/models/chat:poem").await, "it has `poet`");
    let scored = bench.post("/endpoints/chat:poem/score", json!({ "input_data": ["x"] })).await;
    scored.refuses(404, "not_found", "it has `poet`");
}

#[tokio::test]
async fn what_does_not_go_with_the_base_is_refused() {
    let bench = bench().await;
    let refuses = async |model: &str, adapters: Value, status: u16, words: &str| {
        let answer = deploy(&bench, model, "chat", adapters).await;
        let code = answer.body["error"]["code"].clone();
        answer.refuses(status, code.as_str().unwrap(), words);
    };
    let adapter = |model: &str| json!({ "a": model });
    let base = "workspace/base";
    refuses(base, adapter("workspace/stranger"), 422, "cannot go with `workspace/base@1`").await;
    refuses(base, adapter("workspace/mood"), 422, "has no `adapter_config.json`").await;
    refuses(base, adapter("workspace/none"), 404, "no model `workspace/none`").await;
    refuses(base, adapter("../secret"), 400, "is not a collection name").await;
    refuses(base, json!({ "a b": "workspace/poet" }), 400, "is not a name").await;
    refuses("workspace/mood", adapter("workspace/poet"), 422, "adapter").await;
    refuses("workspace/poet", json!({}), 422, "it is an adapter of `tiny/llama`").await;
    assert_eq!(bench.get("/api/v1/endpoints").await.body, json!({ "endpoints": [] }));
}

#[tokio::test]
async fn adapters_come_and_go_while_the_base_serves() {
    let bench = bench().await;
    let load = async |body: Value| bench.post("/v1/load_lora_adapter", body).await;
    let unload = async |body: Value| bench.post("/v1/unload_lora_adapter", body).await;
    let refused = |answer: Answer, status: u16, words: &str| {
        assert_eq!(answer.status, status, "{answer:?}");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    };
    let poet = json!({ "lora_name": "poet", "lora_path": "workspace/poet" });
    refused(load(poet.clone()).await, 400, "0 endpoints take adapters");
    deploy(&bench, "workspace/mood", "mood", json!({})).await;
    deploy(&bench, "workspace/base", "chat", json!({})).await;
    let loaded = load(poet.clone()).await;
    assert_eq!(loaded.body, "Success: LoRA adapter 'chat:poet' added successfully.");
    refused(load(poet).await, 400, "has an adapter `poet` already");
    let named = |name: &str, path: &str| json!({ "lora_name": name, "lora_path": path });
    for path in ["/etc", "../../etc/passwd", "file:///etc", "workspace/../base", ""] {
        refused(load(named("chat:evil", path)).await, 400, "import it");
    }
    refused(load(named("chat:a", "workspace/stranger")).await, 400, "cannot go with");
    refused(load(named("mood:poet", "workspace/poet")).await, 400, "writes text");
    refused(load(named("none:poet", "workspace/poet")).await, 404, "no endpoint `none`");
    refused(load(named("chat:a:b", "workspace/poet")).await, 400, "is not a name");
    let mut inplace = named("chat:poet", "workspace/pirate");
    inplace["load_inplace"] = json!(true);
    assert_eq!(load(inplace).await.status, 200);
    assert_eq!(listed(&bench).await[1][2], "workspace/pirate@1");

    let gone = json!({ "lora_name": "poet", "base_model_name": "chat" });
    let unloaded = unload(gone.clone()).await;
    assert_eq!(unloaded.body, "Success: LoRA adapter 'chat:poet' removed successfully.");
    refused(unload(gone).await, 404, "`chat` has no adapter `poet`: it has none");
    assert_eq!(listed(&bench).await.len(), 2, "the endpoints alone");
}
