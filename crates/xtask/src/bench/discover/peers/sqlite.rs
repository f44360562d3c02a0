//! SQLite: columns with indexes, one table for filters with several values, and FTS5.

use discover::FacetName;

use super::sql::{Dialect, SINGLE, Statement, Words};

/// What makes reading fast: the whole file is mapped, and a gigabyte may be cached.
pub const SETTINGS: &[&str] = &["PRAGMA mmap_size = 8589934592", "PRAGMA cache_size = -1048576"];

const TABLES: &[&str] = &[
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, sort_name TEXT, license TEXT, \
     license_family TEXT, size TEXT, fits TEXT, collection TEXT, publisher TEXT, library TEXT, \
     downloads INTEGER, likes INTEGER, updated_ms INTEGER, created_ms INTEGER, \
     parameters INTEGER)",
    "CREATE TABLE listing (id INTEGER PRIMARY KEY, json TEXT)",
    "CREATE TABLE tag (facet TEXT, value TEXT, model INTEGER, \
     PRIMARY KEY (facet, value, model)) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE words USING fts5(name, keywords, summary, content = '', \
     prefix = '1 2 3 4')",
];

const INSERTS: &[&str] = &[
    "INSERT INTO item SELECT value ->> 'id', value ->> 'name', value ->> 'sort_name', \
     value ->> 'license', value ->> 'license_family', value ->> 'size', value ->> 'fits', \
     value ->> 'collection', value ->> 'publisher', value ->> 'library', \
     value ->> 'downloads', value ->> 'likes', value ->> 'updated_ms', \
     value ->> 'created_ms', value ->> 'parameters' FROM json_each($1)",
    "INSERT INTO listing SELECT value ->> 'id', value ->> 'json' FROM json_each($1)",
    "INSERT INTO tag SELECT facet.key, tag.value, one.value ->> 'id' FROM json_each($1) AS one, \
     json_each(one.value, '$.several') AS facet, json_each(facet.value) AS tag",
    "INSERT INTO words (rowid, name, keywords, summary) SELECT value ->> 'id', \
     value ->> 'name', value ->> 'keywords', value ->> 'summary' FROM json_each($1)",
];

/// The database in the process.
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite FTS5"
    }

    fn tables(&self) -> &'static [&'static str] {
        TABLES
    }

    fn inserts(&self) -> &'static [&'static str] {
        INSERTS
    }

    fn indexes(&self) -> Vec<String> {
        let of_filter = |facet: &FacetName| {
            let name = facet.as_str();
            format!("CREATE INDEX by_{name} ON item ({name}, downloads DESC)")
        };
        let mut statements: Vec<String> = SINGLE.iter().map(of_filter).collect();
        let sorts =
            ["name", "sort_name", "downloads", "likes", "updated_ms", "created_ms", "parameters"];
        statements.extend(sorts.map(|sort| format!("CREATE INDEX sort_{sort} ON item ({sort})")));
        statements.push("CREATE INDEX tags_of_model ON tag (model, facet, value)".to_owned());
        statements.push("INSERT INTO words (words) VALUES ('optimize')".to_owned());
        statements.push("ANALYZE".to_owned());
        statements
    }

    fn words(&self, text: &str, typo: bool) -> Option<Option<Words>> {
        if typo {
            return None;
        }
        let quoted: Vec<String> =
            text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        Some((!quoted.is_empty()).then(|| Words {
            value: quoted.join(" "),
            tables: "words JOIN item m ON m.id = words.rowid",
            condition: "words MATCH $w",
            order: "words.rank",
        }))
    }

    fn prefix(&self, prefix: &str) -> Statement {
        let mut statement = Statement::default();
        let words: Vec<&str> =
            prefix.split(['-', '.', '_']).filter(|word| !word.is_empty()).collect();
        let mut terms: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        if let Some(last) = terms.last_mut() {
            last.push('*');
        }
        let place = statement.bind(&format!("name : ({})", terms.join(" + ")));
        statement.text = format!(
            "SELECT r.json FROM (SELECT m.id FROM words JOIN item m ON m.id = words.rowid \
             WHERE words MATCH {place} ORDER BY m.downloads DESC LIMIT 10) AS top \
             JOIN listing r ON r.id = top.id"
        );
        statement
    }

    fn has_any(&self, facet: FacetName, places: &str) -> String {
        let facet = facet.as_str();
        format!("m.id IN (SELECT model FROM tag WHERE facet = '{facet}' AND value IN ({places}))")
    }

    fn count_several(&self, facets: &[FacetName]) -> Vec<String> {
        let names: Vec<String> = facets.iter().map(|one| format!("'{}'", one.as_str())).collect();
        vec![format!(
            "SELECT tag.facet, tag.value, count(*) AS n FROM hit JOIN tag ON tag.model = hit.id \
             WHERE tag.facet IN ({}) GROUP BY tag.facet, tag.value",
            names.join(", ")
        )]
    }
}
