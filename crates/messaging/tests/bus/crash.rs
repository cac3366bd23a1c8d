//! Servers and relays that die while facts are appended: the stream still is the journal.

use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use crate::support::{
    LIMIT, Running, Stack, append, assert_same, keep_appending, state, until, until_relayed,
};

/// A moment of no particular length, up to so many milliseconds.
async fn a_while(longest: u32) {
    let millis = getrandom::u32().expect("randomness") % longest;
    sleep(Duration::from_millis(millis.into())).await;
}

#[tokio::test]
async fn after_crashes_of_nats_under_load_nothing_is_lost_doubled_or_disordered() {
    // Few writers: each fact waits for the disk.
    crashes_of_nats(Stack::durable().await, 1, 3).await;
}

#[tokio::test]
async fn after_crashes_of_a_nats_that_syncs_late_nothing_is_lost_either() {
    crashes_of_nats(Stack::start().await, 8, 5).await;
}

async fn crashes_of_nats(mut stack: Stack, writers: usize, crashes: u32) {
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    let (cancel, writers) = keep_appending(&journal, writers);
    for _ in 0..crashes {
        let before = relay.metrics.relay_published_total.get();
        until("some progress", async || relay.metrics.relay_published_total.get() > before + 50).await;
        a_while(50).await;
        stack.nats.kill().await.expect("killed");
        a_while(100).await;
        stack.nats.restart().await.expect("restarted");
    }
    cancel.cancel();
    let head = writers.await.expect("writers");
    until_relayed(&bus, head).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn after_crashes_of_postgres_under_load_nothing_is_lost_doubled_or_disordered() {
    let mut stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = stack.relay().await;
    let (cancel, writers) = keep_appending(&journal, 8);
    for _ in 0..3 {
        let before = relay.metrics.relay_published_total.get();
        until("some progress", async || relay.metrics.relay_published_total.get() > before + 50).await;
        a_while(50).await;
        stack.postgres.kill().await.expect("killed");
        stack.postgres.restart().await.expect("restarted");
    }
    cancel.cancel();
    let head = writers.await.expect("writers");
    until_relayed(&bus, head).await;
    relay.stop().await;
    let report = journal.check(|_, _| {}).await.expect("checked");
    assert_eq!(report.faults, []);
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn a_relay_that_crashes_at_any_moment_leaves_a_stream_the_next_one_continues() {
    // Syncing takes time, so that much is on its way when a relay dies.
    let stack = Stack::durable().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    append(&journal, 1000).await;
    let (cancel, writers) = keep_appending(&journal, 1);
    // Connected beforehand: each begins while what the one before had sent is still on its way.
    let processes = [(stack.journal(), stack.bus().await), (stack.journal(), stack.bus().await)];
    for (journal, bus) in processes.iter().cycle().take(30) {
        let relay = Running::start(journal.clone(), bus.clone());
        a_while(40).await;
        relay.task.abort();
    }
    cancel.cancel();
    let head = writers.await.expect("writers");
    let relay = stack.relay().await;
    until_relayed(&bus, head).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[tokio::test]
async fn a_nats_that_lost_the_end_of_its_stream_in_a_crash_is_given_it_again() {
    let mut stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let store = stack.scratch.path().join("nats/store");
    let older = stack.scratch.path().join("older");
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 60).await).await;
    stack.nats.kill().await.expect("killed");
    copy(&store, &older);
    stack.nats.restart().await.expect("restarted");
    until_relayed(&bus, append(&journal, 70).await).await;
    stack.nats.kill().await.expect("killed");
    std::fs::remove_dir_all(&store).expect("removed");
    copy(&older, &store);
    stack.nats.restart().await.expect("restarted");
    until_relayed(&bus, 130).await;
    until_relayed(&bus, append(&journal, 5).await).await;
    assert!(relay.metrics.relay_published_total.get() >= 135 + 70, "the end was sent again");
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn with_nats_down_commits_go_on_and_the_lag_is_seen() {
    let mut stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 5).await).await;
    stack.nats.kill().await.expect("killed");
    append(&journal, 20).await;
    until("the lag", async || relay.metrics.relay_lag_facts.get() == 20).await;
    relay.cancel.cancel();
    let stopped = tokio::time::timeout(LIMIT / 10, relay.task).await.expect("soon");
    stopped.expect("ended").expect("no alarm");
    stack.nats.restart().await.expect("restarted");
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, 25).await;
    relay.stop().await;
    assert_eq!(state(&bus).await.expect("a stream").messages, 25);
    assert_same(&journal, &bus).await;
}
