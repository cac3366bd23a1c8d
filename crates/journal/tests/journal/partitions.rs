//! J5: partitions by position, made ahead, crossed without noticing, resized at will.

use futures::future::join_all;
use journal::Journal;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{
    Database, assert_sound, beginning, below, command, connect, positions, until_some, versions,
};

/// A journal whose partitions hold that few facts.
async fn with_partitions_of(facts: i64) -> (Database, Client) {
    let database = Database::new().await;
    let client = database.client().await;
    for (name, _, _) in partitions(&client).await {
        client.batch_execute(&format!("drop table {name}")).await.unwrap();
    }
    let sql = format!("update journal.layout set facts = {facts}, prepared_to = 0; select journal.prepare()");
    client.batch_execute(&sql).await.unwrap();
    (database, client)
}

async fn resize(client: &Client, facts: i64) {
    client.execute("update journal.layout set facts = $1", &[&facts]).await.unwrap();
}

/// The partitions, in order: their names, first position, and the first one after.
async fn partitions(client: &Client) -> Vec<(String, i64, i64)> {
    let sql = "select c.oid::regclass::text, b[1]::bigint, b[2]::bigint from pg_inherits
               join pg_class c on c.oid = inhrelid
               cross join lateral regexp_match(pg_get_expr(relpartbound, c.oid), '(\\d+)\\D+(\\d+)') b
               where inhparent = 'journal.facts'::regclass order by 2";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// Where those that exist end, as said.
async fn prepared_to(client: &Client) -> i64 {
    client.query_one("select prepared_to from journal.layout", &[]).await.unwrap().get(0)
}

/// Checks that the partitions follow one another without a hole, as far as said, ahead of the facts; returns
/// how many there are.
async fn assert_contiguous(client: &Client) -> usize {
    // An append is answered before room is made for those to come.
    let ahead = "select from journal.layout, journal.head where prepared_to > position + 1";
    until_some("room ahead", async || client.query_opt(ahead, &[]).await.unwrap()).await;
    // More may be made between one look and the next.
    let said = prepared_to(client).await;
    let found = partitions(client).await;
    let then = prepared_to(client).await;
    assert_eq!(found[0].1, 0);
    assert!(found.windows(2).all(|pair| pair[0].2 == pair[1].1), "{found:?}");
    assert!((said..=then).contains(&found.last().unwrap().2), "{said}, {found:?}, {then}");
    found.len()
}

/// How many facts each partition holds, in order.
async fn held(client: &Client) -> Vec<i64> {
    let mut held = Vec::new();
    for (name, _, _) in partitions(client).await {
        held.push(client.query_one(&format!("select count(*) from {name}"), &[]).await.unwrap().get(0));
    }
    held
}

async fn version(journal: &Journal, stream: Uuid) -> u32 {
    journal.stream(stream, 1).await.unwrap().last().map_or(0, |fact| fact.version)
}

#[tokio::test]
async fn a_command_of_more_facts_than_partitions_hold_is_recorded_whole() {
    let (database, client) = with_partitions_of(10).await;
    let journal = database.journal();
    assert_eq!(partitions(&client).await.len(), 2);
    let (first, second) = (beginning(57), beginning(3));
    let appended = journal.append(first.clone()).await.unwrap();
    assert_eq!((appended.first_position, appended.count, appended.repeated), (1, 57, false));
    let stored = journal.stream(first.stream_id, 1).await.unwrap();
    assert!(stored.iter().map(|fact| fact.event_id).eq(first.facts.iter().map(|fact| fact.event_id)));
    assert_eq!(held(&client).await[..6], [9, 10, 10, 10, 10, 8]);
    // In one commit: whoever sees one of them sees all.
    let commits = "select count(distinct xmin::text) from journal.facts";
    assert_eq!(client.query_one(commits, &[]).await.unwrap().get::<_, i64>(0), 1);
    // With others beside it.
    let answers = join_all([
        journal.append(second.clone()),
        journal.append(beginning(31)),
        journal.append(beginning(1)),
        journal.append(command(first.stream_id, 57, 45)),
    ]);
    assert!(answers.await.iter().all(Result::is_ok));
    assert_eq!(version(&journal, first.stream_id).await, 102);
    assert_eq!(journal.head().await.unwrap(), 57 + 3 + 31 + 1 + 45);
    assert_contiguous(&client).await;
    assert_sound(&journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_cross_the_borders_of_partitions_without_noticing() {
    let (database, client) = with_partitions_of(16).await;
    let journals = [database.journal(), database.journal(), database.journal()];
    let streams: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    let written = join_all(journals.iter().cycle().take(9).map(async |journal| {
        let mut written = 0;
        for _ in 0..25 {
            let facts = 1 + below(5);
            let stream = streams[below(5) as usize];
            let request = command(stream, version(journal, stream).await, facts);
            written += match journal.append(request).await {
                Ok(appended) => appended.count,
                // Someone else was first: it is written elsewhere, and that is all there is to notice.
                Err(journal::JournalError::Conflict { .. }) => {
                    journal.append(beginning(facts)).await.unwrap().count
                }
                Err(error) => panic!("{error}"),
            };
        }
        written
    }));
    let written: u32 = written.await.into_iter().sum();
    assert_eq!(journals[0].head().await.unwrap(), i64::from(written));
    assert!(assert_contiguous(&client).await >= written as usize / 16);
    let held = held(&client).await;
    let full = held.iter().filter(|facts| **facts == 16).count();
    assert!(full >= written as usize / 16 - 1, "{held:?}");
    for stream in streams {
        let facts = journals[1].stream(stream, 1).await.unwrap();
        assert!(versions(&facts).into_iter().eq(1..=facts.len() as u32), "in order, across partitions");
        assert!(positions(&facts).is_sorted());
    }
    assert_sound(&journals[0]).await;
}

#[tokio::test]
async fn the_size_of_partitions_can_be_changed_at_any_time() {
    let (database, client) = with_partitions_of(10).await;
    let journal = database.journal();
    let mut count = 0;
    for size in [10, 3, 40, 1, 7, 500, 2] {
        resize(&client, size).await;
        let filled = partitions(&client).await.last().unwrap().2 + 2;
        for facts in [1, 6, 1, 17, 2].into_iter().cycle() {
            journal.append(beginning(facts)).await.unwrap();
            count += i64::from(facts);
            if count > filled {
                break;
            }
        }
        assert_contiguous(&client).await;
        let (_, begin, end) = partitions(&client).await.pop().unwrap();
        assert_eq!(end - begin, size, "those to come are of the new size");
    }
    assert_eq!(assert_sound(&journal).await.facts, count);
    assert_eq!(positions(&journal.after(0, i64::MAX).await.unwrap()), (1..=count).collect::<Vec<_>>());
    let refused = client.execute("update journal.layout set facts = 0", &[]).await;
    assert!(refused.is_err(), "a partition holds something");
}

#[tokio::test]
async fn a_partition_is_made_while_someone_reads_and_stops_nobody() {
    let (database, _client) = with_partitions_of(20).await;
    let journal = database.journal();
    journal.append(beginning(15)).await.unwrap();
    let impatient = async || {
        let client = connect(&database.url()).await;
        client.batch_execute("set lock_timeout = '15s'").await.unwrap();
        client
    };
    let (mut reader, mut writer, mut maker) = (impatient().await, impatient().await, impatient().await);
    // Someone reads all facts in a transaction that lasts, and someone's append is not committed yet.
    let reading = reader.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let reading = reading.start().await.unwrap();
    let count = "select count(*) from journal.facts";
    assert_eq!(reading.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 15);
    let writing = writer.transaction().await.unwrap();
    let append = "select journal.append_one(gen_random_uuid(), 0, gen_random_uuid(), '', 1281::smallint,
                  gen_random_uuid(), null, '2026-03-13', now(), '', '')";
    writing.query_one(append, &[]).await.unwrap();
    // A partition is made beside them.
    let before = partitions(&database.client().await).await.len();
    let making = maker.transaction().await.unwrap();
    making.query_one("select journal.prepare(50)", &[]).await.unwrap();
    // While it is being made, who reads goes on, who writes commits, and others begin.
    assert_eq!(reading.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 15);
    writing.commit().await.unwrap();
    let mut another = impatient().await;
    let second = another.transaction().await.unwrap();
    second.query_one(append, &[]).await.unwrap();
    second.commit().await.unwrap();
    assert_eq!(journal.after(0, 100).await.unwrap().len(), 17);
    making.commit().await.unwrap();
    let client = database.client().await;
    assert!(partitions(&client).await.len() > before);
    assert_contiguous(&client).await;
    assert_eq!(
        reading.query_one(count, &[]).await.unwrap().get::<_, i64>(0),
        15,
        "it reads as of its beginning"
    );
    reading.commit().await.unwrap();
    journal.append(beginning(60)).await.unwrap();
    assert_sound(&journal).await;
}
