//! Samples for a shell with curl.

use domain::Capability;
use serde_json::{Value, json};

use super::Example;

pub(super) fn write(example: &Example<'_>, purpose: Capability) -> String {
    let (model, short) = (example.subject.model, example.short);
    let task = example.task.tag();
    let map = json!({ "text": "text", "label": "label" });
    match purpose {
        Capability::Try => {
            let body = json!({ "model": model, "task": task, "input": example.try_input() });
            post(example, "/api/v1/try", &body)
        }
        Capability::Evaluate => {
            let body = json!({ "model": model, "data": data("test.csv"), "map": map });
            over_file(example, "test.csv", "/api/v1/evaluations", &body)
        }
        Capability::Finetune => {
            let name = format!("my-{short}");
            let data = data("train.csv");
            let body =
                json!({ "model": model, "name": name, "method": "full", "data": data, "map": map });
            over_file(example, "train.csv", "/api/v1/finetunes", &body)
        }
        Capability::Online => {
            let deploy = json!({ "model": model, "endpoint": short, "task": task });
            let deploy = post(example, "/api/v1/deployments", &deploy);
            let score = json!({ "input_data": example.input() });
            let score = post(example, &format!("/endpoints/{short}/score"), &score);
            format!("{deploy}\n{score}")
        }
        Capability::Batch => {
            let data = data("questions.csv");
            let map = json!({ "text": "text" });
            let body = json!({ "target": model, "task": task, "data": data, "map": map });
            let run = over_file(example, "questions.csv", "/api/v1/batches", &body);
            let get = get(example, "/api/v1/files/OUTPUT_DIGEST");
            format!(
                "{run}\n\n# the job's result names the digest of its output\n{get} -o answers.jsonl"
            )
        }
        Capability::Import => job(example, "/api/v1/imports", &json!({ "source": model })),
    }
}

/// A digest that the shell fills in: the quotes of the JSON text are left and entered again.
fn data(name: &str) -> Value {
    json!({ "digest": "'\"$DIGEST\"'", "name": name })
}

/// Sends a file, and starts a job over it.
fn over_file(example: &Example<'_>, file: &str, path: &str, body: &Value) -> String {
    let columns = match path {
        "/api/v1/batches" => "the column `text`",
        _ => "the columns `text` and `label`",
    };
    let upload = format!("{} -T {file}", get(example, &format!("/api/v1/files/{file}")));
    let digest = extract(".*\"digest\":\"\\([0-9a-f]*\\)\".*");
    let start = job(example, path, body).replace("\\\"$DIGEST\\\"", "\"$DIGEST\"");
    format!("# {file} has {columns}\nDIGEST=$({upload} |\n    {digest})\n{start}")
}

/// Starts a job, waits until its events end, and shows what it made.
fn job(example: &Example<'_>, path: &str, body: &Value) -> String {
    let start = post(example, path, body);
    let id = extract("{\"id\":\"\\([^\"]*\\)\".*");
    let events = get(example, "/api/v1/jobs/$JOB/events");
    let show = get(example, "/api/v1/jobs/$JOB");
    format!("JOB=$({start} |\n    {id})\n{events} -o /dev/null  # ends with the job\n{show}")
}

/// Cuts a value out of the JSON on one line.
fn extract(pattern: &str) -> String {
    format!("sed 's/{pattern}/\\1/'")
}

fn post(example: &Example<'_>, path: &str, body: &Value) -> String {
    let get = get(example, path);
    format!("{get} \\\n    -H 'Content-Type: application/json' \\\n    -d '{body}'")
}

fn get(example: &Example<'_>, path: &str) -> String {
    let token = match example.subject.secured {
        true => " -H \"Authorization: Bearer $MODELDEX_TOKEN\"",
        false => "",
    };
    format!("curl -sS{token} {}{path}", example.subject.server)
}
