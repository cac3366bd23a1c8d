//! Readings over a real Postgres: counted, stopped, told, restored, chained; and what a superuser does to them is
//! found.

#[path = "readings/counted.rs"]
mod counted;

use std::sync::Arc;

use access::{
    Actor,
    readings::{self, Opened, Stopped},
};
use audit::{
    chain,
    domain::commands::{RestoreAccess, SuspendByHand},
    guard, honey,
};
use contracts::{
    Class, Word,
    audit::v1::{RestorationReason, SuspensionReason},
    common::v1::Role,
    events,
};
use jiff::{SignedDuration, ToSpan as _};
use service::{Request, Runtime, Target, execute};
use testkit::{
    ground::Ground,
    scenario::{actor, id},
};
use uuid::Uuid;
use vocabulary::{Clock as _, SystemClock};

const NOON: &str = "2026-11-23T11:00:00Z";

async fn ground() -> Ground {
    let ground = Ground::of(audit::service(), NOON).await;
    // As `followup` keeps it: two structures, a platform of one of them, and four posts.
    sql(
        &ground,
        "create table read.directory (key uuid primary key, kind text not null, body jsonb not null);
         grant select on read.directory to jalon_serve;
         insert into read.directory values
             ('00000000-0000-0000-0000-000000000046', 'organisation', '{\"kind\": \"CHRS\"}'),
             ('00000000-0000-0000-0000-000000000047', 'organisation', '{\"kind\": \"ACI\"}'),
             ('00000000-0000-0000-0000-000000000048', 'platform',
              '{\"members\": {\"00000000-0000-0000-0000-000000000046\": null}}'),
             ('00000000-0000-0000-0000-000000000001', 'post', '{\"role\": \"ADMINISTRATEUR\"}'),
             ('00000000-0000-0000-0000-000000000002', 'post',
              '{\"role\": \"ANIMATEUR_PLATEFORME\", \"organisation_id\": \"00000000-0000-0000-0000-000000000046\"}'),
             ('00000000-0000-0000-0000-000000000003', 'post',
              '{\"role\": \"ANIMATEUR_PLATEFORME\", \"organisation_id\": \"00000000-0000-0000-0000-000000000047\"}'),
             ('00000000-0000-0000-0000-000000000007', 'post',
              '{\"role\": \"CIP\", \"organisation_id\": \"00000000-0000-0000-0000-000000000046\"}')",
    )
    .await;
    ground
}

/// It is so many minutes after noon.
fn later(ground: &Ground, minutes: i64) {
    let noon: jiff::Timestamp = NOON.parse().expect("an instant");
    ground.clock.set(noon + minutes.minutes());
}

/// What the owner of the database does.
async fn sql(ground: &Ground, text: &str) {
    ground.as_owner(text).await;
}

/// A CIP of organisation 70, who holds post 7.
fn reader() -> Actor {
    actor(Role::CIP, 7, 0x46)
}

async fn opens(runtime: &Runtime, actor: &Actor, case: u128) -> Option<Stopped> {
    let opened =
        Opened { classes: [Class::Identity].into(), cases: [id(1_000 + case)].into(), ..Opened::default() };
    readings::record(&runtime.pool, actor, "case.read", &opened, runtime.clock.now()).await.expect("recorded")
}

/// What whoever shows a secret of theirs is met with.
async fn is_suspended(ground: &Ground, actor: &Actor) -> bool {
    let token = ground.token(actor).await;
    let now = ground.clock.now();
    let holder = ground.runtime.tokens.authenticate(&token, now, true).await.expect("asked");
    holder.expect("a secret of theirs").suspended
}

async fn count(runtime: &Runtime) -> i64 {
    let client = runtime.pool.get().await.expect("a connection");
    client.query_one("select count(*) from access.reading", &[]).await.expect("a count").get(0)
}

