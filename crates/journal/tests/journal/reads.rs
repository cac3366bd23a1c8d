//! What was recorded is read back: whole, in order, as it was given.

use contracts::Recorded;
use futures::{StreamExt as _, TryStreamExt as _, future::join_all};
use jiff::civil::date;
use journal::{Append, Journal};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, command, connect, positions, until_some, versions};

/// The facts that a scan gives.
async fn scanned(journal: &Journal, after: i64, until: i64) -> Vec<Recorded> {
    journal.scan(after, until).await.unwrap().try_collect().await.unwrap()
}

/// Everything that tells one fact from another.
fn signature(fact: &Recorded) -> String {
    let kind = fact.kind.kind;
    format!("{kind} {:?}", Recorded { kind: contracts::by_code(257).unwrap(), ..fact.clone() })
}

fn assert_same(found: &[Recorded], expected: &[Recorded]) {
    let signatures = |facts: &[Recorded]| facts.iter().map(signature).collect::<Vec<_>>();
    assert_eq!(signatures(found), signatures(expected));
}

/// The fact that this request becomes, at that step and position.
fn becomes(request: &Append, step: usize, position: i64) -> Recorded {
    let given = request.facts[step].clone();
    Recorded {
        position,
        stream_id: request.stream_id,
        version: request.expected + 1 + u32::try_from(step).unwrap(),
        kind: given.kind,
        event_id: given.event_id,
        case_id: given.case_id,
        occurred_on: given.occurred_on,
        recorded_at: given.recorded_at,
        command_id: request.command_id,
        metadata: given.metadata,
        payload: given.payload,
    }
}

#[tokio::test]
async fn what_was_recorded_comes_back_as_it_was_given() {
    let database = Database::new().await;
    let journal = database.journal();
    let case = Uuid::now_v7();
    let kinds: Vec<_> = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts).collect();
    let days = [date(2026, 2, 28), date(2024, 2, 29), date(1900, 1, 1), date(2999, 12, 31), date(-100, 3, 4)];
    let instants = [
        "2026-03-14T09:26:53.589793Z",
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2999-01-01T00:00:00Z",
    ];
    let bytes = [vec![], vec![0], vec![0, 255, 0], "accents é ’ œ".into(), vec![7; 300_000]];
    // Every kind there is, alone or with others, with every sort of day, instant, person and bytes.
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    let mut number = 0;
    while number < 2 * kinds.len() {
        // A stream holds the facts of one aggregate.
        let aggregate = |number: usize| kinds[number % kinds.len()].aggregate().code;
        let same = (0..=number % 3).take_while(|step| aggregate(number + step) == aggregate(number)).count();
        let mut request = beginning(u32::try_from(same).unwrap());
        for fact in &mut request.facts {
            fact.kind = kinds[number % kinds.len()];
            fact.case_id = [None, Some(case), Some(Uuid::nil()), Some(Uuid::max())][number % 4];
            fact.occurred_on = days[number % days.len()];
            fact.recorded_at = instants[number % instants.len()].parse().unwrap();
            fact.metadata = bytes[number % 4].clone();
            fact.payload = bytes[if number % 16 == 3 { 4 } else { number / 2 % 4 }].clone();
            number += 1;
        }
        requests.push(request);
    }
    for request in &requests {
        let first = journal.append(request.clone()).await.unwrap().first_position;
        expected.extend((0..request.facts.len()).zip(first..).map(|(step, at)| becomes(request, step, at)));
    }
    let other = database.journal();
    let head = expected.len().try_into().unwrap();
    assert_eq!(other.head().await.unwrap(), head);
    assert_same(&other.after(0, i64::MAX).await.unwrap(), &expected);
    assert_same(&scanned(&other, 0, head).await, &expected);
    let all: Vec<i64> = (1..=head).collect();
    assert_same(&other.at(&all).await.unwrap(), &expected);
    let of_case: Vec<Recorded> = expected.iter().filter(|fact| fact.case_id == Some(case)).cloned().collect();
    assert!(!of_case.is_empty());
    assert_same(&other.of_case(case).await.unwrap(), &of_case);
    let one_by_one =
        async |journal: &Journal, request: &Append| journal.stream(request.stream_id, 1).await.unwrap();
    let mut streams = Vec::new();
    for request in &requests {
        streams.extend(one_by_one(&journal, request).await);
    }
    assert_same(&streams, &expected);
    let at_once = join_all(requests.iter().map(|request| one_by_one(&other, request))).await;
    assert_same(&at_once.concat(), &expected);
    assert_sound(&journal).await;
}

