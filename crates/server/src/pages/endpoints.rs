//! Endpoints: their state, asking one, sharing traffic, deleting.

use std::collections::BTreeMap;

use api::TrafficRequest;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::{Fault, Kind};
use serde_json::{Value, json};
use ui::EndpointForms;

use super::answer::{PageResult, page, see_other, shell};
use super::form::Form;
use super::live::{PERIOD, patch, stream};
use crate::app::App;
use crate::error::{body, status};
use crate::fleet::Ask;
use crate::routes;

/// Answers `GET /endpoints`.
pub async fn endpoints(State(app): State<App>, headers: HeaderMap) -> PageResult {
    render(&app, &headers, StatusCode::OK, &EndpointForms::default()).await
}

async fn render(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    forms: &EndpointForms,
) -> PageResult {
    let view = routes::endpoints_view(app);
    let html = ui::endpoints(&shell(app), &view, forms, &origin(headers)).into_string();
    Ok(page(status, html))
}

/// Returns how the person reached this server, for samples that can be copied.
fn origin(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    format!("{}://{}", if secure { "https" } else { "http" }, host.unwrap_or("127.0.0.1:7878"))
}

/// Answers `GET /endpoints/live`: the table of each endpoint, whenever it changed.
pub async fn endpoints_live(State(app): State<App>) -> Response {
    stream(async_stream::stream! {
        let mut shown = BTreeMap::new();
        loop {
            for endpoint in &routes::endpoints_view(&app).endpoints {
                let html = ui::deployments(endpoint).into_string();
                if shown.get(&endpoint.name) != Some(&html) {
                    shown.insert(endpoint.name.clone(), html.clone());
                    yield patch(html);
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    })
}

/// Answers `GET /endpoints/{name}/deployments/{deployment}/log`.
pub async fn log(
    State(app): State<App>,
    Path((name, deployment)): Path<(String, String)>,
) -> PageResult {
    let lines = routes::deployment_logs_view(&app, &name, &deployment, 0).await?.lines;
    let html = ui::deployment_log(&shell(&app), &name, &deployment, &lines).into_string();
    Ok(page(StatusCode::OK, html))
}

/// Answers `GET /endpoints/{name}/deployments/{deployment}/log/live`: the end of the log, whenever
/// it grew.
pub async fn log_live(
    State(app): State<App>,
    Path((name, deployment)): Path<(String, String)>,
) -> Response {
    stream(async_stream::stream! {
        let mut shown = None;
        while let Ok(view) = routes::deployment_logs_view(&app, &name, &deployment, 0).await {
            let last = view.lines.last().map(|line| line.seq);
            if last != shown {
                shown = last;
                yield patch(ui::log(&view.lines).into_string());
            }
            tokio::time::sleep(PERIOD).await;
        }
    })
}

/// Answers `POST /endpoints/{name}/ask`: the page again, with the answer in it.
pub async fn ask(
    State(app): State<App>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> PageResult {
    let form = Form::read(&app, request).await?;
    let input = form.text("input").unwrap_or_default();
    let mut forms = EndpointForms { endpoint, input, ..EndpointForms::default() };
    let status = match answer(&app, &forms.endpoint, &forms.input).await {
        Ok(answer) => {
            forms.answer = Some(answer);
            StatusCode::OK
        }
        Err(fault) => refuse(&mut forms, &fault),
    };
    render(&app, &headers, status, &forms).await
}

/// Sends one text in the shape of the scoring contract; a chat takes it as a message.
async fn answer(app: &App, name: &str, input: &str) -> Result<Value, Fault> {
    if input.is_empty() {
        return Err(Fault::new(Kind::Invalid, "there is no input"));
    }
    let body = json!({ "input_data": asked(input) }).to_string();
    let answer = routes::ask_endpoint(app, name, None, Ask::json("/score", body)).await?;
    routes::read_answer(answer).await
}

/// Reads JSON lists and objects, for tasks that want more than a text; anything else is a text.
fn asked(input: &str) -> Value {
    match serde_json::from_str(input) {
        Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
        _ => json!([input]),
    }
}

fn refuse(forms: &mut EndpointForms, fault: &Fault) -> StatusCode {
    forms.error = Some(body(fault));
    status(fault.kind())
}

/// Answers `POST /endpoints/{name}/traffic`: one field for each deployment.
pub async fn traffic(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> PageResult {
    let form = Form::read(&app, request).await?;
    let obeyed = match shares(&form) {
        Ok(traffic) => routes::set_traffic(&app, &name, TrafficRequest { traffic }).await,
        Err(fault) => Err(fault),
    };
    match obeyed {
        Ok(endpoint) => Ok(see_other(&format!("/endpoints#{}", endpoint.name))),
        Err(fault) => {
            let mut forms = EndpointForms { endpoint: name, ..EndpointForms::default() };
            let status = refuse(&mut forms, &fault);
            render(&app, &headers, status, &forms).await
        }
    }
}

fn shares(form: &Form) -> Result<BTreeMap<String, u8>, Fault> {
    let names = form.fields.keys();
    names.map(|name| Ok((name.clone(), form.number(name)?.unwrap_or(0)))).collect()
}

/// Answers `POST /endpoints/{name}/delete`.
pub async fn delete(State(app): State<App>, Path(name): Path<String>) -> PageResult {
    routes::remove_endpoint(&app, &name).await?;
    Ok(see_other("/endpoints"))
}

/// Answers `POST /endpoints/{name}/deployments/{deployment}/delete`.
pub async fn delete_deployment(
    State(app): State<App>,
    Path((name, deployment)): Path<(String, String)>,
) -> PageResult {
    routes::remove_deployment(&app, &name, &deployment).await?;
    Ok(see_other(&format!("/endpoints#{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_name_the_server_as_the_person_reached_it() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "models.test:81".parse().unwrap());
        assert_eq!(origin(&headers), "http://models.test:81");
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        assert_eq!(origin(&headers), "https://models.test:81");
    }

    #[test]
    fn every_field_is_a_share() {
        let mut form = Form::default();
        form.fields = [("blue".into(), "90".into()), ("green".into(), String::new())].into();
        assert_eq!(shares(&form).unwrap(), [("blue".into(), 90), ("green".into(), 0)].into());
        form.fields.insert("green".into(), "999".into());
        assert_eq!(shares(&form).unwrap_err().kind(), Kind::Invalid);
    }
}
