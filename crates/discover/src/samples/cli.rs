//! Samples for the command line.

use domain::Capability;

use super::Example;

pub(super) fn write(example: &Example<'_>, purpose: Capability) -> String {
    let (model, short) = (example.subject.model, example.short);
    let text = example.text();
    match purpose {
        Capability::Try => {
            // What the model does first needs no mention.
            let first = example.subject.capabilities.tasks.first() == Some(&example.task);
            let task = if first { String::new() } else { format!(" --task {}", example.task) };
            format!("modeldex try {model}{task} --input '{text}'")
        }
        Capability::Evaluate => format!(
            "# test.csv has the columns `text` and `label`\n\
             modeldex evaluate {model} --data test.csv --map text=text,label=label"
        ),
        Capability::Finetune => format!(
            "# train.csv has the columns `text` and `label`\n\
             modeldex finetune {model} --data train.csv --map text=text,label=label \\\n    \
             --method full --name my-{short}"
        ),
        Capability::Online => format!(
            "modeldex deploy {model} --endpoint {short} --task {task}\n\
             modeldex invoke {short} --input '{text}'",
            task = example.task
        ),
        Capability::Batch => format!(
            "# questions.csv has the column `text`\n\
             modeldex batch {model} --task {task} --data questions.csv --map text=text \\\n    \
             --output answers.jsonl",
            task = example.task
        ),
        Capability::Import => format!("modeldex import {model}"),
    }
}