#[tokio::test]
async fn pages_and_pieces_give_every_fact_once_in_order() {
    let database = Database::new().await;
    let journal = database.journal();
    for facts in [1, 250, 3, 746] {
        journal.append(beginning(facts)).await.unwrap();
    }
    let all: Vec<i64> = (1..=1000).collect();
    for limit in [1, 7, 999, 1000, 1001, i64::MAX] {
        let mut seen = Vec::new();
        loop {
            let page = journal.after(seen.last().copied().unwrap_or(0), limit).await.unwrap();
            assert!(page.len() as i64 <= limit);
            if page.is_empty() {
                break;
            }
            seen.extend(positions(&page));
        }
        assert_eq!(seen, all, "pages of {limit}");
    }
    for size in [90, 333, 1000, 5000] {
        let mut seen = Vec::new();
        while seen.len() < 1000 {
            let after = seen.len() as i64;
            seen.extend(positions(&scanned(&journal, after, after + size).await));
        }
        assert_eq!(seen, all, "pieces of {size}");
    }
    assert_eq!(positions(&scanned(&journal, 249, 252).await), [250, 251, 252]);
    for (after, until) in [(0, 0), (1000, 1000), (1000, 2000), (i64::MAX, i64::MAX), (5, 2), (400, -1)] {
        assert!(scanned(&journal, after, until).await.is_empty(), "after {after} until {until}");
    }
    assert_eq!(positions(&scanned(&journal, -7, i64::MAX).await), all);
    assert_eq!(positions(&journal.at(&[900, 3, 1001, 3, 0, -4, 17]).await.unwrap()), [3, 17, 900]);
    assert!(journal.at(&[]).await.unwrap().is_empty());
    // More than what a scan asks for at once, from anywhere to anywhere.
    for _ in 0..12 {
        journal.append(beginning(4000)).await.unwrap();
    }
    let head = journal.head().await.unwrap();
    assert_eq!(head, 49_000);
    for (after, until) in
        [(0, head), (0, i64::MAX), (999, 40_999), (8_999, 29_000), (19_999, 20_001), (20_000, 40_000)]
    {
        let seen = positions(&scanned(&journal, after, until).await);
        assert!(seen.into_iter().eq(after + 1..=until.min(head)), "after {after} until {until}");
    }
    // What is added meanwhile is none of a scan.
    let mut scan = journal.scan(990, i64::MAX).await.unwrap();
    let mut seen = vec![scan.try_next().await.unwrap().unwrap().position];
    journal.append(beginning(5)).await.unwrap();
    while let Some(fact) = scan.try_next().await.unwrap() {
        seen.push(fact.position);
    }
    assert!(seen.into_iter().eq(991..=head));
}

