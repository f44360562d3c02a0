//! A model's card, and what its forms do.

use api::{
    BatchRequest, DeployRequest, EvaluateRequest, FinetuneRequest, JobView, ModelCard, TryRequest,
};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Fault, Kind};
use serde_json::{Value, json};
use ui::{Action, CardForms};

use super::answer::{PageResult, page, see_other, shell};
use super::catalog::import_request;
use super::form::Form;
use crate::app::App;
use crate::error::{body, status};
use crate::routes;
use crate::views::{self, DiffQuery, FitQuery};

/// Answers `GET /models/{model}`; the query is that of its forms for a machine and two versions.
pub async fn card(
    State(app): State<App>,
    Path(path): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let raw = raw.unwrap_or_default();
    match load(&app, &path).await {
        Ok(card) => {
            routes::note_seen(&app, &routes::parse_model(&path)?).await;
            let forms = worked_out(&app, &path, &raw, CardForms::default()).await?;
            Ok(page(StatusCode::OK, ui::card(&shell(&app), &card, &forms).into_string()))
        }
        // The address of an answer to a form, opened again.
        Err(fault) => match split(&path) {
            Some((model, _)) if fault.kind() == Kind::NotFound => {
                Ok(see_other(&format!("/models/{model}")))
            }
            _ => Err(fault.into()),
        },
    }
}

/// Adds what is worked out besides the card: fit, lineage, and what differs between versions.
async fn worked_out(
    app: &App,
    path: &str,
    raw: &str,
    forms: CardForms,
) -> Result<CardForms, Fault> {
    let model = routes::parse_model(path)?;
    let fit = views::fit_view(app, &model, &FitQuery::parse(raw)?).await?;
    let lineage = views::lineage_view(app, &model).await?;
    let diff = match DiffQuery::parse(raw)? {
        Some(query) => Some(views::diff_view(app, &model, &query).await?),
        None => None,
    };
    Ok(CardForms { fit: Some(fit), lineage: Some(lineage), diff, ..forms })
}

async fn load(app: &App, model: &str) -> Result<ModelCard, Fault> {
    routes::model_card(app, &routes::parse_model(model)?).await
}

fn split(path: &str) -> Option<(&str, Action)> {
    let (model, word) = path.rsplit_once('/')?;
    Some((model, Action::from_word(word)?))
}

/// What became of a form.
enum Done {
    Go(String),
    Show(Box<CardForms>),
}

/// Answers `POST /models/{model}/{action}`: sends the browser on, or shows the card again with the
/// answer or the refusal in it.
pub async fn act(State(app): State<App>, Path(path): Path<String>, request: Request) -> PageResult {
    let Some((model, action)) = split(&path) else {
        let message = format!("nothing can be done at `/models/{path}`");
        return Err(Fault::new(Kind::NotFound, message).into());
    };
    let mut form = Form::read(&app, request).await?;
    let done = match form.check_files() {
        Ok(()) => obey(&app, model, action, &form).await,
        Err(fault) => Err(fault),
    };
    match done {
        Ok(Done::Go(path)) => Ok(see_other(&path)),
        Ok(Done::Show(forms)) => show(&app, model, StatusCode::OK, &forms).await,
        Err(fault) => {
            let error = Some(body(&fault));
            let values = form.fields;
            let forms = CardForms { sent: Some(action), values, error, ..CardForms::default() };
            show(&app, model, status(fault.kind()), &forms).await
        }
    }
}

async fn show(app: &App, model: &str, status: StatusCode, forms: &CardForms) -> PageResult {
    let card = load(app, model).await?;
    let forms = worked_out(app, model, "", forms.clone()).await?;
    Ok::<Response, _>(page(status, ui::card(&shell(app), &card, &forms).into_string()))
}

