//! From records to what crosses the wire: one file per kind of thing.

mod card;
mod card_diff;
mod card_fit;
mod card_lineage;
mod collections;
mod compare;
mod jobs;
mod leaderboard;
mod parity;
mod scope;
mod search;
#[cfg(test)]
mod testing;

pub use card::{model_card, usable};
pub use card_diff::{DiffQuery, diff_view, one_missing};
pub use card_fit::{FitQuery, fit_view};
pub use card_lineage::lineage_view;
pub use collections::{collection_records, collection_view, collections_view};
pub use compare::{shared, trade_off};
pub use jobs::{job, log_line, metric_point};
pub use leaderboard::leaderboard;
pub use parity::{measured, measuring, not_measured};
pub use scope::{expanded, expanded_of};
pub use search::{facet, known_summary, query_string, read_query, search_page};
