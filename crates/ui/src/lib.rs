//! The pages, as functions of the wire types: a page cannot show what the API does not tell.
//!
//! A page works without scripts: filters are a plain form, actions are forms that post. Scripts
//! only make it livelier, and all of them share one convention: an element that arrives replaces
//! the one with the same id.

mod assets;
mod card;
mod catalog;
mod chart;
mod collections;
mod compare;
mod endpoints;
mod error_page;
mod evaluation;
mod fit;
mod format;
mod icon;
mod import_page;
mod job;
mod jobs;
mod leaderboard;
mod lineage;
mod link;
mod look;
mod parts;
mod saved;
mod shell;
mod trade_off;

pub use assets::{Asset, asset};
pub use card::{Action, CardForms, card, try_panel};
pub use catalog::{CatalogFacts, FilterFacts, catalog, filter_page};
pub use collections::{CollectionForm, collection, collections};
pub use compare::{Adding, compare, compare_adding};
pub use endpoints::{EndpointForms, deployment_log, deployments, endpoints};
pub use error_page::error;
pub use import_page::import;
pub use job::{JobFacts, job, job_charts, job_head, log};
pub use jobs::{jobs, jobs_list};
pub use leaderboard::leaderboard;
pub use saved::saved;
pub use shell::Shell;
