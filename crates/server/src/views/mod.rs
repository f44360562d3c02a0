//! From records to what crosses the wire: one file per kind of thing.

mod card;
mod card_diff;
mod card_fit;
mod card_lineage;
mod jobs;
mod search;

pub use card::{model_card, usable};
pub use card_diff::{DiffQuery, diff_view, one_missing};
pub use card_fit::{FitQuery, fit_view};
pub use card_lineage::lineage_view;
pub use jobs::{job, log_line, metric_point};
pub use search::{facet, normalized, read_query, search_page};
