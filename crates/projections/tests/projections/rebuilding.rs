//! A new generation beside the one that serves, and in its place, all at once.

use std::{sync::Arc, time::Duration};

use projections::{AnyProjection, ProjectionError, Rebuilt, install, parked, rebuild, status};
use tokio::time::sleep;
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::{
    database::{Database, position},
    facts::{
        Says::{Joined, Reopened},
        Writer, all, case,
    },
    story::{Fault, flaw, flawless, mend, seen, story, told},
};

async fn anew(database: &Database, story: &Arc<dyn AnyProjection>) -> Result<Rebuilt, ProjectionError> {
    rebuild(&database.pool, &database.journal, &**story, |_| {}).await
}

async fn schemas(client: &Client) -> Vec<String> {
    let sql = "select nspname::text from pg_namespace where nspname like 'story%' order by nspname";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Counts what readers see, for ever: it never shrinks. Returns how many times they looked.
async fn watch_growing(client: Client, cancel: CancellationToken) -> usize {
    let (mut most, mut looks) = ((0, 0), 0);
    while !cancel.is_cancelled() {
        let sql = "select coalesce(sum(jsonb_array_length(body -> 'applied')), 0)::bigint, \
                   coalesce(max(position), 0) from read.story";
        let row = client.query_one(sql, &[]).await.unwrap();
        let now: (i64, i64) = (row.get(0), row.get(1));
        assert!(now.0 >= most.0 && now.1 >= most.1, "readers saw {most:?}, then {now:?}");
        (most, looks) = (now, looks + 1);
    }
    looks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_see_less_while_models_are_rebuilt_under_commands() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(300, 10, &[Joined, Joined, Reopened]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    let cancel = CancellationToken::new();
    let readers: Vec<_> = [database.client().await, database.client().await]
        .map(|client| tokio::spawn(watch_growing(client, cancel.clone())))
        .into();
    let writing = tokio::spawn({
        let cancel = cancel.clone();
        async move {
            while !cancel.is_cancelled() {
                writer.say(case(7), &[Joined]).await;
                sleep(Duration::from_millis(2)).await;
            }
        }
    });
    for generation in 2..=4 {
        let (mut last, mut total) = (0, 1);
        let rebuilding = rebuild(&database.pool, &database.journal, &*story, |progress| {
            assert!(progress.done >= last && progress.done <= progress.total);
            (last, total) = (progress.done, progress.total);
        });
        let rebuilt = rebuilding.await.unwrap();
        assert_eq!((rebuilt.generation, rebuilt.position, rebuilt.parked), (generation, last, 0));
        assert_eq!(last, total);
    }
    // The runner goes on with the new one.
    sleep(Duration::from_millis(100)).await;
    cancel.cancel();
    writing.await.unwrap();
    database.caught_up("story").await;
    running.stop().await;
    for reader in readers {
        assert!(reader.await.unwrap() > 10);
    }
    let client = database.client().await;
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    assert_eq!(schemas(&client).await, ["story_v1_g4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_takes_the_place_of_the_old_one_with_other_columns_and_tables() {
    let database = Database::new().await;
    let (old, new) = (flawless(1), flawless(2));
    install(&database.pool, &*old).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(20, 2, &[Joined]).await;
    let (first, second) = (database.run(&old), database.run(&new));
    database.caught_up("story").await;
    let rebuilt = anew(&database, &new).await.unwrap();
    assert_eq!((rebuilt.version, rebuilt.generation, rebuilt.position), (2, 2, 40));
    writer.fill(20, 1, &[Joined]).await;
    database.caught_up("story").await;
    let client = database.client().await;
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    let sum = "select sum(length) from read.story_length";
    assert_eq!(client.query_one(sum, &[]).await.unwrap().get::<_, i64>(0), 60);
    first.stop().await;
    second.stop().await;

    // The program of before does not bring its version back by itself.
    let older = anew(&database, &old).await;
    assert!(matches!(older, Err(ProjectionError::NotActive { wanted: 1, active: Some(2), .. })));
    assert_eq!(schemas(&client).await, ["story_v2_g2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_was_never_installed_appears_whole() {
    let database = Database::new().await;
    Writer::new(&database.journal).fill(20, 2, &[Joined]).await;
    anew(&database, &flawless(2)).await.unwrap();
    let client = database.client().await;
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    assert_eq!(position(&client, "story").await, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_that_is_behind_does_not_take_over() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    Writer::new(&database.journal).fill(20, 2, &[Joined]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    running.stop().await;
    let client = database.client().await;
    // As if the journal had lost its end.
    client.execute("update projections.checkpoint set position = 45", &[]).await.unwrap();
    let behind = anew(&database, &story).await;
    assert!(matches!(behind, Err(ProjectionError::Behind { old: 45, new: 40 })), "{behind:?}");
    assert_eq!(schemas(&client).await, ["story_v1_g1"]);
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_that_lost_facts_to_poison_does_not_take_over() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(20, 3, &[Joined]).await;
    flaw(&faults, 21, Fault::Refuses);
    let running = database.run(&story);
    database.caught_up("story").await;
    let client = database.client().await;

    // The same fault as before: nobody loses anything.
    let same = anew(&database, &story).await.unwrap();
    assert_eq!(same.parked, 2);
    // One more.
    flaw(&faults, 22, Fault::Unstorable);
    let poorer = anew(&database, &story).await;
    assert!(matches!(poorer, Err(ProjectionError::Poorer { facts: 2 })), "{poorer:?}");
    // Mended: everything is there.
    mend(&faults);
    assert_eq!(anew(&database, &story).await.unwrap().parked, 0);
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    assert!(parked::list(&client, None).await.unwrap().is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_without_stays_so_unless_the_new_model_can_apply_it() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    Writer::new(&database.journal).say(case(1), &[Joined; 5]).await;
    flaw(&faults, 2, Fault::Refuses);
    flaw(&faults, 4, Fault::Unstorable);
    let running = database.run(&story);
    database.caught_up("story").await;
    for _ in 0..2 {
        parked::skip(&database.pool, &database.journal, &*story, case(1)).await.unwrap();
    }
    let client = database.client().await;
    for _ in 0..2 {
        assert_eq!(anew(&database, &story).await.unwrap().parked, 0);
        assert_eq!(seen(&client).await[&case(1)], [1, 3, 5]);
    }
    mend(&faults);
    anew(&database, &story).await.unwrap();
    assert_eq!(seen(&client).await[&case(1)], [1, 2, 3, 4, 5]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_dies_leaves_the_old_one_serving_and_the_next_cleans_up() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    Writer::new(&database.journal).fill(1_500, 1, &[Joined; 20]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    let client = database.client().await;
    let (begun, mut beginning) = tokio::sync::mpsc::channel(1);
    let dying = tokio::spawn({
        let (pool, journal, story) = (database.pool.clone(), database.journal.clone(), story.clone());
        // Held where it can be interrupted, long enough for what follows.
        let hold = move |_| {
            let _ = begun.try_send(());
            std::thread::sleep(Duration::from_secs(1));
        };
        async move { rebuild(&pool, &journal, &*story, hold).await }
    });
    beginning.recv().await.unwrap();

    // Nobody else rebuilds it meanwhile.
    let second = anew(&database, &story).await;
    assert!(matches!(second, Err(ProjectionError::Rebuilding("story"))), "{second:?}");
    dying.abort();
    if dying.await.is_ok_and(|rebuilt| rebuilt.is_ok()) {
        return; // It was faster than its death.
    }
    assert_eq!(schemas(&client).await, ["story_v1_g1", "story_v1_g2"]);
    let standing = status(&client).await.unwrap();
    assert_eq!(standing.iter().map(|one| one.active).collect::<Vec<_>>(), [true, false]);
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));

    let rebuilt = loop {
        match anew(&database, &story).await {
            // Postgres has not yet seen that the connection is gone.
            Err(ProjectionError::Rebuilding(_)) => sleep(Duration::from_millis(10)).await,
            rebuilt => break rebuilt.unwrap(),
        }
    };
    assert_eq!(rebuilt.generation, 3);
    assert_eq!(schemas(&client).await, ["story_v1_g3"]);
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_stays_long_delays_the_take_over_and_nothing_else() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(20, 2, &[Joined]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    let mut slow = database.client().await;
    let reading = slow.transaction().await.unwrap();
    reading.query("select from read.story", &[]).await.unwrap();
    let rebuilding = tokio::spawn({
        let (pool, journal, story) = (database.pool.clone(), database.journal.clone(), story.clone());
        async move { rebuild(&pool, &journal, &*story, |_| {}).await }
    });
    sleep(Duration::from_millis(1_500)).await;
    assert!(!rebuilding.is_finished());
    writer.fill(20, 1, &[Joined]).await;
    database.caught_up("story").await;
    reading.commit().await.unwrap();
    assert_eq!(rebuilding.await.unwrap().unwrap().generation, 2);
    database.caught_up("story").await;
    assert_eq!(seen(&database.client().await).await, told(&all(&database.journal).await));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_right_after_another_is_not_told_that_one_goes_on() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    Writer::new(&database.journal).say(case(1), &[Joined; 3]).await;
    for generation in 2..40 {
        assert_eq!(anew(&database, &story).await.unwrap().generation, generation);
        // Nor after one that was refused.
        let newer = anew(&database, &flawless(0)).await;
        assert!(matches!(newer, Err(ProjectionError::NotActive { .. })), "{newer:?}");
    }
}
