//! Samples for Python with `openai`, for the tasks that its API has.

use domain::Task;

use super::quote::{inline, python};
use super::requests::{Imports, deployed, script};
use super::{Example, input};

const IMPORTS: Imports<'static> = Imports {
    modules: &[],
    packages: "import requests\nfrom openai import OpenAI  # pip install openai requests",
};

pub(super) fn write(example: &Example<'_>) -> Option<String> {
    let inputs = example.inputs();
    let model = python(&example.endpoint());
    let ask = match example.task {
        Task::ChatCompletion => {
            let messages = inline(&input::ask(example.task, &inputs));
            format!(
                "answer = client.chat.completions.create(\n    \
                     model={model},\n    messages={messages},\n)\n\
                 print(answer.choices[0].message.content)"
            )
        }
        Task::TextGeneration => format!(
            "answer = client.completions.create(\n    \
                 model={model},\n    prompt={},\n)\n\
             print(answer.choices[0].text)",
            inline(&inputs[0])
        ),
        Task::FeatureExtraction | Task::SentenceSimilarity => format!(
            "answer = client.embeddings.create(\n    \
                 model={model},\n    input={},\n)\n\
             for one in answer.data:\n    print(len(one.embedding), one.embedding[:4])",
            inline(&input::ask(example.task, &inputs))
        ),
        _ => return None,
    };
    let key = match example.subject.secured {
        true => "os.environ[\"MODELDEX_TOKEN\"]",
        false => "\"none\"",
    };
    let client = format!("client = OpenAI(base_url=SERVER + \"/v1\", api_key={key})");
    let code = deployed(example, &format!("\n{client}\n{ask}"));
    Some(script(example, &IMPORTS, &code))
}
