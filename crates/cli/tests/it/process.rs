//! Models that a command serves: a foreign server, supervised.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::bench::{Bench, Up, alive, post, signal, wait_for};

const ALLOWED: &str = "--allow-process-runtime";

/// Returns the command line of the foreign server; it is built beside the tests.
fn peer(more: &str) -> String {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join("peer");
    assert!(program.exists(), "{}: build the examples, too", program.display());
    format!("'{}' --port {{port}} --name {{name}} {more}", program.display())
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.import("parity/bert-classification", "mood");
    bench
}

fn deploy(bench: &Bench, command: &str, more: &[&str]) {
    let args = ["deploy", "workspace/mood", "--endpoint", "chat", "--runtime", "process"];
    let task = ["--task", "chat-completion", "--command", command];
    let args: Vec<&str> = args.iter().chain(&task).chain(more).copied().collect();
    bench.json(&args);
}

fn deployment(bench: &Bench) -> Value {
    bench.json(&["endpoints", "show", "chat"])["deployments"][0].clone()
}

/// Waits for a state, and returns the deployment.
fn until(bench: &Bench, state: &str) -> Value {
    wait_for(|| Some(deployment(bench)).filter(|one| one["state"] == state))
}

fn log(bench: &Bench) -> String {
    bench.run(&["endpoints", "logs", "chat"]).out
}

/// Waits for a line of the log that begins so, and returns the rest of it.
fn logged(bench: &Bench, before: &str) -> String {
    wait_for(|| log(bench).lines().find_map(|line| line.strip_prefix(before)).map(str::to_owned))
}

fn ask(up: &Up, text: &str) -> (u16, Value) {
    let body = json!({ "model": "chat", "messages": [{ "role": "user", "content": text }] });
    sent(up, "/v1/chat/completions", &body)
}

fn sent(up: &Up, path: &str, body: &Value) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(post(&format!("{}{path}", up.url), body))
}

/// Asks for a stream and returns its lines as they come.
fn streamed(up: &Up, text: &str) -> BufReader<TcpStream> {
    let address = up.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = json!({ "model": "chat", "stream": true,
        "messages": [{ "role": "user", "content": text }] })
    .to_string();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    BufReader::new(stream)
}

#[test]
fn a_command_answers_and_comes_back() {
    let bench = bench();
    let secrets = [("MODELDEX_TOKEN", ""), ("HF_TOKEN", "x"), ("OMP_NUM_THREADS", "2")];
    let up = bench.up_with(&[ALLOWED], &secrets);
    deploy(&bench, &peer("--model {model} '{\"a\": 1}'"), &["--ready", "/health"]);
    let shown = until(&bench, "ready");
    assert_eq!((&shown["runtime"], &shown["protocol"]), (&json!("process"), &json!("openai")));
    let (status, answer) = ask(&up, "hello");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["choices"][0]["message"]["content"], "hello, hello");
    let scored = bench.json(&["invoke", "chat", "--input", "hello"]);
    assert_eq!(scored, json!({ "output": "hello, hello" }));
    let mut text = String::new();
    streamed(&up, "hi").read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("\"content\":\"hi\"").count(), 2, "{text}");
    assert!(text.contains("text/event-stream") && text.contains("data: [DONE]"), "{text}");

    // Arguments are filled in and reach the command as they were given.
    let arguments = logged(&bench, "arguments: ");
    assert!(arguments.contains("--name chat --model /"), "{arguments}");
    assert!(arguments.ends_with("{\"a\": 1}"), "{arguments}");
    let environment = logged(&bench, "environment: ");
    assert!(environment.contains("PATH") && environment.contains("OMP_NUM"), "{environment}");
    assert!(!environment.contains("TOKEN"), "{environment}");

    let (status, answer) = ask(&up, "refuse");
    assert_eq!((status, &answer["error"]["type"]), (400, &json!("invalid_request_error")));
    assert_eq!(answer["error"]["message"], "the command answered 422: not today");
    let (status, answer) = sent(&up, "/v1/rerank", &json!({ "model": "chat" }));
    assert_eq!((status, &answer["error"]["type"]), (400, &json!("invalid_request_error")));
    let (status, answer) = sent(&up, "/endpoints/chat/embed", &json!({ "inputs": "x" }));
    assert_eq!(status, 422);
    assert!(answer["error"].as_str().unwrap().contains("speaks `openai`"), "{answer}");

    let (status, answer) = ask(&up, "crash");
    assert_eq!((status, &answer["error"]["type"]), (503, &json!("server_error")), "{answer}");
    // The next request waits for it.
    let back = wait_for(|| Some(ask(&up, "again")).filter(|(status, _)| *status == 200));
    assert_eq!(back.1["choices"][0]["message"]["content"], "again, again");
    assert_eq!(until(&bench, "ready")["replicas"][0]["restarts"], 1);
    let lines = log(&bench);
    assert!(lines.contains("out of memory"), "{lines}");
    assert!(lines.contains("modeldex: the worker ended (exit status"), "{lines}");
}

