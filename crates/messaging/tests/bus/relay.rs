//! The relay, when nothing dies.

use futures::future::join_all;
use messaging::{RelayError, poke};
use tokio_util::sync::CancellationToken;

use crate::support::{Running, Stack, append, assert_same, state, until, until_relayed};

#[tokio::test]
async fn the_sequence_is_the_position_under_concurrent_appends() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    let others = stack.journal();
    join_all((0..40).map(async |writer| {
        let journal = if writer % 2 == 0 { &journal } else { &others };
        for facts in 1..10 {
            append(journal, facts).await;
        }
    }))
    .await;
    let head = journal.head().await.expect("a head");
    until_relayed(&bus, head).await;
    until("the last acknowledgement", async || relay.metrics.relay_position.get() == head).await;
    assert_eq!(relay.metrics.relay_published_total.get(), head.cast_unsigned());
    until("no lag", async || relay.metrics.relay_lag_facts.get() == 0).await;
    until("the head", async || relay.metrics.journal_head_position.get() == head).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn the_relay_hears_of_other_processes_by_their_poke() {
    let stack = Stack::start().await;
    let (ours, theirs) = (stack.journal(), stack.journal());
    let cancel = CancellationToken::new();
    tokio::spawn(poke(ours.clone(), stack.bus().await, cancel.clone()));
    tokio::spawn(poke(theirs.clone(), stack.bus().await, cancel.clone()));
    let bus = stack.bus().await;
    let relay = Running::start(ours, bus.clone());
    for _ in 0..20 {
        until_relayed(&bus, append(&theirs, 1).await).await;
    }
    relay.stop().await;
    cancel.cancel();
    assert_same(&theirs, &bus).await;
}

#[tokio::test]
async fn two_relays_at_once_are_harmless() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    append(&journal, 2000).await;
    let relays = [stack.relay().await, stack.relay().await, Running::start(journal.clone(), bus.clone())];
    for _ in 0..100 {
        append(&journal, 7).await;
    }
    let head = journal.head().await.expect("a head");
    until_relayed(&bus, head).await;
    for relay in relays {
        relay.stop().await;
    }
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn a_relay_told_to_stop_ends_soon_and_the_next_one_goes_on() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    append(&journal, 3000).await;
    for _ in 0..5 {
        let relay = Running::start(journal.clone(), bus.clone());
        until("some facts", async || relay.metrics.relay_published_total.get() > 0).await;
        relay.stop().await;
        append(&journal, 100).await;
    }
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, 3500).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn a_stream_ahead_of_the_journal_stops_the_relay_with_an_alarm() {
    let (stack, before) = tokio::join!(Stack::start(), Stack::bare());
    let (journal, bus) = (stack.journal(), stack.bus().await);
    append(&journal, 30).await;
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, 30).await;
    relay.stop().await;
    let restored = before.journal();
    append(&restored, 20).await;
    let relay = Running::start(restored, bus.clone());
    let alarm = relay.task.await.expect("ended").expect_err("an alarm");
    assert_eq!(alarm, RelayError::StreamAhead { stream: 30, journal: 20 });
    assert!(alarm.to_string().contains("sauvegarde") && alarm.to_string().contains("--force"), "{alarm}");
    assert_eq!(relay.metrics.relay_lag_facts.get(), -10);
    assert_eq!(state(&bus).await.expect("a stream").last_sequence, 30, "nothing was published");
}

#[tokio::test]
async fn a_stream_of_other_facts_stops_the_relay_with_an_alarm() {
    let (stack, other) = tokio::join!(Stack::start(), Stack::bare());
    let bus = stack.bus().await;
    append(&stack.journal(), 10).await;
    let relay = stack.relay().await;
    until_relayed(&bus, 10).await;
    relay.stop().await;
    let elsewhere = other.journal();
    append(&elsewhere, 25).await;
    let relay = Running::start(elsewhere, bus.clone());
    let alarm = relay.task.await.expect("ended").expect_err("an alarm");
    assert_eq!(alarm, RelayError::StreamDiverged { position: 10 });
    assert_eq!(state(&bus).await.expect("a stream").last_sequence, 10, "nothing was published");
}

#[tokio::test]
async fn without_a_stream_the_relay_waits_and_its_lag_grows() {
    let stack = Stack::bare().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    append(&journal, 12).await;
    until("the lag", async || relay.metrics.relay_lag_facts.get() == 12).await;
    let (head, published) = (relay.metrics.journal_head_position.get(), relay.metrics.relay_position.get());
    assert_eq!(head - published, 12, "the head is the journal's, whatever was published");
    assert!(!relay.task.is_finished());
    bus.migrate().await.expect("streams");
    until_relayed(&bus, 12).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}
