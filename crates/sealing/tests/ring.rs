//! The database of keys, on a real Postgres: minting, fences, forgetting, and what survives them.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is shown by failing")]

#[path = "ring/database.rs"]
mod database;
#[path = "ring/halves.rs"]
mod halves;
#[path = "ring/indexes.rs"]
mod indexes;
#[path = "ring/rotation.rs"]
mod rotation;

use database::{Database, nowhere};
use deadpool_postgres::Pool;
use sealing::keys::{self, Forgotten, Rewrapped};
use sealing::{
    Class, Error, Kek, Keks, KeyError, KeyId, KeyRing, Opened, Place, Sealer, SystemRandomness, log_id,
};
use std::sync::Arc;
use uuid::Uuid;

const KEK: [u8; 32] = [7; 32];

fn ring(pool: Pool) -> KeyRing {
    KeyRing::new(pool, Kek::from_bytes(KEK), Arc::new(SystemRandomness))
}

fn sealer(pool: Pool) -> Sealer {
    Sealer::new(ring(pool), log_id("jalon.example/journal/1"), Arc::new(SystemRandomness))
}

fn place(subject: u128, revision: u64) -> Place {
    Place {
        log_id: log_id("jalon.example/journal/1"),
        subject: Uuid::from_u128(subject),
        revision,
        event_id: Uuid::from_u128(subject << 64 | u128::from(revision)),
        type_code: 1,
        schema_version: 1,
    }
}

/// Field 7 is of class trace, the others of the class that has their number.
fn class_of(number: u32) -> Class {
    Class::from_code((number % 7) as u8).unwrap()
}

fn everything(_: Class) -> bool {
    true
}

/// The wire bytes of a short text in the field that stands for `class`.
fn text(class: Class, text: &str) -> Vec<u8> {
    let number = if class == Class::Trace { 7 } else { class.code() };
    [&[number << 3 | 2, text.len() as u8], text.as_bytes()].concat()
}

#[tokio::test]
async fn whoever_serves_seals_finds_and_forgets_but_changes_no_key_and_lowers_no_fence() {
    let database = Database::new().await;
    let pool = database.serving().await;
    let (ring, sealer) = (ring(pool.clone()), sealer(pool.clone()));
    let payload = sealer.seal(&place(1, 0), &text(Class::Identity, "Martin"), class_of).await.unwrap();
    let key = keys::IndexKey::from_bytes([9; 32]);
    let by = (keys::index::Field::Email, key.index(keys::index::Field::Email, "a@exemple.fr"));
    let who = keys::Indexed { subject: Uuid::from_u128(1), by: vec![by] };
    assert!(ring.index(key.id(), (0, 1), &[who]).await.unwrap());
    assert_eq!(ring.find(key.id(), &[by], 5).await.unwrap(), [Uuid::from_u128(1)]);
    let client = pool.get().await.unwrap();
    for statement in [
        "update keys.subject_key set state = 'destroyed'",
        "update keys.subject_key set wrapped = ''",
        "delete from keys.subject_key",
        "truncate keys.subject_key",
        "drop trigger keep_fence on keys.subject_key",
        "alter table keys.subject_key disable trigger all",
        "create or replace function keys.keep_fence() returns trigger language plpgsql as 'begin return new; end'",
        "drop table keys.subject_key",
        "set role jalon",
    ] {
        let refused = client.batch_execute(statement).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
            "{statement}"
        );
    }
    let subject = Uuid::from_u128(1);
    assert_eq!(ring.forget(subject, &[Class::Identity]).await.unwrap(), Forgotten { destroyed: 1 });
    assert!(ring.find(key.id(), &[by], 5).await.unwrap().is_empty(), "what they were found by goes with it");
    assert!(open_one(&sealer, place(1, 0), &payload).await.bytes.is_empty());
    ring.fence_for_renewal(subject, &[Class::Social]).await.unwrap();
    sealer.seal(&place(2, 0), &text(Class::Social, "logement"), class_of).await.unwrap();
    let other = Uuid::from_u128(2);
    ring.fence_for_renewal(other, &[Class::Social]).await.unwrap();
    assert_eq!(ring.renew(other, &[Class::Social]).await.unwrap(), Forgotten { destroyed: 1 });
}