async fn obey(app: &App, model: &str, action: Action, form: &Form) -> Result<Done, Fault> {
    let model = model.to_owned();
    let job = match action {
        Action::Try => return Ok(Done::Show(Box::new(try_it(app, model, form).await?))),
        Action::Deploy => {
            let endpoint = routes::deploy_model(app, deployment(model, form)?).await?;
            return Ok(Done::Go(format!("/endpoints#{}", endpoint.name)));
        }
        Action::Import => routes::start_import(app, import_request(form, model)).await?,
        Action::Evaluate => {
            let (task, map) = (form.text("task"), form.with_prefix("map."));
            let request = EvaluateRequest { model, data: form.data()?, task, map };
            routes::start_evaluation(app, request).await?
        }
        Action::Finetune => routes::start_finetune(app, training(model, form)?).await?,
        Action::Batch => routes::start_batch(app, batch(model, form)?).await?,
    };
    Ok(Done::Go(follow(&job)))
}

fn follow(job: &JobView) -> String {
    format!("/jobs/{}", job.id)
}

fn deployment(model: String, form: &Form) -> Result<DeployRequest, Fault> {
    let endpoint = form.text("endpoint").ok_or_else(|| {
        Fault::new(Kind::Invalid, "the endpoint has no name").hint("choose a short name for it")
    })?;
    Ok(DeployRequest {
        model,
        endpoint,
        deployment: form.text("deployment"),
        traffic: form.number("traffic")?,
        task: form.text("task"),
        replicas: form.number("replicas")?,
        queue_max: None,
        quantize: form.text("quantize"),
        engine: Default::default(),
        adapters: Default::default(),
        process: None,
    })
}

fn training(model: String, form: &Form) -> Result<FinetuneRequest, Fault> {
    let name = form.text("name").ok_or_else(|| {
        Fault::new(Kind::Invalid, "the new model has no name").hint("choose a short name for it")
    })?;
    let value = |(name, text): (String, String)| {
        let number = serde_json::from_str(&text).ok().filter(Value::is_number);
        (name, number.unwrap_or(Value::String(text)))
    };
    Ok(FinetuneRequest {
        model,
        data: form.data()?,
        validation: form.file("validation"),
        task: form.text("task"),
        map: form.with_prefix("map."),
        method: form.text("method"),
        name,
        hyperparameters: form.with_prefix("hyper.").into_iter().map(value).collect(),
    })
}

fn batch(target: String, form: &Form) -> Result<BatchRequest, Fault> {
    Ok(BatchRequest {
        target,
        data: form.data()?,
        task: form.text("task"),
        map: form.with_prefix("map."),
        chunk_rows: form.number("chunk_rows")?,
        parameters: None,
    })
}

/// Runs the model once; in a chat, after what was said before.
async fn try_it(app: &App, model: String, form: &Form) -> Result<CardForms, Fault> {
    let typed = form.get("input").ok_or_else(|| {
        Fault::new(Kind::Invalid, "there is no input").hint("type something for the model")
    })?;
    let mut values = form.fields.clone();
    let task = match form.text("task") {
        Some(task) => task,
        None => first_task(app, &model).await?,
    };
    let mut said = said_before(form);
    said.push(json!({ "role": "user", "content": typed }));
    let chat = task == "chat-completion";
    let input = match task.as_str() {
        "chat-completion" => json!(said),
        "question-answering" => json!([{ "question": form.get("question"), "context": typed }]),
        "zero-shot-classification" => sorted(form, typed),
        _ => json!(lines(typed, &task)),
    };
    let parameters = parameters(form, &task)?;
    let request = TryRequest { model, task: Some(task), input, parameters };
    let tried = routes::try_model(app, request).await?;
    if chat {
        let reply = tried.output.pointer("/0/text").and_then(Value::as_str).unwrap_or_default();
        said.push(json!({ "role": "assistant", "content": reply }));
        values.insert("messages".to_owned(), json!(said).to_string());
    }
    let sent = Some(Action::Try);
    Ok(CardForms { sent, values, tried: Some(tried), ..CardForms::default() })
}

/// What the card offers first.
async fn first_task(app: &App, model: &str) -> Result<String, Fault> {
    let card = load(app, model).await?;
    card.summary.tasks.first().cloned().ok_or_else(|| {
        Fault::new(Kind::Unsupported, format!("`{model}` does nothing that this build can run"))
    })
}

/// Each line is a text; all may have the same labels.
fn sorted(form: &Form, typed: &str) -> Value {
    let labels = form.get("candidate_labels").unwrap_or_default();
    let row = |text| json!({ "text": text, "candidate_labels": labels });
    lines(typed, "zero-shot-classification").into_iter().map(row).collect()
}

