//! Forgetting in two halves, and what comes to its end for a person who goes on being followed.

use crate::database::Database;
use crate::{class_of, everything, is_forgotten, open_one, place, ring, sealer, text};
use sealing::keys::Forgotten;
use sealing::{Class, Kek, Keks, KeyRing, SystemRandomness};
use std::sync::Arc;
use uuid::Uuid;

const PERSON: Uuid = Uuid::from_u128(1);

#[tokio::test]
async fn a_fence_closes_at_once_and_leaves_the_keys_where_they_are() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let fact = text(Class::Health, "asthme");
    let payload = sealer.seal(&place(1, 0), &fact, class_of).await.unwrap();
    for _ in 0..2 {
        sealer.ring().fence(PERSON, &Class::PERSONAL).await.unwrap();
    }
    assert_eq!(open_one(&sealer, place(1, 0), &payload).await.forgotten, [Class::Health]);
    for class in Class::PERSONAL {
        let refused = sealer.seal(&place(1, 1), &text(class, "x"), class_of).await;
        assert!(is_forgotten(&refused, class), "even where there never was a key");
    }
    let kept = "SELECT count(*) FROM keys.subject_key WHERE state = 'fenced' AND octet_length(wrapped) = 60";
    let client = database.client().await;
    let kept: i64 = client.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, 1, "nothing is destroyed yet");

    assert_eq!(sealer.ring().forget(PERSON, &Class::PERSONAL).await.unwrap(), Forgotten { destroyed: 1 });
    let zeros = "SELECT bool_and(wrapped = decode(repeat('00', 60), 'hex')) FROM keys.subject_key \
                 WHERE state = 'destroyed'";
    let zeros: bool = client.query_one(zeros, &[]).await.unwrap().get(0);
    assert!(zeros);
}

#[tokio::test]
async fn what_came_to_its_end_is_unreadable_and_another_may_be_recorded() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let (old, new) = (text(Class::Health, "asthme"), text(Class::Health, "guéri"));
    let before = sealer.seal(&place(1, 0), &old, class_of).await.unwrap();
    sealer.ring().fence_for_renewal(PERSON, &[Class::Health, Class::Note]).await.unwrap();
    assert!(is_forgotten(&sealer.seal(&place(1, 1), &new, class_of).await, Class::Health));
    let note = sealer.seal(&place(1, 1), &text(Class::Note, "x"), class_of).await;
    assert!(note.is_ok(), "there was no note to close");
    let renew = || sealer.ring().renew(PERSON, &[Class::Health, Class::Note]);
    assert_eq!(renew().await.unwrap(), Forgotten { destroyed: 1 });
    assert_eq!(renew().await.unwrap(), Forgotten { destroyed: 0 }, "done once, whatever dies");

    let after = sealer.seal(&place(1, 1), &new, class_of).await.unwrap();
    let both = sealer.open_many(vec![(place(1, 0), before), (place(1, 1), after)], everything).await.unwrap();
    assert_eq!((both[0].bytes.is_empty(), both[0].forgotten.as_slice()), (true, &[Class::Health][..]));
    assert_eq!(both[1].bytes, new);
}

#[tokio::test]
async fn erasing_a_class_then_the_whole_person_leaves_nothing_and_nothing_lives_again() {
    let database = Database::new().await;
    let sealer = sealer(database.pool());
    let fact = text(Class::Health, "asthme");
    let first = sealer.seal(&place(1, 0), &fact, class_of).await.unwrap();
    sealer.ring().fence_for_renewal(PERSON, &[Class::Health]).await.unwrap();
    sealer.ring().renew(PERSON, &[Class::Health]).await.unwrap();
    let second = sealer.seal(&place(1, 1), &fact, class_of).await.unwrap();
    // A renewal killed before its second half, and the whole person forgotten meanwhile.
    sealer.ring().fence_for_renewal(PERSON, &[Class::Health]).await.unwrap();
    sealer.ring().forget(PERSON, &Class::PERSONAL).await.unwrap();
    assert_eq!(sealer.ring().renew(PERSON, &[Class::Health]).await.unwrap(), Forgotten { destroyed: 0 });
    for (revision, payload) in [(0, first), (1, second)] {
        assert_eq!(open_one(&sealer, place(1, revision), &payload).await.forgotten, [Class::Health]);
    }
    assert!(is_forgotten(&sealer.seal(&place(1, 2), &fact, class_of).await, Class::Health));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_and_a_forgetting_at_once_never_leave_a_key_behind() {
    let database = Database::new().await;
    let rings: Vec<Arc<KeyRing>> = (0..2).map(|_| Arc::new(ring(database.pool()))).collect();
    for subject in (100..140).map(Uuid::from_u128) {
        rings[0].sealing_keys(subject, &[Class::Health]).await.unwrap();
        rings[0].fence_for_renewal(subject, &[Class::Health]).await.unwrap();
        let renewing = tokio::spawn({
            let ring = rings[0].clone();
            async move { ring.renew(subject, &[Class::Health]).await }
        });
        let forgetting = tokio::spawn({
            let ring = rings[1].clone();
            async move { ring.forget(subject, &Class::PERSONAL).await }
        });
        renewing.await.unwrap().unwrap();
        forgetting.await.unwrap().unwrap();
        let living = "SELECT count(*) FROM keys.subject_key WHERE subject = $1 AND state = 'living'";
        let living: i64 = database.client().await.query_one(living, &[&subject]).await.unwrap().get(0);
        assert_eq!(living, 0);
    }
}

#[tokio::test]
async fn a_fenced_key_changes_its_outside_key_like_the_others() {
    let database = Database::new().await;
    let old = ring(database.pool());
    old.sealing_keys(PERSON, &[Class::Health, Class::Identity]).await.unwrap();
    old.fence(PERSON, &[Class::Health]).await.unwrap();
    let keks = Keks::from(Kek::from_bytes([8; 32])).with_former(Kek::from_bytes(crate::KEK));
    let new = KeyRing::new(database.pool(), keks, Arc::new(SystemRandomness));
    assert_eq!(new.rewrap(10).await.unwrap().rewrapped, 2);
    let wrappings = new.wrappings().await.unwrap();
    assert_eq!(
        wrappings.iter().map(|one| (one.kek_id.as_str(), one.keys)).collect::<Vec<_>>(),
        [(new.keks().current().id(), 2)]
    );
}