fn is_forgotten<T>(result: &Result<T, Error>, expected: Class) -> bool {
    matches!(result, Err(Error::Key(KeyError::Forgotten { class })) if *class == expected)
}

async fn open_one(sealer: &Sealer, place: Place, payload: &[u8]) -> Opened {
    sealer.open_many(vec![(place, payload.to_vec())], everything).await.unwrap().remove(0)
}

#[tokio::test]
async fn forgetting_health_closes_health_for_good_and_nothing_else() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let (trace, identity, health) =
        (text(Class::Trace, "né"), text(Class::Identity, "Martin"), text(Class::Health, "asthme"));
    let fact = [trace.clone(), health.clone(), identity.clone()].concat();
    let payload = sealer.seal(&place(1, 0), &fact, class_of).await.unwrap();
    let opened = open_one(&sealer, place(1, 0), &payload).await;
    assert_eq!(opened.bytes, [trace.clone(), identity.clone(), health.clone()].concat());

    let subject = Uuid::from_u128(1);
    let forgotten = sealer.ring().forget(subject, &[Class::Health]).await.unwrap();
    assert_eq!(forgotten, Forgotten { destroyed: 1 });

    let opened = open_one(&sealer, place(1, 0), &payload).await;
    assert_eq!(opened.bytes, [trace, identity.clone()].concat());
    assert_eq!((opened.closed, opened.forgotten), (vec![], vec![Class::Health]));
    assert!(is_forgotten(&sealer.seal(&place(1, 1), &fact, class_of).await, Class::Health));
    assert!(is_forgotten(&sealer.seal(&place(1, 1), &health, class_of).await, Class::Health));
    let payload = sealer.seal(&place(1, 1), &identity, class_of).await.unwrap();
    assert_eq!(open_one(&sealer, place(1, 1), &payload).await.bytes, identity);
    assert!(sealer.seal(&place(2, 0), &health, class_of).await.is_ok(), "another person is not touched");
}

#[tokio::test]
async fn a_whole_person_is_forgotten_even_where_there_never_was_a_key() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let note = text(Class::Note, "rappeler");
    sealer.seal(&place(1, 0), &note, class_of).await.unwrap();
    let subject = Uuid::from_u128(1);
    let forget = || sealer.ring().forget(subject, &Class::PERSONAL);
    assert_eq!(forget().await.unwrap(), Forgotten { destroyed: 1 });
    assert_eq!(forget().await.unwrap(), Forgotten { destroyed: 0 });
    for class in Class::PERSONAL {
        assert!(is_forgotten(&sealer.seal(&place(1, 1), &text(class, "x"), class_of).await, class));
    }
    let trace = text(Class::Trace, "clos");
    assert_eq!(sealer.seal(&place(1, 1), &trace, class_of).await.unwrap(), trace);
}

#[tokio::test]
async fn a_destroyed_key_is_overwritten_and_its_row_stays() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    let subject = Uuid::from_u128(1);
    ring.sealing_keys(subject, &[Class::Identity, Class::Health]).await.unwrap();
    ring.forget(subject, &[Class::Health, Class::Note]).await.unwrap();
    let rows = database
        .client()
        .await
        .query("SELECT class, state, wrapped FROM keys.subject_key ORDER BY class", &[])
        .await
        .unwrap();
    let rows: Vec<(i16, String, Vec<u8>)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!((rows[0].0, rows[0].1.as_str(), rows[0].2.len()), (1, "living", 60));
    assert_eq!(rows[1], (4, "destroyed".to_owned(), vec![0; 60]));
    assert_eq!(rows[2], (6, "fenced".to_owned(), vec![]));
}

