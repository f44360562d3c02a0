//! What is asked of a hub's listing.

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingOrder {
    /// What changed last.
    #[default]
    Modified,
    /// What is downloaded most.
    Downloads,
}

/// Which models of a hub, in which order; all of them by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingQuery {
    /// Of this user or organization.
    pub author: Option<String>,
    /// For this task, as the hub spells it.
    pub task: Option<String>,
    /// Made for this library.
    pub library: Option<String>,
    /// With each of these tags, such as `license:mit` or `en`.
    pub tags: Vec<String>,
    /// With these words in the id.
    pub search: Option<String>,
    /// What comes first.
    pub order: ListingOrder,
    /// How many models a page has at most.
    pub page: usize,
}

/// What each listing says; without this, hubs leave out most of it.
const EXPAND: [&str; 14] = [
    "author",
    "cardData",
    "createdAt",
    "disabled",
    "downloads",
    "gated",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "tags",
];

impl Default for ListingQuery {
    fn default() -> Self {
        Self {
            author: None,
            task: None,
            library: None,
            tags: Vec::new(),
            search: None,
            order: ListingOrder::Modified,
            // Half of what hubs give at most: with cards a page has about a megabyte.
            page: 500,
        }
    }
}

impl ListingQuery {
    /// Returns the query of the address.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        let sort = match self.order {
            ListingOrder::Modified => "lastModified",
            ListingOrder::Downloads => "downloads",
        };
        let single =
            [("author", &self.author), ("pipeline_tag", &self.task), ("search", &self.search)];
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let filters = self.library.iter().chain(&self.tags).map(|tag| ("filter", tag.as_str()));
        let order = [("sort", sort), ("direction", "-1")];
        let expand = EXPAND.iter().map(|field| ("expand", *field));
        single.chain(filters).chain(order).chain(expand).collect()
    }
}
