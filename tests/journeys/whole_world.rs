//! The whole demonstration, as `make demo` tells it: every kind of fact of every context is in it.

use std::collections::BTreeSet;

use testkit::stack::{Demo, folder};
use tokio_postgres::NoTls;

/// Kinds of facts the story cannot state, each with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("ForgettingSuspended", "a legal hold that comes within seconds: told by the rules of `case`"),
    ("ForgettingCompleted", "needs a store out of reach: played in the journeys of forgetting"),
    ("NoticeSent", "needs an SMTP relay: the tests of `notice` have one"),
    ("NoticeFailed", "needs an SMTP relay that refuses"),
    ("NoticeWithheld", "needs an SMTP relay"),
    ("DigestSent", "needs an SMTP relay"),
    ("AccessRecorded", "a batch of readings, after an hour or a thousand of them: tests/readings.rs"),
    ("AccessSuspended", "whoever opens too many people: tests/readings.rs"),
    ("AccessRestored", "by an administrator: tests/readings.rs"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_fact_is_told_at_least_once_and_the_journal_is_intact() {
    let demo = Demo::tell(folder("whole-world"), "deploy/demonstration/tesa.json", false, &[]).await;
    let postgres = demo.run["postgres"].as_str().expect("run.json says where Postgres is");
    let (database, connection) = tokio_postgres::connect(postgres, NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    let rows = database.query("select distinct kind from journal.facts", &[]).await.expect("facts");
    let told: BTreeSet<u16> = rows.iter().map(|row| row.get::<_, i16>(0).cast_unsigned()).collect();
    let excused: BTreeSet<&str> = ELSEWHERE.iter().map(|(kind, _)| *kind).collect();
    let facts = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    let missing: Vec<&str> = facts
        .filter(|fact| !told.contains(&fact.code()) && !excused.contains(fact.name))
        .map(|fact| fact.name)
        .collect();
    assert!(missing.is_empty(), "never told: {missing:?}");
    // About sixty people share the platform; others are followed elsewhere.
    let people = "select count(distinct case_id) from journal.facts where case_id is not null";
    let people: i64 = database.query_one(people, &[]).await.expect("people").get(0);
    assert!((75..=90).contains(&people), "{people} people");
    // What the clock asked for in this world was never refused.
    let refused =
        database.query("select agenda, command, rule from service.due_refused", &[]).await.expect("dues");
    let refused: Vec<[String; 3]> = refused.iter().map(|row| [row.get(0), row.get(1), row.get(2)]).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let (intact, said) = demo.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");
    demo.stop().await;
}
