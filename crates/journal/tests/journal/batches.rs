//! J4: an append is one round trip, grouped with what waits; one refusal does not disturb its neighbours.

use futures::future::join_all;
use journal::{Append, Appended, Journal, JournalError, QueueSettings};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, LIMIT, assert_sound, beginning, command, fact, kind, open, positions};

/// Notes each commit of an append, in the commit itself: the function that made it, and of how many commands.
const NOTES: &str = "
create table public.commits (number bigint generated always as identity, way text, commands bigint, facts bigint);
create function public.note() returns trigger language plpgsql as $$
begin
    insert into public.commits (way, commands, facts)
        select substring(current_query() from 'append_[a-z]+'), count(*), sum(count) from added;
    return null;
end $$;
create trigger note after insert on journal.commands referencing new table as added
    for each statement execute function public.note()";

/// A journal whose commits are noted, once its first fact is in.
async fn noted(queue: QueueSettings) -> (Database, Journal, Client) {
    let database = Database::new().await;
    let client = database.client().await;
    client.batch_execute(NOTES).await.unwrap();
    let journal = Journal::open(database.settings(), QueueSettings { patience: LIMIT, ..queue });
    journal.append(beginning(1)).await.unwrap();
    forget(&client).await;
    (database, journal, client)
}

async fn forget(client: &Client) {
    client.batch_execute("delete from public.commits").await.unwrap();
}

