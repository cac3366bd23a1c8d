//! The check of a whole journal finds what was damaged, and nothing else. Damage is done as only who owns
//! the server can: with the triggers off.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::future::join_all;
use journal::{CheckReport, Fault, Journal};
use uuid::Uuid;

use crate::support::{Database, assert_sound, beginning, below, command};

/// A journal with two streams: the first has positions 1, 2, 4, 5 and 8, the second 3, 6 and 7.
async fn two_streams(database: &Database) -> (Journal, Uuid, Uuid) {
    let (journal, first, second) = (database.journal(), Uuid::now_v7(), Uuid::now_v7());
    for (stream, expected, facts) in
        [(first, 0, 2), (second, 0, 1), (first, 2, 2), (second, 1, 2), (first, 4, 1)]
    {
        journal.append(command(stream, expected, facts)).await.unwrap();
    }
    assert_eq!(assert_sound(&journal).await.facts, 8);
    (journal, first, second)
}

/// Damages a journal of two streams in a database of its own, and checks it. Whoever does so several times
/// keeps a server for all.
async fn after(damage: &str) -> (CheckReport, Uuid, Uuid) {
    let database = Database::new().await;
    let (journal, first, second) = two_streams(&database).await;
    let sql = damage.replace(":first", &format!("'{first}'")).replace(":second", &format!("'{second}'"));
    let client = database.client().await;
    client.batch_execute(&format!("set session_replication_role = replica; {sql}")).await.unwrap();
    (journal.check(|_, _| {}).await.unwrap(), first, second)
}

/// The check finds these faults, in any order.
#[track_caller]
fn assert_found(report: &CheckReport, expected: &[Fault]) {
    let mut missing = expected.to_vec();
    let unexpected: Vec<&Fault> = report
        .faults
        .iter()
        .filter(|fault| match missing.iter().position(|expected| expected == *fault) {
            Some(index) => {
                missing.remove(index);
                false
            }
            None => true,
        })
        .collect();
    assert!(missing.is_empty() && unexpected.is_empty(), "missing {missing:?}, too many {unexpected:?}");
}

