//! What cannot be applied is set aside, with what follows of the same key.

use projections::{Installed, ProjectionError, install, parked};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    database::Database,
    facts::{
        Says::{Joined, Reopened},
        Writer, all, case,
    },
    story::{Fault, Stories, flaw, flawless, mend, seen, story, told},
};

/// State and position of what is set aside of a key, in order.
async fn line(client: &Client, key: Uuid) -> Vec<(String, i64)> {
    let sql = "select state, position from projections.parked where key = $1 order by position";
    client.query(sql, &[&key]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn states(line: &[(String, i64)]) -> Vec<(&str, i64)> {
    line.iter().map(|(state, position)| (state.as_str(), *position)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_parks_its_key_in_order_and_the_others_go_on() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    flaw(&faults, 2, Fault::Refuses);
    let running = database.run(&story);
    let mut writer = Writer::new(&database.journal);
    // 1 to 4 of the first case, in one batch; then one of each, in batches of their own.
    writer.say(case(1), &[Joined, Joined, Reopened, Joined]).await;
    writer.say(case(2), &[Joined, Joined]).await;
    database.caught_up("story").await;
    writer.say(case(1), &[Joined]).await;
    database.caught_up("story").await;
    writer.say(case(2), &[Joined]).await;
    database.caught_up("story").await;
    let client = database.client().await;
    let stories = seen(&client).await;
    assert_eq!((&stories[&case(1)], &stories[&case(2)]), (&vec![1], &vec![5, 6, 8]));
    let line = line(&client, case(1)).await;
    assert_eq!(states(&line), [("poison", 2), ("behind", 4), ("behind", 7)]);

    let listed = parked::list(&client, Some("story")).await.unwrap();
    assert_eq!(listed, parked::list(&client, None).await.unwrap());
    assert_eq!(listed.len(), 1);
    let first = &listed[0];
    assert_eq!((first.key, first.position, first.behind, first.attempts), (case(1), 2, 2, 1));
    assert_eq!(
        (first.kind.as_str(), first.reason.as_str()),
        ("jalon.case.v1.CircleMemberJoined", "refusé par l’essai")
    );
    assert!(parked::list(&client, Some("other")).await.unwrap().is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fold_that_panics_and_a_row_the_database_refuses_park_one_fact_each() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.fill(20, 3, &[Joined]).await;
    let mut expected = told(&all(&database.journal).await);
    let spoil = |stories: &mut Stories, case: Uuid, fault: Fault| {
        let line = stories.get_mut(&case).unwrap().split_off(1);
        flaw(&faults, line[0], fault);
        line
    };
    let panics = spoil(&mut expected, case(4), Fault::Panics);
    let unstorable = spoil(&mut expected, case(9), Fault::Unstorable);
    let running = database.run(&story);
    database.caught_up("story").await;
    running.stop().await;
    let client = database.client().await;
    assert_eq!(seen(&client).await, expected);
    for (case, set_aside) in [(case(4), panics), (case(9), unstorable)] {
        let line = line(&client, case).await;
        assert_eq!(states(&line), [("poison", set_aside[0]), ("behind", set_aside[1])]);
    }
    let listed = parked::list(&client, None).await.unwrap();
    let mut reasons: Vec<_> = listed.iter().map(|parked| parked.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["la base refuse ce que la vue écrit (22P05)", "la vue a paniqué"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trying_again_applies_the_line_in_order_as_far_as_it_goes() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.say(case(1), &[Joined; 6]).await;
    writer.say(case(2), &[Joined; 2]).await;
    flaw(&faults, 2, Fault::Refuses);
    let running = database.run(&story);
    database.caught_up("story").await;
    let client = database.client().await;

    let again = || parked::retry(&database.pool, &database.journal, &*story, case(1));
    let freed = again().await.unwrap();
    assert_eq!((freed.applied, freed.parked, freed.position), (0, 5, 8));
    assert_eq!(parked::list(&client, None).await.unwrap()[0].attempts, 2);

    mend(&faults);
    flaw(&faults, 4, Fault::Unstorable);
    let freed = again().await.unwrap();
    assert_eq!((freed.applied, freed.parked), (2, 3));
    assert_eq!(states(&line(&client, case(1)).await), [("poison", 4), ("behind", 5), ("behind", 6)]);
    assert_eq!(seen(&client).await[&case(1)], [1, 2, 3]);

    mend(&faults);
    assert_eq!(again().await.unwrap().parked, 0);
    assert_eq!(again().await.unwrap().applied, 0);
    assert!(line(&client, case(1)).await.is_empty());
    writer.say(case(1), &[Joined]).await;
    database.caught_up("story").await;
    assert_eq!(seen(&client).await, told(&all(&database.journal).await));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doing_without_a_fact_applies_those_behind_it_which_may_stop_again() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    let mut writer = Writer::new(&database.journal);
    writer.say(case(1), &[Joined; 6]).await;
    flaw(&faults, 2, Fault::Refuses);
    flaw(&faults, 5, Fault::Refuses);
    let running = database.run(&story);
    database.caught_up("story").await;
    let client = database.client().await;
    let skip = || parked::skip(&database.pool, &database.journal, &*story, case(1));
    let freed = skip().await.unwrap();
    assert_eq!((freed.applied, freed.parked), (2, 2));
    assert_eq!(states(&line(&client, case(1)).await), [("skipped", 2), ("poison", 5), ("behind", 6)]);
    assert_eq!(skip().await.unwrap().parked, 0);
    writer.say(case(1), &[Joined]).await;
    database.caught_up("story").await;
    assert_eq!(seen(&client).await[&case(1)], [1, 3, 4, 6, 7]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_version_set_aside_is_not_touched() {
    let database = Database::new().await;
    let absent = parked::retry(&database.pool, &database.journal, &*flawless(1), case(1)).await;
    assert!(matches!(absent, Err(ProjectionError::NotActive { active: None, .. })));
    assert_eq!(install(&database.pool, &*flawless(1)).await.unwrap(), Installed::Created);
    let other = parked::skip(&database.pool, &database.journal, &*flawless(2), case(1)).await;
    assert!(matches!(other, Err(ProjectionError::NotActive { active: Some(1), wanted: 2, .. })));
}
