//! The end of what is kept aside: attached, erased with the person, or ninety days after it came. Nothing of it can be
//! read any more, by anybody, whatever was copied before.

use contracts::Class;
use immersion::inbound::{aside, index};
use jiff::SignedDuration;
use sealing::{Opened, Place};
use serde_json::json;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::{tool::*, world::*};

const ASIDE: &str = "/api/v1/inbound/immersion-facilitee/aside";
/// What would tell who it is about.
const WORDS: [&str; 3] = ["Guessan", "Ilyès", "Jardins"];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What was kept aside, as someone who copied the database has it.
struct Copied {
    id: Uuid,
    sealed: Vec<u8>,
}

fn later(world: &World, by: SignedDuration) {
    world.clock.set(world.runtime.clock.now() + by);
}

async fn copied(world: &World) -> Vec<Copied> {
    let client = world.runtime.pool.get().await.expect("a client");
    let rows = client.query("select id, sealed from immersion.aside order by id", &[]).await.expect("read");
    rows.iter().map(|row| Copied { id: row.get(0), sealed: row.get(1) }).collect()
}

async fn opened(world: &World, copied: &Copied) -> Opened {
    let place = Place {
        log_id: world.runtime.sealer.log_id(),
        subject: copied.id,
        revision: 1,
        event_id: copied.id,
        type_code: 0x04ff,
        schema_version: 1,
    };
    let items = vec![(place, copied.sealed.clone())];
    let opened = world.runtime.sealer.open_many(items, |_| true).await.expect("keys are there or destroyed");
    opened.into_iter().next().expect("one")
}

fn says(opened: &Opened) -> bool {
    let text = String::from_utf8_lossy(&opened.bytes);
    WORDS.iter().any(|word| text.contains(word))
}

async fn can_be_read(world: &World, copied: &Copied) {
    let opened = opened(world, copied).await;
    assert!(says(&opened) && opened.forgotten.is_empty());
}

async fn cannot_be_read(world: &World, copied: &Copied) {
    let opened = opened(world, copied).await;
    assert!(!says(&opened));
    assert_eq!(opened.forgotten, [Class::Identity, Class::Social], "its keys are destroyed");
}

/// Every row of every table of both databases, as text.
async fn everything(world: &World) -> String {
    let main = world.owner_url();
    let keys = world.keys_url();
    let mut all = String::new();
    for url in [main, keys] {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("Postgres");
        tokio::spawn(connection);
        let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema')";
        for table in client.query(tables, &[]).await.expect("tables") {
            let table: String = table.get(0);
            let rows = client.query(&format!("select t::text from {table} t"), &[]).await.expect("rows");
            rows.iter().for_each(|row| all.push_str(row.get(0)));
        }
    }
    all
}

async fn waiting(world: &World) -> i64 {
    let client = world.runtime.pool.get().await.expect("a client");
    client.query_one("select count(*) from immersion.aside_gone", &[]).await.expect("counted").get(0)
}

#[tokio::test]
async fn what_nobody_attached_ends_after_ninety_days_to_the_second_and_nothing_of_it_can_be_read() {
    // Given a convention of someone who has no case, kept aside for the agency.
    let world = World::new().await;
    let post = Uuid::now_v7();
    let agency = world.organisation(AGENCY_SIRET).await;
    assert_eq!(world.notify(&adult()).await.status, 202);
    let copied = copied(&world).await.pop().expect("kept");
    // When eighty-nine days, and all of the ninetieth but its last second, have passed.
    later(&world, DAY * 90 - SignedDuration::from_secs(1));
    aside::keep_up(&world.runtime).await.expect("looked after");
    // Then it still waits, and the agency still sees who it is about.
    let token = world.token(post, agency).await;
    let seen = world.get(&token, ASIDE).await;
    assert_eq!(seen.body["items"][0]["person"]["family_name"], "N'Guessan-Roux", "{}", seen.body);
    can_be_read(&world, &copied).await;

    // When the last second has passed too.
    later(&world, SignedDuration::from_secs(1));
    aside::keep_up(&world.runtime).await.expect("looked after");
    // Then it is gone, with its keys: what was copied before is as mute as what was not.
    assert_eq!((world.asides().await, waiting(&world).await), (0, 0));
    cannot_be_read(&world, &copied).await;
    assert_eq!(world.get(&token, ASIDE).await.body["items"], json!([]));
    let case = world.case("Roux", "Elias", "1990-01-01", post).await;
    let attach = format!("{ASIDE}/{}/attach", copied.id);
    assert_eq!(world.post(&token, &attach, json!({ "case_id": case })).await.status, 404);
    // And the tool saying the same again brings nothing back.
    assert_eq!(world.notify(&adult()).await.status, 202);
    assert_eq!(world.asides().await, 0);
    cannot_be_read(&world, &copied).await;
    let all = everything(&world).await;
    assert!(all.contains(&copied.id.to_string()), "the keys of it are remembered as destroyed");
    for word in WORDS {
        let bytes: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!all.contains(word) && !all.contains(&bytes), "{word} in a database");
    }
}

