use std::io::Write;
use std::process::{Command, Stdio};

use domain::Support;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const RUNNABLE: [Task; 9] = [
    Task::TextClassification,
    Task::TokenClassification,
    Task::QuestionAnswering,
    Task::ZeroShotClassification,
    Task::FillMask,
    Task::FeatureExtraction,
    Task::SentenceSimilarity,
    Task::TextGeneration,
    Task::ChatCompletion,
];

/// Texts that break out of quotes where somebody forgot them.
const HOSTILE: [&str; 7] = [
    "workspace/it's",
    "workspace/\"$HOME\"`id`$(id)",
    "workspace/a\\",
    "workspace/a\nEND\nEND_\nid",
    "workspace/{x}%s!!\u{2028}é",
    "-rf",
    "\"\"\"'''",
];

fn capabilities(task: Task, present: &[Capability]) -> Capabilities {
    let support = Capability::ALL.map(|capability| Support {
        capability,
        absent_because: (!present.contains(&capability)).then(|| "not here".to_owned()),
    });
    Capabilities {
        tasks: vec![task],
        finetuning_tasks: vec![Task::TextClassification],
        support: support.into(),
        context_max: None,
    }
}

/// Writes every sample with one text wherever a text comes from outside.
fn samples_of(text: &str, task: Task, secured: bool) -> Vec<Sample> {
    of(&Subject {
        model: text,
        capabilities: &capabilities(task, &Capability::ALL),
        mask: text,
        labels: &[text.to_owned(), "b".to_owned()],
        server: text,
        secured,
    })
}

fn samples(task: Task, secured: bool) -> Vec<Sample> {
    of(&Subject {
        model: "workspace/tiny-1.5@3",
        capabilities: &capabilities(task, &Capability::ALL),
        mask: "<mask>",
        labels: &["calm".to_owned(), "in, a \"hurry\"".to_owned()],
        server: "http://127.0.0.1:7878",
        secured,
    })
}

fn code(samples: &[Sample], purpose: &str, language: Language) -> String {
    let is_meant = |one: &&Sample| one.purpose.as_str() == purpose && one.language == language;
    samples.iter().find(is_meant).map(|one| one.code.clone()).unwrap()
}

#[test]
fn there_is_a_sample_for_everything_that_can_be_done_and_nothing_else() {
    let check = |task, present: &[Capability], expected: &[(&str, &[&str])]| {
        let capabilities = capabilities(task, present);
        let made = of(&Subject {
            model: "curated/m",
            capabilities: &capabilities,
            mask: "[MASK]",
            labels: &[],
            server: "http://127.0.0.1:7878",
            secured: false,
        });
        let found: Vec<_> =
            made.iter().map(|one| (one.purpose.as_str(), one.language.as_str())).collect();
        let pairs = expected.iter().flat_map(|(purpose, languages)| {
            languages.iter().map(|language| (*purpose, *language))
        });
        assert_eq!(found, pairs.collect::<Vec<_>>());
    };
    let plain: &[&str] = &["cli", "curl", "requests"];
    let download: (&str, &[&str]) = ("download", &["curl", "huggingface_hub"]);
    let (tries, runs) = (Capability::Try, Capability::Batch);
    check(Task::FillMask, &[tries, runs], &[("try", plain), ("batch", plain), download]);
    check(Task::FillMask, &[Capability::Import], &[("import", plain)]);
    check(Task::FillMask, &[Capability::Online], &[("online", plain), download]);
    let online: &[&str] = &["cli", "curl", "requests", "openai"];
    check(Task::ChatCompletion, &[Capability::Online], &[("online", online), download]);
    // Nobody can be asked to name a class of a model that names none.
    check(Task::TextClassification, &[Capability::Evaluate], &[download]);
    check(Task::ObjectDetection, &[], &[]);
}

