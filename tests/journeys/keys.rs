//! The outside key changes while everything runs, is killed half way, and is retired when nothing needs it.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Manager, Pool};
use sealing::{Class, Keks, KeyRing, SystemRandomness, keys::keks};
use serde_json::Value;
use testkit::stack::{Stack, until};
use tests::World;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// How many people have a key: a rotation of so many lasts long enough to be killed.
const PEOPLE: u128 = 4_000;

async fn listed(stack: &Stack) -> Vec<Value> {
    let (listed, said) = stack.jalon(&["key", "list", "--json"]).await;
    assert!(listed, "{said}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn keys_under(list: &[Value], place: usize) -> u64 {
    list[place]["keys"].as_u64().expect("a count")
}

/// Keys of many people, so that a rotation takes a while.
async fn many_keys(ring: &Arc<KeyRing>) {
    let mut making = Vec::new();
    for part in 0..8_u128 {
        let ring = ring.clone();
        making.push(tokio::spawn(async move {
            for person in (part * PEOPLE / 8)..((part + 1) * PEOPLE / 8) {
                ring.sealing_keys(Uuid::from_u128(1 << 100 | person), &[Class::Identity])
                    .await
                    .expect("a key");
            }
        }));
    }
    for made in making {
        made.await.expect("keys");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_half_way_goes_on_and_a_key_that_still_serves_is_not_retired() {
    let stack = Stack::durable("keys").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Pradeilles", "Thibaut", "1998-07-19").await;
    let manager = Manager::new(stack.postgres.url("jalon_keys").parse().expect("a URL"), NoTls);
    let pool = Pool::builder(manager).max_size(8).build().expect("a pool");
    let first = stack.dir.join("kek");
    let ring = Arc::new(KeyRing::new(pool, Keks::read(&first).expect("keys"), Arc::new(SystemRandomness)));
    many_keys(&ring).await;
    let before = listed(&stack).await;
    assert!(before.len() == 1 && keys_under(&before, 0) > 4_000, "{before:?}");

    let mut rotating = stack.command(&["key", "rotate"]).kill_on_drop(true).spawn().expect("jalon");
    loop {
        let files = keks::list(&first).expect("keys");
        if files.len() == 2 {
            let left = ring.wrappings().await.expect("keys");
            if left.iter().any(|one| one.kek_id == files[1].kek.id() && one.keys > 0) {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    rotating.kill().await.expect("SIGKILL");
    let half = listed(&stack).await;
    assert_eq!(half.len(), 2);
    println!(
        "killed with {} keys under the first and {} under the second",
        keys_under(&half, 0),
        keys_under(&half, 1)
    );

    // Everything still opens, without a restart, and what is retired too early is refused.
    let path = format!("/api/v1/cases/{case}");
    let status = world.api.get(&world.cip, &path).await;
    assert!(status.text.contains("Pradeilles"), "{}", status.text);
    let old = before[0]["id"].as_str().expect("an id").to_owned();
    if keys_under(&half, 0) > 0 {
        let (retired, said) = stack.jalon(&["key", "retire", &old]).await;
        assert!(!retired && said.contains("sont encore sous"), "{said}");
    }
    let (rotated, said) = stack.jalon(&["key", "rotate"]).await;
    assert!(rotated, "{said}");
    if keys_under(&half, 0) > 0 {
        assert!(said.contains("il continue"), "{said}");
    }
    let after = listed(&stack).await;
    let current = after.last().expect("a key")["id"].as_str().expect("an id").to_owned();
    assert!(after[..after.len() - 1].iter().all(|one| one["keys"] == 0), "{after:?}");
    let (retired, said) = stack.jalon(&["key", "retire", &current]).await;
    assert!(!retired && said.contains("en service"), "{said}");
    // Not old enough yet for the weekly job, but by its name.
    let (_, said) = stack.jalon(&["key", "retire", "--older-than", "21"]).await;
    assert!(!said.contains("retirée"), "{said}");
    let (retired, said) = stack.jalon(&["key", "retire", &old]).await;
    assert!(retired && said.contains("muettes"), "{said}");

    let status = world.api.get(&world.cip, &path).await;
    assert!(status.text.contains("Pradeilles"), "{}", status.text);
    let other = world.open_case("Ferrand", "Lise", "1990-01-02").await;
    until("keys are made under the new one", async || {
        world.api.get(&world.cip, &format!("/api/v1/cases/{other}")).await.text.contains("Ferrand")
    })
    .await;
    let (told, said) = stack.jalon(&["status"]).await;
    assert!(told && said.contains("Clé d’enveloppe : en service depuis 0 jours"), "{said}");
}
