//! The second wall: what Postgres itself shows of people, when nothing else is asked.

use std::time::Duration;

use contracts::{case::v1::*, common::v1::Role, events};
use deadpool_postgres::{Manager, Pool};
use service::ReaderClient;
use tokio_postgres::NoTls;
use vocabulary::Clock as _;

use super::{super::invented::*, *};

/// Tables of this service that hold rows about people, by the column that says whose.
const WALLED: &[(&str, &str)] =
    &[("live_status", "key"), ("timeline", "case_id"), ("milestones", "key"), ("readership", "case_id")];

/// Another person, that nobody of the first story is around.
const OTHER: u128 = 4_000;
const ELSEWHERE: u128 = 41;

/// A stack where two paths were told: that of the person, and another one elsewhere.
async fn two() -> (Stack, Story) {
    let (stack, mut story) = (Stack::start().await, Story::default());
    directory(&mut story);
    path(&mut story);
    story.case_id = Some(id(OTHER));
    let opened = CaseOpened {
        structure_id: id(ELSEWHERE).to_string(),
        opened_on: "2026-01-05".into(),
        ..Default::default()
    };
    story.tell(OTHER, "2026-01-05", events::Case::from(opened));
    stack.tell(&story.facts).await;
    (stack, story)
}

/// How many rows of the person, and of the other, that reader sees of each table.
async fn seen(stack: &Stack, actor: &Actor) -> Vec<(i64, i64)> {
    let client = stack.runtime.reader(actor).await.expect("a connection");
    let mut seen = Vec::new();
    for (table, column) in WALLED {
        let sql = format!(
            "select count(*) filter (where {column} = $1), count(*) filter (where {column} = $2) from read.{table}"
        );
        let row = client.query_one(&sql, &[&id(CASE), &id(OTHER)]).await.expect("a count");
        seen.push((row.get(0), row.get(1)));
    }
    seen
}

fn sees(seen: &[(i64, i64)]) -> (bool, bool) {
    let all = |pick: fn(&(i64, i64)) -> i64| {
        let some: Vec<bool> = seen.iter().map(|row| pick(row) > 0).collect();
        assert!(some.iter().all(|one| *one == some[0]), "all tables say the same: {seen:?}");
        some[0]
    };
    (all(|row| row.0), all(|row| row.1))
}

#[tokio::test]
async fn each_reader_sees_the_people_they_are_around_and_nobody_else() {
    let (stack, _) = two().await;
    let readers = [
        (actor(Role::REFERENT_SOCIAL, REFERENT, CHRS), (true, false), "in the circle and hosting"),
        (actor(Role::CIP, CIP, 99), (true, false), "in the circle, of an organisation that is not around"),
        (actor(Role::CONSEILLER, 22, FT), (true, false), "a member of the platform"),
        (actor(Role::CIP, 23, CHRS), (true, false), "of the structure that hosts"),
        (actor(Role::CIP, 24, CSAPA), (false, false), "a stranger"),
        (actor(Role::CIP, 25, ELSEWHERE), (false, true), "of the structure that hosts the other"),
        (actor(Role::AUDITEUR, 26, 98), (true, true), "an auditor"),
        (
            actor(Role::ADMINISTRATEUR, REFERENT, CHRS),
            (false, false),
            "an administrator, whatever their post",
        ),
        (Actor::system("clock"), (false, false), "a part of Jalon, which reads for nobody"),
    ];
    for (reader, expected, who) in readers {
        assert_eq!(sees(&seen(&stack, &reader).await), expected, "{who}");
    }
    // Nobody says who reads.
    let client = stack.runtime.pool.get().await.expect("a connection");
    for (table, _) in WALLED {
        let row =
            client.query_one(&format!("select count(*) from read.{table}"), &[]).await.expect("a count");
        assert_eq!(row.get::<_, i64>(0), 0, "{table}");
    }
    let machinery = stack.runtime.machinery.get().await.expect("a connection");
    let row = machinery.query_one("select count(*) from read.live_status", &[]).await.expect("a count");
    assert_eq!(row.get::<_, i64>(0), 2);
}

