use std::io::Write;
use std::process::{Command, Stdio};

use domain::Support;

use super::*;

const RUNNABLE: [Task; 6] = [
    Task::TextClassification,
    Task::FillMask,
    Task::FeatureExtraction,
    Task::SentenceSimilarity,
    Task::TextGeneration,
    Task::ChatCompletion,
];

fn capabilities(task: Task, present: &[Capability]) -> Capabilities {
    let support = Capability::ALL.map(|capability| Support {
        capability,
        absent_because: (!present.contains(&capability)).then(|| "not here".to_owned()),
    });
    Capabilities { tasks: vec![task], support: support.into(), ..Capabilities::default() }
}

fn samples(task: Task, secured: bool) -> Vec<Sample> {
    let capabilities = capabilities(task, &Capability::ALL);
    let subject = Subject {
        model: "workspace/acme/tiny-1.5@3",
        capabilities: &capabilities,
        mask: "<mask>",
        server: "http://127.0.0.1:7878",
        secured,
    };
    of(&subject)
}

#[test]
fn there_is_a_sample_for_everything_that_can_be_done_and_nothing_else() {
    let present = [Capability::Try, Capability::Batch];
    let capabilities = capabilities(Task::FillMask, &present);
    let subject = Subject {
        model: "curated/m",
        capabilities: &capabilities,
        mask: "[MASK]",
        server: "http://a",
        secured: false,
    };
    let made = of(&subject);
    let found: Vec<_> = made.iter().map(|one| (one.purpose, one.language.as_str())).collect();
    let languages = ["cli", "curl", "python"];
    let expected: Vec<_> =
        present.iter().flat_map(|one| languages.map(|language| (*one, language))).collect();
    assert_eq!(found, expected);
    assert_eq!(made[0].code, "modeldex try curated/m --input 'Paris is the [MASK] of France.'");
}

#[test]
fn a_model_that_chats_is_chatted_with() {
    let mut capabilities = capabilities(Task::TextGeneration, &[Capability::Try]);
    capabilities.tasks.push(Task::ChatCompletion);
    let subject = Subject {
        model: "workspace/m",
        capabilities: &capabilities,
        mask: "",
        server: "http://a",
        secured: false,
    };
    let expected =
        "modeldex try workspace/m --task chat-completion --input 'Name three rivers in Europe.'";
    assert_eq!(of(&subject)[0].code, expected);
}

#[test]
fn a_task_that_this_build_does_not_run_has_no_samples() {
    assert!(samples(Task::ObjectDetection, false).is_empty());
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

/// Runs a program that checks a script without running it; `None` where it is not installed.
fn accepts(program: &str, arguments: &[&str], script: &str) -> Option<Result<(), String>> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    child.stdin.take()?.write_all(script.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(()) } else { Err(complaint) })
}

#[test]
fn every_script_is_accepted_by_its_interpreter() {
    let all: Vec<_> = RUNNABLE
        .iter()
        .flat_map(|task| [samples(*task, false), samples(*task, true)].concat())
        .collect();
    let scripts = |python: bool| {
        let of = all.iter().filter(move |one| (one.language == Language::Python) == python);
        of.map(|one| one.code.as_str()).collect::<Vec<_>>()
    };
    let compile = "import json, sys\nfor code in json.load(sys.stdin): compile(code, code, 'exec')";
    let checks = [
        ("python3", vec!["-c", compile], json!(scripts(true)).to_string()),
        ("sh", vec!["-n"], scripts(false).join("\n")),
    ];
    for (program, arguments, input) in checks {
        match accepts(program, &arguments, &input) {
            Some(checked) => assert_eq!(checked, Ok(())),
            None => {
                // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
                let _ = writeln!(
                    std::io::stderr(),
                    "SKIPPED: there is no `{program}` to check the samples with"
                );
            }
        }
    }
}

/// Returns the arguments that a shell would pass to `-d`.
fn bodies(code: &str) -> Vec<Value> {
    let code = code.replace("'\"$DIGEST\"'", "0123");
    let parts = code.split("-d '").skip(1);
    let body = |part: &str| part.split('\'').next().unwrap_or_default().to_owned();
    parts.map(|part| serde_json::from_str(&body(part)).unwrap()).collect()
}

#[test]
fn bodies_sent_by_curl_are_requests() {
    for sample in samples(Task::TextClassification, false) {
        if sample.language != Language::Curl {
            continue;
        }
        let bodies = bodies(&sample.code);
        let field = |name: &str| bodies[0].get(name).cloned().unwrap_or_default();
        match sample.purpose {
            Capability::Try => assert!(field("input").is_array()),
            Capability::Evaluate | Capability::Finetune => {
                assert_eq!(field("data")["digest"], "0123");
                assert_eq!(field("map")["label"], "label");
            }
            Capability::Online => {
                assert_eq!(field("endpoint"), "tiny-1.5");
                assert!(bodies[1]["input_data"].is_array());
            }
            Capability::Batch => assert_eq!(field("target"), "workspace/acme/tiny-1.5@3"),
            Capability::Import => assert_eq!(field("source"), "workspace/acme/tiny-1.5@3"),
        }
    }
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
