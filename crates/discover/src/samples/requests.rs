//! Samples for Python with `requests`.

use domain::{Capability, Task};

use super::Example;
use super::body::{self, Field, Request};
use super::quote::{self, python};
use super::table::{self, ANSWERS, FILE};

/// Waits until a job is over.
const WAIT: &str = "\
while job[\"state\"] not in (\"succeeded\", \"failed\", \"cancelled\"):
    time.sleep(1)
    job = call(\"GET\", f\"/api/v1/jobs/{job['id']}\")
if job[\"state\"] != \"succeeded\":
    raise SystemExit(job[\"error\"])
";

/// What a script imports.
pub(super) struct Imports<'a> {
    /// Modules of the standard library.
    pub(super) modules: &'a [&'a str],
    /// Lines that import packages: `requests` at least.
    pub(super) packages: &'a str,
}

const PLAIN: Imports<'static> = Imports { modules: &[], packages: REQUESTS };
const WAITING: Imports<'static> = Imports { modules: &["time"], packages: REQUESTS };
const REQUESTS: &str = "import requests  # pip install requests";

pub(super) fn write(example: &Example<'_>, capability: Capability) -> String {
    let start = body::of(example, capability);
    match capability {
        Capability::Try => {
            let code =
                format!("answer = {}\n{}", post(&start), show(example, "answer[\"output\"]"));
            script(example, &PLAIN, &code)
        }
        Capability::Online => {
            let answer = format!("answer = {}", post(&body::score(example)));
            let show = show(example, "answer");
            script(example, &PLAIN, &deployed(example, &format!("{answer}\n{show}")))
        }
        Capability::Batch => {
            let code = format!("{}{}", job(example, &start, capability), fetch(example));
            script(example, &WAITING, &code)
        }
        _ => {
            let code = format!("{}print(job[\"result\"])", job(example, &start, capability));
            script(example, &WAITING, &code)
        }
    }
}

/// Puts what every sample needs before the code.
pub(super) fn script(example: &Example<'_>, imports: &Imports<'_>, code: &str) -> String {
    let secured = example.subject.secured;
    let modules = imports.modules.iter().copied().chain(secured.then_some("os"));
    let mut modules: Vec<_> = modules.map(|module| format!("import {module}\n")).collect();
    modules.sort_unstable();
    if !modules.is_empty() {
        modules.push("\n".to_owned());
    }
    let (headers, sent) = match secured {
        true => (
            "HEADERS = {\"Authorization\": \"Bearer \" + os.environ[\"MODELDEX_TOKEN\"]}\n",
            ", headers=HEADERS",
        ),
        false => ("", ""),
    };
    format!(
        "{modules}{packages}\n\n\
         SERVER = {server}\n{headers}\n\n\
         def call(method, path, **body):\n    \
             answer = requests.request(method, SERVER + path{sent}, **body)\n    \
             if not answer.ok:\n        \
                 raise SystemExit(answer.text)\n    \
             return answer.json()\n\n\n{code}",
        modules = modules.concat(),
        packages = imports.packages,
        server = python(example.subject.server),
    )
}

/// Deploys the model around the code that asks it.
pub(super) fn deployed(example: &Example<'_>, code: &str) -> String {
    let deploy = post(&body::of(example, Capability::Online));
    let path = python(&format!("/api/v1/endpoints/{}", example.endpoint()));
    format!("{deploy}\n{code}\ncall(\"DELETE\", {path})  # leave this out to keep it")
}

/// Shows an answer: of a vector, its length and how it begins.
fn show(example: &Example<'_>, answer: &str) -> String {
    match example.task {
        Task::FeatureExtraction | Task::SentenceSimilarity => {
            format!("for vector in {answer}:\n    print(len(vector), vector[:4])")
        }
        _ => format!("print({answer})"),
    }
}

/// Sends the data where there is some, starts a job and waits for it.
fn job(example: &Example<'_>, start: &Request, capability: Capability) -> String {
    let upload = table::lines(example, capability).map(|lines| {
        let line = |line: &String| format!("    {}\n", python(&format!("{line}\n")));
        let text: String = lines.iter().map(line).collect();
        format!(
            "DATA = (\n{text})\n\
             data = call(\"PUT\", \"/api/v1/files/{FILE}\", data=DATA.encode())  \
             # or open(\"your.csv\", \"rb\")\n"
        )
    });
    format!("{}job = {}\n{WAIT}", upload.unwrap_or_default(), post(start))
}

/// Fetches the output of a job.
fn fetch(example: &Example<'_>) -> String {
    let headers = if example.subject.secured { ", headers=HEADERS" } else { "" };
    format!(
        "digest = job[\"result\"][\"output\"][\"digest\"]\n\
         answers = requests.get(f\"{{SERVER}}/api/v1/files/{{digest}}\"{headers})\n\
         answers.raise_for_status()\n\
         with open(\"{ANSWERS}\", \"wb\") as file:\n    \
             file.write(answers.content)\n\
         print(answers.content.decode())"
    )
}

fn post(request: &Request) -> String {
    let field = |(name, field): &(&str, Field)| match field {
        Field::Known(value) => format!("\"{name}\": {}", quote::inline(value)),
        Field::Data => format!("\"{name}\": data"),
    };
    let fields: Vec<_> = request.fields.iter().map(field).collect();
    let call = format!("call(\"POST\", {}, json=", python(&request.path));
    format!("{call}{})", quote::braces(&fields, call.len()))
}