#[tokio::test]
async fn a_fence_set_by_one_process_holds_at_once_in_another() {
    let database = Database::new().await;
    let (here, there) = (sealer(database.pool()), sealer(database.pool()));
    let fact = text(Class::Health, "asthme");
    let payload = here.seal(&place(1, 0), &fact, class_of).await.unwrap();
    assert_eq!(open_one(&here, place(1, 0), &payload).await.bytes, fact);
    there.ring().forget(Uuid::from_u128(1), &[Class::Health]).await.unwrap();
    assert_eq!(open_one(&here, place(1, 0), &payload).await.forgotten, [Class::Health]);
    assert!(is_forgotten(&here.seal(&place(1, 1), &fact, class_of).await, Class::Health));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_seal_for_the_first_time_together_share_the_keys_they_make() {
    let database = Database::new().await;
    let rings: Vec<_> = (0..3).map(|_| Arc::new(ring(database.pool()))).collect();
    for subject in (0..20).map(Uuid::from_u128) {
        let ask = |turn: usize| {
            let ring = rings[turn % rings.len()].clone();
            let mut classes = Class::PERSONAL;
            classes.rotate_left(turn % 6);
            tokio::spawn(async move { ring.sealing_keys(subject, &classes).await.unwrap() })
        };
        let asked: Vec<_> = (0..9).map(ask).collect();
        let mut answers = Vec::new();
        for answer in asked {
            let keys = answer.await.unwrap();
            answers.push(Class::PERSONAL.map(|class| keys[&class].0));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_asked_for_together_are_everyone_s_own_and_none_lives_that_was_forgotten() {
    const PEOPLE: u128 = 40;
    let asked = [Class::Social, Class::Health, Class::Note];
    let database = Database::new().await;
    let ring = Arc::new(ring(database.pool()));
    let mut minted = Vec::new();
    for subject in 0..PEOPLE {
        // The first has never been written about.
        let classes = if subject == 0 { &asked[..0] } else { &asked[..2] };
        minted.push(ring.sealing_keys(Uuid::from_u128(subject), classes).await.unwrap());
    }
    ring.forget(Uuid::from_u128(1), &[Class::Health]).await.unwrap();
    ring.fence(Uuid::from_u128(2), &[Class::Social]).await.unwrap();
    ring.fence_for_renewal(Uuid::from_u128(3), &[Class::Health]).await.unwrap();
    ring.renew(Uuid::from_u128(3), &[Class::Health]).await.unwrap();
    let renewed = ring.sealing_keys(Uuid::from_u128(3), &[Class::Health]).await.unwrap();
    for _ in 0..3 {
        let ask = |subject: u128| {
            let ring = ring.clone();
            tokio::spawn(async move { ring.living_keys(Uuid::from_u128(subject), &asked).await.unwrap() })
        };
        let asking: Vec<_> = (0..PEOPLE).map(ask).collect();
        for (subject, keys) in asking.into_iter().enumerate() {
            let keys = keys.await.unwrap();
            let mut classes: Vec<Class> = keys.keys().copied().collect();
            classes.sort_unstable();
            let expected: &[Class] = match subject {
                0 => &[],
                1 => &asked[..1],
                2 => &asked[1..2],
                _ => &asked[..2],
            };
            assert_eq!(classes, expected, "{subject}");
            for (class, (id, _)) in &keys {
                let last = if subject == 3 && *class == Class::Health { &renewed } else { &minted[subject] };
                assert_eq!(*id, last[class].0, "{subject}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_together_hears_that_the_database_of_keys_is_away() {
    let ring = Arc::new(ring(nowhere()));
    let ask = |subject| {
        let ring = ring.clone();
        tokio::spawn(async move { ring.living_keys(Uuid::from_u128(subject), &[Class::Note]).await })
    };
    let asking: Vec<_> = (0..20).map(ask).collect();
    for asked in asking {
        assert!(matches!(asked.await.unwrap(), Err(KeyError::Unreachable(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wins_between_forgetting_and_a_first_sealing_nothing_stays_readable() {
    let database = Database::new().await;
    let (here, there) = (Arc::new(sealer(database.pool())), Arc::new(sealer(database.pool())));
    for subject in 0..60 {
        let sealing = tokio::spawn({
            let here = here.clone();
            async move { here.seal(&place(subject, 0), &text(Class::Social, "dette"), class_of).await }
        });
        let forgetting = tokio::spawn({
            let there = there.clone();
            async move { there.ring().forget(Uuid::from_u128(subject), &Class::PERSONAL).await }
        });
        forgetting.await.unwrap().unwrap();
        match sealing.await.unwrap() {
            Ok(payload) => {
                let opened = open_one(&here, place(subject, 0), &payload).await;
                assert_eq!((opened.bytes, opened.forgotten), (vec![], vec![Class::Social]));
            }
            refused => assert!(is_forgotten(&refused, Class::Social)),
        }
        let again = here.seal(&place(subject, 1), &text(Class::Social, "dette"), class_of).await;
        assert!(is_forgotten(&again, Class::Social));
    }
}

#[tokio::test]
async fn no_statement_removes_a_fence_or_gives_a_key_to_another() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    ring.sealing_keys(Uuid::from_u128(1), &Class::PERSONAL).await.unwrap();
    ring.forget(Uuid::from_u128(2), &[Class::Health]).await.unwrap();
    ring.forget(Uuid::from_u128(1), &[Class::Note]).await.unwrap();
    let client = database.client().await;
    for statement in [
        "DELETE FROM keys.subject_key",
        "TRUNCATE keys.subject_key",
        "UPDATE keys.subject_key SET state = 'living' WHERE state = 'destroyed'",
        "UPDATE keys.subject_key SET state = 'living', wrapped = decode(repeat('00', 60), 'hex') \
         WHERE state = 'fenced'",
        "UPDATE keys.subject_key SET subject = gen_random_uuid() WHERE state = 'living'",
        "UPDATE keys.subject_key SET epoch = 1 WHERE state = 'fenced'",
        "UPDATE keys.subject_key SET class = 7 WHERE class = 6",
        "UPDATE keys.subject_key SET state = 'asleep' WHERE state = 'living'",
        "UPDATE keys.subject_key SET wrapped = '' WHERE state = 'living'",
    ] {
        assert!(client.execute(statement, &[]).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_wrapped_key_copied_into_another_row_is_refused() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    let (victim, thief) = (Uuid::from_u128(1), Uuid::from_u128(2));
    ring.sealing_keys(victim, &[Class::Health]).await.unwrap();
    let stolen = ring.sealing_keys(thief, &[Class::Health]).await.unwrap()[&Class::Health].0;
    let copy = "UPDATE keys.subject_key SET wrapped = \
                (SELECT wrapped FROM keys.subject_key WHERE subject = $1) WHERE subject = $2";
    database.client().await.execute(copy, &[&victim, &thief]).await.unwrap();
    let altered = |error: KeyError| matches!(error, KeyError::Altered(key_id) if key_id == stolen);
    assert!(altered(ring.opening_keys(&[stolen]).await.unwrap_err()));
    assert!(altered(ring.sealing_keys(thief, &[Class::Health]).await.unwrap_err()));
}

#[tokio::test]
async fn a_key_that_never_was_is_an_error_and_a_destroyed_one_is_absent() {
    let database = Database::new().await;
    let ring = ring(database.pool());
    let subject = Uuid::from_u128(1);
    let keys = ring.sealing_keys(subject, &[Class::Identity, Class::Health]).await.unwrap();
    let (identity, health) = (keys[&Class::Identity].0, keys[&Class::Health].0);
    ring.forget(subject, &[Class::Health]).await.unwrap();
    let found = ring.opening_keys(&[identity, health, identity]).await.unwrap();
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [identity]);

    let never = KeyId(Uuid::from_u128(3));
    let refused = ring.opening_keys(&[identity, never, never]).await.unwrap_err();
    assert!(matches!(refused, KeyError::Unknown { count: 1, first } if first == never));
}

#[tokio::test]
async fn many_facts_of_many_persons_open_together_each_as_its_reader_may() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let fact =
        |subject| [text(Class::Identity, &format!("personne {subject}")), text(Class::Note, "x")].concat();
    let mut items = Vec::new();
    for subject in 0..30 {
        let place = place(subject, 0);
        items.push((place, sealer.seal(&place, &fact(subject), class_of).await.unwrap()));
    }
    let all = sealer.open_many(items.clone(), everything).await.unwrap();
    let bytes: Vec<_> = all.into_iter().map(|opened| opened.bytes).collect();
    assert_eq!(bytes, (0..30).map(fact).collect::<Vec<_>>());

    let own = Uuid::from_u128(5);
    let may = |place: &Place, class| class == Class::Identity && place.subject == own;
    let some = sealer.open_each(items, may).await.unwrap();
    for (subject, opened) in some.iter().enumerate() {
        assert_eq!(opened.bytes.is_empty(), subject != 5);
        assert_eq!(opened.closed.contains(&Class::Identity), subject != 5);
        assert!(opened.closed.contains(&Class::Note));
    }
}

#[tokio::test]
async fn what_needs_no_key_works_while_the_database_of_keys_is_away() {
    let database = Database::new().await;
    let fact = [text(Class::Trace, "fait"), text(Class::Health, "asthme")].concat();
    let payload = sealer(database.pool()).seal(&place(1, 0), &fact, class_of).await.unwrap();

    let cut_off = sealer(nowhere());
    let trace = text(Class::Trace, "fait");
    assert_eq!(cut_off.seal(&place(1, 1), &trace, class_of).await.unwrap(), trace);
    let opened = cut_off.open_many(vec![(place(1, 0), payload.clone())], |_| false).await.unwrap();
    assert_eq!((&opened[0].bytes, opened[0].closed.as_slice()), (&trace, &[Class::Health][..]));
    let away = cut_off.open_many(vec![(place(1, 0), payload)], everything).await.unwrap_err();
    assert!(matches!(away, Error::Key(KeyError::Unreachable(_))));
}

#[tokio::test]
async fn keys_move_under_a_new_outside_key_and_the_former_one_then_serves_nothing() {
    let database = Database::new().await;
    let old = sealer(database.pool());
    let fact = text(Class::Identity, "Martin");
    let mut payloads = Vec::new();
    for subject in 0..5 {
        payloads.push(old.seal(&place(subject, 0), &fact, class_of).await.unwrap());
    }
    old.ring().forget(Uuid::from_u128(4), &[Class::Identity]).await.unwrap();

    let fresh = || KeyRing::new(database.pool(), Kek::from_bytes([8; 32]), Arc::new(SystemRandomness));
    let without_former = fresh().rewrap(10).await.unwrap_err();
    assert!(matches!(without_former, KeyError::KekMissing { .. }));
    let keks = Keks::from(Kek::from_bytes([8; 32])).with_former(Kek::from_bytes(KEK));
    let rotating = KeyRing::new(database.pool(), keks, Arc::new(SystemRandomness));
    assert_eq!(rotating.rewrap(3).await.unwrap(), Rewrapped { rewrapped: 3, finished: false });
    assert_eq!(rotating.rewrap(3).await.unwrap(), Rewrapped { rewrapped: 1, finished: true });

    let log_id = old.log_id();
    let new = Sealer::new(fresh(), log_id, Arc::new(SystemRandomness));
    for (subject, payload) in payloads.iter().take(4).enumerate() {
        assert_eq!(open_one(&new, place(subject as u128, 0), payload).await.bytes, fact);
    }
    assert_eq!(open_one(&new, place(4, 0), &payloads[4]).await.forgotten, [Class::Identity]);
    let refused = old.open_many(vec![(place(0, 0), payloads[0].clone())], everything).await.unwrap_err();
    assert!(matches!(refused, Error::Key(KeyError::KekMissing { .. })));
}

#[tokio::test]
async fn trace_has_no_key_another_journal_is_refused_and_migrating_again_does_nothing() {
    let database = Database::new().await;
    keys::migrate(&mut database.client().await).await.unwrap();
    let sealer = sealer(database.pool());
    let subject = Uuid::from_u128(1);
    let asked = sealer.ring().sealing_keys(subject, &[Class::Trace]).await.unwrap_err();
    assert!(matches!(asked, KeyError::NotPersonal(Class::Trace)));
    let forgotten = sealer.ring().forget(subject, &[Class::Trace]).await.unwrap_err();
    assert!(matches!(forgotten, KeyError::NotPersonal(Class::Trace)));
    let elsewhere = Place { log_id: log_id("jalon.example/journal/2"), ..place(1, 0) };
    let refused = sealer.seal(&elsewhere, &text(Class::Trace, "fait"), class_of).await.unwrap_err();
    assert!(matches!(refused, Error::OtherLog));
}

#[tokio::test]
async fn what_goes_wrong_in_the_database_is_told_without_quoting_a_row() {
    let database = Database::new().await;
    let client = database.client().await;
    let insert = "INSERT INTO keys.subject_key \
                  VALUES (gen_random_uuid(), gen_random_uuid(), 1, 0, 'secretsecret', '', 'living')";
    let error = KeyError::from(client.execute(insert, &[]).await.unwrap_err());
    let told = format!("{error} {error:?}");
    assert!(told.contains("23514") && !told.contains("736563726574"), "{told}");
}
