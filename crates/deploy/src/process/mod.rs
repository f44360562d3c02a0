//! A deployment whose worker is a command: what was asked for becomes a plan or a refusal.

mod command;
mod protocol;
mod template;
mod translate;

use serde::{Deserialize, Serialize};

use crate::Error;

pub use command::Filling;
pub use protocol::Protocol;
pub use translate::{Call, calls, outputs};

use template::Template;

/// A large model from a slow disk, with graphs to compile.
const START_TIMEOUT_DEFAULT_S: u32 = 600;
/// Nobody waits longer for a worker without looking at its log.
const START_TIMEOUT_MAX_S: u64 = 7_200;
/// A path of a server's health is short.
const READY_MAX: usize = 256;

/// What a person asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessRequest {
    /// Where the rest comes from: `vllm`, `llama-cpp`, `llama-cpp-python`, `triton` or `tei`.
    pub template: Option<String>,
    /// The program and its arguments; those of the template where empty.
    pub command: Vec<String>,
    /// What the command speaks.
    pub protocol: Option<String>,
    /// The path that answers once the command is ready.
    pub ready: Option<String>,
    /// Seconds that it may take until then.
    pub start_timeout_s: Option<u32>,
}

/// The command of a deployment, with its placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessPlan {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What it speaks.
    pub protocol: Protocol,
    /// The path that answers once it is ready; where there is none, its port has to take
    /// connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// Seconds that it may take until then.
    pub start_timeout_s: u32,
}

impl ProcessPlan {
    /// Completes a request with its template and checks it.
    ///
    /// # Errors
    /// Where the template or the protocol is unknown, or the command cannot be started so.
    pub fn new(request: &ProcessRequest) -> Result<Self, Error> {
        let template = request.template.as_deref().map(Template::named).transpose()?;
        let command = match template {
            Some(template) if request.command.is_empty() => template.command(),
            _ => request.command.clone(),
        };
        command::check(&command)?;
        let protocol = match (&request.protocol, template) {
            (Some(text), _) => text.parse()?,
            (None, Some(template)) => template.protocol,
            (None, None) => Protocol::OpenAi,
        };
        let ready = request.ready.clone().or(template.map(|one| one.ready.to_owned()));
        let ready = ready.map(checked_path).transpose()?;
        let start_timeout_s = request.start_timeout_s.unwrap_or(START_TIMEOUT_DEFAULT_S);
        crate::plan::in_range("start_timeout_s", start_timeout_s.into(), START_TIMEOUT_MAX_S)?;
        Ok(Self { command, protocol, ready, start_timeout_s })
    }

    /// Returns the command without placeholders.
    pub fn filled(&self, filling: &Filling) -> Vec<String> {
        self.command.iter().map(|argument| filling.fill(argument)).collect()
    }
}

fn checked_path(path: String) -> Result<String, Error> {
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
    if path.starts_with('/') && printable && path.len() <= READY_MAX {
        return Ok(path);
    }
    Err(Error::Command { why: format!("`{path}` is no path to ask: write it like `/health`") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(command: &str) -> ProcessRequest {
        let command = command.split_whitespace().map(str::to_owned).collect();
        ProcessRequest { command, ..ProcessRequest::default() }
    }

    #[test]
    fn a_template_fills_what_was_not_said() {
        let check = |name: &str, protocol, ready: &str, words: &str| {
            let asked = ProcessRequest { template: Some(name.into()), ..request("") };
            let plan = ProcessPlan::new(&asked).unwrap();
            assert_eq!((plan.protocol, plan.ready.as_deref()), (protocol, Some(ready)), "{name}");
            assert!(plan.command.join(" ").contains(words), "{:?}", plan.command);
            assert!(plan.command.join(" ").contains("127.0.0.1"), "{name} listens on loopback");
        };
        let openai = Protocol::OpenAi;
        check("vllm", openai, "/health", "vllm serve {model}");
        check("llama-cpp", openai, "/health", "llama-server --model {model}");
        check("llama-cpp-python", openai, "/v1/models", "-m llama_cpp.server");
        check("triton", Protocol::OpenInference, "/v2/health/ready", "--http-port={port}");
        check("tei", Protocol::Tei, "/health", "text-embeddings-router");
        let asked = ProcessRequest {
            template: Some("vllm".into()),
            ready: Some("/live".into()),
            start_timeout_s: Some(5),
            ..request("serve --port {port}")
        };
        let plan = ProcessPlan::new(&asked).unwrap();
        assert_eq!(plan.command, ["serve", "--port", "{port}"]);
        assert_eq!((plan.ready.as_deref(), plan.start_timeout_s), (Some("/live"), 5));
    }

    #[test]
    fn placeholders_are_filled() {
        let plan = ProcessPlan::new(&request("x {model}/x -p={port} {name}{threads} {\"a\":1}"));
        let filling = Filling { port: 81, model: "/m".into(), name: "chat".into(), threads: 2 };
        let filled = plan.unwrap().filled(&filling);
        assert_eq!(filled, ["x", "/m/x", "-p=81", "chat2", "{\"a\":1}"]);
    }

    #[test]
    fn refusals_say_what_would_do() {
        let check = |asked: ProcessRequest, words: &str| {
            let error = ProcessPlan::new(&asked).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        check(request(""), "there is none: give one, or a template");
        check(request("serve"), "it has no `{port}`");
        check(request("serve {port} {modle}"), "`{modle}` is none of `{port}`, `{model}`");
        check(request("{model}/run {port}"), "the program is `{model}/run`");
        check(request(&format!("serve {{port}} {}", "x ".repeat(300))), "more than 256");
        check(request(&format!("serve {{port}} {}", "x".repeat(5_000))), "longer than 4096");
        let with = |change: &dyn Fn(&mut ProcessRequest)| {
            let mut asked = request("serve {port}");
            change(&mut asked);
            asked
        };
        check(with(&|one| one.template = Some("x".into())), "`template` is `x`: use `vllm`");
        check(
            with(&|one| one.protocol = Some("grpc".into())),
            "`protocol` is `grpc`: use `openai`",
        );
        check(with(&|one| one.ready = Some("health".into())), "`health` is no path");
        check(with(&|one| one.start_timeout_s = Some(0)), "`start_timeout_s` is 0");
        check(with(&|one| one.command[0] = "a\0b".into()), "a zero byte");
    }
}
