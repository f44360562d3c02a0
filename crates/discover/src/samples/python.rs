//! Samples for Python.

use domain::{Capability, Task};
use serde_json::{Value, json};

use super::Example;

pub(super) fn write(example: &Example<'_>, purpose: Capability) -> String {
    let (model, short) = (example.subject.model, example.short);
    let task = example.task.tag();
    let map = json!({ "text": "text", "label": "label" });
    match purpose {
        Capability::Try => {
            let body = json!({ "model": model, "task": task, "input": example.try_input() });
            format!("{}\n\nprint({})", helper(example, &[]), call("/api/v1/try", &body))
        }
        Capability::Evaluate => over_file(
            example,
            "test.csv",
            "/api/v1/evaluations",
            json!({ "model": model, "map": map }),
        ),
        Capability::Finetune => {
            let name = format!("my-{short}");
            let body = json!({ "model": model, "name": name, "method": "full", "map": map });
            over_file(example, "train.csv", "/api/v1/finetunes", body)
        }
        Capability::Online => online(example),
        Capability::Batch => {
            let body = json!({ "target": model, "task": task, "map": { "text": "text" } });
            let run = over_file(example, "questions.csv", "/api/v1/batches", body);
            let fetch = format!(
                "request = urllib.request.Request(SERVER + \"/api/v1/files/\" + \
                 job[\"result\"][\"output\"][\"digest\"]{})",
                if example.subject.secured { ", headers=HEADERS" } else { "" }
            );
            let write = "with urllib.request.urlopen(request) as answer, \
                         open(\"answers.jsonl\", \"wb\") as file:\n    file.write(answer.read())";
            format!("{run}\n{fetch}\n{write}")
        }
        Capability::Import => {
            let start = call("/api/v1/imports", &json!({ "source": model }));
            format!("{}\n\njob = {start}\n{}", helper(example, &["time"]), WAIT)
        }
    }
}

/// Waits until a job is over.
const WAIT: &str = "\
while job[\"state\"] not in (\"succeeded\", \"failed\", \"cancelled\"):
    time.sleep(1)
    job = call(\"GET\", \"/api/v1/jobs/\" + job[\"id\"])
print(job.get(\"result\") or job.get(\"error\"))";

fn over_file(example: &Example<'_>, file: &str, path: &str, mut body: Value) -> String {
    let columns = match path {
        "/api/v1/batches" => "the column `text`",
        _ => "the columns `text` and `label`",
    };
    body["data"] = json!("DATA");
    let start = call(path, &body)
        .replace("\"DATA\"", "{\"digest\": data[\"digest\"], \"name\": data[\"name\"]}");
    format!(
        "{helper}\n\n# {file} has {columns}\nwith open(\"{file}\", \"rb\") as file:\n    \
         data = call(\"PUT\", \"/api/v1/files/{file}\", file.read())\njob = {start}\n{WAIT}",
        helper = helper(example, &["time"])
    )
}

/// Deploys the model, and asks the endpoint: through the `openai` package where it has the task.
fn online(example: &Example<'_>) -> String {
    let (model, short) = (example.subject.model, example.short);
    let deploy = json!({ "model": model, "endpoint": short, "task": example.task.tag() });
    let deploy = call("/api/v1/deployments", &deploy);
    let text = json!(example.text());
    let ask = match example.task {
        Task::ChatCompletion => {
            let messages = python_value(&example.try_input());
            format!(
                "answer = client.chat.completions.create(model=\"{short}\", messages={messages})\n\
                 print(answer.choices[0].message.content)"
            )
        }
        Task::TextGeneration => format!(
            "answer = client.completions.create(model=\"{short}\", prompt={text})\n\
             print(answer.choices[0].text)"
        ),
        Task::FeatureExtraction | Task::SentenceSimilarity => format!(
            "answer = client.embeddings.create(model=\"{short}\", input={text})\n\
             print(answer.data[0].embedding)"
        ),
        _ => {
            let score = json!({ "input_data": example.input() });
            let score = call(&format!("/endpoints/{short}/score"), &score);
            return format!("{}\n\n{deploy}\nprint({score})", helper(example, &[]));
        }
    };
    let key = match example.subject.secured {
        true => "os.environ[\"MODELDEX_TOKEN\"]",
        false => "\"none\"",
    };
    let client = format!("client = OpenAI(base_url=SERVER + \"/v1\", api_key={key})");
    let import = "from openai import OpenAI  # pip install openai";
    format!("{}\n\n{deploy}\n\n{import}\n\n{client}\n{ask}", helper(example, &[]))
}

/// Writes the function that every sample calls.
fn helper(example: &Example<'_>, more: &[&str]) -> String {
    let secured = example.subject.secured;
    let mut modules = vec!["json", "urllib.request"];
    modules.extend(more);
    modules.extend(secured.then_some("os"));
    modules.sort_unstable();
    let imports: Vec<_> = modules.iter().map(|module| format!("import {module}")).collect();
    let (headers, given) = match secured {
        true => (
            "HEADERS = {\"Content-Type\": \"application/json\", \
             \"Authorization\": \"Bearer \" + os.environ[\"MODELDEX_TOKEN\"]}",
            "HEADERS",
        ),
        false => ("HEADERS = {\"Content-Type\": \"application/json\"}", "HEADERS"),
    };
    format!(
        "{imports}\n\nSERVER = \"{server}\"\n{headers}\n\n\n\
         def call(method, path, body=None):\n    \
             data = json.dumps(body).encode() if isinstance(body, dict) else body\n    \
             request = urllib.request.Request(SERVER + path, data, {given}, method=method)\n    \
             with urllib.request.urlopen(request) as answer:\n        \
                 return json.load(answer)\n",
        imports = imports.join("\n"),
        server = example.subject.server,
    )
}

fn call(path: &str, body: &Value) -> String {
    format!("call(\"POST\", \"{path}\", {})", python_value(body))
}

/// Writes JSON as Python; the samples hold texts, lists and mappings only.
fn python_value(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}: {}", json!(name), python_value(value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(python_value).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}