#[tokio::test]
async fn a_scan_holds_no_snapshot_for_longer_than_a_piece() {
    let database = Database::new().await;
    let journal = database.journal();
    for _ in 0..10 {
        journal.append(beginning(5000)).await.unwrap();
    }
    // An end so heavy that no server has sent it before it is read.
    let mut heavy = beginning(1000);
    heavy.facts.iter_mut().for_each(|fact| fact.payload = vec![7; 40_000]);
    journal.append(heavy).await.unwrap();
    let client = connect(&database.url()).await;
    let number = async |sql: &str| client.query_one(sql, &[]).await.unwrap().get::<_, Option<i64>>(0);
    let mut scan = journal.scan(0, i64::MAX).await.unwrap();
    assert_eq!(scan.try_next().await.unwrap().unwrap().position, 1);
    let meanwhile = number("select pg_current_xact_id()::text::bigint").await.unwrap();
    while scan.try_next().await.unwrap().unwrap().position < 40_001 {}
    let oldest = "select min(backend_xmin::text::bigint) from pg_stat_activity
                  where query like '%position <= $2%' and pid <> pg_backend_pid()";
    let holds = async || number(oldest).await;
    let oldest = until_some("a snapshot of the last piece", holds).await;
    assert!(oldest > meanwhile, "{oldest} was taken when reading began, before {meanwhile}");
    while scan.try_next().await.unwrap().is_some() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_loaded_at_once_each_come_back_whole_and_in_order() {
    let database = Database::new().await;
    let journal = database.journal();
    // Streams of unequal lengths, grown in turns.
    let streams: Vec<Uuid> = (0..90).map(|_| Uuid::now_v7()).collect();
    for turn in 0..6_u32 {
        let longer = streams.iter().enumerate().filter(|(index, _)| index % 6 >= turn as usize);
        let requests = longer.map(|(_, stream)| journal.append(command(*stream, turn * 2, 2)));
        assert!(join_all(requests).await.iter().all(Result::is_ok));
    }
    for round in 0..3 {
        let loads = streams.iter().enumerate().map(|(index, stream)| {
            let (journal, stream) = (journal.clone(), *stream);
            let from = u32::try_from((index + round) % 5).unwrap();
            tokio::spawn(async move { (from, journal.stream(stream, from).await.unwrap()) })
        });
        let nobody = tokio::spawn({
            let journal = journal.clone();
            async move { journal.stream(Uuid::now_v7(), 1).await.unwrap() }
        });
        let loads: Vec<_> = loads.collect();
        for ((index, stream), load) in streams.iter().enumerate().zip(loads) {
            let (from, facts) = load.await.unwrap();
            let length = 2 * (index as u32 % 6 + 1);
            assert_eq!(versions(&facts), (from.max(1)..=length).collect::<Vec<_>>());
            assert!(facts.iter().all(|fact| fact.stream_id == *stream));
            assert!(facts.iter().all(|fact| fact.payload == fact.version.to_be_bytes()));
            assert!(positions(&facts).is_sorted());
        }
        assert!(nobody.await.unwrap().is_empty());
    }
    // The same stream asked for many times at once, with writers on it.
    let stream = Uuid::now_v7();
    let writing = async {
        for version in 0..30 {
            journal.append(command(stream, version, 1)).await.unwrap();
        }
    };
    let reading = join_all((0..20).map(async |_| {
        let mut last = 0;
        for _ in 0..10 {
            let facts = journal.stream(stream, 1).await.unwrap();
            assert!(versions(&facts).into_iter().eq(1..=facts.len() as u32), "whole, from the first");
            assert!(facts.len() >= last, "it does not shrink");
            last = facts.len();
        }
    }));
    tokio::join!(writing, reading);
}

/// How many others are connected to that database.
async fn connected(client: &Client) -> i64 {
    let sql = "select count(*) from pg_stat_activity
               where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_scan_left_half_read_ends_its_connection() {
    let database = Database::new().await;
    let journal = database.journal();
    for _ in 0..20 {
        // More than what fits on its way to the reader.
        let mut heavy = beginning(200);
        heavy.facts.iter_mut().for_each(|fact| fact.payload = vec![7; 4000]);
        journal.append(heavy).await.unwrap();
    }
    let head = journal.head().await.unwrap();
    let client = connect(&database.url()).await;
    let mut before = connected(&client).await;
    // The connections that came before, of migrations for instance, have ended.
    let settled = async || {
        let now = connected(&client).await;
        let settled = now == before && now == 2;
        before = now;
        settled.then_some(())
    };
    until_some("one connection of appends and one of reads", settled).await;
    for _ in 0..5 {
        let mut scan = Box::pin(journal.scan(0, head).await.unwrap());
        for position in 1..=3 {
            assert_eq!(scan.next().await.unwrap().unwrap().position, position);
        }
        assert!(connected(&client).await > 2, "it reads over a connection of its own");
        drop(scan);
    }
    until_some("the end of its connections", async || (connected(&client).await == 2).then_some(())).await;
    assert_sound(&journal).await;
    until_some("the end of the connections of a check", async || {
        (connected(&client).await == 2).then_some(())
    })
    .await;
}