#[tokio::test]
async fn what_opens_and_closes_moves_the_wall() {
    let (stack, mut story) = two().await;
    story.case_id = Some(id(CASE));
    let adviser = actor(Role::CONSEILLER, 60, CSAPA);
    let cip = actor(Role::CIP, CIP, 99);
    let at = |days: i64| stack.ground.clock.now() + jiff::SignedDuration::from_hours(24 * days);
    let when = async |reader: &Actor, now: Timestamp| {
        let client = ReaderClient::new(&stack.runtime.pool, reader, now).await.expect("a connection");
        let row = client.query_one("select count(*) from read.live_status", &[]).await.expect("a count");
        row.get::<_, i64>(0)
    };
    let mut tell = async |event: events::Case| {
        let known = story.facts.len();
        story.tell(CASE, "2026-11-20", event);
        stack.tell(&story.facts[known..]).await;
    };
    let given = AgreementGiven {
        agreement_id: id(700).to_string(),
        organisation_id: id(CSAPA).to_string(),
        from_day: "2026-11-20".into(),
        until_day: "2026-11-30".into(),
        ..Default::default()
    };
    assert_eq!(when(&adviser, at(0)).await, 0);
    tell(given.into()).await;
    assert_eq!(when(&adviser, at(0)).await, 1);
    let end: Timestamp = "2026-11-30T23:00:00Z".parse().expect("midnight in Paris");
    assert_eq!(when(&adviser, end - Duration::from_millis(1)).await, 1);
    assert_eq!(when(&adviser, end).await, 0, "the day after its last one");
    assert_eq!(when(&adviser, at(-4)).await, 0, "before its first day");
    tell(AgreementWithdrawn { agreement_id: id(700).to_string(), ..Default::default() }.into()).await;
    assert_eq!(when(&adviser, at(0)).await, 0);

    let hour = at(0) + Duration::from_secs(3600);
    let opened = EmergencyAccessOpened {
        access_id: id(701).to_string(),
        post_id: adviser.post_id.map(|id| id.to_string()).unwrap_or_default(),
        ends_at: hour.to_string(),
        ..Default::default()
    };
    tell(opened.into()).await;
    assert_eq!(when(&adviser, hour - Duration::from_micros(1)).await, 1);
    assert_eq!(when(&adviser, hour).await, 0);

    let own = access::OwnCase { case_id: id(CASE), access_id: id(702) };
    let opened = OwnAccessOpened {
        access_id: own.access_id.to_string(),
        opened_on: "2026-11-20".into(),
        until_day: "2027-01-20".into(),
        ..Default::default()
    };
    assert_eq!(when(&Actor::person(own), at(0)).await, 0);
    tell(opened.into()).await;
    assert_eq!(when(&Actor::person(own), at(0)).await, 1);
    tell(OwnAccessClosed { access_id: own.access_id.to_string(), ..Default::default() }.into()).await;
    assert_eq!(when(&Actor::person(own), at(0)).await, 0);

    assert_eq!(when(&cip, at(0)).await, 1);
    tell(CircleMemberLeft { post_id: id(CIP).to_string(), ..Default::default() }.into()).await;
    assert_eq!(when(&cip, at(0)).await, 0);
    let moved = CaseTransferred { structure_id: id(ELSEWHERE).to_string(), ..Default::default() };
    tell(moved.into()).await;
    let host = |organisation| actor(Role::CIP, 71, organisation);
    assert_eq!((when(&host(CHRS), at(0)).await, when(&host(ELSEWHERE), at(0)).await), (0, 2));
    assert_eq!(when(&actor(Role::CONSEILLER, 22, FT), at(0)).await, 0, "it is no longer shared");
}

/// A pool of one connection, as the service's role: whoever comes next takes that of whoever came before.
fn one(stack: &Stack) -> Pool {
    let url = stack.runtime.journal.settings().config().clone();
    Pool::builder(Manager::new(url, NoTls)).max_size(1).build().expect("a pool")
}

