//! The outside key changes while others work, and whoever changes it is killed.

use crate::database::Database;
use crate::{class_of, open_one, place, text};
use jiff::{Timestamp, ToSpan as _};
use sealing::keys::{Wrapping, keks};
use sealing::{Class, Kek, Keks, KeyRing, Sealer, SystemRandomness, log_id};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Outside keys in files of their own.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Files {
        let path = std::env::temp_dir().join(format!("sealing-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Kek::generate_file(&path.join("kek.key")).unwrap();
        Files(path)
    }

    fn first(&self) -> PathBuf {
        self.0.join("kek.key")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What another process works with.
fn process(database: &Database, first: &Path) -> Sealer {
    let ring = KeyRing::new(database.pool(), Keks::read(first).unwrap(), Arc::new(SystemRandomness));
    Sealer::new(ring, log_id("jalon.example/journal/1"), Arc::new(SystemRandomness))
}

fn now() -> Timestamp {
    "2026-11-23T06:55:00Z".parse().unwrap()
}

/// Each outside key that wraps something.
async fn under(sealer: &Sealer) -> Vec<String> {
    sealer.ring().wrappings().await.unwrap().into_iter().map(|one| one.kek_id).collect()
}

#[tokio::test]
async fn a_process_that_runs_learns_of_the_new_key_and_goes_on() {
    let database = Database::new().await;
    let files = Files::new("learns");
    let running = process(&database, &files.first());
    let fact = text(Class::Identity, "Martin");
    let payload = running.seal(&place(1, 0), &fact, class_of).await.unwrap();

    let new = keks::add(&files.first(), now()).unwrap().kek;
    let rotating = process(&database, &files.first());
    while !rotating.ring().rewrap(1).await.unwrap().finished {}
    assert_eq!(open_one(&running, place(1, 0), &payload).await.bytes, fact, "without a restart");
    running.seal(&place(2, 0), &fact, class_of).await.unwrap();
    assert_eq!(under(&running).await, [new.id()], "and makes new keys under the new one");

    // The former one is destroyed: it opens nothing that is still there.
    keks::remove(&keks::list(&files.first()).unwrap()[0]).unwrap();
    let restarted = process(&database, &files.first());
    assert_eq!(open_one(&restarted, place(1, 0), &payload).await.bytes, fact);
}

#[tokio::test]
async fn a_rotation_interrupted_half_way_is_ended_by_the_next_one() {
    let database = Database::new().await;
    let files = Files::new("half-way");
    let running = process(&database, &files.first());
    let fact = text(Class::Identity, "Martin");
    let mut payloads = Vec::new();
    for subject in 0..9 {
        payloads.push(running.seal(&place(subject, 0), &fact, class_of).await.unwrap());
    }
    keks::add(&files.first(), now()).unwrap();
    assert!(!process(&database, &files.first()).ring().rewrap(4).await.unwrap().finished);
    assert_eq!(under(&running).await.len(), 2);
    for (subject, payload) in payloads.iter().enumerate() {
        assert_eq!(open_one(&running, place(subject as u128, 0), payload).await.bytes, fact);
    }
    // Another week came before it was noticed.
    let last = keks::add(&files.first(), now() + 168.hours()).unwrap().kek;
    let rotating = process(&database, &files.first());
    while !rotating.ring().rewrap(4).await.unwrap().finished {}
    let wrappings = rotating.ring().wrappings().await.unwrap();
    assert_eq!(wrappings, [Wrapping { kek_id: last.id().to_owned(), keys: 9 }]);
    for (subject, payload) in payloads.iter().enumerate() {
        assert_eq!(open_one(&running, place(subject as u128, 0), payload).await.bytes, fact);
    }
}

#[tokio::test]
async fn a_stolen_copy_of_a_destroyed_key_is_mute_once_its_outside_key_is_gone() {
    let database = Database::new().await;
    let files = Files::new("mute");
    let running = process(&database, &files.first());
    let fact = text(Class::Identity, "Martin");
    let payload = running.seal(&place(1, 0), &fact, class_of).await.unwrap();
    // A backup of the keys, taken before the person is forgotten, and put back after.
    let client = database.client().await;
    let backup = client.query_one("SELECT * FROM keys.subject_key", &[]).await.unwrap();
    running.ring().forget(place(1, 0).subject, &Class::PERSONAL).await.unwrap();
    keks::add(&files.first(), now()).unwrap();
    while !running.ring().rewrap(10).await.unwrap().finished {}

    let elsewhere = Database::new().await;
    let stolen = elsewhere.client().await;
    stolen
        .execute(
            "INSERT INTO keys.subject_key (key_id, subject, class, epoch, wrapped, kek_id, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &backup.get::<_, uuid::Uuid>("key_id"),
                &backup.get::<_, uuid::Uuid>("subject"),
                &backup.get::<_, i16>("class"),
                &backup.get::<_, i32>("epoch"),
                &backup.get::<_, Vec<u8>>("wrapped"),
                &backup.get::<_, String>("kek_id"),
                &backup.get::<_, String>("state"),
            ],
        )
        .await
        .unwrap();
    let thief = process(&elsewhere, &files.first());
    assert_eq!(
        open_one(&thief, place(1, 0), &payload).await.bytes,
        fact,
        "while the outside key of that week lives"
    );
    keks::remove(&keks::list(&files.first()).unwrap()[0]).unwrap();
    let thief = process(&elsewhere, &files.first());
    let refused = thief.open_many(vec![(place(1, 0), payload)], |_| true).await;
    assert!(refused.is_err(), "the outside key of that week is gone: the copy says nothing");
}
