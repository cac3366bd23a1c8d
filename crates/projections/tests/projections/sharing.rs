//! The models of a process share what it reads, and each pays for what concerns it alone.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use contracts::Recorded;
use projections::{
    AnyProjection, JournalSource, Poison, Projection, Runner, Source, SourceError, Table, Transaction,
    erased, install,
};
use telemetry::Metrics;
use tokio::time::Instant;
use tokio_postgres::Error;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    database::{Database, position},
    facts::{Says, Writer, all, case},
    story::{flawless, seen, told},
};

/// How many facts a case has, the reopenings the other model passes over included.
struct Count;

impl Projection for Count {
    type State = i32;

    fn name(&self) -> &'static str {
        "count"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const TABLES: &[Table] = &[Table::of_case("count", "key")];
        TABLES
    }

    fn ddl(&self) -> &'static str {
        "create table count (key uuid primary key, facts int not null)"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, i32>, Error> {
        let rows = tx.query("select key, facts from count where key = any($1)", &[&keys]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    fn fresh(&self, _key: Uuid) -> i32 {
        0
    }

    fn fold(&self, state: &mut i32, _fact: &Recorded) -> Result<(), Poison> {
        *state += 1;
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, i32)>) -> Result<(), Error> {
        let (keys, facts): (Vec<Uuid>, Vec<i32>) = states.into_iter().unzip();
        let upsert = "insert into count select * from unnest($1::uuid[], $2::int[]) \
                      on conflict (key) do update set facts = excluded.facts";
        tx.execute(upsert, &[&keys, &facts]).await.map(drop)
    }
}

/// Counts what it gives.
struct Counting(JournalSource, Arc<AtomicUsize>);

impl Source for Counting {
    async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        let facts = self.0.next(after, max).await?;
        self.1.fetch_add(facts.len(), Ordering::Relaxed);
        Ok(facts)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_models_are_fed_by_one_reader_wherever_each_begins() {
    let database = Database::new().await;
    let models: Vec<Arc<dyn AnyProjection>> = vec![flawless(1), erased(Count)];
    let mut writer = Writer::new(&database.journal);
    install(&database.pool, &*models[0]).await.unwrap();
    writer.fill(20, 3, &[Says::Joined, Says::Reopened]).await;
    // One has gone further than the other, and further than what a reader that begins now gives.
    let running = database.run(&models[0]);
    database.caught_up("story").await;
    running.stop().await;
    install(&database.pool, &*models[1]).await.unwrap();
    let read = Arc::new(AtomicUsize::new(0));
    let source = Counting(JournalSource::new(database.journal.clone()), read.clone());
    let (pool, journal) = (database.pool("runner"), database.journal.clone());
    let runner = Runner::new(pool, journal, source, models, Metrics::new(), |_, _| {});
    let cancel = CancellationToken::new();
    let running = tokio::spawn(runner.run(cancel.clone()));
    database.caught_up("count").await;
    let before = database.journal.head().await.unwrap();
    for _ in 0..50 {
        writer.say(case(1), &[Says::Joined, Says::Reopened]).await;
    }
    let head = database.caught_up("count").await;
    database.caught_up("story").await;
    cancel.cancel();
    running.await.unwrap();
    assert_eq!(i64::try_from(read.load(Ordering::Relaxed)).unwrap(), head - before);
    let facts = all(&database.journal).await;
    let client = database.client().await;
    assert_eq!(seen(&client).await, told(&facts));
    let counted = client.query("select key, facts from read.count", &[]).await.unwrap();
    let counted: HashMap<Uuid, i32> = counted.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut expected = HashMap::new();
    facts.iter().for_each(|fact| *expected.entry(fact.case_id.unwrap()).or_default() += 1);
    assert_eq!(counted, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_do_not_concern_a_model_are_told_at_once_and_saved_together() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let client = database.client().await;
    let counting = "create table moves (at timestamptz default clock_timestamp());
                    create function moved() returns trigger language plpgsql as
                    $$ begin insert into moves default values; return null; end $$;
                    create trigger moved after update on projections.checkpoint
                    for each row execute function moved()";
    client.batch_execute(counting).await.unwrap();
    let (teller, mut heard) = tokio::sync::watch::channel(0);
    let source = JournalSource::new(database.journal.clone());
    let (pool, journal) = (database.pool("runner"), database.journal.clone());
    let wake = move |_, position| {
        teller.send_replace(position);
    };
    let runner = Runner::new(pool, journal, source, vec![story], Metrics::new(), wake);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(runner.run(cancel.clone()));
    let mut writer = Writer::new(&database.journal);
    let began = Instant::now();
    for _ in 0..200 {
        let last = writer.say(case(1), &[Says::Reopened]).await;
        heard.wait_for(|position| *position >= last).await.unwrap();
    }
    assert_eq!(database.caught_up("story").await, 200);
    let slices = began.elapsed().as_millis() / Duration::from_millis(50).as_millis();
    let moves: i64 = client.query_one("select count(*) from moves", &[]).await.unwrap().get(0);
    assert!((1..=i64::try_from(slices).unwrap() + 1).contains(&moves), "{moves} moves in {slices} slices");
    // Stopped, it leaves nothing behind.
    let last = writer.say(case(1), &[Says::Reopened]).await;
    heard.wait_for(|position| *position >= last).await.unwrap();
    cancel.cancel();
    running.await.unwrap();
    assert_eq!(position(&client, "story").await, last);
}