#[tokio::test]
async fn each_content_of_a_convention_ends_ninety_days_after_it_came_itself() {
    // Given two contents of one convention, the second a month after the first.
    let world = World::new().await;
    world.notify(&adult()).await;
    later(&world, DAY * 30);
    world.notify(&at(adult(), "2026-10-01T09:00:00.000Z", "READY_TO_SIGN")).await;
    let both = copied(&world).await;
    assert_eq!(both.len(), 2);
    // When ninety days of the first have passed.
    later(&world, DAY * 60);
    aside::keep_up(&world.runtime).await.expect("looked after");
    // Then the second alone waits.
    let left = copied(&world).await;
    assert_eq!(left.len(), 1);
    can_be_read(&world, &left[0]).await;
    let gone = both.iter().find(|one| one.id != left[0].id).expect("the first");
    cannot_be_read(&world, gone).await;
}

#[tokio::test]
async fn an_end_that_was_cut_short_before_the_keys_were_destroyed_is_gone_on_with() {
    // Given a process that stopped right after the row went.
    let world = World::new().await;
    world.notify(&adult()).await;
    let copied = copied(&world).await.pop().expect("kept");
    let client = world.runtime.pool.get().await.expect("a client");
    client.execute("delete from immersion.aside", &[]).await.expect("deleted");
    drop(client);
    assert_eq!(waiting(&world).await, 1);
    can_be_read(&world, &copied).await;
    // When what is kept aside is looked after again, long before its ninety days.
    aside::keep_up(&world.runtime).await.expect("looked after");
    // Then the keys are destroyed.
    assert_eq!(waiting(&world).await, 0);
    cannot_be_read(&world, &copied).await;
}

#[tokio::test]
async fn what_was_attached_leaves_nothing_aside() {
    // Given a convention that its agency attached to a case.
    let world = World::new().await;
    let post = Uuid::now_v7();
    let agency = world.organisation(AGENCY_SIRET).await;
    world.notify(&adult()).await;
    let copied = copied(&world).await.pop().expect("kept");
    let token = world.token(post, agency).await;
    let case = world.case("Roux", "Elias", "1990-01-01", post).await;
    let attach = format!("{ASIDE}/{}/attach", copied.id);
    assert_eq!(world.post(&token, &attach, json!({ "case_id": case })).await.status, 200);
    // Then the copy that waited is mute; the facts of the case are the only ones that say it.
    assert_eq!((world.asides().await, waiting(&world).await), (0, 0));
    cannot_be_read(&world, &copied).await;
    assert!(!world.convention(&adult()).await.is_empty());
}

#[tokio::test]
async fn what_waits_about_someone_who_is_erased_goes_with_them_and_nothing_else_does() {
    // Given someone whose case is closed, of whom a convention waits, and a convention of someone else.
    let world = World::new().await;
    let closed = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.close(closed).await;
    world.notify(&adult()).await;
    let theirs = copied(&world).await.pop().expect("kept");
    let other = with(adult(), "id", "b0e2c9a4-6f5d-4f2b-8a43-3d8a7b1c2f10");
    world.notify(&with(other, "signatories/beneficiary/lastName", "Autre")).await;
    assert_eq!(world.asides().await, 2);
    aside::keep_up(&world.runtime).await.expect("looked after");
    // When only their health is erased, nothing goes; when who they are is, what waits about them does.
    let client = world.runtime.pool.get().await.expect("a client");
    assert_eq!(index::forget(&client, closed, &[Class::Health]).await.expect("purged"), 0);
    assert_eq!(world.asides().await, 2);
    index::forget(&client, closed, &[Class::Identity]).await.expect("purged");
    drop(client);
    aside::keep_up(&world.runtime).await.expect("looked after");
    // Then one is left, of the other person, and can be read.
    let left = copied(&world).await;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, theirs.id);
    can_be_read(&world, &left[0]).await;
    cannot_be_read(&world, &theirs).await;
}
