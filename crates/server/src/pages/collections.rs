//! Collections: all of them, one of them, and what their forms do.

use api::{CollectionRequest, SyncRequest};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use domain::{Fault, Kind};
use ui::CollectionForm;

use super::answer::{PageResult, page, see_other, shell};
use super::form::Form;
use crate::app::App;
use crate::error::{body, status};
use crate::{routes, views};

/// Answers `GET /collections`.
pub async fn collections(State(app): State<App>) -> PageResult {
    render(&app, StatusCode::OK, &CollectionForm::default()).await
}

async fn render(app: &App, status: StatusCode, form: &CollectionForm) -> PageResult {
    let all = views::collections_view(app).await?;
    Ok(page(status, ui::collections(&shell(app), &all, form).into_string()))
}

/// Answers `GET /collections/{name}`.
pub async fn collection(State(app): State<App>, Path(name): Path<String>) -> PageResult {
    show(&app, &name, None).await
}

async fn show(app: &App, name: &str, fault: Option<&Fault>) -> PageResult {
    let view = views::collection_view(app, name).await?;
    let error = fault.map(body);
    let status = fault.map_or(StatusCode::OK, |fault| status(fault.kind()));
    Ok(page(status, ui::collection(&shell(app), &view, error.as_ref()).into_string()))
}

/// Answers `POST /collections`: defines one, or shows the form again with what was wrong.
pub async fn define(State(app): State<App>, request: Request) -> PageResult {
    let form = Form::read(&app, request).await?;
    let name = form.get("name").unwrap_or_default().to_owned();
    match routes::define_collection(&app, &name, wanted(&form)).await {
        Ok(view) => Ok(see_other(&format!("/collections/{}", view.name))),
        Err(fault) => {
            let form = CollectionForm { values: form.fields, error: Some(body(&fault)) };
            render(&app, status(fault.kind()), &form).await
        }
    }
}

fn wanted(form: &Form) -> CollectionRequest {
    CollectionRequest {
        title: form.text("title"),
        description: form.text("description").unwrap_or_default(),
        kind: form.text("kind").unwrap_or_default(),
        source: form.text("source").unwrap_or_default(),
    }
}

/// Answers `POST /collections/{name}/sync`: reads a folder at once, lists anything else in a job.
pub async fn sync(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> PageResult {
    let form = Form::read(&app, request).await?;
    match try_sync(&app, &name, &form).await {
        Ok(path) => Ok(see_other(&path)),
        Err(fault) => show(&app, &name, Some(&fault)).await,
    }
}

async fn try_sync(app: &App, name: &str, form: &Form) -> Result<String, Fault> {
    let view = views::collection_view(app, name).await?;
    if view.kind == "assets" {
        let Some(folder) = view.source else {
            let fault = Fault::new(Kind::Invalid, format!("`{name}` names no folder"));
            return Err(fault.hint("add one: modeldex catalog add FOLDER"));
        };
        let request = CollectionRequest {
            title: Some(view.title),
            description: view.description,
            kind: view.kind,
            source: folder,
        };
        let view = routes::define_collection(app, name, request).await?;
        return Ok(format!("/collections/{}", view.name));
    }
    let request = SyncRequest {
        url: form.text("url"),
        filter: form.text("filter").unwrap_or_default(),
        limit: form.number("limit")?,
        token: form.text("token"),
        ..SyncRequest::default()
    };
    let job = routes::start_sync(app, name, request).await?;
    Ok(format!("/jobs/{}", job.id))
}

/// Answers `POST /collections/{name}/delete`.
pub async fn remove(State(app): State<App>, Path(name): Path<String>) -> PageResult {
    match routes::remove_collection(&app, &name).await {
        Ok(_) => Ok(see_other("/collections")),
        Err(fault) => show(&app, &name, Some(&fault)).await,
    }
}
