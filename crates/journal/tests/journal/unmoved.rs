//! What was decided on several streams of a case is appended only if nothing about it was recorded meanwhile.

use contracts::Recorded;
use futures::future::join_all;
use journal::{Append, Appended, Journal, JournalError, Unmoved};
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, below, command};

/// A command that begins a stream, about that case.
fn about(case_id: Uuid, facts: u32) -> Append {
    let mut request = beginning(facts);
    for fact in &mut request.facts {
        fact.case_id = Some(case_id);
    }
    request
}

fn moved(answer: &Result<Appended, JournalError>) -> bool {
    matches!(answer, Err(JournalError::Moved))
}

/// How many facts about that case the journal holds.
async fn count(journal: &Journal, case_id: Uuid) -> usize {
    let facts: Vec<Recorded> = journal.after(0, 10_000).await.unwrap();
    facts.iter().filter(|fact| fact.case_id == Some(case_id)).count()
}

#[tokio::test]
async fn what_was_judged_before_something_else_about_the_case_is_not_appended() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    let case_id = Uuid::now_v7();
    for facts in [1, 3] {
        journal.append(about(case_id, facts)).await.unwrap();
        let case = Unmoved { case_id, since: journal.head().await.unwrap() };
        // What is about others, or about nobody, changes nothing.
        other.append(about(Uuid::now_v7(), 2)).await.unwrap();
        let mut nobody = beginning(1);
        nobody.facts[0].case_id = None;
        other.append(nobody).await.unwrap();
        journal.append_unmoved(about(case_id, facts), case).await.unwrap();
        // Whoever judged as slowly as that, on the same, learns that it has moved, whichever process it is.
        let (head, held) = (journal.head().await.unwrap(), count(&journal, case_id).await);
        for slow in [&journal, &other] {
            for request in [about(case_id, facts), command(Uuid::now_v7(), 0, 4 - facts)] {
                let answer = slow.append_unmoved(request.clone(), case).await;
                assert!(moved(&answer), "{answer:?}");
                assert_eq!(slow.command(request.command_id).await.unwrap(), None);
            }
        }
        assert_eq!((journal.head().await.unwrap(), count(&journal, case_id).await), (head, held));
        // Judged again on what it has become, it passes.
        journal.append_unmoved(about(case_id, facts), Unmoved { since: head, ..case }).await.unwrap();
    }
    assert_sound(&journal).await;
}

#[tokio::test]
async fn sent_again_it_is_answered_as_the_first_time_for_its_own_facts_are_not_another_s() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    let case = Unmoved { case_id: Uuid::now_v7(), since: 0 };
    for facts in [1, 2] {
        let request = about(case.case_id, facts);
        let case = Unmoved { since: journal.head().await.unwrap(), ..case };
        let first = journal.append_unmoved(request.clone(), case).await.unwrap();
        let head = journal.head().await.unwrap();
        for journal in [&journal, &other] {
            let answer = journal.append_unmoved(request.clone(), case).await.unwrap();
            assert_eq!(answer, Appended { repeated: true, ..first });
        }
        assert_eq!(journal.head().await.unwrap(), head);
        let stale = journal.append_unmoved(command(request.stream_id, facts + 1, 1), case).await;
        assert!(moved(&stale), "{stale:?}");
        let now = Unmoved { since: head, ..case };
        let conflict = journal.append_unmoved(command(request.stream_id, facts + 1, 1), now).await;
        assert!(
            matches!(conflict, Err(JournalError::Conflict { actual }) if actual == facts),
            "{conflict:?}"
        );
    }
    assert_sound(&journal).await;
}

#[tokio::test]
async fn of_those_sent_together_by_one_process_the_first_passes_and_the_neighbours_are_not_disturbed() {
    let database = Database::new().await;
    let journal = database.journal();
    let case = Unmoved { case_id: Uuid::now_v7(), since: journal.head().await.unwrap() };
    let neighbours = join_all((0..20).map(|_| journal.append(about(Uuid::now_v7(), 1 + below(2)))));
    let judged =
        join_all((0..8).map(|number| journal.append_unmoved(about(case.case_id, 1 + number % 2), case)));
    let (neighbours, judged) = tokio::join!(neighbours, judged);
    assert!(neighbours.iter().all(Result::is_ok));
    assert_eq!(judged.iter().filter(|answer| answer.is_ok()).count(), 1, "{judged:?}");
    assert_eq!(judged.iter().filter(|answer| moved(answer)).count(), 7, "{judged:?}");
    assert_sound(&journal).await;
}

/// Appends about that case as long as there are fewer than so many facts about it, whatever comes between.
async fn fewer_than(journal: Journal, case_id: Uuid, limit: usize) -> usize {
    let mut appended = 0;
    loop {
        let since = journal.head().await.unwrap();
        if count(&journal, case_id).await >= limit {
            return appended;
        }
        // Some are slow to judge.
        tokio::time::sleep(std::time::Duration::from_millis(below(4).into())).await;
        match journal.append_unmoved(about(case_id, 1), Unmoved { case_id, since }).await {
            Ok(_) => appended += 1,
            Err(JournalError::Moved) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_over_streams_and_processes_even_when_backends_are_killed() {
    const LIMIT: usize = 12;
    let database = Database::new().await;
    let journals = [database.journal(), database.journal(), database.journal()];
    let cases = [Uuid::now_v7(), Uuid::now_v7()];
    let asked: Vec<_> = (0..24)
        .map(|number| tokio::spawn(fewer_than(journals[number % 3].clone(), cases[number % 2], LIMIT)))
        .collect();
    let client = database.client().await;
    for _ in 0..6 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let kill = "select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and query like '%append_unmoved%'";
        client.execute(kill, &[]).await.unwrap();
    }
    let appended: usize = join_all(asked).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(appended, 2 * LIMIT);
    for case in cases {
        assert_eq!(count(&journals[0], case).await, LIMIT);
    }
    assert_sound(&journals[0]).await;
}