#[tokio::test]
async fn the_forty_first_person_of_an_hour_is_refused_and_the_reader_suspended() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    for case in 0..40 {
        assert_eq!(opens(runtime, &reader(), case).await, None, "{case}");
    }
    // The same ones again are nobody new.
    assert_eq!(opens(runtime, &reader(), 3).await, None);
    assert_eq!(opens(runtime, &reader(), 40).await, Some(Stopped::Volume));
    assert_eq!(count(runtime).await, 41, "the refused one left no reading");
    // Whatever they ask for now, from any post.
    let elsewhere = Actor { post_id: Some(id(8)), ..reader() };
    assert_eq!(opens(runtime, &elsewhere, 1).await, Some(Stopped::Suspended));
    assert!(is_suspended(&ground, &elsewhere).await);
    let another = actor(Role::CIP, 9, 0x46);
    assert_eq!(opens(runtime, &another, 40).await, None, "nobody else is");
    assert!(!is_suspended(&ground, &another).await);
}

#[tokio::test]
async fn an_hour_later_forty_more_may_be_opened_and_never_more_than_a_hundred_and_twenty_a_day() {
    let ground = ground().await;
    for case in 0..120 {
        if case % 40 == 0 {
            later(&ground, 61 * i64::try_from(case / 40).expect("few"));
        }
        assert_eq!(opens(&ground.runtime, &reader(), case).await, None, "{case}");
    }
    later(&ground, 61 * 3);
    assert_eq!(opens(&ground.runtime, &reader(), 5).await, None, "nobody new");
    assert_eq!(opens(&ground.runtime, &reader(), 120).await, Some(Stopped::Volume));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readings_at_the_same_instant_never_open_a_forty_first() {
    let ground = ground().await;
    let tasks = (0..60).map(|case| {
        let runtime: Arc<Runtime> = ground.runtime.clone();
        tokio::spawn(async move { opens(&runtime, &reader(), case).await })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut opened = 0;
    for task in tasks {
        opened += usize::from(task.await.expect("ended").is_none());
    }
    assert_eq!((opened, count(&ground.runtime).await), (40, 40));
}

#[tokio::test]
async fn lists_of_ones_own_circle_do_not_count() {
    let ground = ground().await;
    let listed = Opened { listed: (0..100).map(id).collect(), ..Opened::default() };
    let runtime = &ground.runtime;
    for _ in 0..3 {
        let now = runtime.clock.now();
        let stopped = readings::record(&runtime.pool, &reader(), "followups.read", &listed, now).await;
        assert_eq!(stopped.expect("recorded"), None);
    }
    assert_eq!(opens(runtime, &reader(), 1).await, None);
}

/// The facts of that access.
async fn facts(runtime: &Runtime, stream: Uuid) -> Vec<events::Access> {
    let facts = runtime.journal.stream(stream, 1).await.expect("facts");
    facts.iter().map(|fact| fact.trace().expect("a fact of an access")).collect()
}

#[tokio::test]
async fn a_suspension_is_told_once_to_those_who_must_know_and_an_administrator_ends_it() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    for case in 0..41 {
        opens(runtime, &reader(), case).await;
    }
    audit::round(runtime).await.expect("a round");
    audit::round(runtime).await.expect("another");
    let stream = readings::reader(&reader()).expect("a reader");
    let told = facts(runtime, stream).await;
    let [events::Access::AccessSuspended(suspended)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((suspended.people, suspended.hours), (41, 1));
    assert_eq!(
        suspended.told_post_ids,
        [id(1).to_string(), id(2).to_string()],
        "neither 3, elsewhere, nor 7"
    );

    let command = RestoreAccess { reason: Word(RestorationReason::EXPLAINED) };
    let administrator = actor(Role::ADMINISTRATEUR, 1, 0x46);
    let request = Request::keyed(administrator, "restored", runtime.clock.now());
    execute(runtime, Target::Existing(stream), command, request).await.expect("restored");
    audit::round(runtime).await.expect("a round");
    assert!(!is_suspended(&ground, &reader()).await);
    // What was read before is no longer counted.
    later(&ground, 1);
    for case in 100..140 {
        assert_eq!(opens(runtime, &reader(), case).await, None, "{case}");
    }
    assert_eq!(opens(runtime, &reader(), 140).await, Some(Stopped::Volume));
}

#[tokio::test]
async fn whoever_asks_for_a_bait_is_suspended_and_no_reading_remains() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    let planted = honey::plant(runtime).await.expect("planted");
    assert_eq!(planted.len(), 2, "two in the structure that hosts people");
    assert_eq!(honey::plant(runtime).await.expect("again"), Vec::new());
    assert_eq!(ground.head().await, 0, "no fact says so");
    let asked = |case: Uuid| Opened { asked: [case].into(), ..Opened::default() };
    let record = async |opened: Opened| {
        readings::record(&runtime.pool, &reader(), "case.read", &opened, runtime.clock.now()).await
    };
    assert_eq!(record(asked(id(5))).await.expect("asked"), None);
    assert_eq!(record(asked(planted[1].case_id)).await.expect("asked"), Some(Stopped::Honey));
    assert_eq!(count(runtime).await, 0);
    guard::tell(runtime).await.expect("told");
    let told = facts(runtime, readings::reader(&reader()).expect("a reader")).await;
    let [events::Access::AccessSuspended(suspended)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(suspended.reason.as_known().map(|reason| format!("{reason:?}")), Some("HONEY".into()));
}

#[tokio::test]
async fn readings_are_never_changed_but_by_who_owns_the_database_and_that_is_found() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    for case in 0..6 {
        assert_eq!(opens(runtime, &reader(), case).await, None);
    }
    chain::close(runtime).await.expect("nothing is old enough");
    assert_eq!(chain::check(runtime).await.expect("a check").open, 6);
    chain::close_older(runtime, SignedDuration::ZERO).await.expect("closed");
    let whole = chain::check(runtime).await.expect("a check");
    assert_eq!((whole.batches, whole.readings, whole.open, whole.faults.len()), (1, 6, 0, 0));

    sql(&ground, "grant truncate on access.reading to jalon_serve").await;
    for change in
        ["delete from access.reading", "update access.reading set role = 'X'", "truncate access.reading"]
    {
        let client = runtime.pool.get().await.expect("a connection");
        let refused = client.batch_execute(change).await.expect_err("refused, though it has every right");
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{change}");
    }
    let forced = |change: &str| {
        format!("set session_replication_role = replica; {change}; reset session_replication_role")
    };
    sql(&ground, &forced("update access.reading set cases = '{}' where id = 4")).await;
    assert_eq!(chain::check(runtime).await.expect("a check").faults, [chain::Fault::Altered(1, 6)]);
    sql(&ground, &forced("delete from access.reading where id = 3")).await;
    let found = chain::check(runtime).await.expect("a check").faults;
    assert_eq!(found, [chain::Fault::Removed(3)]);
    assert_eq!(found[0].to_string(), "La lecture 3 a été retirée.");
}

#[tokio::test]
async fn batches_follow_one_another_and_hold_what_was_never_committed() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    let insert = "insert into access.reading (at, role, name, purpose, emergency, classes, cases, listed)
        select '2026-11-23T11:00:00Z', 'CIP', 'case.read', '', false, '{}', '{}', '{}' from generate_series(1, $1)";
    let insert = |number: i32| insert.replace("$1", &number.to_string());
    sql(&ground, &insert(1_003)).await;
    sql(&ground, &format!("begin; {}; rollback", insert(2))).await;
    sql(&ground, &insert(1)).await;
    chain::close(runtime).await.expect("a full batch is closed");
    assert_eq!(chain::check(runtime).await.expect("a check").open, 4);
    chain::close_older(runtime, SignedDuration::from_hours(-200_000)).await.expect("closed");
    let report = chain::check(runtime).await.expect("a check");
    assert_eq!((report.batches, report.readings, report.open), (2, 1_004, 0));
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn months_are_made_ahead_and_go_after_a_year() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    sql(
        &ground,
        "create table access.reading_2020_01 partition of access.reading
             for values from ('2020-01-01Z') to ('2020-02-01Z')",
    )
    .await;
    let client = runtime.pool.get().await.expect("a connection");
    let months = "select relname::text from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'access.reading'::regclass order by 1";
    let made = async || -> Vec<String> {
        client.query(months, &[]).await.expect("months").iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(made().await.len(), 5, "2020, three months, and the rest");
    readings::keep(&client).await.expect("kept");
    let left = made().await;
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(!left.contains(&"reading_2020_01".to_owned()));
    let this = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC);
    let next = this.checked_add(1.month()).expect("a month");
    assert!(left.contains(&format!("reading_{}", next.strftime("%Y_%m"))), "{left:?}");
}

#[tokio::test]
async fn whoever_is_suspended_by_hand_reads_nothing_any_more_until_they_are_restored() {
    let ground = ground().await;
    let runtime = &ground.runtime;
    let reader_id = readings::reader(&reader()).expect("someone");
    let administrator = actor(Role::ADMINISTRATEUR, 1, 0x46);
    let command = SuspendByHand { reader_id, reason: Word(SuspensionReason::COMPROMISED) };
    let request = Request::keyed(administrator.clone(), "stolen telephone", ground.clock.now());
    execute(runtime, Target::Begun { id: reader_id }, command, request).await.expect("suspended");
    ground.up_to_date().await;
    for _ in 0..2 {
        audit::round(runtime).await.expect("a round");
    }
    assert!(is_suspended(&ground, &reader()).await);
    assert_eq!(opens(runtime, &reader(), 1).await, Some(Stopped::Suspended));
    let restore = RestoreAccess { reason: Word(RestorationReason::SECURED) };
    let request = Request::keyed(administrator, "a new telephone", ground.clock.now());
    execute(runtime, Target::Existing(reader_id), restore, request).await.expect("restored");
    ground.up_to_date().await;
    for _ in 0..2 {
        audit::round(runtime).await.expect("a round");
    }
    assert_eq!(opens(runtime, &reader(), 1).await, None, "and it stays so");
}

#[tokio::test]
async fn quotas_and_wrong_tries_are_counted_for_all_processes_together() {
    use access::quotas::{self, Quota};
    use std::time::Duration;
    let ground = ground().await;
    let pool = &ground.runtime.pool;
    let three = Quota { most: 3, within: Duration::from_secs(3_600) };
    // As two processes would, at the same time.
    let taken = taken_together(pool, 8, three).await;
    assert_eq!(taken.iter().filter(|wait| wait.is_none()).count(), 3);
    let wait = taken.iter().flatten().max().expect("someone waits");
    assert!((1_195..=1_200).contains(&wait.as_secs()), "a third of the time: {wait:?}");
    assert_eq!(quotas::take(pool, "search", "another", three).await.expect("taken"), None);
    sql(&ground, "update access.quota set until = until - interval '21 minutes'").await;
    assert_eq!(quotas::take(pool, "search", "someone", three).await.expect("taken"), None, "one came back");
    assert!(quotas::take(pool, "search", "someone", three).await.expect("taken").is_some());

    let free = Quota { most: 5, within: Duration::from_secs(900) };
    let waits = async || quotas::wait_to_try(pool, &[("try", "a"), ("try", "b")]).await.expect("asked");
    let mut all = Vec::new();
    for _ in 0..12 {
        quotas::tried_wrong(pool, "try", "a", free).await.expect("counted");
        all.push(waits().await.map_or(0, |wait| wait.as_secs_f64().ceil() as u64));
        sql(
            &ground,
            "update access.tries set until = clock_timestamp() - interval '1 ms' where until is not null",
        )
        .await;
    }
    assert_eq!(all, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
    quotas::tried_right(pool, "try", "a").await.expect("forgotten");
    for minute in 0..20 {
        quotas::tried_wrong(pool, "try", "a", free).await.expect("counted");
        assert_eq!(waits().await, None, "wrong tries of long ago do not count: {minute}");
        let back = "update access.tries set first_at = first_at - interval '4 minutes',
                    last_at = last_at - interval '4 minutes'";
        sql(&ground, back).await;
    }
    // Nobody’s address or account is in the database.
    let client = pool.get().await.expect("a connection");
    let sizes = "select bool_and(octet_length(key) = 32) from access.quota";
    assert!(client.query_one(sizes, &[]).await.expect("a row").get::<_, bool>(0));
    sql(&ground, "update access.quota set until = now() - interval '1 s'; select access.forget_quotas()")
        .await;
    let left: i64 = client.query_one("select count(*) from access.quota", &[]).await.expect("a count").get(0);
    assert_eq!(left, 0);
}

async fn taken_together(
    pool: &deadpool_postgres::Pool,
    count: usize,
    quota: access::quotas::Quota,
) -> Vec<Option<std::time::Duration>> {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { access::quotas::take(&pool, "search", "someone", quota).await })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.push(task.await.expect("it ends").expect("counted"));
    }
    waits
}