#[test]
fn a_model_that_chats_is_chatted_with() {
    let mut capabilities = capabilities(Task::TextGeneration, &[Capability::Try]);
    capabilities.tasks.push(Task::ChatCompletion);
    let subject = Subject {
        model: "workspace/m",
        capabilities: &capabilities,
        mask: "",
        labels: &[],
        server: "http://127.0.0.1:7878",
        secured: false,
    };
    let expected =
        "modeldex try workspace/m --task chat-completion --input 'Name three rivers in Europe.'";
    assert_eq!(of(&subject)[0].code, expected);
    let elsewhere = Subject { server: "https://models.acme.com", ..subject };
    let code = &of(&elsewhere)[0].code;
    assert_eq!(*code, format!("export MODELDEX_URL=https://models.acme.com\n{expected}"));
}

#[test]
fn there_is_a_sample_for_every_task() {
    let mut capabilities = capabilities(Task::TextGeneration, &Capability::ALL);
    capabilities.tasks.extend([Task::ObjectDetection, Task::ChatCompletion]);
    let subject = Subject {
        model: "workspace/m",
        capabilities: &capabilities,
        mask: "",
        labels: &[],
        server: "http://127.0.0.1:7878",
        secured: false,
    };
    let made = of(&subject);
    let check = |purpose: &str, wanted: &[Option<Task>]| {
        let of_purpose = made.iter().filter(|one| one.purpose.as_str() == purpose);
        let mut tasks: Vec<_> = of_purpose.map(|one| one.task).collect();
        tasks.dedup();
        assert_eq!(tasks, wanted, "{purpose}");
    };
    let both = [Some(Task::ChatCompletion), Some(Task::TextGeneration)];
    for purpose in ["try", "online", "batch"] {
        check(purpose, &both);
    }
    check("evaluate", &[]);
    check("finetune", &[Some(Task::TextClassification)]);
    check("import", &[None]);
    check("download", &[None]);
    let try_it = |task| made.iter().find(|one| one.task == Some(task)).unwrap().code.clone();
    assert!(try_it(Task::ChatCompletion).contains("--task chat-completion"));
    assert!(!try_it(Task::TextGeneration).contains("--task"), "what it does first is not named");
}

#[test]
fn rows_carry_the_labels_of_the_model() {
    let samples = samples(Task::TextClassification, false);
    let row = "How do I send money abroad?,\"in, a \"\"hurry\"\"\"";
    assert!(code(&samples, "evaluate", Language::Cli).contains(row));
    let python = code(&samples, "evaluate", Language::Requests);
    assert!(python.contains(&json!(format!("{row}\n")).to_string()), "{python}");
}

#[test]
fn names_that_samples_make_up_are_allowed() {
    let check = |model: &str, expected: &str| assert_eq!(short(model), expected);
    check("workspace/tiny-1.5@3", "tiny-1.5");
    check("hub/Qwen/Qwen2.5", "Qwen2.5");
    check("workspace/a b..c", "a-b--c");
    check("workspace/-x.", "x");
    check("workspace/…", "model");
    assert_eq!(short(&"a".repeat(200)).len(), SHORT_MAX);
}

#[test]
fn only_ids_that_the_package_takes_are_given_to_it() {
    let has = |model: &str| {
        let capabilities = capabilities(Task::FillMask, &[Capability::Try]);
        let subject = Subject {
            model,
            capabilities: &capabilities,
            mask: "",
            labels: &[],
            server: "",
            secured: false,
        };
        of(&subject).iter().any(|one| one.language == Language::HuggingFaceHub)
    };
    assert!(has("workspace/tiny_1.5") && has("workspace/tiny@3"));
    for refused in ["workspace/a/b", "workspace/c++", "workspace/a--b", "workspace/a.git"] {
        assert!(!has(refused), "{refused}");
    }
}

#[test]
fn the_mark_for_a_gap_is_that_of_the_architecture() {
    let check = |architecture, mark| assert_eq!(mask_mark(architecture), mark);
    check(None, "[MASK]");
    check(Some("BertForMaskedLM"), "[MASK]");
    check(Some("RobertaForMaskedLM"), "<mask>");
    check(Some("MPNetForMaskedLM"), "<mask>");
    check(Some("XLMRobertaForMaskedLM"), "<mask>");
}

/// Runs a program that reads a script; `None` where it is not installed.
fn run(program: &str, arguments: &[&str], script: &str) -> Option<Result<String, String>> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: there is no `{program}` to check the samples with"
        );
        return None;
    };
    child.stdin.take()?.write_all(script.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(if output.status.success() { Ok(said) } else { Err(complaint) })
}

