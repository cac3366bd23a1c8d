//! A role that may append is believed about nothing else: what does not agree is refused, and leaves nothing.

use journal::Append;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, connect, kind};

/// A kind of fact about a case.
const KIND: i16 = 0x0104;

/// Three facts of two requests: two at the end of a stream that has one, and one that begins a stream.
#[derive(Clone)]
struct Call {
    known: &'static str,
    streams: Vec<Uuid>,
    expected: &'static str,
    counts: &'static str,
    firsts: &'static str,
    requests: &'static str,
    versions: &'static str,
    kinds: &'static str,
}

impl Call {
    fn on(stream: Uuid) -> Self {
        Self {
            known: "1",
            streams: vec![stream, Uuid::now_v7()],
            expected: "{1,0}",
            counts: "{2,1}",
            firsts: "{1,3}",
            requests: "{1,1,2}",
            versions: "{2,3,1}",
            kinds: "{260,260,260}",
        }
    }

    fn sql(&self) -> String {
        let ids = |count: usize| (0..count).map(|_| Uuid::now_v7().to_string()).collect::<Vec<_>>().join(",");
        let streams: Vec<String> = self.streams.iter().map(Uuid::to_string).collect();
        let Self { known, expected, counts, firsts, requests, versions, kinds, .. } = self;
        format!(
            "select journal.append_many({known}, '{{{}}}', '{expected}', '{{{}}}', '{{a,b}}', '{counts}', '{firsts}', \
             '{requests}', '{versions}', '{kinds}', '{{{}}}', '{{null,null,null}}', \
             '{{2026-03-13,2026-03-13,2026-03-13}}', '{{now,now,now}}', '{{\"\",\"\",\"\"}}', '{{\"\",\"\",\"\"}}')",
            streams.join(","),
            ids(2),
            ids(3),
        )
    }
}

/// A case that begins with so many facts.
fn case_of(facts: u32) -> Append {
    let mut begins = beginning(facts);
    begins.facts.iter_mut().for_each(|fact| fact.kind = kind("CaseOpened"));
    begins
}

/// The code of the refusal, or `accepted`.
async fn outcome(client: &Client, sql: &str) -> String {
    match client.batch_execute(sql).await {
        Ok(()) => "accepted".to_owned(),
        Err(error) => error.code().unwrap_or_else(|| panic!("{error}: {sql}")).code().to_owned(),
    }
}

async fn all(client: &Client) -> Vec<String> {
    let sql =
        "select concat_ws(' ', (select position from journal.head), (select count(*) from journal.facts),
                      (select count(*) from journal.commands), s) from journal.streams s order by id";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn admitted(database: &Database) -> Client {
    admitted_to(database, "1").await
}

async fn admitted_to(database: &Database, aggregates: &str) -> Client {
    let (owner, role) = (database.client().await, format!("sly_{}", database.name));
    owner
        .batch_execute(&format!(
            "create role {role} login; select journal.admit('{role}', '{{{aggregates}}}')"
        ))
        .await
        .unwrap();
    connect(&database.url_of(&role)).await
}

