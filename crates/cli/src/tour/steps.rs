//! The steps of the tour, each with its command and its figures.

use std::path::Path;

use api::{
    BatchRequest, DeployRequest, EndpointView, EvaluateRequest, FinetuneRequest, ImportRequest,
    JobView, SearchPage, TryRequest, TryResponse,
};
use domain::{Fault, Kind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::start;
use crate::{follow, output};

/// From the test data; the starter gets it wrong.
const QUESTION: &str = "what time do the doors open on friday";
const CHAT_QUESTION: &str = "can I keep the paper kite until friday?";
/// The first two mean the same.
const SENTENCES: [&str; 3] =
    ["I have lost my membership card.", "my card is gone", "what do you have on chess"];
/// Enough for the starter to learn how people type, in a few seconds.
const EPOCHS: u32 = 8;
/// A model as small as this one learns well at a higher rate than the usual ones.
const LEARNING_RATE: f64 = 5e-4;

/// Walks through the main job.
pub struct Steps<'a> {
    client: &'a Client,
    samples: &'a Path,
    /// The samples folder as people would type it.
    shown: String,
    json: bool,
    number: usize,
}

/// What the tour found, for `--json`.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Where the server answers.
    url: String,
    /// Accuracy of the starter model on the test data.
    accuracy_before: f64,
    /// Accuracy after fine-tuning.
    accuracy_after: f64,
    /// The fine-tuned model.
    model: String,
    /// The label that the endpoint gave.
    label: String,
    /// What the chat model said.
    reply: String,
    /// How alike two sentences are by their embeddings.
    similarity: f64,
    /// Rows of the batch.
    batch_rows: u64,
}

impl<'a> Steps<'a> {
    /// Walks with `client`, on the samples in `samples`.
    pub fn new(client: &'a Client, samples: &'a Path, shown: String, json: bool) -> Self {
        Self { client, samples, shown, json, number: 0 }
    }

    /// Does every step.
    ///
    /// # Errors
    /// Where a step fails.
    pub async fn run(mut self) -> Result<Summary, Fault> {
        let mut summary = Summary { url: self.client.url().to_owned(), ..Summary::default() };
        self.discover().await?;
        self.import("Bring a model here", "encoder", "desk-starter").await?;
        self.try_it().await?;
        let starter = "workspace/desk-starter";
        summary.accuracy_before = self.evaluate("Measure it on test data", starter).await?;
        summary.model = self.finetune().await?;
        summary.accuracy_after = self.evaluate("Measure it again", &summary.model).await?;
        summary.label = self.deploy_and_call(&summary.model).await?;
        summary.reply = self.chat().await?;
        summary.similarity = self.embed().await?;
        summary.batch_rows = self.batch().await?;
        self.say("");
        self.say(format!(
            "Accuracy on test.csv rose from {:.3} to {:.3}.",
            summary.accuracy_before, summary.accuracy_after
        ));
        Ok(summary)
    }

    async fn discover(&mut self) -> Result<(), Fault> {
        let command = "modeldex search bert --finetuning-task text-classification --limit 3";
        self.step("Find a model", command);
        let task = "text-classification".to_owned();
        let query = [("q", "bert".to_owned()), ("finetuning_task", task), ("limit", "3".into())];
        let page: SearchPage = self.client.get_with(&["models"], &query).await?;
        for model in &page.models {
            self.say(format!("   {:<44} {}", model.model, model.license));
        }
        self.say(format!("   … {} in all can be taught to classify text", page.total));
        Ok(())
    }

    async fn import(&mut self, title: &str, folder: &str, name: &str) -> Result<(), Fault> {
        let command = format!("modeldex import {}/{folder} --name {name}", self.shown);
        self.step(title, command);
        let request = ImportRequest {
            source: self.samples.join(folder).display().to_string(),
            name: Some(name.to_owned()),
            ..ImportRequest::default()
        };
        let (result, _) = self.job("imports", &request).await?;
        self.say(format!("   {}", text(&result, "model")));
        Ok(())
    }

