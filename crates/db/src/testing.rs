//! Runs a test on every kind of database: SQLite always, PostgreSQL where one is named.

use std::future::Future;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Db, migrate, open};

/// Names the PostgreSQL server for tests.
pub const URL_VARIABLE: &str = "MODELDEX_TEST_DATABASE_URL";

/// Runs `test` on a fresh SQLite database and, where [`URL_VARIABLE`] is set, on a fresh schema
/// of that PostgreSQL. Without it, says that a half was skipped.
#[expect(clippy::expect_used, reason = "a test has no other way to fail")]
pub async fn each_database<F>(name: &str, test: impl Fn(Db) -> F)
where
    F: Future<Output = ()>,
{
    let folder = std::env::temp_dir().join(unique(name));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let url = format!("sqlite://{}", folder.join("test.db").display());
    test(Db::open(&url).await.expect("a SQLite database")).await;
    let _ = std::fs::remove_dir_all(&folder);
    match std::env::var(URL_VARIABLE) {
        Ok(url) => on_postgres(name, &url, test).await,
        Err(_) => {
            // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {name} on PostgreSQL: {URL_VARIABLE} is not set"
            );
        }
    }
}

#[expect(clippy::expect_used, reason = "a test has no other way to fail")]
async fn on_postgres<F>(name: &str, url: &str, test: impl Fn(Db) -> F)
where
    F: Future<Output = ()>,
{
    let schema = unique(name);
    let whole = open::open_postgres(url, None).await.expect("the PostgreSQL of the tests");
    whole.execute(&format!("CREATE SCHEMA {schema}"), &[]).await.expect("a schema");
    let db = open::open_postgres(url, Some(&schema)).await.expect("the schema");
    migrate::run(&db).await.expect("the tables");
    test(db).await;
    whole.execute(&format!("DROP SCHEMA {schema} CASCADE"), &[]).await.expect("no schema");
}

fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("modeldex_test_{name}_{}_{number}", std::process::id())
}
