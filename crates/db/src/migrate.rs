//! Brings the tables up to date; two servers that start at once do it once.

use crate::{Db, Error, Result, Tx};

/// Every migration in order. One that was released is never edited.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_first", include_str!("../migrations/0001_first.sql")),
    ("0002_discover", include_str!("../migrations/0002_discover.sql")),
    ("0003_listed", include_str!("../migrations/0003_listed.sql")),
    ("0004_parity", include_str!("../migrations/0004_parity.sql")),
];

/// Any number that no other program locks in the same database.
const ADVISORY_LOCK: i64 = 0x6d6f_6465_6c64_6578;

/// Applies the migrations that are missing, in one transaction.
///
/// # Errors
/// Where the database fails or was made by another version.
pub async fn run(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    if db.is_postgres() {
        tx.rows("SELECT pg_advisory_xact_lock($1)::text", &[ADVISORY_LOCK.into()]).await?;
    }
    tx.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration \
         (name TEXT PRIMARY KEY, checksum BIGINT NOT NULL)",
        &[],
    )
    .await?;
    for (name, sql) in MIGRATIONS {
        apply(&mut tx, name, sql).await?;
    }
    tx.commit().await
}

async fn apply(tx: &mut Tx, name: &str, sql: &str) -> Result<()> {
    let applied =
        tx.row("SELECT checksum FROM schema_migration WHERE name = $1", &[name.into()]).await?;
    if let Some(row) = applied {
        let same = row.int("checksum")? == checksum(sql);
        return if same { Ok(()) } else { Err(Error::Migration { name: name.to_owned() }) };
    }
    for statement in statements(sql) {
        tx.execute(&statement, &[]).await?;
    }
    tx.execute(
        "INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)",
        &[name.into(), checksum(sql).into()],
    )
    .await?;
    Ok(())
}

/// Splits at semicolons at the ends of lines; comments are lines of their own.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<_> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    let parts = code.split(";\n").map(str::trim).map(|part| part.trim_end_matches(';'));
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// FNV-1a over the statements, so that a comment or a space may change.
fn checksum(sql: &str) -> i64 {
    let text = statements(sql).join(";");
    let words = text.split_whitespace().flat_map(|word| word.bytes().chain([b' ']));
    let hash = words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::from_ne_bytes(hash.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_database;

    #[test]
    fn comments_and_spaces_do_not_count() {
        let one = "-- a; comment\nCREATE TABLE a\n  (b TEXT);\nCREATE TABLE c (d TEXT);\n";
        assert_eq!(statements(one), ["CREATE TABLE a\n  (b TEXT)", "CREATE TABLE c (d TEXT)"]);
        assert_eq!(checksum(one), checksum("CREATE TABLE a (b TEXT);\nCREATE TABLE c (d TEXT);"));
        assert_ne!(checksum(one), checksum("CREATE TABLE a (b TEXT);"));
    }

    #[tokio::test]
    async fn running_again_changes_nothing_and_another_version_is_noticed() {
        each_database("migrate", async |db| {
            run(&db).await.unwrap();
            db.execute("UPDATE schema_migration SET checksum = 1", &[]).await.unwrap();
            let error = run(&db).await.unwrap_err();
            assert!(matches!(error, Error::Migration { .. }), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn models_that_were_here_before_keep_the_time_when_they_came() {
        each_database("migrate_models", async |db| {
            let newer = ["saved_search", "listed", "parity"];
            let tables = ["model", "model_gone", "sync", "collection", "favorite", "seen"];
            for table in tables.into_iter().chain(newer) {
                db.execute(&format!("DROP TABLE {table}"), &[]).await.unwrap();
            }
            let was = "CREATE TABLE model (collection TEXT NOT NULL, name TEXT NOT NULL, \
                       record TEXT NOT NULL, updated_ms BIGINT NOT NULL)";
            db.execute(was, &[]).await.unwrap();
            db.execute("DELETE FROM schema_migration WHERE name <> '0001_first'", &[])
                .await
                .unwrap();
            let counted = "INSERT INTO counter (name, value) VALUES ('catalog', 4)";
            db.execute(counted, &[]).await.unwrap();
            for (name, record) in [
                ("a", r#"{"summary":"9}","created_ms":1700000000123,"updated_ms":1800000000456}"#),
                ("b", r#"{"summary":"of another form","updated_ms":5}"#),
            ] {
                let sql = "INSERT INTO model VALUES ('hub', $1, $2, 5)";
                db.execute(sql, &[name.into(), record.into()]).await.unwrap();
            }
            run(&db).await.unwrap();
            let sql = "SELECT revision, created_ms FROM model ORDER BY name";
            let rows = db.rows(sql, &[]).await.unwrap();
            let read =
                |row: &crate::Row| (row.int("revision").unwrap(), row.int("created_ms").unwrap());
            let all: Vec<_> = rows.iter().map(read).collect();
            assert_eq!(all, [(4, 1_700_000_000_123), (4, 5)]);
        })
        .await;
    }
}