#[test]
fn every_script_is_accepted_by_its_interpreter_whatever_the_names() {
    let kind = |secured| RUNNABLE.map(|task| samples(task, secured)).concat();
    let hostile = HOSTILE.map(|text| samples_of(text, Task::TextClassification, true)).concat();
    let masks = HOSTILE.map(|text| samples_of(text, Task::FillMask, false)).concat();
    let all = [kind(false), kind(true), hostile, masks].concat();
    let is_shell = |one: &Sample| matches!(one.language, Language::Cli | Language::Curl);
    let (shell, python): (Vec<_>, Vec<_>) = all.iter().partition(|one| is_shell(one));
    let scripts: Vec<_> = python.iter().map(|one| one.code.as_str()).collect();
    let compile = "import json, sys\nfor code in json.load(sys.stdin): compile(code, code, 'exec')";
    let checked = run("python3", &["-c", compile], &json!(scripts).to_string());
    assert!(checked.is_none_or(|checked| checked == Ok(String::new())));
    let scripts: Vec<_> = shell.iter().map(|one| one.code.as_str()).collect();
    let checked = run("bash", &["-n"], &scripts.join("\n"));
    assert!(checked.is_none_or(|checked| checked == Ok(String::new())));
}

#[test]
fn interpreters_read_hostile_texts_as_they_are() {
    let literals: Vec<_> = HOSTILE.iter().map(|text| quote::python(text)).collect();
    let print = format!("import json; print(json.dumps([{}]))", literals.join(", "));
    if let Some(said) = run("python3", &["-"], &print) {
        assert_eq!(serde_json::from_str::<Value>(&said.unwrap()).unwrap(), json!(HOSTILE));
    }
    let words: Vec<_> = HOSTILE.iter().map(|text| quote::shell(text)).collect();
    if let Some(said) = run("bash", &["-s"], &format!("printf '%s\\t' {}", words.join(" "))) {
        assert_eq!(said.unwrap(), HOSTILE.map(|text| format!("{text}\t")).concat());
    }
    for text in HOSTILE {
        let document = format!("cat {}\n", quote::document(&format!("{text}\n")));
        if let Some(said) = run("bash", &["-s"], &document) {
            assert_eq!(said.unwrap(), format!("{text}\n"));
        }
    }
}

/// Reads words as a shell does that meets nothing but single quotes, escapes and plain letters;
/// `None` where anything else could happen.
fn word(text: &str) -> Option<String> {
    let mut word = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\'' => loop {
                match rest.next()? {
                    '\'' => break,
                    c => word.push(c),
                }
            },
            '\\' => word.push(rest.next()?),
            c if c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c) => word.push(c),
            _ => return None,
        }
    }
    Some(word)
}

proptest! {
    #[test]
    fn a_shell_reads_what_was_quoted(text in "[ -~\\n\u{0}é'\"$`\\\\!]{0,40}") {
        prop_assert_eq!(word(&quote::shell(&text)), Some(text.replace('\0', "")));
    }

    #[test]
    fn a_document_ends_where_it_should(text in "(END_{0,2}\\n|[a-z$`' ]{0,5}\\n){0,6}") {
        let document = quote::document(&text);
        let (first, body) = document.split_once('\n').unwrap();
        let end = first.trim_start_matches("<<'").trim_end_matches('\'');
        let before: String =
            body.split_inclusive('\n').take_while(|line| line.trim_end() != end).collect();
        prop_assert_eq!(before, text);
        prop_assert!(body.ends_with(end));
    }

    #[test]
    fn python_reads_what_was_written(text in "\\PC{0,40}[\\x00-\\x1f\"'\\\\]{0,8}") {
        // The escapes that are written here mean the same in JSON and in Python.
        let literal = quote::python(&text);
        prop_assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
        prop_assert!(!literal.contains('\n'), "{}", literal);
    }

    #[test]
    fn no_name_lets_anything_out_of_its_quotes(text in "[ -~\\né'\"$`\\\\]{0,24}") {
        for sample in samples_of(&text, Task::FillMask, true) {
            let code = &sample.code;
            match sample.language {
                Language::Cli if sample.purpose == Purpose::Use(Capability::Import) => {
                    let model = code.split_once("modeldex import ").unwrap().1;
                    prop_assert_eq!(word(model), Some(text.clone()));
                }
                Language::Requests if sample.purpose == Purpose::Use(Capability::Try) => {
                    let server = format!("\nSERVER = {}\n", json!(text));
                    prop_assert!(code.contains(&server), "{}", code);
                }
                _ => {}
            }
        }
    }
}

