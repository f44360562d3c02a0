//! What people keep at hand, and the forms that keep it.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use domain::{Fault, Kind};

use super::answer::{PageResult, page, see_other, shell};
use super::form::Form;
use crate::app::App;
use crate::routes;

/// Answers `GET /saved`.
pub async fn saved(State(app): State<App>) -> PageResult {
    let marks = routes::marks_view(&app).await?;
    Ok(page(StatusCode::OK, ui::saved(&shell(&app), &marks).into_string()))
}

/// Answers `POST /saved/favorites`: a star was clicked.
pub async fn favorite(State(app): State<App>, request: Request) -> PageResult {
    let form = Form::read(&app, request).await?;
    match (form.get("add"), form.get("remove")) {
        (Some(model), _) => routes::add_favorite(&app, &routes::parse_model(model)?).await?,
        (None, Some(model)) => {
            routes::remove_favorite(&app, &routes::parse_model(model)?).await?;
        }
        (None, None) => return Err(missing("the form names no model").into()),
    }
    Ok(see_other(back(&form)))
}

/// Answers `POST /saved/searches`.
pub async fn save(State(app): State<App>, request: Request) -> PageResult {
    let form = Form::read(&app, request).await?;
    let name = form.get("name").ok_or_else(|| missing("the search has no name"))?;
    routes::save_search(&app, name, form.get("query").unwrap_or_default()).await?;
    Ok(see_other(back(&form)))
}

/// Answers `POST /saved/searches/delete`.
pub async fn forget(State(app): State<App>, request: Request) -> PageResult {
    let form = Form::read(&app, request).await?;
    let name = form.get("name").ok_or_else(|| missing("the form names no search"))?;
    routes::forget_search(&app, name).await?;
    Ok(see_other("/saved"))
}

fn missing(message: &str) -> Fault {
    Fault::new(Kind::Invalid, message)
}

/// The page that the form stood on; nothing else than one of ours.
fn back(form: &Form) -> &str {
    let local = |path: &&str| path.starts_with('/') && !path.starts_with("//");
    form.get("back").filter(local).filter(|path| !path.contains('\\')).unwrap_or("/saved")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_a_page_of_ours_only() {
        let cases = [
            ("/?q=bert&task=x", "/?q=bert&task=x"),
            ("//evil.test", "/saved"),
            ("/\\evil.test", "/saved"),
            ("https://evil.test", "/saved"),
            ("", "/saved"),
        ];
        for (asked, leads) in cases {
            let mut form = Form::default();
            form.fields.insert("back".to_owned(), asked.to_owned());
            assert_eq!(back(&form), leads, "{asked}");
        }
    }
}
