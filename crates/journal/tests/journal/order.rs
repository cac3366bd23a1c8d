//! J2: one position, without a gap and visible in order; J7: who watches is told.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use futures::future::join_all;
use journal::{Append, Journal, JournalError};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use crate::support::{Database, LIMIT, assert_sound, beginning, below, command, kind, positions};

const APPEND_ONE: &str =
    "select journal.append_one($1, $2, $3, '\\x00', $4, $5, null, '2026-03-13', now(), '', '')";

/// Appends one fact inside that transaction, as a client who does not end it at once.
async fn append_one(transaction: &Transaction<'_>, stream: Uuid, expected: i32) -> Result<i64, String> {
    let (command, event) = (Uuid::now_v7(), Uuid::now_v7());
    let code = kind("HoursChanged").code().cast_signed();
    let row = transaction.query_one(APPEND_ONE, &[&stream, &expected, &command, &code, &event]).await;
    let refused =
        |error: tokio_postgres::Error| error.code().map_or_else(String::new, |c| c.code().to_owned());
    row.map(|row| row.get(0)).map_err(refused)
}

/// What the writers of the oracle did.
#[derive(Default)]
struct Tally {
    written: AtomicU64,
    conflicts: AtomicU64,
    rolled_back: AtomicU64,
}

/// Writes on streams that others write on too, with conflicts and pauses of any length.
async fn write(journal: Journal, shared: &[Uuid], tally: &Tally, commands: u32) {
    for _ in 0..commands {
        let stream = shared[below(shared.len() as u32) as usize];
        let seen = journal.stream(stream, 1).await.unwrap().last().map_or(0, |fact| fact.version);
        if below(4) == 0 {
            sleep(Duration::from_micros(below(3000).into())).await;
        }
        match journal.append(command(stream, seen, 1 + below(4))).await {
            Ok(appended) => tally.written.fetch_add(appended.count.into(), Ordering::Relaxed),
            Err(JournalError::Conflict { .. }) => tally.conflicts.fetch_add(1, Ordering::Relaxed),
            Err(error) => panic!("{error}"),
        };
    }
}

/// Writes in transactions that last, and of which half are rolled back.
async fn write_slowly(mut client: Client, tally: &Tally, transactions: u32) {
    for _ in 0..transactions {
        let transaction = client.transaction().await.unwrap();
        append_one(&transaction, Uuid::now_v7(), 0).await.unwrap();
        sleep(Duration::from_micros(below(8000).into())).await;
        if below(2) == 0 {
            transaction.rollback().await.unwrap();
            tally.rolled_back.fetch_add(1, Ordering::Relaxed);
        } else {
            sleep(Duration::from_micros(below(3000).into())).await;
            transaction.commit().await.unwrap();
            tally.written.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_micros(below(4000).into())).await;
    }
}

/// Reads on from the last position it saw, as any reader does, until all is written and read.
async fn read(journal: Journal, limit: i64, done: &AtomicBool) -> Vec<i64> {
    let mut seen = Vec::new();
    loop {
        let last_round = done.load(Ordering::SeqCst);
        let facts = journal.after(seen.last().copied().unwrap_or(0), limit).await.unwrap();
        seen.extend(positions(&facts));
        if last_round && facts.is_empty() {
            return seen;
        }
    }
}

