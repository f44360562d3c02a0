//! What lists have in common: their parameters and their pages.

use api::kubeflow::Page;
use domain::{Fault, Kind};

/// Entries of a page where no size is named.
const SIZE_DEFAULT: usize = 10;

/// The largest page: as many as a search returns at most.
const SIZE_MAX: usize = 1_000;

/// Begins a token that says how many entries to skip.
const SKIP: &str = "skip-";

/// In which direction an order is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `ASC`.
    Upwards,
    /// `DESC`.
    Downwards,
}

/// The parameters of a list.
#[derive(Clone, Debug)]
pub struct Paging {
    pairs: Vec<(String, String)>,
    /// The most entries.
    pub size: usize,
    /// `ASC` or `DESC`.
    pub direction: Direction,
}

impl Paging {
    /// Reads a query string.
    ///
    /// # Errors
    /// Where a size or an order cannot be read.
    pub fn read(raw: &str) -> Result<Self, Fault> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        let mut paging = Self { pairs, size: SIZE_DEFAULT, direction: Direction::Upwards };
        if let Some(text) = paging.text("pageSize") {
            let size = text.parse().ok().filter(|size| *size > 0);
            let size: usize = size.ok_or_else(|| wrong("pageSize", text, "a number above 0"))?;
            paging.size = size.min(SIZE_MAX);
        }
        paging.direction = match paging.text("sortOrder").map(str::to_ascii_uppercase).as_deref() {
            None | Some("ASC") => Direction::Upwards,
            Some("DESC") => Direction::Downwards,
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

    /// Returns what the page before gave, unless it is a number of entries to skip.
    pub fn cursor(&self) -> Option<&str> {
        self.text("nextPageToken").filter(|token| !token.starts_with(SKIP))
    }

    /// Returns how many entries to skip.
    ///
    /// # Errors
    /// Where the token does not say so.
    pub fn skip(&self) -> Result<usize, Fault> {
        let Some(token) = self.text("nextPageToken") else { return Ok(0) };
        let skip = token.strip_prefix(SKIP).and_then(|skip| skip.parse().ok());
        skip.ok_or_else(|| wrong("nextPageToken", token, "what the page before gave"))
    }

    /// Cuts the page out of a list that is sorted upwards.
    ///
    /// # Errors
    /// Where the token cannot be read.
    pub fn cut<T>(&self, mut items: Vec<T>) -> Result<Page<T>, Fault> {
        if self.direction == Direction::Downwards {
            items.reverse();
        }
        let skip = self.skip()?;
        let end = skip.saturating_add(self.size);
        let next = (end < items.len()).then(|| skipping(end));
        Ok(self.page(items.into_iter().skip(skip).take(self.size).collect(), next))
    }

    /// Makes a page of what was cut elsewhere.
    pub fn page<T>(&self, items: Vec<T>, next: Option<String>) -> Page<T> {
        Page {
            next_page_token: next.unwrap_or_default(),
            page_size: self.size,
            size: items.len(),
            items,
        }
    }
}

/// Writes a token that skips so many entries.
pub fn skipping(count: usize) -> String {
    format!("{SKIP}{count}")
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
                let page = Paging::read(&raw).unwrap().cut(vec![0, 1, 2, 3, 4]).unwrap();
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
        for raw in ["pageSize=0", "pageSize=x", "sortOrder=UP"] {
            assert_eq!(Paging::read(raw).unwrap_err().kind(), Kind::Invalid, "{raw}");
        }
        let far = Paging::read("pageSize=9999&nextPageToken=skip-18446744073709551615").unwrap();
        assert_eq!((far.size, far.cut(vec![1]).unwrap().items.len()), (1_000, 0));
        assert!(Paging::read("nextPageToken=7").unwrap().cut(vec![1]).is_err());
    }
}
