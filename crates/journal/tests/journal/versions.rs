//! J1: one version sequence a stream, decided against the stream's row.

use std::collections::HashSet;

use futures::future::join_all;
use journal::{Append, Journal, JournalError};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, command, fact, kind, open, positions, versions};

/// Appends and hears which version the stream has instead.
async fn refused(journal: &Journal, request: Append) -> u32 {
    match journal.append(request).await {
        Err(JournalError::Conflict { actual }) => actual,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_append_at_a_version_the_stream_does_not_have_is_refused_with_the_actual_one() {
    let database = Database::new().await;
    let journal = database.journal();
    let stream = Uuid::now_v7();
    // One fact goes another way than several, and streams that begin another way than those that exist.
    for (expected, facts) in [(1, 1), (3, 1), (2, 3)] {
        assert_eq!(refused(&journal, command(stream, expected, facts)).await, 0);
    }
    assert_eq!(journal.head().await.unwrap(), 0);
    journal.append(command(stream, 0, 2)).await.unwrap();
    for expected in [0, 1, 3, 1_000_000] {
        for facts in [1, 2] {
            let request = command(stream, expected, facts);
            assert_eq!(refused(&journal, request.clone()).await, 2, "{facts} at {expected}");
            assert!(journal.command(request.command_id).await.unwrap().is_none(), "nothing was done");
        }
    }
    // What was refused left no trace, not even its id: it may be decided again.
    let mut late = command(stream, 1, 1);
    assert_eq!(refused(&journal, late.clone()).await, 2);
    late.expected = 2;
    let appended = journal.append(late).await.unwrap();
    assert_eq!((appended.version, appended.first_position, appended.repeated), (3, 3, false));
    assert_eq!(versions(&journal.stream(stream, 1).await.unwrap()), [1, 2, 3]);
    assert_eq!(assert_sound(&journal).await.facts, 3);
}

#[tokio::test]
async fn an_archived_stream_is_read_and_no_more_written() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    let (stream, neighbour) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(!journal.archive(stream).await.unwrap(), "there is no such stream");
    let first = command(stream, 0, 2);
    let appended = journal.append(first.clone()).await.unwrap();
    journal.append(command(neighbour, 0, 1)).await.unwrap();
    assert!(journal.archive(stream).await.unwrap());
    for journal in [&journal, &other] {
        for (expected, facts) in [(0, 1), (2, 1), (2, 2), (7, 1)] {
            let refused = journal.append(command(stream, expected, facts)).await;
            assert!(matches!(refused, Err(JournalError::Archived)), "{facts} at {expected}: {refused:?}");
        }
        assert_eq!(versions(&journal.stream(stream, 1).await.unwrap()), [1, 2]);
    }
    let again = other.append(first).await.unwrap();
    assert_eq!((again.first_position, again.repeated), (appended.first_position, true));
    assert!(journal.archive(stream).await.unwrap(), "already so");
    assert_eq!(journal.append(command(neighbour, 1, 1)).await.unwrap().first_position, 4);
    assert_sound(&journal).await;
}

#[tokio::test]
async fn facts_that_cannot_be_counted_are_refused_before_anything_is_written() {
    // Nobody answers there: who is refused was never asked about.
    let nowhere = open("postgres://jalon@127.0.0.1:1/nowhere");
    let last = i32::MAX.cast_unsigned();
    for (expected, facts) in [(last, 1), (last - 1, 2), (u32::MAX, 1), (u32::MAX, 3)] {
        let version = i64::from(expected) + i64::from(facts);
        let mut request = beginning(facts);
        request.expected = expected;
        let refused = nowhere.append(request).await;
        assert!(matches!(refused, Err(JournalError::OutOfRange(found)) if found == version), "{refused:?}");
    }
    let mut empty = beginning(1);
    empty.facts.clear();
    let refused = nowhere.append(empty).await;
    assert!(matches!(refused, Err(JournalError::Database(_))), "{refused:?}");

    let database = Database::new().await;
    let journal = database.journal();
    let stream = Uuid::now_v7();
    journal.append(command(stream, 0, 1)).await.unwrap();
    let client = database.client().await;
    let sql = "update journal.streams set version = $1 where id = $2";
    client.execute(sql, &[&(i32::MAX - 1), &stream]).await.unwrap();
    let mut end = command(stream, 0, 1);
    end.expected = last - 1;
    assert_eq!(journal.append(end).await.unwrap().version, last, "the last that can be counted");
    let mut beyond = command(stream, 0, 1);
    beyond.expected = last;
    assert!(matches!(journal.append(beyond).await, Err(JournalError::OutOfRange(_))));
    assert_eq!(positions(&journal.after(0, 10).await.unwrap()), [1, 2]);
}

/// Appends so many commands to that stream, each at the version it believes in; returns the versions it
/// made and how often it heard of another one.
async fn write(journal: Journal, stream: Uuid, commands: u32, start: &Barrier) -> (Vec<u32>, u32) {
    let (mut made, mut heard, mut version) = (Vec::new(), 0, 0);
    start.wait().await;
    for number in 0..commands {
        let mut request = command(stream, 0, 1 + number % 3);
        loop {
            request.expected = version;
            match journal.append(request.clone()).await {
                Ok(appended) => {
                    assert!(!appended.repeated);
                    assert_eq!(appended.version, version + appended.count);
                    made.extend(version + 1..=appended.version);
                    version = appended.version;
                    break;
                }
                Err(JournalError::Conflict { actual }) => {
                    assert!(actual > version, "versions only grow: {version}, then {actual}");
                    (version, heard) = (actual, heard + 1);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    (made, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_stream_each_make_a_version_of_their_own_or_hear_of_the_actual_one() {
    const WRITERS: usize = 12;
    let database = Database::new().await;
    // Several processes, each with several writers, and two streams side by side.
    let journals = [database.journal(), database.journal(), database.journal()];
    let streams = [Uuid::now_v7(), Uuid::now_v7()];
    let start = Barrier::new(2 * WRITERS);
    let writers = |stream| {
        let journals = journals.iter().cycle().take(WRITERS);
        join_all(journals.map(|journal| write(journal.clone(), stream, 10, &start)).collect::<Vec<_>>())
    };
    let (first, second) = tokio::join!(writers(streams[0]), writers(streams[1]));
    for (written, stream) in [(first, streams[0]), (second, streams[1])] {
        let heard: u32 = written.iter().map(|(_, heard)| heard).sum();
        assert!(heard as usize >= WRITERS - 1, "all began at version 0, and one was first");
        let mut made: Vec<u32> = written.into_iter().flat_map(|(made, _)| made).collect();
        made.sort_unstable();
        assert!(made.iter().copied().eq(1..=made.len().try_into().unwrap()), "each version once: {made:?}");
        let facts = journals[0].stream(stream, 1).await.unwrap();
        assert_eq!(versions(&facts), made);
        assert!(positions(&facts).is_sorted());
        let distinct: HashSet<Uuid> = facts.iter().map(|fact| fact.event_id).collect();
        assert_eq!(distinct.len(), made.len());
    }
    assert_eq!(assert_sound(&journals[0]).await.streams, 2);
    // A fact of another kind changes nothing to the count.
    let mut other = command(streams[0], 0, 1);
    other.expected = journals[0].stream(streams[0], 1).await.unwrap().last().unwrap().version;
    other.facts = vec![fact(kind("EmploymentEnded"), b"other")];
    assert_eq!(journals[1].append(other.clone()).await.unwrap().version, other.expected + 1);
}