#[test]
fn a_client_that_leaves_is_not_written_for() {
    let bench = bench();
    let up = bench.up(&[ALLOWED]);
    deploy(&bench, &peer(""), &[]);
    let mut lines = streamed(&up, "forever").lines();
    assert!(lines.any(|line| line.unwrap().contains("forever")));
    drop(lines);
    logged(&bench, "the client left");
}

#[test]
fn nothing_is_left_of_a_command() {
    let bench = bench();
    let number = |text: String| text.trim().parse::<u32>().unwrap();
    let command = peer("--child --deaf");
    // A killed server, a stopped one, a deleted deployment, a killed worker.
    let up = bench.up(&[ALLOWED]);
    deploy(&bench, &command, &[]);
    until(&bench, "ready");
    let child = number(logged(&bench, "child: "));
    assert!(alive(child));
    up.kill();
    wait_for(|| (!alive(child)).then_some(()));

    let children = || {
        let lines = log(&bench);
        let found = lines.lines().filter_map(|line| line.strip_prefix("child: "));
        found.map(|text| number(text.to_owned())).collect::<Vec<_>>()
    };
    let newest = |count: usize| wait_for(|| children().get(count - 1).copied());
    let up = bench.up(&[ALLOWED]);
    let second = newest(2);
    let worker = until(&bench, "ready")["replicas"][0]["pid"].as_u64().unwrap();
    assert!(alive(second));
    signal(u32::try_from(worker).unwrap(), "KILL");
    wait_for(|| (!alive(second)).then_some(()));
    let third = newest(3);
    until(&bench, "ready");
    up.stop();
    wait_for(|| (!alive(third)).then_some(()));

    let _up = bench.up(&[ALLOWED]);
    let fourth = newest(4);
    until(&bench, "ready");
    bench.json(&["endpoints", "delete", "chat"]);
    wait_for(|| (!alive(fourth)).then_some(()));
    assert!(!bench.data_dir().join("logs/chat").exists());
}

#[test]
fn what_does_not_start_says_why() {
    let bench = bench();
    let _up = bench.up(&[ALLOWED]);
    let check = |command: &str, more: &[&str], state: &str, words: &[&str]| {
        deploy(&bench, command, more);
        let message = wait_for(|| {
            let shown = Some(deployment(&bench)).filter(|one| one["state"] == state)?;
            let message = shown["message"].as_str()?.to_owned();
            words.iter().all(|word| message.contains(word)).then_some(message)
        });
        assert!(message.starts_with("the worker ended while loading"), "{message}");
    };
    let ready: &[&str] = &["--ready", "/health", "--start-timeout-s", "1"];
    let late = ["still loading", "the command was not ready in 1 s", "/health"];
    check(&peer("--never-ready"), ready, "restarting", &late);
    check("sh -c 'echo boom; exit 3' {port}", &[], "failed", &["boom", "(exit status: 3)"]);
    let open = ["listens on port", "--host 127.0.0.1"];
    check(&peer("--open"), &[], "restarting", &open);
    assert!(log(&bench).contains("it is not started again"));
}

