//! J3: a command is applied once.

use futures::future::join_all;
use journal::{Append, Appended, Journal, JournalError};
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, command, positions};

fn reused(answer: &Result<Appended, JournalError>) -> bool {
    matches!(answer, Err(JournalError::CommandReused))
}

/// The same command as another process sends it again: new facts, the same id and body.
fn again(request: &Append) -> Append {
    let facts = request.facts.len().try_into().unwrap();
    Append {
        command_id: request.command_id,
        fingerprint: request.fingerprint.clone(),
        ..command(request.stream_id, request.expected, facts)
    }
}

#[tokio::test]
async fn a_command_sent_again_is_answered_as_the_first_time_and_changes_nothing() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    for facts in [1, 3] {
        let stream = Uuid::now_v7();
        let requests = [command(stream, 0, facts), command(stream, facts, facts)];
        let mut first = Vec::new();
        for request in &requests {
            first.push(journal.append(request.clone()).await.unwrap());
        }
        journal.append(command(stream, 2 * facts, 1)).await.unwrap();
        let head = journal.head().await.unwrap();
        for (request, first) in requests.iter().zip(first) {
            assert!(!first.repeated);
            let expected = Appended { repeated: true, ..first };
            for journal in [&journal, &other, &journal] {
                assert_eq!(journal.append(request.clone()).await.unwrap(), expected);
                assert_eq!(journal.append(again(request)).await.unwrap(), expected);
                // Decided again on what the stream has become since: still the same command.
                let mut moved = again(request);
                moved.expected = 2 * facts + 1;
                assert_eq!(journal.append(moved).await.unwrap(), expected);
            }
            let (fingerprint, done) = other.command(request.command_id).await.unwrap().unwrap();
            assert_eq!((fingerprint, done), (request.fingerprint.clone(), expected));
        }
        assert_eq!(journal.head().await.unwrap(), head);
        let stored = journal.stream(stream, 1).await.unwrap();
        let given = requests.iter().flat_map(|request| &request.facts).map(|fact| fact.event_id);
        assert!(given.eq(stored.iter().take(2 * facts as usize).map(|fact| fact.event_id)));
    }
    assert!(journal.command(Uuid::now_v7()).await.unwrap().is_none());
    assert_sound(&journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_same_command_sent_many_times_at_once_one_is_applied_and_all_are_answered_alike() {
    let database = Database::new().await;
    let journals = [database.journal(), database.journal(), database.journal()];
    let stream = Uuid::now_v7();
    let mut version = 0;
    for round in 0..30 {
        let facts = 1 + round % 2;
        let request = command(stream, version, facts);
        let sent = journals.iter().cycle().take(15).map(|journal| {
            let (journal, request) = (journal.clone(), again(&request));
            tokio::spawn(async move { journal.append(request).await.unwrap() })
        });
        let answers: Vec<Appended> =
            join_all(sent.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
        let applied: Vec<_> = answers.iter().filter(|answer| !answer.repeated).collect();
        assert_eq!(applied.len(), 1);
        version += facts;
        assert_eq!((applied[0].version, applied[0].count), (version, facts));
        for answer in &answers {
            assert_eq!(Appended { repeated: false, ..*answer }, *applied[0]);
        }
    }
    let facts = journals[0].stream(stream, 1).await.unwrap();
    assert_eq!(positions(&facts), (1..=i64::from(version)).collect::<Vec<_>>());
    assert_sound(&journals[0]).await;
}

/// Sends both at once, each in its own way.
async fn both(one: (&Journal, &Append), other: (&Journal, &Append)) -> [Result<Appended, JournalError>; 2] {
    let send = |(journal, request): (&Journal, &Append)| {
        let (journal, request) = (journal.clone(), request.clone());
        tokio::spawn(async move { journal.append(request).await })
    };
    let (one, other) = (send(one), send(other));
    [one.await.unwrap(), other.await.unwrap()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_bodies_under_one_id_sent_at_once_one_is_applied_and_the_other_refused() {
    let database = Database::new().await;
    let journals = [database.journal(), database.journal()];
    for round in 0..40_u32 {
        let one = beginning(1 + round % 2);
        // Through one process or two, on the same stream or on another one.
        let mut other = beginning(1 + round / 2 % 2);
        other.command_id = one.command_id;
        other.fingerprint = b"another body".to_vec();
        if round % 4 < 2 {
            other.stream_id = one.stream_id;
        }
        let second = &journals[round as usize % 2];
        let head = journals[0].head().await.unwrap();
        let answers = both((&journals[0], &one), (second, &other)).await;
        let (applied, request) = match &answers {
            [Ok(applied), refused] if reused(refused) => (applied, &one),
            [refused, Ok(applied)] if reused(refused) => (applied, &other),
            neither => panic!("{neither:?}"),
        };
        assert!(!applied.repeated);
        assert_eq!(applied.stream_id, request.stream_id);
        assert_eq!(journals[1].head().await.unwrap(), head + i64::from(applied.count));
        let (fingerprint, _) = journals[1].command(one.command_id).await.unwrap().unwrap();
        assert_eq!(fingerprint, request.fingerprint);
    }
    assert_sound(&journals[0]).await;
}

#[tokio::test]
async fn the_id_of_a_command_is_refused_with_another_body() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    let first = beginning(2);
    let appended = journal.append(first.clone()).await.unwrap();
    for journal in [&journal, &other] {
        for facts in [1, 2] {
            for fingerprint in [&b"another body"[..], b"", b"bod", b"body "] {
                // On the same stream, rightly or wrongly expected, or on a new one.
                let attempts = [
                    command(first.stream_id, 2, facts),
                    command(first.stream_id, 0, facts),
                    beginning(facts),
                ];
                for mut attempt in attempts {
                    attempt.command_id = first.command_id;
                    attempt.fingerprint = fingerprint.to_vec();
                    let answer = journal.append(attempt).await;
                    assert!(reused(&answer), "{answer:?}");
                }
            }
        }
    }
    assert_eq!(journal.head().await.unwrap(), 2);
    let (fingerprint, done) = journal.command(first.command_id).await.unwrap().unwrap();
    assert_eq!((fingerprint, done.first_position), (first.fingerprint, appended.first_position));
    assert_sound(&journal).await;
}
