//! Servers that people run, and how each is started on a port of loopback.

use super::Protocol;
use crate::Error;

/// How a server is started and asked.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    name: &'static str,
    command: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// What answers once it is ready.
    pub ready: &'static str,
}

const TEMPLATES: [Template; 5] = [
    Template {
        name: "vllm",
        command: "vllm serve {model} --host 127.0.0.1 --port {port} --served-model-name {name}",
        protocol: Protocol::OpenAi,
        ready: "/health",
    },
    Template {
        name: "llama-cpp",
        command: "llama-server --model {model} --host 127.0.0.1 --port {port} --alias {name} \
                  --threads {threads}",
        protocol: Protocol::OpenAi,
        ready: "/health",
    },
    Template {
        name: "llama-cpp-python",
        command: "python3 -m llama_cpp.server --model {model} --host 127.0.0.1 --port {port} \
                  --model_alias {name} --n_threads {threads}",
        protocol: Protocol::OpenAi,
        ready: "/v1/models",
    },
    Template {
        name: "triton",
        command: "tritonserver --model-repository={model} --http-address=127.0.0.1 \
                  --http-port={port} --allow-grpc=false --allow-metrics=false",
        protocol: Protocol::OpenInference,
        ready: "/v2/health/ready",
    },
    Template {
        name: "tei",
        command: "text-embeddings-router --model-id {model} --hostname 127.0.0.1 --port {port}",
        protocol: Protocol::Tei,
        ready: "/health",
    },
];

impl Template {
    /// Finds the template called `name`.
    ///
    /// # Errors
    /// Where there is none; the error names those that there are.
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        TEMPLATES.iter().find(|one| one.name == name).ok_or_else(|| Error::Unknown {
            field: "template",
            value: name.to_owned(),
            known: TEMPLATES.map(|one| format!("`{}`", one.name)).join(", "),
        })
    }

    /// Returns the program and its arguments.
    pub fn command(&self) -> Vec<String> {
        self.command.split_whitespace().map(str::to_owned).collect()
    }
}
