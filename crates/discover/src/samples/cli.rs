//! Samples for the command line.

use domain::Capability;

use super::Example;
use super::quote::{document, shell};
use super::table::{self, ANSWERS, FILE};

/// Where the command line finds a server without being told.
const SERVER_KNOWN: &str = "http://127.0.0.1:7878";

pub(super) fn write(example: &Example<'_>, capability: Capability) -> String {
    let server = match example.subject.server {
        SERVER_KNOWN => String::new(),
        server => format!("export MODELDEX_URL={}\n", shell(server)),
    };
    let data = table::lines(example, capability).map(|lines| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        format!("cat > {FILE} {}\n", document(&text))
    });
    format!("{server}{}{}", data.unwrap_or_default(), commands(example, capability))
}

fn commands(example: &Example<'_>, capability: Capability) -> String {
    let model = shell(example.subject.model);
    let input = shell(&example.typed());
    let task = example.task_to_name().map(|task| format!(" --task {task}")).unwrap_or_default();
    match capability {
        Capability::Try => format!("modeldex try {model}{task} --input {input}"),
        Capability::Evaluate => format!("modeldex evaluate {model} --data {FILE}"),
        Capability::Finetune => {
            format!("modeldex finetune {model} --data {FILE} --name {}", example.taught())
        }
        Capability::Online => {
            let endpoint = example.endpoint();
            format!(
                "modeldex deploy {model} --endpoint {endpoint}{task}\n\
                 modeldex invoke {endpoint} --input {input}\n\
                 modeldex endpoints delete {endpoint}  # leave this out to keep it"
            )
        }
        Capability::Batch => format!(
            "modeldex batch {model}{task} --data {FILE} --output {ANSWERS} &&\n    \
             cat {ANSWERS}"
        ),
        Capability::Import => format!("modeldex import {model}"),
    }
}
