//! People read what they just wrote, and how late a model is can be seen.

use std::time::Duration;

use projections::{Positions, Runner, TooLate, install};
use telemetry::Metrics;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    database::Database,
    facts::{Says::Joined, Writer, case},
    story::{Fault, flaw, flawless, seen, story},
};

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_a_position_then_sees_it() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let positions = Positions::new(database.pool.clone());
    let wake = {
        let positions = positions.clone();
        move |name, position| positions.set(name, position)
    };
    let source = messaging::Reader::new(database.journal.clone(), None);
    let (pool, journal) = (database.pool.clone(), database.journal.clone());
    let cancel = CancellationToken::new();
    let runner = Runner::new(pool, journal, source, vec![story], Metrics::new(), wake);
    let task = tokio::spawn(runner.run(cancel.clone()));
    let elsewhere = Positions::new(database.pool("elsewhere"));
    let client = database.client().await;
    let mut writer = Writer::new(&database.journal);
    for count in 1..=30 {
        let last = writer.say(case(1), &[Joined]).await;
        // In the runner's process, and in one that hears nothing from it.
        let known = if count % 2 == 0 { &positions } else { &elsewhere };
        known.wait("story", last, soon()).await.unwrap();
        assert_eq!(seen(&client).await[&case(1)].len(), count);
    }
    assert_eq!(*positions.watch("story").borrow(), 30);
    cancel.cancel();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_too_long_is_told_where_the_model_stands() {
    let database = Database::new().await;
    let story = flawless(1);
    install(&database.pool, &*story).await.unwrap();
    let last = Writer::new(&database.journal).say(case(1), &[Joined; 3]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    running.stop().await;
    let positions = Positions::new(database.pool.clone());
    let began = Instant::now();
    let waited = positions.wait("story", last + 1, began + Duration::from_millis(200)).await;
    assert_eq!(waited, Err(TooLate { at: 3 }));
    assert!((200..400).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(positions.wait("never", 1, began).await, Err(TooLate { at: 0 }));
    positions.wait("story", 3, began).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_stuck_is_seen_to_be_late() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    flaw(&faults, 3, Fault::Refuses);
    let mut writer = Writer::new(&database.journal);
    writer.say(case(1), &[Joined; 4]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    let page = |metrics: &Metrics, line: &str| metrics.render().lines().any(|found| found == line);
    assert!(page(&running.metrics, r#"jalon_projection_facts_total{projection="story"} 2"#));
    assert!(page(&running.metrics, r#"jalon_projection_position{projection="story"} 4"#));
    // What it writes to is gone: it tries for ever, and the facts pile up.
    let client = database.client().await;
    client.batch_execute("alter table story_v1_g1.story rename to hidden").await.unwrap();
    writer.say(case(2), &[Joined; 5]).await;
    let late = [
        r#"jalon_projection_lag_facts{projection="story"} 5"#,
        r#"jalon_projection_parked{projection="story"} 2"#,
    ];
    let end = Instant::now() + Duration::from_secs(10);
    while !late.iter().all(|line| page(&running.metrics, line)) {
        assert!(Instant::now() < end, "{}", running.metrics.render());
        sleep(Duration::from_millis(50)).await;
    }
    let since = running.metrics.projection_lag_seconds.with_label_values(&["story"]).get();
    assert!(since > 1.0, "{since}");
    client.batch_execute("alter table story_v1_g1.hidden rename to story").await.unwrap();
    database.caught_up("story").await;
    assert_eq!(seen(&client).await[&case(2)].len(), 5);
    running.stop().await;
}
