//! What people keep at hand: favorites, what they looked at last, searches with a name.

use std::fmt;
use std::str::FromStr;

use db::{Row, Tx};
use domain::ModelRef;

use super::{Catalog, count, models, within};
use crate::{Error, Result};

/// Favorites are looked through by eye: more than this is a search with a name.
const FAVORITES_MAX: i64 = 500;
/// Four times what is shown, so that deleted models leave no gap.
const SEEN_MAX: i64 = 50;
/// A list of names that a person can still read.
const SEARCHES_MAX: i64 = 200;
/// A name stands on one line of a page.
const NAME_CHARS_MAX: usize = 60;
/// Every filter with several values stays below this.
const QUERY_BYTES_MAX: usize = 4_096;

/// The name of a saved search: words on one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchName(String);

impl SearchName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SearchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SearchName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim();
        let why = if name.is_empty() {
            Some("it is empty")
        } else if name.chars().count() > NAME_CHARS_MAX {
            Some("it is longer than 60 characters")
        } else if name.chars().any(char::is_control) || name.contains('/') {
            Some("it holds a `/` or a control character")
        } else {
            None
        };
        match why {
            Some(why) => Err(Error::SearchName { name: name.to_owned(), why }),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// A search with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// The name.
    pub name: SearchName,
    /// The query string.
    pub query: String,
}

impl Catalog {
    /// Makes a model, whatever its version, the first of the favorites.
    ///
    /// # Errors
    /// Where there are too many, or the database fails; likewise below.
    pub async fn add_favorite(&self, model: &ModelRef) -> Result<()> {
        let mut tx = self.db.begin().await?;
        put_first(&mut tx, "favorite", model).await?;
        within(&mut tx, "favorite", "favorites", FAVORITES_MAX).await?;
        Ok(tx.commit().await?)
    }

    /// Makes a model no favorite; tells whether it was one.
    pub async fn remove_favorite(&self, model: &ModelRef) -> Result<bool> {
        let sql = "DELETE FROM favorite WHERE collection = $1 AND name = $2";
        let values = [model.collection.as_str().into(), model.name.as_str().into()];
        Ok(self.db.execute(sql, &values).await? > 0)
    }

    /// Returns the favorites, the last marked first.
    pub async fn favorites(&self) -> Result<Vec<ModelRef>> {
        self.marked("favorite", FAVORITES_MAX).await
    }

    /// Notes that somebody looked at a model; the fifty last are kept.
    pub async fn note_seen(&self, model: &ModelRef) -> Result<()> {
        // Reloading a page is no news, and is spared the write.
        if self.seen(1).await?.first().is_some_and(|last| last.unversioned() == model.unversioned())
        {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        put_first(&mut tx, "seen", model).await?;
        let sql = "DELETE FROM seen WHERE number NOT IN \
                   (SELECT number FROM seen ORDER BY number DESC LIMIT $1)";
        tx.execute(sql, &[SEEN_MAX.into()]).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the models that were looked at, the last first.
    pub async fn seen(&self, limit: u32) -> Result<Vec<ModelRef>> {
        self.marked("seen", limit.into()).await
    }

    /// Gives a search a name; the same name again means the new query.
    pub async fn save_search(&self, search: &SavedSearch) -> Result<()> {
        if search.query.len() > QUERY_BYTES_MAX {
            let name = search.name.to_string();
            return Err(Error::QueryTooLong { name, most: QUERY_BYTES_MAX });
        }
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO saved_search (name, query, created_ms) VALUES ($1, $2, $3) \
                   ON CONFLICT (name) DO UPDATE SET query = excluded.query";
        let values =
            [search.name.as_str().into(), search.query.as_str().into(), self.clock.now_ms().into()];
        tx.execute(sql, &values).await?;
        within(&mut tx, "saved_search", "saved searches", SEARCHES_MAX).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets a saved search; tells whether it was there.
    pub async fn delete_search(&self, name: &SearchName) -> Result<bool> {
        let sql = "DELETE FROM saved_search WHERE name = $1";
        Ok(self.db.execute(sql, &[name.as_str().into()]).await? > 0)
    }

    /// Returns the saved searches, sorted by name.
    pub async fn searches(&self) -> Result<Vec<SavedSearch>> {
        let rows = self.db.rows("SELECT name, query FROM saved_search", &[]).await?;
        let read = |row: &Row| {
            Ok(SavedSearch { name: row.text("name")?.parse()?, query: row.text("query")? })
        };
        let mut all: Vec<SavedSearch> = rows.iter().map(read).collect::<Result<_>>()?;
        // Sorted here: databases differ in what comes first.
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    async fn marked(&self, table: &str, limit: i64) -> Result<Vec<ModelRef>> {
        let sql = format!("SELECT collection, name FROM {table} ORDER BY number DESC LIMIT $1");
        self.db.rows(&sql, &[limit.into()]).await?.iter().map(models::read_model).collect()
    }
}

/// Puts a model before all others of a table; the counter says what came last.
async fn put_first(tx: &mut Tx, table: &str, model: &ModelRef) -> Result<()> {
    let number = count(tx, "marks").await?;
    let sql = format!(
        "INSERT INTO {table} (collection, name, number) VALUES ($1, $2, $3) \
         ON CONFLICT (collection, name) DO UPDATE SET number = excluded.number"
    );
    let values = [model.collection.as_str().into(), model.name.as_str().into(), number.into()];
    tx.execute(&sql, &values).await?;
    Ok(())
}