/// The oracle: whatever is skipped or seen twice shows here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_trusts_the_last_position_it_saw_never_misses_a_fact() {
    let database = Database::new().await;
    let journals = [database.journal(), database.journal(), database.journal()];
    let shared: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).collect();
    let (tally, done) = (Tally::default(), AtomicBool::new(false));
    let mut slow = Vec::new();
    for _ in 0..3 {
        slow.push(database.client().await);
    }
    let readers = journals.iter().zip([1, 17, 1000]);
    let readers = join_all(readers.map(|(journal, limit)| read(journal.clone(), limit, &done)));
    let writing = async {
        let writers = journals.iter().cycle().take(18);
        let writers = join_all(writers.map(|journal| write(journal.clone(), &shared, &tally, 60)));
        let slow = join_all(slow.into_iter().map(|client| write_slowly(client, &tally, 80)));
        tokio::join!(writers, slow);
        done.store(true, Ordering::SeqCst);
    };
    let (seen, ()) = tokio::join!(readers, writing);
    let [written, conflicts, rolled_back] =
        [&tally.written, &tally.conflicts, &tally.rolled_back].map(|count| count.load(Ordering::Relaxed));
    assert!(written > 300 && conflicts > 20 && rolled_back > 20, "{written}, {conflicts}, {rolled_back}");
    for seen in seen {
        let first_fault = seen.iter().copied().zip(1..).find(|(position, expected)| position != expected);
        assert_eq!(first_fault, None, "seen, instead of the one that comes next");
        assert_eq!(seen.len() as u64, written, "nothing at the end is missing");
    }
    assert_eq!(journals[0].head().await.unwrap().cast_unsigned(), written);
    assert_sound(&journals[0]).await;
}

#[tokio::test]
async fn an_append_under_another_isolation_than_read_committed_is_refused() {
    let database = Database::new().await;
    let mut client = database.client().await;
    for isolation in ["repeatable read", "serializable"] {
        let transaction = client.transaction().await.unwrap();
        let sql = format!("set transaction isolation level {isolation}");
        transaction.batch_execute(&sql).await.unwrap();
        assert_eq!(append_one(&transaction, Uuid::now_v7(), 0).await, Err("JL004".into()), "{isolation}");
        transaction.rollback().await.unwrap();

        let transaction = client.transaction().await.unwrap();
        transaction.batch_execute(&sql).await.unwrap();
        let many = "select journal.append_many(0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
                    '{}', '{}', '{}', '{}')";
        let refused = transaction.query_one(many, &[]).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "JL004", "{isolation}");
        transaction.rollback().await.unwrap();
    }
    // A database where another isolation is the usual one changes nothing for those who come through here.
    let sql = format!("alter database {} set default_transaction_isolation = 'serializable'", database.name);
    client.batch_execute(&sql).await.unwrap();
    let journal = database.journal();
    assert_eq!(journal.append(beginning(1)).await.unwrap().first_position, 1);
    assert_eq!(journal.append(beginning(3)).await.unwrap().first_position, 2);
    assert_eq!(journal.head().await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_is_told_each_time_the_journal_grows() {
    let database = Database::new().await;
    let (journal, other) = (database.journal(), database.journal());
    let (mut watch, elsewhere) = (journal.watch(), other.watch());
    for facts in [1, 1, 3, 1, 200, 1] {
        let last = journal.append(beginning(facts)).await.unwrap().last_position();
        timeout(LIMIT, watch.wait_for(|head| *head == last)).await.unwrap().unwrap();
    }
    // Many at once: what is told only grows, and ends at the end.
    let told = tokio::spawn(async move {
        let mut told = vec![*watch.borrow_and_update()];
        while *told.last().unwrap() < 407 {
            timeout(LIMIT, watch.changed()).await.unwrap().unwrap();
            told.push(*watch.borrow_and_update());
        }
        told
    });
    let requests: Vec<Append> = (0..100).map(|_| beginning(2)).collect();
    join_all(requests.into_iter().map(|request| journal.append(request))).await;
    let told = told.await.unwrap();
    assert!(told.is_sorted_by(|before, after| before < after), "{told:?}");

    // What is refused or applied already is no growth; what another process wrote is told by who hears of it.
    let mut watch = journal.watch();
    let known = beginning(1);
    let first = other.append(known.clone()).await.unwrap();
    assert!(journal.append(known).await.unwrap().repeated);
    assert!(journal.append(command(first.stream_id, 5, 1)).await.is_err());
    assert!(!watch.has_changed().unwrap());
    journal.signal(first.last_position());
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), 408);
    journal.signal(3);
    assert!(!watch.has_changed().unwrap(), "it never goes back");
    assert_eq!(*elsewhere.borrow(), 408);
}
