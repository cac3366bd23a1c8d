//! The private Postgres: starts, keeps its data through crashes, stops.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::support::{Scratch, tools};
use local_servers::{Error, Fleeting, Overrides, Postgres, PostgresOptions, Tools};
use tokio_postgres::{Client, NoTls};

fn quick() -> PostgresOptions {
    PostgresOptions { short_lived: true, shared_buffers_mb: 16, ..PostgresOptions::default() }
}

async fn connect(postgres: &Postgres, database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&postgres.url(database), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn setting(client: &Client, name: &str) -> String {
    client.query_one(&format!("show {name}"), &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_new_postgres_is_durable_speaks_utf8_and_listens_on_loopback_only() {
    let scratch = Scratch::new();
    let postgres = Postgres::start(&tools(), &scratch.path().join("pg"), &quick()).await.unwrap();
    let client = connect(&postgres, "postgres").await;
    for (name, expected) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("server_encoding", "UTF8"),
        ("max_connections", "200"),
        ("shared_buffers", "16MB"),
    ] {
        assert_eq!(setting(&client, name).await, expected, "{name}");
    }
    let collation = "select datcollate from pg_database where datname = 'postgres'";
    assert_eq!(client.query_one(collation, &[]).await.unwrap().get::<_, &str>(0), "C");
    drop(client);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn short_lived_ones_begin_as_copies_and_each_goes_its_own_way() {
    let scratch = Scratch::new();
    let (mut identifiers, mut running) = (Vec::new(), Vec::new());
    for (name, short_lived) in [("one", true), ("other", true), ("kept", false)] {
        let options = PostgresOptions { short_lived, ..quick() };
        let postgres = Postgres::start(&tools(), &scratch.path().join(name), &options).await.unwrap();
        postgres.create_database_if_missing(name).await.unwrap();
        let client = connect(&postgres, "postgres").await;
        let identifier = client.query_one("select system_identifier from pg_control_system()", &[]).await;
        identifiers.push(identifier.unwrap().get::<_, i64>(0));
        let others = "select array_agg(datname::text) from pg_database where datname <> 'postgres' and not datistemplate";
        assert_eq!(client.query_one(others, &[]).await.unwrap().get::<_, Vec<String>>(0), [name]);
        running.push(postgres);
    }
    assert_eq!(identifiers[0], identifiers[1]);
    assert_ne!(identifiers[0], identifiers[2]);
    for postgres in running {
        postgres.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_fleeting_one_serves_all_who_hold_it_and_then_leaves_nothing() {
    let (one, other) = tokio::join!(Fleeting::shared(), Fleeting::shared());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.port(), one.dir()), (other.port(), other.dir()));
    let (first, second) = (one.new_database().await.unwrap(), other.new_database().await.unwrap());
    assert_ne!(first, second);
    let (dir, pid) = (one.dir().to_owned(), one.pid());
    drop(one);
    connect(&other, &second).await;
    drop(other);
    assert!(!dir.exists() && !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn what_was_committed_is_still_there_after_a_crash_and_a_restart_on_the_same_port() {
    let scratch = Scratch::new();
    let mut postgres = Postgres::start(&tools(), &scratch.path().join("pg"), &quick()).await.unwrap();
    postgres.create_database_if_missing("dossier").await.unwrap();
    postgres.create_database_if_missing("dossier").await.unwrap();
    let (url, first) = (postgres.url("dossier"), postgres.pid());
    let client = connect(&postgres, "dossier").await;
    client.batch_execute("create table fact (id int)").await.unwrap();
    for crash in 0..3 {
        let client = connect(&postgres, "dossier").await;
        client.execute("insert into fact values ($1)", &[&crash]).await.unwrap();
        // A backend busy when the postmaster dies holds the memory until it notices.
        tokio::spawn(async move { client.batch_execute("select pg_sleep(2)").await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        postgres.kill().await.unwrap();
        assert!(tokio_postgres::connect(&url, NoTls).await.is_err());
        postgres.restart().await.unwrap();
    }
    assert_eq!(postgres.url("dossier"), url);
    assert_ne!(postgres.pid(), first);
    let client = connect(&postgres, "dossier").await;
    assert_eq!(client.query("select id from fact", &[]).await.unwrap().len(), 3);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_directory_is_used_again_at_the_next_start() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("pg");
    let postgres = Postgres::start(&tools(), &dir, &quick()).await.unwrap();
    postgres.create_database_if_missing("dossier").await.unwrap();
    postgres.stop().await.unwrap();
    assert!(!dir.join("postgres.pid").exists());
    let postgres = Postgres::start(&tools(), &dir, &quick()).await.unwrap();
    connect(&postgres, "dossier").await.simple_query("select 1").await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_dropped_without_being_stopped_gives_way_to_the_next() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("pg");
    let dropped = Postgres::start(&tools(), &dir, &quick()).await.unwrap();
    let pid = dropped.pid();
    drop(dropped);
    let postgres = Postgres::start(&tools(), &dir, &quick()).await.unwrap();
    assert_ne!(postgres.pid(), pid);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_lock_naming_a_stranger_does_not_keep_postgres_from_starting() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("pg");
    Postgres::start(&tools(), &dir, &quick()).await.unwrap().stop().await.unwrap();
    let mut stranger = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let lock = format!("{}\n{}\n0\n1\n\n127.0.0.1\n", stranger.id(), dir.join("data").display());
    std::fs::write(dir.join("data/postmaster.pid"), lock).unwrap();
    let postgres = Postgres::start(&tools(), &dir, &quick()).await.unwrap();
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was left alone");
    postgres.stop().await.unwrap();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_slow_disk_makes_commits_slow() {
    let scratch = Scratch::new();
    let options = PostgresOptions { slow_fsync_us: Some(60_000), ..quick() };
    let postgres = Postgres::start(&tools(), &scratch.path().join("pg"), &options).await.unwrap();
    let client = connect(&postgres, "postgres").await;
    client.batch_execute("create table fact (id int)").await.unwrap();
    let begun = Instant::now();
    client.batch_execute("insert into fact values (1)").await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(60), "{:?}", begun.elapsed());
    drop(client);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_that_holds_something_else_is_refused_and_left_as_it_was() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path().join("thèse.odt"), "dix ans de travail").unwrap();
    let refused = Postgres::start(&tools(), scratch.path(), &quick()).await.unwrap_err();
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
    assert!(refused.to_string().contains("répertoire vide"));
    assert!(!scratch.path().join("data").exists());
}

#[tokio::test]
async fn as_root_a_directory_others_cannot_reach_is_refused_with_what_to_do() {
    let scratch = Scratch::new();
    let closed = scratch.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    let started = Postgres::start(&tools(), &closed.join("pg"), &quick()).await;
    // Anyone but root runs Postgres as themselves, and reaches what is theirs.
    match started {
        Ok(postgres) => postgres.stop().await.unwrap(),
        Err(error) => assert!(error.to_string().contains("chmod o+x"), "{error}"),
    }
}

#[tokio::test]
async fn data_of_another_major_are_refused_with_what_to_do() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("pg");
    Postgres::start(&tools(), &dir, &quick()).await.unwrap().stop().await.unwrap();
    std::fs::write(dir.join("data/PG_VERSION"), "9\n").unwrap();
    let refused = Postgres::start(&tools(), &dir, &quick()).await.unwrap_err();
    assert!(refused.to_string().contains("écrites par Postgres 9"), "{refused}");
}

#[tokio::test]
async fn a_setting_postgres_does_not_know_fails_at_once_with_its_own_words() {
    let scratch = Scratch::new();
    let options = PostgresOptions { settings: vec![("no_such_thing".into(), "1".into())], ..quick() };
    let failed = Postgres::start(&tools(), &scratch.path().join("pg"), &options).await.unwrap_err();
    assert!(failed.to_string().contains("no_such_thing"), "{failed}");
}

#[test]
fn a_missing_postgres_is_said_with_what_to_do() {
    let overrides = Overrides { postgres_bin: Some("/nowhere".into()), nats_server: None };
    let missing = Tools::find(&crate::support::root(), &overrides).unwrap_err();
    assert!(missing.to_string().contains("/nowhere"), "{missing}");
}