/// The commits since then: their way, their commands and their facts.
async fn commits(client: &Client) -> Vec<(String, i64, i64)> {
    let sql = "select way, commands, facts::bigint from public.commits order by number";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// Sends them all before any is answered, in this order.
async fn at_once(journal: &Journal, requests: &[Append]) -> Vec<Result<Appended, JournalError>> {
    join_all(requests.iter().map(|request| journal.append(request.clone()))).await
}

fn beginnings(number: usize, facts: u32) -> Vec<Append> {
    (0..number).map(|_| beginning(facts)).collect()
}

#[tokio::test]
async fn a_lone_append_takes_the_short_way_and_several_the_way_of_batches() {
    let (_database, journal, client) = noted(QueueSettings::default()).await;
    let stream = Uuid::now_v7();
    for expected in 0..5 {
        journal.append(command(stream, expected, 1)).await.unwrap();
    }
    let lone = ("append_one".to_owned(), 1, 1);
    assert_eq!(commits(&client).await, vec![lone.clone(); 5]);
    forget(&client).await;
    // A lone command of several facts is a batch of one.
    journal.append(command(stream, 5, 4)).await.unwrap();
    assert_eq!(commits(&client).await, [("append_many".to_owned(), 1, 4)]);
    forget(&client).await;
    // The first of several finds the way free; those that came meanwhile go together.
    let answers = at_once(&journal, &beginnings(20, 1)).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(commits(&client).await, [lone.clone(), ("append_many".to_owned(), 19, 19)]);
    forget(&client).await;
    // And once they are gone the way is short again, at the latest for the second.
    for _ in 0..3 {
        journal.append(beginning(1)).await.unwrap();
    }
    assert_eq!(commits(&client).await, vec![lone; 3]);
    assert_sound(&journal).await;
}

#[tokio::test]
async fn appends_that_do_not_wait_for_one_another_take_a_commit_each() {
    let (database, journal, client) = noted(QueueSettings::default()).await;
    let other = database.journal();
    for number in 0..12 {
        let journal = if number % 3 == 0 { &other } else { &journal };
        journal.append(beginning(1 + number % 2)).await.unwrap();
    }
    let commits = commits(&client).await;
    assert_eq!(commits.len(), 12);
    assert!(commits.iter().all(|(_, commands, _)| *commands == 1), "{commits:?}");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn many_appends_at_once_take_few_commits() {
    let (_database, journal, client) = noted(QueueSettings::default()).await;
    let answers = at_once(&journal, &beginnings(500, 2)).await;
    let mut places: Vec<i64> =
        answers.into_iter().map(Result::unwrap).map(|appended| appended.first_position).collect();
    places.sort_unstable();
    assert_eq!(places, (1..=500).map(|number| 2 * number).collect::<Vec<_>>());
    let commits = commits(&client).await;
    assert_eq!(commits.iter().map(|(_, commands, _)| commands).sum::<i64>(), 500);
    // 128 commands in each, the last excepted.
    assert_eq!(commits.len(), 4, "{commits:?}");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn a_batch_too_large_for_its_limit_is_cut_and_written_whole() {
    let queue = QueueSettings { batch: 5, batch_bytes: 10_000, ..QueueSettings::default() };
    let (_database, journal, client) = noted(queue).await;
    // By number.
    let small = beginnings(23, 2);
    assert!(at_once(&journal, &small).await.iter().all(Result::is_ok));
    let sizes: Vec<i64> = commits(&client).await.into_iter().map(|(_, commands, _)| commands).collect();
    assert_eq!(sizes, [5, 5, 5, 5, 3]);
    forget(&client).await;
    // By weight: 3,000 bytes and some each.
    let mut heavy = beginnings(9, 1);
    for request in &mut heavy {
        request.facts = vec![fact(kind("HoursChanged"), &[7; 1400]), fact(kind("HoursChanged"), &[8; 1400])];
    }
    assert!(at_once(&journal, &heavy).await.iter().all(Result::is_ok));
    let sizes: Vec<i64> = commits(&client).await.into_iter().map(|(_, commands, _)| commands).collect();
    assert_eq!(sizes, [3, 3, 3]);
    forget(&client).await;
    // One that is heavier than any batch goes alone, and whole, among others that do not wait for it for ever.
    let mut requests = beginnings(4, 2);
    requests[2].facts = (0..60).map(|_| fact(kind("HoursChanged"), &[9; 1000])).collect();
    let answers = at_once(&journal, &requests).await;
    let facts: Vec<u32> = answers.into_iter().map(|answer| answer.unwrap().count).collect();
    assert_eq!(facts, [2, 2, 60, 2]);
    let commits = commits(&client).await;
    assert!(commits.contains(&("append_many".into(), 1, 60)), "{commits:?}");
    assert_eq!(commits.iter().map(|(_, commands, _)| commands).sum::<i64>(), 4);
    for request in small.iter().chain(&heavy).chain(&requests) {
        let stored = journal.stream(request.stream_id, 1).await.unwrap();
        let given = request.facts.iter().map(|fact| (fact.event_id, &fact.payload));
        assert!(given.eq(stored.iter().map(|fact| (fact.event_id, &fact.payload))));
    }
    assert_sound(&journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_appends_on_one_stream_sent_at_once_is_applied_in_its_order() {
    let (_database, journal, _client) = noted(QueueSettings::default()).await;
    for facts in [1, 2, 1, 3] {
        // Two chains side by side, and others that begin streams in between.
        let streams = [Uuid::now_v7(), Uuid::now_v7()];
        let links = (0..15).flat_map(|link| {
            let chain = streams.map(|stream| command(stream, link * facts, facts));
            [chain.to_vec(), vec![beginning(1)]].concat()
        });
        let links: Vec<Append> = links.collect();
        let answers = at_once(&journal, &links).await;
        for (answer, link) in answers.iter().zip(&links) {
            let appended = answer.as_ref().unwrap();
            assert_eq!(appended.version, link.expected + appended.count);
            assert!(!appended.repeated);
        }
        for stream in streams {
            let stored = journal.stream(stream, 1).await.unwrap();
            let given = links.iter().filter(|link| link.stream_id == stream).flat_map(|link| &link.facts);
            assert!(given.map(|fact| fact.event_id).eq(stored.iter().map(|fact| fact.event_id)));
            assert!(positions(&stored).is_sorted());
        }
    }
    assert_sound(&journal).await;
}

/// What was answered, in a word.
fn said(answer: &Result<Appended, JournalError>) -> String {
    match answer {
        Ok(Appended { repeated: false, .. }) => "done".into(),
        Ok(_) => "known".into(),
        Err(JournalError::Conflict { actual }) => format!("at {actual}"),
        Err(JournalError::CommandReused) => "reused".into(),
        Err(JournalError::Archived) => "archived".into(),
        Err(JournalError::Database(why)) => why.split(' ').next().unwrap_or_default().into(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn requests_that_are_refused_do_not_disturb_their_neighbours() {
    let (database, journal, client) = noted(QueueSettings::default()).await;
    let (known, archived) = (beginning(2), beginning(1));
    journal.append(known.clone()).await.unwrap();
    journal.append(archived.clone()).await.unwrap();
    journal.archive(archived.stream_id).await.unwrap();
    let mut reused = beginning(1);
    (reused.command_id, reused.fingerprint) = (known.command_id, b"another body".to_vec());
    // A day that no database holds: refused for itself, and not for what stands against it.
    let mut impossible = beginning(1);
    impossible.facts[0].occurred_on = jiff::civil::Date::MIN;
    let twice = beginning(2);
    let requests = [
        beginning(1),
        command(known.stream_id, 7, 1),
        beginning(3),
        known.clone(),
        twice.clone(),
        reused,
        command(known.stream_id, 2, 1),
        twice,
        command(archived.stream_id, 1, 2),
        impossible,
        beginning(1),
    ];
    forget(&client).await;
    let head = journal.head().await.unwrap();
    let answers = at_once(&journal, &requests).await;
    let expected =
        ["done", "at 2", "done", "known", "done", "reused", "done", "known", "archived", "22008", "done"];
    assert_eq!(answers.iter().map(said).collect::<Vec<_>>(), expected);
    assert_eq!(journal.head().await.unwrap(), head + 1 + 3 + 2 + 1 + 1);
    assert_eq!(commits(&client).await.iter().map(|(_, commands, _)| commands).sum::<i64>(), 5);
    // All again: what was done is known, what was refused still is.
    let answers = at_once(&journal, &requests).await;
    let expected = expected.map(|said| said.replace("done", "known").replace("at 2", "at 3"));
    assert_eq!(answers.iter().map(said).collect::<Vec<_>>(), expected);
    assert_eq!(journal.head().await.unwrap(), head + 8);

    // Nor does a fact this role may not state.
    let role = format!("clerk_{}", database.name);
    client
        .batch_execute(&format!("create role {role} login; select journal.admit('{role}', '{{5}}')"))
        .await
        .unwrap();
    let clerk = open(&database.url_of(&role));
    let mut foreign = beginning(2);
    foreign.facts[1].kind = kind("CaseOpened");
    let answers = at_once(&clerk, &[beginning(2), foreign, beginning(1), beginning(1)]).await;
    assert!(matches!(answers[1], Err(JournalError::Forbidden)));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_sound(&journal).await;
}
