//! PostgreSQL: columns with indexes, arrays and words under GIN, and trigrams for typos.

use db::Db;
use discover::FacetName;

use super::said;
use super::sql::{Dialect, SEVERAL, SINGLE, Statement, Words};

/// What makes reading fast on a small machine.
pub const SETTINGS: &[&str] = &["SET work_mem = '256MB'", "SET jit = off"];

const SCHEMA: &str = "bench_discover";

const TABLES: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE TABLE item (id bigint PRIMARY KEY, name text, sort_name text, license text, \
     license_family text, size text, fits text, collection text, publisher text, library text, \
     downloads bigint, likes bigint, updated_ms bigint, created_ms bigint, parameters bigint, \
     task text[], finetuning_task text[], deployment text[], language text[], status text[])",
    "CREATE TABLE listing (id bigint PRIMARY KEY, json text)",
    "CREATE TABLE words (id bigint PRIMARY KEY, name tsvector, spelled text, everything tsvector)",
];

const INSERTS: &[&str] = &[
    "INSERT INTO item SELECT id, name, sort_name, license, license_family, size, fits, \
     collection, publisher, library, downloads, likes, updated_ms, created_ms, parameters, \
     task, finetuning_task, deployment, language, status FROM \
     jsonb_to_recordset($1::jsonb) AS one(id bigint, name text, sort_name text, license text, \
     license_family text, size text, fits text, collection text, publisher text, library text, \
     downloads bigint, likes bigint, updated_ms bigint, created_ms bigint, parameters bigint, \
     several jsonb), jsonb_to_record(several) AS many(task text[], finetuning_task text[], \
     deployment text[], language text[], status text[])",
    "INSERT INTO listing SELECT id, json FROM \
     jsonb_to_recordset($1::jsonb) AS one(id bigint, json text)",
    "INSERT INTO words SELECT id, to_tsvector('simple', words), words || ' ' || keywords, \
     setweight(to_tsvector('simple', words), 'A') || \
     setweight(to_tsvector('simple', keywords), 'B') || to_tsvector('simple', summary) FROM \
     jsonb_to_recordset($1::jsonb) AS one(id bigint, words text, keywords text, summary text)",
];

/// The database over a socket.
pub struct Postgres;

/// Opens a schema of its own, fresh.
pub async fn open(url: &str) -> Result<Db, String> {
    drop_schema(url).await?;
    let anywhere = session(url).await?;
    anywhere.execute(&format!("CREATE SCHEMA {SCHEMA}"), &[]).await.map_err(said)?;
    Db::open(&with_schema(url, &format!("{SCHEMA},public"))).await.map_err(said)
}

/// Takes everything away again.
///
/// # Errors
/// Where the database does not answer.
pub async fn drop_schema(url: &str) -> Result<(), String> {
    let anywhere = session(url).await?;
    let sql = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE");
    anywhere.execute(&sql, &[]).await.map(drop).map_err(said)
}

/// Opens the database so that the tables of `db` go away with the session.
async fn session(url: &str) -> Result<Db, String> {
    Db::open(&with_schema(url, "pg_temp")).await.map_err(said)
}

fn with_schema(url: &str, schema: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options[search_path]={schema}")
}

/// Returns the bytes of every table and index.
pub async fn disk_bytes(db: &Db) -> Result<u64, String> {
    let sql = "SELECT sum(pg_total_relation_size(oid))::bigint AS n FROM pg_class \
               WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'";
    let row = db.row(sql, &[]).await.map_err(said)?;
    row.map_or(Ok(0), |row| row.int("n").map(|bytes| bytes as u64).map_err(said))
}

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn tables(&self) -> &'static [&'static str] {
        TABLES
    }

    fn inserts(&self) -> &'static [&'static str] {
        INSERTS
    }

    fn indexes(&self) -> Vec<String> {
        let of_filter = |facet: &FacetName| {
            format!("CREATE INDEX ON item ({}, downloads DESC, id)", facet.as_str())
        };
        let mut statements: Vec<String> = SINGLE.iter().map(of_filter).collect();
        let several =
            |facet: &FacetName| format!("CREATE INDEX ON item USING gin ({})", facet.as_str());
        statements.extend(SEVERAL.iter().map(several));
        let sorts = [
            "name",
            "sort_name, id",
            "downloads DESC, id",
            "likes DESC, id",
            "updated_ms DESC, id",
            "created_ms DESC, id",
            "parameters, id",
        ];
        statements.extend(sorts.map(|sort| format!("CREATE INDEX ON item ({sort})")));
        statements.extend([
            "CREATE INDEX ON words USING gin (name)".to_owned(),
            "CREATE INDEX ON words USING gin (everything)".to_owned(),
            "CREATE INDEX ON words USING gin (spelled gin_trgm_ops)".to_owned(),
            "ANALYZE item, words, listing".to_owned(),
        ]);
        statements
    }

    fn words(&self, text: &str, typo: bool) -> Option<Option<Words>> {
        let value = text.trim().to_owned();
        let found = Words {
            value,
            tables: "words w JOIN item m ON m.id = w.id",
            condition: "w.everything @@ plainto_tsquery('simple', $w)",
            order: "ts_rank(w.everything, plainto_tsquery('simple', $w)) DESC",
        };
        let spelled =
            Words { condition: "$w <% w.spelled", order: "$w <<-> w.spelled", ..found.clone() };
        Some((!found.value.is_empty()).then_some(if typo { spelled } else { found }))
    }

    fn prefix(&self, prefix: &str) -> Statement {
        let mut statement = Statement::default();
        let words: Vec<&str> =
            prefix.split(['-', '.', '_']).filter(|word| !word.is_empty()).collect();
        let place = statement.bind(&format!("{}:*", words.join(" <-> ")));
        statement.text = format!(
            "SELECT r.json FROM (SELECT m.id FROM words w JOIN item m ON m.id = w.id \
             WHERE w.name @@ to_tsquery('simple', {place}) ORDER BY m.downloads DESC LIMIT 10) \
             AS top JOIN listing r ON r.id = top.id"
        );
        statement
    }

    fn has_any(&self, facet: FacetName, places: &str) -> String {
        format!("m.{} && ARRAY[{places}]::text[]", facet.as_str())
    }

    fn count_several(&self, facets: &[FacetName]) -> Vec<String> {
        let count = |facet: &FacetName| {
            let name = facet.as_str();
            format!(
                "SELECT '{name}' AS facet, value, count(*) AS n FROM hit, unnest(hit.{name}) \
                 AS value GROUP BY value"
            )
        };
        facets.iter().map(count).collect()
    }
}
