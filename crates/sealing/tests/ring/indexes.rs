//! By what people are found again: with their keys, and never after them.

use super::database::Database;
use super::{place, ring, sealer, text};
use sealing::keys::Indexed;
use sealing::keys::index::{Field, Index};
use sealing::{Class, IndexKey, KeyRing};
use uuid::Uuid;

const ALIKE: &str = "DIALLO|1989-11-23";

fn key() -> IndexKey {
    IndexKey::from_bytes([9; 32])
}

fn by(value: &str) -> (Field, Index) {
    (Field::NameAndBirth, key().index(Field::NameAndBirth, value))
}

fn sound(value: &str) -> (Field, Index) {
    (Field::SoundAndYear, key().index(Field::SoundAndYear, value))
}

fn who(subject: u128, by: &[(Field, Index)]) -> Indexed {
    Indexed { subject: Uuid::from_u128(subject), by: by.to_vec() }
}

/// Someone whose identity is sealed, so that there is a key.
async fn known(database: &Database, subject: u128) {
    let fact = text(Class::Identity, "Diallo");
    sealer(database.pool()).seal(&place(subject, 0), &fact, super::class_of).await.unwrap();
}

async fn found(ring: &KeyRing, sought: &[(Field, Index)]) -> Vec<u128> {
    let found = ring.find(key().id(), sought, 10).await.unwrap();
    found.iter().map(Uuid::as_u128).collect()
}

#[tokio::test]
async fn people_are_found_by_any_of_their_digests_the_exact_ones_first() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    for subject in [1, 2, 3] {
        known(&database, subject).await;
    }
    let people = [
        who(1, &[sound("JL|1989")]),
        who(2, &[by(ALIKE), sound("JL|1989")]),
        who(3, &[by("BARRY|1989-11-23")]),
    ];
    assert!(ring.index(key().id(), (0, 9), &people).await.unwrap());
    assert_eq!(found(&ring, &[by(ALIKE), sound("JL|1989")]).await, [2, 1]);
    assert_eq!(found(&ring, &[by("BARRY|1989-11-23")]).await, [3]);
    assert_eq!(found(&ring, &[by("BARRY|1990-11-23")]).await, [0; 0]);
    assert_eq!(found(&ring, &[]).await, [0; 0]);
    assert_eq!(ring.find(key().id(), &[sound("JL|1989")], 1).await.unwrap().len(), 1);
    let other = IndexKey::from_bytes([8; 32]);
    assert!(ring.find(other.id(), &[by(ALIKE)], 10).await.unwrap().is_empty());
    assert_eq!(ring.indexed_up_to(other.id()).await.unwrap(), 0, "another secret reads all again");
}

#[tokio::test]
async fn what_was_corrected_is_found_by_its_new_digests_only() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    known(&database, 1).await;
    assert!(ring.index(key().id(), (0, 4), &[who(1, &[by(ALIKE)])]).await.unwrap());
    assert!(ring.index(key().id(), (4, 7), &[who(1, &[by("BARRY|1989-11-23")])]).await.unwrap());
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [0; 0]);
    assert_eq!(found(&ring, &[by("BARRY|1989-11-23")]).await, [1]);
    // A reader that is late writes nothing, and what is known stays.
    assert!(!ring.index(key().id(), (0, 4), &[who(1, &[by(ALIKE)])]).await.unwrap());
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [0; 0]);
    assert_eq!(ring.indexed_up_to(key().id()).await.unwrap(), 7);
    ring.index_anew(key().id()).await.unwrap();
    assert_eq!(ring.indexed_up_to(key().id()).await.unwrap(), 0);
    assert_eq!(found(&ring, &[by("BARRY|1989-11-23")]).await, [1], "until they are read again");
}

#[tokio::test]
async fn whoever_is_forgotten_is_found_no_more_from_the_same_commit() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    for subject in [1, 2] {
        known(&database, subject).await;
    }
    let both = [who(1, &[by(ALIKE)]), who(2, &[by(ALIKE)])];
    assert!(ring.index(key().id(), (0, 2), &both).await.unwrap());
    ring.forget(Uuid::from_u128(1), &[Class::Health]).await.unwrap();
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [1, 2], "health tells nothing of a name");

    // Closed but not destroyed: not found, and nothing of them is removed.
    ring.fence(Uuid::from_u128(1), &[Class::Identity]).await.unwrap();
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [2]);
    let count = "SELECT count(*) FROM keys.blind_index WHERE subject = $1";
    let client = database.client().await;
    let left = async |subject: u128| -> i64 {
        client.query_one(count, &[&Uuid::from_u128(subject)]).await.unwrap().get(0)
    };
    assert_eq!(left(1).await, 1);

    // A transaction that destroys the keys and does not end well removes no digest either.
    client.batch_execute("BEGIN").await.unwrap();
    let destroy = "UPDATE keys.subject_key SET state = 'destroyed', wrapped = decode(repeat('00', 60), 'hex') \
                   WHERE subject = $1 AND class = 1";
    client.execute(destroy, &[&Uuid::from_u128(1)]).await.unwrap();
    assert_eq!(left(1).await, 0);
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(left(1).await, 1);

    ring.forget(Uuid::from_u128(1), &[Class::Identity]).await.unwrap();
    assert_eq!(left(1).await, 0);
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [2]);
    // Whoever read the identity before and writes now writes nothing of them.
    assert!(ring.index(key().id(), (2, 3), &both).await.unwrap());
    assert_eq!(left(1).await, 0);
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [2]);
}

#[tokio::test]
async fn forgetting_waits_for_whoever_writes_and_then_removes_it() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    known(&database, 1).await;
    let mut writer = database.client().await;
    let transaction = writer.transaction().await.unwrap();
    let locked = "SELECT subject FROM keys.subject_key WHERE subject = $1 AND class = 1 AND state = 'living' FOR SHARE";
    let subject = Uuid::from_u128(1);
    assert_eq!(transaction.query(locked, &[&subject]).await.unwrap().len(), 1);
    let forgetting = tokio::spawn({
        let ring = super::ring(database.pool());
        async move { ring.forget(subject, &[Class::Identity]).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!forgetting.is_finished(), "it waits");
    let (field, index) = by(ALIKE);
    let write = "INSERT INTO keys.blind_index (subject, field, index, key_id) VALUES ($1, $2, $3, $4)";
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&subject, &i16::from(field.code()), &index.as_slice(), &key().id().to_owned()];
    transaction.execute(write, &row).await.unwrap();
    transaction.commit().await.unwrap();
    forgetting.await.unwrap().unwrap();
    assert_eq!(found(&ring, &[by(ALIKE)]).await, [0; 0]);
    let left = database.client().await.query_one("SELECT count(*) FROM keys.blind_index", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
}