    async fn try_it(&mut self) -> Result<(), Fault> {
        let command = format!("modeldex try workspace/desk-starter --input \"{QUESTION}\"");
        self.step("Try it", command);
        let request = TryRequest {
            model: "workspace/desk-starter".to_owned(),
            task: None,
            input: json!([QUESTION]),
            parameters: None,
        };
        let response: TryResponse = self.client.post(&["try"], &request).await?;
        let labels = response.output.pointer("/0").and_then(Value::as_array).cloned();
        for label in labels.unwrap_or_default().iter().take(3) {
            let score = label.get("score").and_then(Value::as_f64).unwrap_or(0.0);
            self.say(format!("   {score:.3}  {}", text(label, "label")));
        }
        self.say("   … is wrong: the starter knows how people write letters, not how they type");
        Ok(())
    }

    async fn evaluate(&mut self, title: &str, model: &str) -> Result<f64, Fault> {
        let command = format!("modeldex evaluate {model} --data {}/test.csv", self.shown);
        self.step(title, command);
        let request = EvaluateRequest {
            model: model.to_owned(),
            data: start::upload(self.client, &self.samples.join("test.csv")).await?,
            task: None,
            map: start::map(None)?,
        };
        let (result, _) = self.job("evaluations", &request).await?;
        let accuracy = number(&result, "/metrics/accuracy");
        let f1 = number(&result, "/metrics/f1_macro");
        let rows = number(&result, "/rows");
        self.say(format!("   accuracy {accuracy:.3}   f1_macro {f1:.3}   on {rows} rows"));
        Ok(accuracy)
    }

    async fn finetune(&mut self) -> Result<String, Fault> {
        let command = format!(
            "modeldex finetune workspace/desk-starter --data {}/train.csv \\\n       \
             --method full --epochs {EPOCHS} --learning-rate {LEARNING_RATE} --name desk",
            self.shown
        );
        self.step("Teach it with training data", command);
        let request = FinetuneRequest {
            model: "workspace/desk-starter".to_owned(),
            data: start::upload(self.client, &self.samples.join("train.csv")).await?,
            validation: None,
            task: None,
            map: start::map(None)?,
            method: Some("full".to_owned()),
            name: "desk".to_owned(),
            hyperparameters: [
                ("epochs".to_owned(), json!(EPOCHS)),
                ("learning_rate".to_owned(), json!(LEARNING_RATE)),
            ]
            .into(),
        };
        let (result, seconds) = self.job("finetunes", &request).await?;
        let model = text(&result, "model");
        self.say(format!("   {model}, in {seconds:.1} s"));
        Ok(model)
    }

    async fn deploy_and_call(&mut self, model: &str) -> Result<String, Fault> {
        self.deploy("Deploy it", model, ("desk", None)).await?;
        self.step("Call it", format!("modeldex invoke desk --input \"{QUESTION}\""));
        let body = json!({ "input_data": [QUESTION] });
        let answer = self.client.score("desk", None, &body).await?;
        let first = answer.get(0).cloned().unwrap_or_default();
        self.say(format!("   {answer}"));
        Ok(text(&first, "label"))
    }

    async fn chat(&mut self) -> Result<String, Fault> {
        let (name, task) = ("desk-chat", Some("chat-completion"));
        self.import("Bring a chat model here", "chat", name).await?;
        self.deploy("Deploy the chat model", "workspace/desk-chat", (name, task)).await?;
        self.step("Chat with it", format!("modeldex invoke desk-chat --input \"{CHAT_QUESTION}\""));
        let message = json!([{ "role": "user", "content": CHAT_QUESTION }]);
        let body = json!({ "input_data": { "input_string": message } });
        let answer = self.client.score("desk-chat", None, &body).await?;
        let reply = text(&answer, "output").trim().to_owned();
        self.say(format!("   {reply}"));
        Ok(reply)
    }

