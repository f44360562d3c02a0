//! What lists have in common: their parameters and their pages.

use api::kubeflow::Page;
use domain::{Fault, Kind};

use crate::routes::sift::Direction;

/// Entries of a page where no size is named.
const SIZE_DEFAULT: usize = 10;

/// The largest page: as many as a search returns at most.
const SIZE_MAX: usize = 1_000;

/// Begins a token that says how many entries to skip.
const SKIP: &str = "skip-";

/// The parameters of a list.
#[derive(Clone, Debug)]
pub struct Paging {
    pairs: Vec<(String, String)>,
    /// The most entries.
    pub size: usize,
    /// How many to skip.
    pub skip: usize,
    /// `ASC` or `DESC`.
    pub direction: Direction,
}

impl Paging {
    /// Reads a query string.
    ///
    /// # Errors
    /// Where a size, an order or a token cannot be read.
    pub fn read(raw: &str) -> Result<Self, Fault> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        let mut paging =
            Self { pairs, size: SIZE_DEFAULT, skip: 0, direction: Direction::Forwards };
        if let Some(text) = paging.text("pageSize") {
            let size = text.parse().ok().filter(|size| *size > 0);
            let size: usize = size.ok_or_else(|| wrong("pageSize", text, "a number above 0"))?;
            paging.size = size.min(SIZE_MAX);
        }
        if let Some(text) = paging.text("nextPageToken") {
            let skip = text.strip_prefix(SKIP).and_then(|skip| skip.parse().ok());
            paging.skip =
                skip.ok_or_else(|| wrong("nextPageToken", text, "what the page before gave"))?;
        }
        paging.direction = match paging.text("sortOrder").map(str::to_ascii_uppercase).as_deref() {
            None | Some("ASC") => Direction::Forwards,
            Some("DESC") => Direction::Backwards,
            Some(other) => return Err(wrong("sortOrder", other, "`ASC` or `DESC`")),
        };
        Ok(paging)
    }

    /// Returns a parameter that stands once.
    pub fn text(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|(one, value)| one == name && !value.is_empty());
        pair.map(|(_, value)| value.as_str())
    }

    /// Returns the values of a parameter that may repeat, and have commas.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let pairs = self.pairs.iter().filter(|(one, _)| one == name);
        let values = pairs.flat_map(|(_, value)| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// Cuts the page out of a list that is sorted upwards.
    pub fn cut<T>(&self, mut items: Vec<T>) -> Page<T> {
        if self.direction == Direction::Backwards {
            items.reverse();
        }
        let end = self.skip.saturating_add(self.size);
        let next = (end < items.len()).then_some(end);
        self.page(items.into_iter().skip(self.skip).take(self.size).collect(), next)
    }

    /// Makes a page of what was cut elsewhere.
    pub fn page<T>(&self, items: Vec<T>, next: Option<usize>) -> Page<T> {
        let token = next.map(|next| format!("{SKIP}{next}"));
        Page {
            next_page_token: token.unwrap_or_default(),
            page_size: self.size,
            size: items.len(),
            items,
        }
    }
}

/// Says that a parameter cannot be read.
pub fn wrong(name: &str, value: &str, instead: &str) -> Fault {
    Fault::new(Kind::Invalid, format!("`{name}={value}` cannot be read"))
        .hint(format!("send {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_in_both_directions() {
        for (order, wanted) in [("ASC", [0, 1, 2, 3, 4]), ("desc", [4, 3, 2, 1, 0])] {
            let (mut token, mut all) = (String::new(), Vec::new());
            loop {
                let raw = format!("pageSize=2&sortOrder={order}&nextPageToken={token}");
                let page = Paging::read(&raw).unwrap().cut(vec![0, 1, 2, 3, 4]);
                assert_eq!((page.page_size, page.size), (2, page.items.len()));
                all.extend(page.items);
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(all, wanted);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for raw in ["pageSize=0", "pageSize=x", "sortOrder=UP", "nextPageToken=7"] {
            assert_eq!(Paging::read(raw).unwrap_err().kind(), Kind::Invalid, "{raw}");
        }
        let far = Paging::read("pageSize=9999&nextPageToken=skip-18446744073709551615").unwrap();
        assert_eq!((far.size, far.cut(vec![1]).items.len()), (1_000, 0));
    }
}
