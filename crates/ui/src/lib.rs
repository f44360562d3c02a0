//! The pages, as functions of the wire types: a page cannot show what the API does not tell.
//!
//! A page works without scripts: filters are a plain form, actions are forms that post. Scripts
//! only make it livelier, and all of them share one convention: an element that arrives replaces
//! the one with the same id.

mod assets;
mod error_page;
mod icon;
mod shell;

pub use assets::{Asset, asset};
pub use error_page::error;
pub use shell::Shell;