    async fn embed(&mut self) -> Result<f64, Fault> {
        let (name, task) = ("desk-embeddings", Some("feature-extraction"));
        self.deploy("Deploy one for embeddings", "workspace/desk-starter", (name, task)).await?;
        let command = format!("modeldex invoke {name} --input '{}'", json!(SENTENCES));
        self.step("Compare sentences by their embeddings", command);
        let answer = self.client.score(name, None, &json!({ "input_data": SENTENCES })).await?;
        let vector = |at: &str| {
            let numbers = answer.pointer(at).and_then(Value::as_array).cloned();
            numbers.unwrap_or_default().iter().filter_map(Value::as_f64).collect::<Vec<_>>()
        };
        let first = vector("/0");
        let [near, far] = ["/1", "/2"].map(|other| cosine(&first, &vector(other)));
        let width = first.len();
        self.say(format!("   {width} numbers each; the first is {near:.2} like the second"));
        self.say(format!("   and {far:.2} like the third"));
        Ok(near)
    }

    async fn deploy(
        &mut self,
        title: &str,
        model: &str,
        (name, task): (&str, Option<&str>),
    ) -> Result<(), Fault> {
        let option = task.map(|task| format!(" --task {task}")).unwrap_or_default();
        self.step(title, format!("modeldex deploy {model} --endpoint {name}{option}"));
        let request = DeployRequest {
            model: model.to_owned(),
            endpoint: name.to_owned(),
            deployment: None,
            traffic: None,
            task: task.map(str::to_owned),
            replicas: None,
            queue_max: None,
            quantize: None,
            engine: Default::default(),
            adapters: Default::default(),
            process: None,
        };
        let endpoint: EndpointView = self.client.post(&["deployments"], &request).await?;
        self.say(format!("   POST {}{}", self.client.url(), endpoint.score_url));
        Ok(())
    }

    async fn batch(&mut self) -> Result<u64, Fault> {
        let output = format!("{}/answers.jsonl", self.shown);
        let command =
            format!("modeldex batch desk --data {}/test.csv --output {output}", self.shown);
        self.step("Run it over a file", command);
        let request = BatchRequest {
            target: "desk".to_owned(),
            data: start::upload(self.client, &self.samples.join("test.csv")).await?,
            task: None,
            map: start::map(None)?,
            chunk_rows: None,
            parameters: None,
        };
        let (result, seconds) = self.job("batches", &request).await?;
        let digest = result.pointer("/output/digest").and_then(Value::as_str).unwrap_or_default();
        self.client.download(digest, &self.samples.join("answers.jsonl")).await?;
        let rows = result.get("rows").and_then(Value::as_u64).unwrap_or(0);
        self.say(format!("   {rows} rows in {seconds:.1} s, written to {output}"));
        Ok(rows)
    }

    /// Waits for a job; returns what it made, and its seconds in the worker.
    async fn job(&self, path: &str, request: &impl Serialize) -> Result<(Value, f64), Fault> {
        let job: JobView = self.client.post(&[path], request).await?;
        let job = follow::follow(self.client, &job.id, true).await?;
        let nothing = || Fault::new(Kind::Internal, format!("`{}` made nothing", job.id));
        let result = job.result.clone().ok_or_else(nothing)?;
        let took_ms = job.started_ms.zip(job.finished_ms).map_or(0, |(from, to)| to - from);
        Ok((result, took_ms as f64 / 1000.0))
    }

    fn step(&mut self, title: &str, command: impl AsRef<str>) {
        self.number += 1;
        self.say(format!("\n{}. {title}", self.number));
        self.say(format!("   $ {}", command.as_ref()));
    }

    /// Prints for people: standard output belongs to the summary where `--json` is set.
    fn say(&self, line: impl AsRef<str>) {
        if self.json {
            output::note(line);
        } else {
            output::line(line);
        }
    }
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
}

/// Reads a number; zero where there is none.
fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or(0.0)
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
