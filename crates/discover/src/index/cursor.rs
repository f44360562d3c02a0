//! Where a page ended, as clients carry it to the next.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::order::SortKey;
use crate::query::{Query, Sort};
use crate::{Error, Result};

/// Cursors hold a name and a few numbers; what is longer was not made here.
const CHARS_MAX: usize = 4_096;

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// The order that it is a place in.
    sort: String,
    after: SortKey,
}

/// Writes the place of the last model of a page.
pub(super) fn write(sort: Sort, after: SortKey) -> String {
    let cursor = Cursor { sort: sort.as_str().to_owned(), after };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// Reads where a query goes on.
///
/// # Errors
/// Where no page gave that cursor, or it is of another order.
pub(super) fn read(query: &Query) -> Result<Option<SortKey>> {
    let Some(text) = &query.cursor else { return Ok(None) };
    let bad = || Error::BadCursor { text: text.chars().take(40).collect() };
    if text.len() > CHARS_MAX {
        return Err(bad());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let is_same = cursor.sort == query.sort.as_str();
    is_same.then_some(Some(cursor.after)).ok_or_else(bad)
}
