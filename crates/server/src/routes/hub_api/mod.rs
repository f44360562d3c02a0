//! `/api/models` and `/{model}/resolve/…`: the API of the Hugging Face hub, to read from.
//!
//! Its clients find models here and fetch files with nothing changed but `HF_ENDPOINT`.

mod date;
mod describe;
mod download;
mod fault;
mod filter;
mod info;
mod list;
mod path;
mod query;
mod range;
mod repo;
mod tree;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub use list::base_url;
pub use repo::commit_of;

/// Returns the routes.
///
/// An id has one part (`gpt2`) to four (a collection and a name with two `/`); a page's path never
/// has `resolve` at these places, and where one begins with the same word the page comes first.
pub fn router() -> Router<App> {
    let file = get(download::file);
    Router::new()
        .route("/api/models", get(list::models))
        .route("/api/models/{*path}", get(info::get).merge(post(info::post)))
        .route("/{a}/resolve/{revision}/{*file}", file.clone())
        .route("/{a}/{b}/resolve/{revision}/{*file}", file.clone())
        .route("/{a}/{b}/{c}/resolve/{revision}/{*file}", file.clone())
        .route("/{a}/{b}/{c}/{d}/resolve/{revision}/{*file}", file)
}
