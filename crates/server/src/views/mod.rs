//! From records to what crosses the wire: one file per kind of thing.

mod card;
mod jobs;
mod search;

pub use card::model_card;
pub use jobs::{job, log_line, metric_point};
pub use search::search_page;
