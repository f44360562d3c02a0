//! Turns a request to deploy into a plan or a refusal.

use domain::{ModelRef, ResourceName, Task};
use native::Quantize;
use serde::{Deserialize, Serialize};

use crate::{Adapters, EngineOptions, Error, ProcessPlan, ProcessRequest, Protocol};

/// Most worker processes for one deployment: more than that on one machine only costs memory.
const REPLICAS_MAX: u64 = 8;
/// Most requests that may wait for one worker: beyond it a client waits longer than it should.
const QUEUE_MAX: u64 = 4_096;
const QUEUE_DEFAULT: u32 = 64;

/// What a person asked for.
#[derive(Clone, Debug)]
pub struct DeploymentRequest {
    /// The model, at a version that has files here.
    pub model: ModelRef,
    /// The endpoint.
    pub endpoint: ResourceName,
    /// The deployment.
    pub deployment: ResourceName,
    /// The task; the model's first servable one where absent.
    pub task: Option<Task>,
    /// Worker processes.
    pub replicas: Option<u8>,
    /// Requests that may wait.
    pub queue_max: Option<u32>,
    /// How many bits the weights have in memory, where fewer than in the files.
    pub quantize: Option<Quantize>,
    /// What is said of the engine.
    pub engine: EngineOptions,
    /// What clients may have the model go with.
    pub adapters: Adapters,
    /// The command that serves the model, where this build does not.
    pub process: Option<ProcessRequest>,
}

/// What will be done: stored with the deployment and read again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentPlan {
    /// The model at a fixed version.
    pub model: ModelRef,
    /// The task.
    pub task: Task,
    /// Worker processes.
    pub replicas: u8,
    /// Requests that may wait for one of them.
    pub queue_max: u32,
    /// How many bits the weights have in memory, where fewer than in the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantize: Option<Quantize>,
    /// What is said of the engine.
    #[serde(default, skip_serializing_if = "EngineOptions::is_usual")]
    pub engine: EngineOptions,
    /// What clients may have the model go with.
    #[serde(default, skip_serializing_if = "Adapters::is_empty")]
    pub adapters: Adapters,
    /// The command that serves the model, where this build does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessPlan>,
}

/// Checks a request against the tasks that the model can be served for.
///
/// # Errors
/// Where the model does not do the task, or a number is out of its range.
pub fn plan(request: &DeploymentRequest, servable: &[Task]) -> Result<DeploymentPlan, Error> {
    let process = request.process.as_ref().map(ProcessPlan::new).transpose()?;
    let task = match &process {
        Some(process) => task_of_command(request, process.protocol, servable)?,
        None => task_of_model(request, servable)?,
    };
    if request.quantize.is_some() && process.is_some() {
        let why = "it takes no `quantize`: tell it by argument".into();
        return Err(Error::Command { why });
    }
    request.engine.check(process.is_none().then_some(task))?;
    let replicas = in_range("replicas", u64::from(request.replicas.unwrap_or(1)), REPLICAS_MAX)?;
    let queue_max = u64::from(request.queue_max.unwrap_or(QUEUE_DEFAULT));
    let queue_max = in_range("queue_max", queue_max, QUEUE_MAX)?;
    let plan = DeploymentPlan {
        model: request.model.clone(),
        task,
        replicas: u8::try_from(replicas).unwrap_or(1),
        queue_max: u32::try_from(queue_max).unwrap_or(QUEUE_DEFAULT),
        quantize: request.quantize,
        engine: request.engine,
        adapters: request.adapters.clone(),
        process,
    };
    plan.check_adapters()?;
    Ok(plan)
}

/// A command may do more than this build knows of the model: any task will do.
fn task_of_command(
    request: &DeploymentRequest,
    protocol: Protocol,
    known: &[Task],
) -> Result<Task, Error> {
    let usual = match protocol {
        Protocol::OpenAi => Some(Task::ChatCompletion),
        Protocol::Tei => Some(Task::FeatureExtraction),
        Protocol::OpenInference => None,
    };
    let task = request.task.or(known.first().copied()).or(usual);
    let why = "nothing says what the model does: name its task";
    task.ok_or_else(|| Error::Command { why: why.to_owned() })
}