#[tokio::test]
async fn nothing_of_a_reader_is_left_on_a_pooled_connection() {
    let (stack, _) = two().await;
    let (pool, now) = (one(&stack), stack.ground.clock.now());
    let inside = actor(Role::REFERENT_SOCIAL, REFERENT, CHRS);
    let stranger = actor(Role::CIP, 24, CSAPA);
    let count = "select count(*) from read.live_status";
    let sees = async |reader: &Actor| {
        let client = ReaderClient::new(&pool, reader, now).await.expect("a connection");
        let statement = client.prepare_cached(count).await.expect("a statement");
        client.query_one(&statement, &[]).await.expect("a count").get::<_, i64>(0)
    };
    let nobody = async || {
        let client = pool.get().await.expect("a connection");
        let statement = client.prepare_cached(count).await.expect("a statement");
        client.query_one(&statement, &[]).await.expect("a count").get::<_, i64>(0)
    };
    for _ in 0..10 {
        assert_eq!((sees(&inside).await, nobody().await), (1, 0));
        assert_eq!((sees(&stranger).await, nobody().await), (0, 0));
    }
    // Cancelled in the middle of a statement, before one, while the context is being said; and after an error.
    for wait in [0, 1, 5, 40] {
        let work = async {
            let client = ReaderClient::new(&pool, &inside, now).await.expect("a connection");
            client.batch_execute("select pg_sleep(0.2)").await.expect("it sleeps");
        };
        let cut = tokio::time::timeout(Duration::from_millis(wait), work).await;
        assert!(cut.is_err());
        assert_eq!((nobody().await, sees(&stranger).await), (0, 0), "after {wait} ms");
    }
    let client = ReaderClient::new(&pool, &inside, now).await.expect("a connection");
    assert!(client.query("select nothing from nowhere", &[]).await.is_err());
    drop(client);
    assert_eq!((nobody().await, sees(&stranger).await), (0, 0));
    // A request that panics with the connection in hand.
    let (own, reader) = (pool.clone(), inside.clone());
    let task = tokio::spawn(async move {
        let _client = ReaderClient::new(&own, &reader, now).await.expect("a connection");
        panic!("as the test wants");
    });
    assert!(task.await.expect_err("it panicked").is_panic());
    assert_eq!((nobody().await, sees(&stranger).await, sees(&inside).await), (0, 0, 1));
}

#[tokio::test]
async fn a_reader_reads_only() {
    let (stack, _) = two().await;
    let inside = actor(Role::REFERENT_SOCIAL, REFERENT, CHRS);
    for write in [
        "delete from readership_v2_g1.readership",
        "update read.live_status set open = false",
        "insert into followup.seen values (gen_random_uuid(), gen_random_uuid(), 1, now())",
    ] {
        let client = stack.runtime.reader(&inside).await.expect("a connection");
        assert!(client.batch_execute(write).await.is_err(), "{write}");
    }
}

#[tokio::test]
async fn what_the_pages_show_is_what_the_wall_lets_through() {
    let (stack, _) = two().await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let paths = [
        format!("/api/v1/cases/{}", id(CASE)),
        format!("/api/v1/cases/{}/timeline", id(CASE)),
        format!("/api/v1/platforms/{}/board", id(TESA)),
        "/api/v1/me/followups".to_owned(),
        format!("/api/v1/posts/{}/open-items", id(REFERENT)),
    ];
    let texts = async || {
        let mut texts = Vec::new();
        for path in &paths {
            texts.push(stack.get(&inside, path).await);
        }
        texts
    };
    let before = texts().await;
    assert!(before.iter().all(|answer| answer.status == 200));
    // With nobody around anybody, the pages that forget nothing have nothing to show.
    let machinery = stack.runtime.machinery.get().await.expect("a connection");
    machinery.batch_execute("delete from readership_v2_g1.readership").await.expect("it is emptied");
    for (path, answer) in paths.iter().zip(texts().await) {
        assert!(!answer.text.contains("Tesfay"), "{path}: {}", answer.text);
        let items = answer.status.is_success().then(|| answer.json()["items"].as_array().map(Vec::len));
        assert!(matches!(items, None | Some(Some(0))), "{path}: {} {}", answer.status, answer.text);
    }
}
