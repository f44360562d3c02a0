//! What can be done with a model here, and where not, why not.

use catalog::ModelRecord;
use domain::{Capabilities, Capability, Support, Task};

/// The tasks that this build runs, whatever model does them.
const RUN: [Task; 9] = [
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

/// The tasks that this build measures.
const MEASURED: [Task; 1] = [Task::TextClassification];

/// What the files of a model allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Tasks that they can be run for.
    pub tasks: Vec<Task>,
    /// Tasks that they can be fine-tuned for.
    pub finetuning_tasks: Vec<Task>,
    /// The longest input in tokens.
    pub context_max: Option<u32>,
}

/// Whether the files of a model are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// The model is only listed.
    Absent,
    /// They are here, but this build cannot run them, and why.
    NotUnderstood(String),
    /// They are here.
    Here(FileFacts),
}

/// Tells what can be done with a model.
pub fn of(record: &ModelRecord, files: &Files) -> Capabilities {
    let support = Capability::ALL.map(|capability| Support {
        capability,
        absent_because: match capability {
            Capability::Import => import_absent(record, files),
            _ => use_absent(capability, record, files),
        },
    });
    let (tasks, finetuning_tasks, context_max) = match files {
        Files::Here(facts) => {
            (facts.tasks.clone(), facts.finetuning_tasks.clone(), facts.context_max)
        }
        _ => (record.tasks.clone(), record.finetuning_tasks.clone(), None),
    };
    Capabilities { tasks, finetuning_tasks, support: support.into(), context_max }
}

/// Returns to what a model can be put once its files are here: what the listing says is taken to be
/// so until they are.
pub fn offered(record: &ModelRecord, files: &Files) -> Vec<Capability> {
    let files = match files {
        Files::Absent if record.flags.hosted => return Vec::new(),
        Files::Absent => &Files::Here(FileFacts {
            tasks: record.tasks.iter().copied().filter(|task| RUN.contains(task)).collect(),
            finetuning_tasks: record.finetuning_tasks.clone(),
            context_max: None,
        }),
        known => known,
    };
    let uses = [Capability::Online, Capability::Batch, Capability::Finetune, Capability::Evaluate];
    let is_there = |capability: &Capability| use_absent(*capability, record, files).is_none();
    uses.into_iter().filter(is_there).collect()
}

/// Says why the files cannot be brought here, where they cannot.
fn import_absent(record: &ModelRecord, files: &Files) -> Option<String> {
    if !matches!(files, Files::Absent) {
        return Some("its files are here already".to_owned());
    }
    if record.flags.hosted {
        return Some("a provider runs it: its files cannot be had".to_owned());
    }
    if record.hub_id.is_none() {
        let why = "no Hugging Face id is known for it: get its files from its publisher and \
                   import the folder";
        return Some(why.to_owned());
    }
    not_run(record)
}

/// Says why a capability that needs the files is absent, where it is.
fn use_absent(capability: Capability, record: &ModelRecord, files: &Files) -> Option<String> {
    let facts = match files {
        Files::Here(facts) => facts,
        Files::NotUnderstood(why) => return Some(format!("this build cannot run it: {why}")),
        Files::Absent if record.flags.hosted => {
            let why = "a provider runs it, and this build does not forward to providers yet";
            return Some(why.to_owned());
        }
        Files::Absent => {
            let absent = || "its files are not here: import it first".to_owned();
            return Some(not_run(record).unwrap_or_else(absent));
        }
    };
    if facts.tasks.is_empty() {
        return Some("its files hold nothing that this build can run".to_owned());
    }
    match capability {
        Capability::Evaluate if !facts.tasks.iter().any(|task| MEASURED.contains(task)) => {
            Some(not_measured(facts))
        }
        Capability::Finetune if facts.finetuning_tasks.is_empty() => {
            Some("this build does not fine-tune models of its architecture".to_owned())
        }
        Capability::Batch if record.flags.batch_disabled => {
            Some("its publisher turned batch off".to_owned())
        }
        _ => None,
    }
}

fn not_measured(facts: &FileFacts) -> String {
    let why = format!(
        "this build measures {}, and the model does {}",
        tags(&MEASURED),
        tags(&facts.tasks)
    );
    match facts.finetuning_tasks.iter().any(|task| MEASURED.contains(task)) {
        true => format!("{why}: fine-tune it first"),
        false => why,
    }
}

