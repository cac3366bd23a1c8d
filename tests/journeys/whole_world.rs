//! The whole demonstration, as `make demo` tells it: every kind of fact of every context is in it.

use std::collections::BTreeSet;

use testkit::stack::{Demo, folder};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The prescriptions of which the addressee was not reminded, though one of its posts answers such things.
const RECEIVED: &str = "
select d.target from service.due_refused d join read.received_requests r on r.key = d.target
    join read.answering_posts a on a.key = r.received_by
where d.rule = 'prescription.relance-recue' and jsonb_array_length(a.body::jsonb -> 'posts') > 0";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_fact_is_told_at_least_once_and_the_journal_is_intact() {
    let demo = Demo::tell(folder("whole-world"), "deploy/demonstration/tesa.json", false, &[]).await;
    let postgres = demo.run["postgres"].as_str().expect("run.json says where Postgres is");
    let (database, connection) = tokio_postgres::connect(postgres, NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    let rows = database.query("select distinct kind from journal.facts", &[]).await.expect("facts");
    let told: BTreeSet<u16> = rows.iter().map(|row| row.get::<_, i16>(0).cast_unsigned()).collect();
    let facts = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    let missing: Vec<&str> = facts
        .filter(|fact| !told.contains(&fact.code()) && !tests::is_told_elsewhere(fact.name))
        .map(|fact| fact.name)
        .collect();
    assert!(
        missing.is_empty(),
        "never told: {missing:?}. Either someone does it in a story of deploy/demonstration (a line like those beside \
         it), or tests/src/elsewhere.rs says which test tells it, and why no story can."
    );
    let known = |kind: &&str| {
        contracts::all_aggregates().iter().any(|one| one.facts.iter().any(|fact| fact.name == *kind))
    };
    let gone: Vec<&str> = tests::told_elsewhere().filter(|kind| !known(kind)).collect();
    assert!(gone.is_empty(), "excused, and no longer in the contracts: {gone:?}");
    // About sixty people share the platform; others are followed elsewhere.
    let people = "select count(distinct case_id) from journal.facts where case_id is not null";
    let people: i64 = database.query_one(people, &[]).await.expect("people").get(0);
    assert!((75..=90).contains(&people), "{people} people");
    // What the clock asked for in this world was refused for one reason only: nobody would receive the reminder.
    let refused = database
        .query("select agenda, command, rule from service.due_refused where rule <> 'prescription.relance-recue'", &[])
        .await
        .expect("dues");
    let refused: Vec<[String; 3]> = refused.iter().map(|row| [row.get(0), row.get(1), row.get(2)]).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let received = database.query(RECEIVED, &[]).await.expect("dues");
    let received: Vec<Uuid> = received.iter().map(|row| row.get(0)).collect();
    assert!(received.is_empty(), "refused, though someone would have received the reminder: {received:?}");
    let (intact, said) = demo.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");
    demo.stop().await;
}