/// A generated text has one beginning, and names are found in a text as a whole; other tasks
/// answer each line.
fn lines<'a>(typed: &'a str, task: &str) -> Vec<&'a str> {
    if matches!(task, "text-generation" | "token-classification") {
        return vec![typed];
    }
    typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A conversation longer than this is none to try a model with.
const SAID_MAX: usize = 200;

fn said_before(form: &Form) -> Vec<Value> {
    let said = form.get("messages").and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    let mut said = said.unwrap_or_default();
    said.truncate(SAID_MAX);
    said
}

fn parameters(form: &Form, task: &str) -> Result<Option<Value>, Fault> {
    let mut parameters = serde_json::Map::new();
    if let Some(most) = form.number::<u32>("max_new_tokens")? {
        parameters.insert("max_new_tokens".to_owned(), json!(most));
    }
    for name in ["temperature", "top_p"] {
        if let Some(value) = form.number::<f64>(name)? {
            parameters.insert(name.to_owned(), json!(value));
        }
    }
    if task == "zero-shot-classification" && form.get("multi_label").is_some() {
        parameters.insert("multi_label".to_owned(), json!(true));
    }
    let writes = matches!(task, "text-generation" | "chat-completion");
    // Without any, the route's own choice for looking at labels holds.
    Ok((writes || !parameters.is_empty()).then_some(Value::Object(parameters)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut form = Form::default();
        form.fields = pairs.iter().map(own).collect();
        form
    }

    #[test]
    fn a_path_ends_with_what_is_to_be_done() {
        assert_eq!(split("workspace/a/b@3/try"), Some(("workspace/a/b@3", Action::Try)));
        assert_eq!(split("workspace/a/deploy"), Some(("workspace/a", Action::Deploy)));
        assert_eq!(split("workspace/a"), None);
        assert_eq!(split("try"), None);
    }

    #[test]
    fn a_form_becomes_the_request_of_the_api() {
        let wanted =
            deployment("m/x".into(), &form(&[("endpoint", "desk"), ("replicas", "2")])).unwrap();
        assert_eq!((wanted.endpoint.as_str(), wanted.replicas), ("desk", Some(2)));
        let fewer = [("endpoint", "desk"), ("quantize", "int8")];
        let wanted = deployment("m/x".into(), &form(&fewer)).unwrap();
        assert_eq!(wanted.quantize.as_deref(), Some("int8"));
        assert_eq!((wanted.traffic, wanted.deployment), (None, None));
        let wrong = deployment("m/x".into(), &form(&[("endpoint", "a"), ("traffic", "300")]));
        assert!(wrong.unwrap_err().message().contains("`traffic`"));
        assert!(deployment("m/x".into(), &form(&[])).is_err());
        assert!(training("m/x".into(), &form(&[("name", "n")])).is_err());
    }

    #[test]
    fn lines_are_texts_but_a_beginning_is_one() {
        assert_eq!(lines("a\n\n b \n", "text-classification"), ["a", "b"]);
        assert_eq!(lines("a\nb", "text-generation"), ["a\nb"]);
        assert_eq!(lines("a\nb", "token-classification"), ["a\nb"]);
        let row = |text: &str| json!({ "text": text, "candidate_labels": "x, y" });
        let typed = form(&[("candidate_labels", "x, y")]);
        assert_eq!(sorted(&typed, "a\nb"), json!([row("a"), row("b")]));
    }

    #[test]
    fn only_what_was_typed_becomes_a_parameter() {
        let typed = form(&[("temperature", "0.5"), ("top_p", "")]);
        assert_eq!(
            parameters(&typed, "chat-completion").unwrap(),
            Some(json!({ "temperature": 0.5 }))
        );
        assert_eq!(parameters(&form(&[]), "text-classification").unwrap(), None);
        let several = parameters(&form(&[("multi_label", "on")]), "zero-shot-classification");
        assert_eq!(several.unwrap(), Some(json!({ "multi_label": true })));
        assert!(parameters(&form(&[("top_p", "x")]), "text-generation").is_err());
    }
}
