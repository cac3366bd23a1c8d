//! Every fact once, in order, whatever dies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use contracts::Recorded;
use projections::{JournalSource, Runner, Source, SourceError, install};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use telemetry::Metrics;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    database::{Database, position},
    facts::{Says, Writer, all, case},
    story::{flawless, seen, told},
};

/// The same numbers at every run.
struct Dice(AtomicU64);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        let mut number = self.0.load(Ordering::Relaxed);
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.0.store(number, Ordering::Relaxed);
        number % limit
    }
}

const SAYS: [Says; 3] = [Says::Joined, Says::Closed, Says::Reopened];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_model_is_the_fold_of_the_whole_journal() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(40, 3, &SAYS).await;
    let running = database.run(&story);
    writer.fill(40, 3, &SAYS).await;
    database.caught_up("story").await;
    running.stop().await;
    assert_eq!(seen(&database.client().await).await, told(&all(&database.journal).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_killed_at_any_point_loses_and_doubles_nothing() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(50, 4, &SAYS).await;
    let dice = Dice(AtomicU64::new(7));
    let client = database.client().await;
    let head = database.journal.head().await.unwrap();
    let mut kills = 0;
    while position(&client, "story").await < head {
        let running = database.run_with(&story, |runner| runner.batch(7));
        sleep(Duration::from_micros(5_000 + dice.below(15_000))).await;
        running.abort().await;
        kills += 1;
    }
    assert!(kills > 3, "killed {kills} times only");
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_ended_in_the_middle_of_transactions_lose_and_double_nothing() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(60, 3, &SAYS).await;
    let running = database.run_with(&story, |runner| runner.batch(5));
    let client = database.client().await;
    let end = "with working as materialized (select pid from pg_stat_activity \
               where datname = current_database() and application_name = 'runner' and state <> 'idle') \
               select count(pg_terminate_backend(pid)) from working";
    let mut ended = 0;
    // Whether one is working when it is looked for is chance: there is more to do until some were.
    while ended < 3 {
        let ending = async {
            for _ in 0..10 {
                ended += client.query_one(end, &[]).await.unwrap().get::<_, i64>(0);
                sleep(Duration::from_millis(25)).await;
            }
        };
        tokio::join!(writer.fill(60, 3, &SAYS), ending);
    }
    database.caught_up("story").await;
    running.stop().await;
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_runner_is_fenced_and_takes_over_when_the_first_dies() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(50, 3, &SAYS).await;
    let first = database.run_with(&story, |runner| runner.batch(3));
    let second = database.run_with(&story, |runner| runner.batch(4));
    for _ in 0..20 {
        writer.say(case(1), &[Says::Joined]).await;
        sleep(Duration::from_millis(10)).await;
    }
    database.caught_up("story").await;
    first.abort().await;
    writer.fill(50, 1, &SAYS).await;
    database.caught_up("story").await;
    second.stop().await;
    assert_eq!(seen(&database.client().await).await, told(&all(&database.journal).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_was_moved_by_another_is_followed() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    let running = database.run(&story);
    let passed = writer.say(case(1), &[Says::Joined; 10]).await;
    database.caught_up("story").await;
    let client = database.client().await;
    // As if another had applied what the journal will hold next.
    client.execute("update projections.checkpoint set position = position + 5", &[]).await.unwrap();
    writer.say(case(2), &[Says::Joined; 9]).await;
    database.caught_up("story").await;
    running.stop().await;
    let stories = seen(&client).await;
    assert_eq!(stories[&case(2)], (passed + 6..=passed + 9).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_do_not_concern_a_model_move_it_all_the_same() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    let running = database.run(&story);
    for _ in 0..5 {
        writer.say(case(1), &[Says::Reopened]).await;
    }
    assert_eq!(database.caught_up("story").await, 5);
    running.stop().await;
    assert!(seen(&database.client().await).await.is_empty());
}

/// Gives the second fact for the first, then none, then fails, then tells the truth.
struct Liar(JournalSource, Arc<AtomicU64>);

impl Source for Liar {
    async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        match self.1.fetch_add(1, Ordering::Relaxed) + 1 {
            1 => self.0.next(after + 1, max).await,
            2 => Ok(Vec::new()),
            3 => Err(SourceError("as the test wants".into())),
            _ => self.0.next(after, max).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_skips_a_fact_is_not_believed() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let asked = Arc::new(AtomicU64::new(0));
    let source = Liar(JournalSource::new(database.journal.clone()), asked.clone());
    let (pool, journal) = (database.pool.clone(), database.journal.clone());
    let runner = Runner::new(pool, journal, source, vec![story], Metrics::new(), |_, _| {});
    let cancel = CancellationToken::new();
    let running = tokio::spawn(runner.run(cancel.clone()));
    // Once it asks, what comes is read from it alone.
    while asked.load(Ordering::Relaxed) == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    Writer::new(&database.journal).fill(10, 2, &SAYS).await;
    database.caught_up("story").await;
    cancel.cancel();
    running.await.unwrap();
    assert!(asked.load(Ordering::Relaxed) > 3);
    assert_eq!(seen(&database.client().await).await, told(&all(&database.journal).await));
}

#[test]
fn the_same_facts_in_other_batches_give_the_same_tables() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let database = Arc::new(runtime.block_on(Database::new()));
    let facts = runtime.block_on(async {
        Writer::new(&database.journal).fill(7, 6, &SAYS).await;
        all(&database.journal).await
    });
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&(1_usize..200, 1_usize..5_000), |(first, second)| {
        let stories = runtime.block_on(async {
            let client = database.client().await;
            let again = "drop schema if exists read cascade; create schema read; \
                         truncate projections.checkpoint, projections.parked, projections.view; \
                         drop schema if exists story_v1_g1 cascade";
            client.batch_execute(again).await.unwrap();
            let story = flawless(1);
            install(&database.pool, &*story).await.unwrap();
            let running = database.run_with(&story, |runner| runner.batch(first));
            sleep(Duration::from_millis(10)).await;
            running.stop().await;
            let running = database.run_with(&story, |runner| runner.batch(second));
            database.caught_up("story").await;
            running.stop().await;
            seen(&client).await
        });
        prop_assert_eq!(stories, told(&facts));
        Ok(())
    });
    tried.unwrap();
    let _within = runtime.enter();
    drop(database);
}