#[tokio::test]
async fn an_intact_journal_has_no_fault() {
    let database = Database::new().await;
    let journal = database.journal();
    let empty = assert_sound(&journal).await;
    assert_eq!((empty.facts, empty.streams, empty.head), (0, 0, 0));
    let (journal, first, _) = two_streams(&database).await;
    journal.archive(first).await.unwrap();
    let report = assert_sound(&journal).await;
    assert_eq!((report.facts, report.streams, report.head), (8, 2, 8));
    // Who waits hears of it now and then.
    for _ in 0..5 {
        journal.append(beginning(2500)).await.unwrap();
    }
    let heard = Mutex::new(Vec::new());
    let report = journal.check(|position, head| heard.lock().unwrap().push((position, head))).await.unwrap();
    assert_eq!((report.facts, report.streams, report.faults.len()), (12_508, 7, 0));
    assert_eq!(*heard.lock().unwrap(), [(10_000, 12_508)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_grows_meanwhile_has_no_fault() {
    let database = Database::new().await;
    let (journal, done) = (database.journal(), AtomicBool::new(false));
    let journals = [database.journal(), database.journal()];
    journal.append(beginning(2000)).await.unwrap();
    let shared: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    let writers = join_all(journals.iter().cycle().take(8).map(async |journal| {
        while !done.load(Ordering::Relaxed) {
            let stream = shared[below(5) as usize];
            let version = journal.stream(stream, 1).await.unwrap().last().map_or(0, |fact| fact.version);
            drop(journal.append(command(stream, version, 1 + below(3))).await);
            journal.append(beginning(2)).await.unwrap();
        }
    }));
    let checks = async {
        let mut seen = vec![0];
        for _ in 0..15 {
            seen.push(assert_sound(&journal).await.head);
        }
        done.store(true, Ordering::Relaxed);
        seen
    };
    let (seen, _) = tokio::join!(checks, writers);
    assert!(seen.is_sorted() && seen.last() > seen.get(1), "it grew meanwhile: {seen:?}");
}

#[tokio::test]
async fn a_fact_that_was_erased_is_found() {
    let _server = Database::bare().await;
    // In the middle of its stream and of the order.
    let (report, first, _) = after("delete from journal.facts where position = 4").await;
    assert_found(
        &report,
        &[
            Fault::Position { after: 3, found: 5 },
            Fault::Version { position: 5, stream_id: first, after: 2, found: 4 },
            Fault::Head { head: 8, facts: 7 },
        ],
    );
    assert_eq!(report.facts, 7);
    // The first of its stream, and the last of another one.
    let (report, first, second) = after("delete from journal.facts where position in (1, 7)").await;
    assert_found(
        &report,
        &[
            Fault::Position { after: 0, found: 2 },
            Fault::Position { after: 6, found: 8 },
            Fault::Version { position: 2, stream_id: first, after: 0, found: 2 },
            Fault::Begin { stream_id: first, announced: 1, found: 2 },
            Fault::Stream { stream_id: second, announced: 3, found: 2 },
            Fault::Head { head: 8, facts: 6 },
        ],
    );
    // A whole stream, its row with it.
    let damage =
        "delete from journal.facts where stream_id = :second; delete from journal.streams where id = :second";
    let (report, ..) = after(damage).await;
    assert_found(
        &report,
        &[
            Fault::Position { after: 2, found: 4 },
            Fault::Position { after: 5, found: 8 },
            Fault::Head { head: 8, facts: 5 },
        ],
    );
    assert_eq!((report.facts, report.streams), (5, 1));
}

#[tokio::test]
async fn a_fact_that_was_moved_or_renumbered_is_found() {
    let _server = Database::bare().await;
    // Two facts of a stream change places.
    let swap = "update journal.facts set position = case position when 2 then -5 else -2 end where position in (2, 5);
                update journal.facts set position = -position where position < 0";
    let wide = "create table journal.below partition of journal.facts for values from (minvalue) to (0);";
    let (report, first, _) = after(&format!("{wide} {swap}")).await;
    assert_found(
        &report,
        &[
            Fault::Version { position: 2, stream_id: first, after: 1, found: 4 },
            Fault::Version { position: 4, stream_id: first, after: 4, found: 3 },
            Fault::Version { position: 5, stream_id: first, after: 3, found: 2 },
            Fault::Version { position: 8, stream_id: first, after: 2, found: 5 },
        ],
    );
    // A fact is given another place at the end.
    let (report, _, second) = after("update journal.facts set position = 9 where position = 7").await;
    assert_found(
        &report,
        &[
            Fault::Position { after: 6, found: 8 },
            Fault::Head { head: 8, facts: 9 },
            Fault::Stream { stream_id: second, announced: 3, found: 2 },
        ],
    );
    // Another version.
    let (report, first, _) = after("update journal.facts set version = 9 where position = 4").await;
    assert_found(
        &report,
        &[
            Fault::Version { position: 4, stream_id: first, after: 2, found: 9 },
            Fault::Version { position: 5, stream_id: first, after: 9, found: 4 },
        ],
    );
    // Another stream, at the end of it.
    let (report, first, second) =
        after("update journal.facts set stream_id = :second, version = 4 where position = 8").await;
    assert_found(
        &report,
        &[
            Fault::Stream { stream_id: first, announced: 5, found: 4 },
            Fault::Stream { stream_id: second, announced: 3, found: 4 },
        ],
    );
}

#[tokio::test]
async fn a_row_that_decides_versions_and_disagrees_with_the_facts_is_found() {
    let _server = Database::bare().await;
    let (report, first, _) = after("update journal.streams set version = 4 where id = :first").await;
    assert_found(&report, &[Fault::Stream { stream_id: first, announced: 4, found: 5 }]);
    let (report, _, second) = after("update journal.streams set version = 7 where id = :second").await;
    assert_found(&report, &[Fault::Stream { stream_id: second, announced: 7, found: 3 }]);
    let (report, first, _) = after("delete from journal.streams where id = :first").await;
    assert_found(&report, &[Fault::Stream { stream_id: first, announced: 0, found: 5 }]);
    let nobody = Uuid::now_v7();
    let damage = format!("insert into journal.streams values ('{nobody}', 2, 3, false, 1)");
    let (report, ..) = after(&damage).await;
    assert_found(&report, &[Fault::Stream { stream_id: nobody, announced: 2, found: 0 }]);
    // Where a stream begins decides what is read of it.
    let (report, first, _) = after("update journal.streams set first_position = 4 where id = :first").await;
    assert_found(&report, &[Fault::Begin { stream_id: first, announced: 4, found: 1 }]);
    let (report, ..) = after("update journal.head set position = 7").await;
    assert!(report.faults.contains(&Fault::Head { head: 7, facts: 8 }), "{:?}", report.faults);
    let (report, ..) = after("update journal.head set position = 11").await;
    assert_found(&report, &[Fault::Head { head: 11, facts: 8 }]);
}

#[tokio::test]
async fn a_tail_that_was_cut_or_added_is_found() {
    let _server = Database::bare().await;
    let (report, first, second) = after("delete from journal.facts where position > 6").await;
    let streams = [
        Fault::Stream { stream_id: first, announced: 5, found: 4 },
        Fault::Stream { stream_id: second, announced: 3, found: 2 },
    ];
    assert_found(&report, &[&streams[..], &[Fault::Head { head: 8, facts: 6 }]].concat());
    // With the head put back to where the facts end, the streams still know.
    let damage = "delete from journal.facts where position > 6; update journal.head set position = 6";
    let (report, first, second) = after(damage).await;
    let streams = [
        Fault::Stream { stream_id: first, announced: 5, found: 4 },
        Fault::Stream { stream_id: second, announced: 3, found: 2 },
    ];
    assert_found(&report, &streams);
    let (report, first, second) = after("delete from journal.facts").await;
    assert_found(
        &report,
        &[
            Fault::Head { head: 8, facts: 0 },
            Fault::Stream { stream_id: first, announced: 5, found: 0 },
            Fault::Stream { stream_id: second, announced: 3, found: 0 },
        ],
    );
    // Added past the head, next to it or farther.
    for place in [9, 12] {
        let added = format!(
            "insert into journal.facts select {place}, stream_id, 6, kind, gen_random_uuid(), case_id, occurred_on,
             recorded_at, command_id, metadata, payload from journal.facts where position = 8"
        );
        let (report, ..) = after(&added).await;
        assert_found(&report, &[Fault::Head { head: 8, facts: place }]);
    }
    // Added with the head: the streams know nothing of it.
    let added =
        "insert into journal.facts select 9, stream_id, 6, kind, gen_random_uuid(), case_id, occurred_on,
                 recorded_at, command_id, metadata, payload from journal.facts where position = 8;
                 update journal.head set position = 9";
    let (report, first, _) = after(added).await;
    assert_found(&report, &[Fault::Stream { stream_id: first, announced: 5, found: 6 }]);
}