/// Says that none of the model's tasks is run, where that is so. Where no task is known, the
/// files will tell.
fn not_run(record: &ModelRecord) -> Option<String> {
    let runs = record.tasks.is_empty() || record.tasks.iter().any(|task| RUN.contains(task));
    (!runs).then(|| format!("this build does not run {}", tags(&record.tasks)))
}

fn tags(tasks: &[Task]) -> String {
    tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(task: Task, hub_id: Option<&str>) -> ModelRecord {
        let collection = domain::CollectionName::curated();
        let mut record = ModelRecord::new(collection, "m".parse().unwrap());
        record.tasks = vec![task];
        record.hub_id = hub_id.map(str::to_owned);
        record
    }

    fn here(tasks: &[Task], finetuning_tasks: &[Task]) -> Files {
        Files::Here(FileFacts {
            tasks: tasks.to_vec(),
            finetuning_tasks: finetuning_tasks.to_vec(),
            context_max: Some(512),
        })
    }

    /// Checks the reason of each capability in turn; an empty one means that it is there.
    fn check(record: &ModelRecord, files: &Files, reasons: [&str; 6]) {
        let capabilities = of(record, files);
        for (capability, reason) in Capability::ALL.into_iter().zip(reasons) {
            let absent = capabilities.absent(capability).unwrap_or_default();
            let name = capability.as_str();
            assert_eq!(absent.is_empty(), reason.is_empty(), "{name}: {absent}");
            assert!(absent.contains(reason), "{name}: {absent}");
        }
    }

    #[test]
    fn a_listed_model_wants_to_be_imported() {
        let first = "import it first";
        let listed = record(Task::FillMask, Some("a/m"));
        check(&listed, &Files::Absent, [first, first, first, first, first, ""]);
        let nowhere = record(Task::FillMask, None);
        let none = "no Hugging Face id";
        check(&nowhere, &Files::Absent, [first, first, first, first, first, none]);
    }

    #[test]
    fn a_listed_model_that_could_not_be_run_says_so_before_it_is_imported() {
        let reason = "does not run `object-detection`";
        check(&record(Task::ObjectDetection, Some("a/m")), &Files::Absent, [reason; 6]);
    }

    #[test]
    fn a_listed_model_of_no_known_task_may_be_imported() {
        let mut listed = record(Task::FillMask, Some("a/m"));
        listed.tasks.clear();
        let first = "import it first";
        check(&listed, &Files::Absent, [first, first, first, first, first, ""]);
    }

    #[test]
    fn a_hosted_model_has_no_files_and_is_not_forwarded_to() {
        let mut hosted = record(Task::ChatCompletion, None);
        hosted.flags.hosted = true;
        let off = "does not forward to providers yet";
        let files = "a provider runs it: its files cannot be had";
        check(&hosted, &Files::Absent, [off, off, off, off, off, files]);
    }

    #[test]
    fn files_decide_what_can_be_done() {
        let model = record(Task::FillMask, Some("a/m"));
        let classify = [Task::TextClassification];
        let is_here = "here already";
        check(&model, &here(&classify, &classify), ["", "", "", "", "", is_here]);
        let not_measured =
            "measures `text-classification`, and the model does `fill-mask`: fine-tune";
        check(&model, &here(&[Task::FillMask], &classify), ["", not_measured, "", "", "", is_here]);
        let untaught = "does not fine-tune";
        let writes = here(&[Task::TextGeneration], &[]);
        check(&model, &writes, ["", "measures", untaught, "", "", is_here]);
        let why = "no safetensors";
        let other = Files::NotUnderstood(why.to_owned());
        check(&model, &other, [why, why, why, why, why, is_here]);
        let nothing = "nothing that this build can run";
        check(&model, &here(&[], &[]), [nothing, nothing, nothing, nothing, nothing, is_here]);
    }

    #[test]
    fn a_publisher_may_turn_batch_off() {
        let mut model = record(Task::ChatCompletion, None);
        model.flags.batch_disabled = true;
        let files = here(&[Task::ChatCompletion], &[]);
        check(&model, &files, ["", "measures", "fine-tune", "", "turned batch off", "here"]);
        assert_eq!(of(&model, &files).context_max, Some(512));
    }
}