#[tokio::test]
async fn several_facts_whose_versions_counts_or_places_do_not_agree_are_refused() {
    let database = Database::new().await;
    let journal = database.journal();
    let stream = journal.append(case_of(1)).await.unwrap().stream_id;
    let client = admitted(&database).await;
    let before = all(&client).await;
    let good = Call::on(stream);
    let wrong = [
        ("a version is skipped", Call { versions: "{2,4,1}", ..good.clone() }),
        ("a version is repeated", Call { versions: "{2,2,1}", ..good.clone() }),
        ("versions begin elsewhere", Call { versions: "{7,8,1}", ..good.clone() }),
        ("a version is missing", Call { versions: "{2,null,1}", ..good.clone() }),
        ("a stream begins at another version", Call { versions: "{2,3,5}", ..good.clone() }),
        ("a count is too large", Call { counts: "{3,1}", ..good.clone() }),
        ("a count is too small", Call { counts: "{1,1}", ..good.clone() }),
        ("a count is zero", Call { counts: "{0,3}", firsts: "{1,1}", ..good.clone() }),
        ("a count is negative", Call { counts: "{-2,1}", ..good.clone() }),
        ("the last count goes beyond the facts", Call { counts: "{2,2}", ..good.clone() }),
        ("a count is missing", Call { counts: "{2,null}", ..good.clone() }),
        ("requests overlap", Call { firsts: "{1,2}", counts: "{2,2}", ..good.clone() }),
        ("the first does not begin", Call { firsts: "{2,3}", ..good.clone() }),
        ("a place is missing", Call { firsts: "{1,null}", ..good.clone() }),
        ("a fact belongs to another request", Call { requests: "{1,2,2}", ..good.clone() }),
        ("a fact belongs to no request", Call { requests: "{1,1,3}", ..good.clone() }),
        ("facts are not in order", Call { requests: "{2,1,1}", ..good.clone() }),
        ("more is said to be known than is", Call { known: "2", ..good.clone() }),
        ("less is said to be known than is", Call { known: "0", ..good.clone() }),
        ("a negative number is known", Call { known: "-1", ..good.clone() }),
        ("nothing is known of what is known", Call { known: "null", ..good.clone() }),
        ("what begins expects something", Call { expected: "{1,4}", versions: "{2,3,5}", ..good.clone() }),
        (
            "what begins expects less than nothing",
            Call { expected: "{1,-1}", versions: "{2,3,0}", ..good.clone() },
        ),
        ("an expectation is missing", Call { expected: "{1,null}", ..good.clone() }),
        ("no facts", Call { requests: "{}", ..good.clone() }),
        ("no requests", Call { streams: Vec::new(), ..good.clone() }),
        ("the same stream twice", Call { streams: vec![stream, stream], ..good.clone() }),
    ];
    for (what, call) in wrong {
        let code = outcome(&client, &call.sql()).await;
        let known = ["JL001", "JL006", "23502", "23505"].contains(&code.as_str());
        assert!(known, "{what}: {code}");
        assert_eq!(all(&client).await, before, "{what}");
    }
    // Another aggregate among one's own is still said to be so.
    let other = Call { kinds: "{260,1281,260}", ..good.clone() };
    assert_eq!(outcome(&client, &other.sql()).await, "JL003");
    assert_eq!(outcome(&client, &good.sql()).await, "accepted");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn one_fact_that_expects_less_than_nothing_is_refused() {
    let database = Database::new().await;
    let journal = database.journal();
    journal.append(beginning(1)).await.unwrap();
    let client = admitted(&database).await;
    let before = all(&client).await;
    let append = |expected: &str| {
        format!(
            "select journal.append_one('{}', {expected}, '{}', '', {KIND}::smallint, '{}', null, '2026-03-13', now(), '', '')",
            Uuid::now_v7(),
            Uuid::now_v7(),
            Uuid::now_v7(),
        )
    };
    for (expected, code) in [("-1", "JL006"), ("-2147483648", "JL006"), ("null", "JL006"), ("3", "JL001")] {
        assert_eq!(outcome(&client, &append(expected)).await, code, "{expected}");
        assert_eq!(all(&client).await, before, "{expected}");
    }
    assert_eq!(outcome(&client, &append("0")).await, "accepted");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn a_fact_stays_out_of_the_stream_of_another_aggregate_whoever_may_append_both() {
    let database = Database::new().await;
    let journal = database.journal();
    let stream = journal.append(case_of(1)).await.unwrap().stream_id;
    let client = admitted_to(&database, "1,5").await;
    let before = all(&client).await;
    let one = |stream: Uuid, expected: i32, kind: i16| {
        format!(
            "select journal.append_one('{stream}', {expected}, '{}', '', {kind}::smallint, '{}', null, '2026-03-13', now(), '', '')",
            Uuid::now_v7(),
            Uuid::now_v7(),
        )
    };
    assert_eq!(outcome(&client, &one(stream, 1, 1281)).await, "JL006", "alone");
    assert_eq!(outcome(&client, &one(stream, 2, 1281)).await, "JL001", "the version is still said first");
    let good = Call::on(stream);
    for kinds in ["{1281,1281,260}", "{260,1281,260}", "{1281,260,260}"] {
        let call = Call { kinds, ..good.clone() };
        assert_eq!(outcome(&client, &call.sql()).await, "JL006", "{kinds}");
    }
    assert_eq!(all(&client).await, before);
    // A stream of its own is another matter, and goes on as it began.
    let other = Uuid::now_v7();
    assert_eq!(outcome(&client, &one(other, 0, 1281)).await, "accepted");
    assert_eq!(outcome(&client, &one(other, 1, 1281)).await, "accepted");
    assert_eq!(outcome(&client, &one(other, 2, KIND)).await, "JL006");
    assert_eq!(outcome(&client, &Call { kinds: "{260,260,1281}", ..good }.sql()).await, "accepted");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn each_stream_keeps_the_aggregate_of_its_first_fact() {
    let database = Database::new().await;
    let journal = database.journal();
    let stream = journal.append(case_of(2)).await.unwrap().stream_id;
    let kept =
        "select aggregate = (select kind >> 8 from journal.facts f where f.position = s.first_position)
                from journal.streams s where id = $1";
    let told: bool = database.client().await.query_one(kept, &[&stream]).await.unwrap().get(0);
    assert!(told);
}
