//! Where models come from: a hub that speaks the Hugging Face protocol, or a folder.
//!
//! A source lists and opens; it writes nothing and decides nothing. What it lists is an offer.

mod client;
mod directory;
mod error;
mod folder;
mod guard;
mod hugging_face;
mod listing;
mod network;
mod rate;
mod reply;
mod source;
mod token;

pub use directory::{
    Directory, HostedListing, HostedPage, HubListing, ListedCard, ListingOrder, ListingPage,
    ListingQuery, Pages, Provider,
};
pub use error::Error;
pub use folder::FolderSource;
pub use hugging_face::{HubOptions, HubSource};
pub use network::{Lookup, Network, Sleep};
pub use source::{Checksum, Odd, Opened, Resolved, Resume, Source, SourceFile};
pub use token::Token;

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
