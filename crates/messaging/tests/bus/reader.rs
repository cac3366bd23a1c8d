//! Readers: every fact once, in order, whatever the stream goes through.

use std::time::Duration;

use contracts::Recorded;
use journal::Journal;
use messaging::{Bus, Reader, subjects};
use tokio::time::timeout;

use crate::support::{LIMIT, Running, Stack, append, keep_appending, signature, state, until, until_relayed};

/// What a consumer does: reads, and remembers where it is.
struct Follower {
    reader: Reader,
    position: i64,
}

impl Follower {
    fn new(journal: &Journal, bus: Option<&Bus>) -> Self {
        Self { reader: Reader::new(journal.clone(), bus.cloned()), position: 0 }
    }

    /// Reads until it has reached a position, checking that nothing is skipped or doubled.
    async fn read_to(&mut self, position: i64) -> Vec<Recorded> {
        let mut read = Vec::new();
        while self.position < position {
            let facts = timeout(LIMIT, self.reader.next(self.position, 100)).await.expect("in time");
            let facts = facts.expect("facts");
            assert!((1..=100).contains(&facts.len()));
            for fact in facts {
                assert_eq!(fact.position, self.position + 1);
                self.position += 1;
                read.push(fact);
            }
        }
        read
    }
}

async fn consumers(bus: &Bus) -> usize {
    state(bus).await.map_or(0, |state| state.consumer_count)
}

/// Appends and reads, one by one, until the reader follows the stream again.
async fn until_on_the_bus(follower: &mut Follower, journal: &Journal, bus: &Bus) {
    until("the stream to be followed", async || {
        follower.read_to(append(journal, 1).await).await;
        consumers(bus).await > 0
    })
    .await;
}

fn assert_facts(read: &[Recorded], expected: &[Recorded]) {
    assert!(read.iter().map(signature).eq(expected.iter().map(signature)));
}

#[tokio::test]
async fn facts_come_in_order_from_the_stream_exactly_as_the_journal_holds_them() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 300).await).await;
    let mut follower = Follower::new(&stack.journal(), Some(&bus));
    let mut read = follower.read_to(300).await;
    assert_eq!(consumers(&bus).await, 1, "they were read from the stream");
    read.extend(follower.read_to(append(&journal, 50).await).await);
    assert_facts(&read, &journal.after(0, 1000).await.expect("facts"));
    relay.stop().await;
}

#[tokio::test]
async fn without_a_bus_the_journal_is_followed() {
    let stack = Stack::bare().await;
    let (here, there) = (stack.journal(), stack.journal());
    append(&here, 250).await;
    let mut follower = Follower::new(&here, None);
    follower.read_to(250).await;
    let (read, last) = tokio::join!(follower.read_to(255), append(&there, 5));
    assert_eq!((read.len(), last), (5, 255));
}

#[tokio::test]
async fn a_reader_dropped_while_it_waits_loses_nothing() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    let (cancel, writers) = keep_appending(&journal, 4);
    let mut reader = Reader::new(stack.journal(), Some(bus.clone()));
    let (mut position, mut dropped) = (0, 0);
    while position < 1500 || dropped < 50 {
        let patience = Duration::from_micros(u64::from(getrandom::u32().expect("randomness") % 4000));
        let Ok(facts) = timeout(patience, reader.next(position, 7)).await else {
            dropped += 1;
            continue;
        };
        for fact in facts.expect("facts") {
            assert_eq!(fact.position, position + 1);
            position += 1;
        }
    }
    cancel.cancel();
    writers.await.expect("writers");
    relay.stop().await;
}

#[tokio::test]
async fn a_reader_goes_back_when_it_is_asked_to() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 20).await).await;
    let mut reader = Reader::new(journal.clone(), Some(bus.clone()));
    for after in [0, 10, 3, 3, 19, 0] {
        let facts = reader.next(after, 5).await.expect("facts");
        assert_eq!(facts.first().map(|fact| fact.position), Some(after + 1));
    }
    relay.stop().await;
}

#[tokio::test]
async fn facts_the_stream_no_longer_holds_are_read_in_the_journal() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 200).await).await;
    let stream = bus.jetstream().get_stream(subjects::JOURNAL).await.expect("a stream");
    stream.purge().sequence(150).await.expect("purged");
    let mut follower = Follower::new(&journal, Some(&bus));
    let read = follower.read_to(200).await;
    assert_facts(&read, &journal.after(0, 1000).await.expect("facts"));
    until_on_the_bus(&mut follower, &journal, &bus).await;
    stream.purge().await.expect("purged entirely");
    follower.read_to(append(&journal, 30).await).await;
    until_on_the_bus(&mut follower, &journal, &bus).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_reader_goes_on_while_nats_is_down_and_comes_back_to_the_stream() {
    let mut stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    let mut follower = Follower::new(&stack.journal(), Some(&bus));
    until_on_the_bus(&mut follower, &journal, &bus).await;
    for _ in 0..2 {
        stack.nats.kill().await.expect("killed");
        for _ in 0..10 {
            follower.read_to(append(&journal, 3).await).await;
        }
        stack.nats.restart().await.expect("restarted");
        until_on_the_bus(&mut follower, &journal, &bus).await;
    }
    stack.nats.wipe_and_restart().await.expect("wiped");
    for _ in 0..10 {
        follower.read_to(append(&journal, 3).await).await;
    }
    until("NATS", async || bus.migrate().await.is_ok()).await;
    until_on_the_bus(&mut follower, &journal, &bus).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_reader_goes_on_while_no_relay_runs() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let mut follower = Follower::new(&journal, Some(&bus));
    for _ in 0..5 {
        follower.read_to(append(&journal, 3).await).await;
    }
    let relay = Running::start(journal.clone(), bus.clone());
    until_on_the_bus(&mut follower, &journal, &bus).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_reader_far_behind_reads_pages_of_the_journal_and_then_the_stream() {
    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    for _ in 0..13 {
        append(&journal, 1000).await;
    }
    until_relayed(&bus, 13_000).await;
    let mut follower = Follower::new(&journal, Some(&bus));
    follower.read_to(1000).await;
    assert_eq!(consumers(&bus).await, 0, "it is too far behind");
    follower.read_to(13_000).await;
    until_on_the_bus(&mut follower, &journal, &bus).await;
    relay.stop().await;
}