#[test]
fn commands_are_off_unless_the_server_allows_them() {
    let bench = bench();
    let up = bench.up(&[ALLOWED]);
    let refused = |args: &[&str], code: i32, words: &str| {
        let fixed = ["deploy", "workspace/mood", "--endpoint", "chat"];
        let args: Vec<&str> = fixed.iter().chain(args).copied().collect();
        let ran = bench.run(&args);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
    };
    let process = ["--runtime", "process"];
    let with = |more: &[&'static str]| [&process, more].concat();
    refused(&with(&[]), 2, "there is none: give one, or a template");
    refused(&with(&["--command", "sh x"]), 2, "it has no `{port}`");
    refused(&with(&["--command", "sh {port} {modle}"]), 2, "`{modle}` is none of");
    refused(&with(&["--command", "no-such-server {port}"]), 2, "no program `no-such-server`");
    refused(&with(&["--command", "sh '{port}"]), 2, "has no end");
    refused(&with(&["--template", "x"]), 2, "use `vllm`, `llama-cpp`");
    refused(&with(&["--template", "vllm", "--quantize", "q4"]), 2, "takes no `quantize`");
    refused(&["--template", "vllm"], 2, "--runtime process");
    deploy(&bench, &peer(""), &[]);
    until(&bench, "ready");
    let data = bench.file("questions.csv", "text\nhello\n");
    let batch = bench.run(&["batch", "chat", "--data", &data]);
    assert!(batch.code == 6 && batch.err.contains("batches run no commands"), "{batch:?}");
    up.stop();

    let _up = bench.up(&[]);
    refused(&with(&["--command", "sh {port}"]), 7, "this server runs no commands");
    let shown = deployment(&bench);
    assert_eq!(shown["state"], "failed");
    assert!(shown["message"].as_str().unwrap().contains("`process` runtime is off"), "{shown}");
}

#[test]
fn open_inference_and_tei_are_passed_on() {
    let bench = bench();
    let up = bench.up(&[ALLOWED]);
    let inner = peer("").replace("{name}", "inner");
    deploy(&bench, &inner, &["--protocol", "open-inference", "--ready", "/v2/health/ready"]);
    until(&bench, "ready");
    let body = json!({ "inputs": [{ "name": "x", "shape": [1], "datatype": "FP32" }] });
    // The command calls the model `inner`, and lists no other.
    assert_eq!(sent(&up, "/v2/models/chat/infer", &body), (200, body));
    logged(&bench, "inferred by inner");
    let (status, answer) = sent(&up, "/v2/models/nobody/infer", &json!({}));
    assert_eq!(status, 404);
    assert!(answer["error"].as_str().unwrap().contains("no endpoint `nobody`"), "{answer}");
    let asked = json!({ "input_data": ["x"] });
    let (status, answer) = sent(&up, "/endpoints/chat/score", &asked);
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("unsupported")), "{answer}");

    let embeds: &[&str] = &["--protocol", "tei", "--task", "feature-extraction"];
    let args = ["deploy", "workspace/mood", "--endpoint", "texts", "--runtime", "process"];
    let command = peer("");
    let args: Vec<&str> =
        args.iter().chain(&["--command", &command]).chain(embeds).copied().collect();
    bench.json(&args);
    let vectors = json!([[0.5, 1.0], [0.5, 1.0]]);
    let (status, answer) = sent(&up, "/endpoints/texts/embed", &json!({ "inputs": ["a", "b"] }));
    assert_eq!((status, &answer), (200, &vectors));
    let ranked = sent(&up, "/endpoints/texts/rerank", &json!({ "query": "a", "texts": ["b"] }));
    assert_eq!(ranked, (200, json!([{ "index": 0, "score": 0.5 }])));
    let scored = sent(&up, "/endpoints/texts/score", &json!({ "input_data": ["a", "b"] }));
    assert_eq!(scored, (200, vectors));
}