/// Returns the bodies that a shell would pass to `-d`.
fn bodies(code: &str) -> Vec<Value> {
    let code = code.replace("'\"$DATA\"'", "{\"digest\": \"0123\"}");
    let parts = code.split("-d '").skip(1);
    let body = |part: &str| part.split('\'').next().unwrap_or_default().to_owned();
    parts.map(|part| serde_json::from_str(&body(part)).unwrap()).collect()
}

#[test]
fn bodies_sent_by_curl_are_requests() {
    let samples = samples(Task::TextClassification, false);
    let body = |purpose| bodies(&code(&samples, purpose, Language::Curl)).swap_remove(0);
    let model = "workspace/tiny-1.5@3";
    let data = json!({ "digest": "0123" });
    let ask = ["How do I send money abroad?"];
    assert_eq!(body("try"), json!({ "model": model, "input": ask }));
    assert_eq!(body("evaluate"), json!({ "model": model, "data": data }));
    let taught = "my-tiny-1.5";
    assert_eq!(body("finetune"), json!({ "model": model, "name": taught, "data": data }));
    assert_eq!(body("online"), json!({ "model": model, "endpoint": "tiny-1.5-sample" }));
    assert_eq!(body("batch"), json!({ "target": model, "data": data }));
    assert_eq!(body("import"), json!({ "source": model }));
    let score = bodies(&code(&samples, "online", Language::Curl)).swap_remove(1);
    assert_eq!(score, json!({ "input_data": ask }));
}

#[test]
fn a_secured_server_is_shown_its_token() {
    for sample in samples(Task::ChatCompletion, true) {
        // The command line reads the variable by itself.
        if sample.language != Language::Cli {
            assert!(sample.code.contains("MODELDEX_TOKEN"), "{}", sample.code);
        }
    }
    let open = samples(Task::ChatCompletion, false);
    assert!(open.iter().all(|sample| !sample.code.contains("MODELDEX_TOKEN")));
}

#[test]
fn lines_of_code_fit_a_page() {
    for sample in samples(Task::ChatCompletion, true) {
        for line in sample.code.lines() {
            assert!(line.chars().count() <= 110, "{line}");
        }
    }
}

#[test]
fn a_table_has_the_columns_of_its_task() {
    let check = |task, expected: &str| {
        let code = code(&samples(task, false), "batch", Language::Cli);
        assert!(code.contains(expected), "{code}");
    };
    check(Task::FillMask, "END'\ntext\nParis is");
    check(Task::QuestionAnswering, "END'\nquestion,context\nWhen does the library open?,");
    let sorted = "text,candidate_labels\nThe train to the coast leaves at noon.,\"travel, cooking";
    check(Task::ZeroShotClassification, sorted);
}

#[test]
fn a_row_of_several_columns_is_typed_as_json() {
    let code = code(&samples(Task::QuestionAnswering, false), "try", Language::Cli);
    let row = json!([{
        "context": "The library opens at nine and closes at six.",
        "question": "When does the library open?",
    }]);
    let typed = code.split_once("--input ").unwrap().1;
    assert_eq!(word(typed).map(|text| serde_json::from_str(&text).unwrap()), Some(row));
}

#[test]
fn a_scoring_request_fits_the_task() {
    for task in RUNNABLE {
        assert!(
            sample_input(task, "[MASK]").unwrap()["input_data"].is_array()
                || task == Task::ChatCompletion
        );
    }
    assert!(sample_input(Task::FillMask, "[MASK]").unwrap().to_string().contains("[MASK]"));
    assert_eq!(sample_input(Task::TextToImage, ""), None);
}