fn task_of_model(request: &DeploymentRequest, servable: &[Task]) -> Result<Task, Error> {
    let does = || servable.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>().join(", ");
    match request.task {
        Some(task) if servable.contains(&task) => Ok(task),
        Some(task) => {
            let model = request.model.to_string();
            Err(Error::Task { model, task: task.to_string(), does: does() })
        }
        None => servable.first().copied().ok_or_else(|| Error::Task {
            model: request.model.to_string(),
            task: "online scoring".into(),
            does: "nothing that this build can serve".into(),
        }),
    }
}

/// Checks that a number is between 1 and `most`.
///
/// # Errors
/// Where it is not.
pub(crate) fn in_range(field: &'static str, value: u64, most: u64) -> Result<u64, Error> {
    if (1..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Error::Range { field, value, least: 1, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(task: Option<Task>, replicas: Option<u8>) -> DeploymentRequest {
        DeploymentRequest {
            model: "workspace/intents@1".parse().unwrap(),
            endpoint: "intents".parse().unwrap(),
            deployment: "blue".parse().unwrap(),
            task,
            replicas,
            queue_max: None,
            quantize: None,
            engine: EngineOptions::default(),
            adapters: Adapters::new(),
            process: None,
        }
    }

    #[test]
    fn the_first_task_is_the_default() {
        let tasks = [Task::TextClassification, Task::FeatureExtraction];
        let made = plan(&request(None, None), &tasks).unwrap();
        assert_eq!((made.task, made.replicas, made.queue_max), (tasks[0], 1, 64));
    }

    #[test]
    fn whatever_runs_here_is_quantized() {
        for task in [Task::TextGeneration, Task::FillMask] {
            let asked =
                DeploymentRequest { quantize: Some(Quantize::Int8), ..request(Some(task), None) };
            assert_eq!(plan(&asked, &[task]).unwrap().quantize, Some(Quantize::Int8));
        }
    }

    #[test]
    fn only_what_writes_has_adapters() {
        let adapters = [("poet".parse().unwrap(), "workspace/poet@1".parse().unwrap())];
        let asked = |task| DeploymentRequest {
            adapters: Adapters::from(adapters.clone()),
            ..request(Some(task), None)
        };
        let made = plan(&asked(Task::ChatCompletion), &[Task::ChatCompletion]).unwrap();
        let text = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<DeploymentPlan>(&text).unwrap(), made);
        let refused = plan(&asked(Task::FillMask), &[Task::FillMask]).unwrap_err();
        let expected = "adapters go with models that write text, not with `fill-mask`";
        assert_eq!(refused.to_string(), expected);
    }

    #[test]
    fn a_command_does_any_task() {
        let check = |protocol: &str, task, known: &[Task], expected| {
            let command = ["serve", "{port}"].map(str::to_owned).to_vec();
            let protocol = Some(protocol.to_owned());
            let process = ProcessRequest { command, protocol, ..ProcessRequest::default() };
            let asked = DeploymentRequest { process: Some(process), ..request(task, None) };
            assert_eq!(plan(&asked, known).ok().map(|plan| plan.task), expected);
        };
        check("openai", None, &[], Some(Task::ChatCompletion));
        check("openai", Some(Task::Translation), &[], Some(Task::Translation));
        check("tei", None, &[Task::TextClassification], Some(Task::TextClassification));
        check("tei", None, &[], Some(Task::FeatureExtraction));
        check("open-inference", None, &[], None);
    }

    #[test]
    fn refusals_say_what_would_do() {
        let check = |request: DeploymentRequest, message: &str| {
            let error = plan(&request, &[Task::TextClassification]).unwrap_err();
            assert_eq!(error.to_string(), message);
        };
        check(
            request(Some(Task::FillMask), None),
            "`workspace/intents@1` cannot do `fill-mask`: it does `text-classification`",
        );
        check(request(None, Some(9)), "`replicas` is 9, but must be between 1 and 8");
    }
}
