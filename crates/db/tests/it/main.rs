//! What both databases must do alike.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

use db::testing::each_database;
use db::{Db, Error, Value};

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    each_database("types", async |db| {
        db.execute("CREATE TABLE t (i BIGINT, r DOUBLE PRECISION, s TEXT, b BYTEA)", &[])
            .await
            .unwrap();
        let full =
            [Value::from(i64::MIN), 0.1.into(), "žluťoučký 🐎 ' $1".into(), vec![0_u8, 255].into()];
        let empty = [Value::Int(None), Value::Real(None), Value::Text(None), Value::Bytes(None)];
        for values in [&full, &empty] {
            db.execute("INSERT INTO t VALUES ($1, $2, $3, $4)", values).await.unwrap();
        }
        let rows = db.rows("SELECT * FROM t ORDER BY i IS NULL", &[]).await.unwrap();
        assert_eq!(rows[0].int("i").unwrap(), i64::MIN);
        assert_eq!(rows[0].real("r").unwrap(), 0.1);
        assert_eq!(rows[0].text("s").unwrap(), "žluťoučký 🐎 ' $1");
        assert_eq!(rows[0].bytes("b").unwrap(), [0, 255]);
        assert_eq!(rows[1].opt_int("i").unwrap(), None);
        assert_eq!(rows[1].opt_real("r").unwrap(), None);
        assert_eq!(rows[1].opt_text("s").unwrap(), None);
        assert!(rows[1].int("i").is_err() && rows[0].int("s").is_err());
        assert!(rows[0].text("absent").is_err());
    })
    .await;
}

async fn count(db: &Db) -> i64 {
    let row = db.row("SELECT COUNT(*) AS n FROM counter", &[]).await.unwrap();
    row.unwrap().int("n").unwrap()
}

#[tokio::test]
async fn a_transaction_happens_as_a_whole_or_not_at_all() {
    each_database("transaction", async |db| {
        let insert = "INSERT INTO counter (name, value) VALUES ($1, $2)";
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert, &["a".into(), 1_i64.into()]).await.unwrap();
        drop(tx);
        assert_eq!(count(&db).await, 0);
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert, &["a".into(), 1_i64.into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&db).await, 1);
        let error = db.execute(insert, &["a".into(), 2_i64.into()]).await.unwrap_err();
        assert!(error.is_duplicate(), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn writers_take_turns() {
    each_database("turns", async |db| {
        db.execute("INSERT INTO counter (name, value) VALUES ('n', 0)", &[]).await.unwrap();
        let add = |db: Db| async move {
            for _ in 0..10 {
                let mut tx = db.begin().await.unwrap();
                let sql = "UPDATE counter SET value = value + 1 WHERE name = 'n'";
                tx.execute(sql, &[]).await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(add(db.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        let row = db.row("SELECT value FROM counter WHERE name = 'n'", &[]).await.unwrap();
        assert_eq!(row.unwrap().int("value").unwrap(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_url_is_named_without_its_password() {
    let check = async |url: &str, wanted: fn(&Error) -> bool| {
        let error = Db::open(url).await.unwrap_err();
        assert!(wanted(&error), "{error:?}");
        assert!(!domain::Fault::from(error).chain().contains("secret"));
    };
    check("mysql://u:secret@h/d", |error| matches!(error, Error::Scheme { .. })).await;
    check("postgres://u:secret@127.0.0.1:1/d", |error| matches!(error, Error::Open { .. })).await;
    check("sqlite:///nonexistent/a.db", |error| matches!(error, Error::Open { .. })).await;
}
