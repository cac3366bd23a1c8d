//! A lost stream is rebuilt from the journal.

use messaging::{RelayError, RepublishError, republish};

use crate::support::{Running, Stack, append, assert_same, state, until, until_relayed};

#[tokio::test]
async fn a_lost_stream_is_rebuilt_beside_a_relay_that_waits() {
    let mut stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, append(&journal, 1500).await).await;
    stack.nats.wipe_and_restart().await.expect("wiped");
    until("a connection", async || bus.ready().await.is_err() && bus.verify().await.is_err()).await;
    let mut steps = Vec::new();
    let published = republish(&journal, &bus, false, |done, head| steps.push((done, head))).await;
    let published = published.expect("rebuilt");
    assert!((1..=1500).contains(&published), "{published}");
    assert_eq!(steps.last(), Some(&(1500, 1500)));
    assert!(steps.is_sorted(), "progress only grows");
    until_relayed(&bus, append(&journal, 10).await).await;
    relay.stop().await;
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn what_the_stream_already_holds_is_not_published_again() {
    let stack = Stack::bare().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    append(&journal, 40).await;
    assert_eq!(republish(&journal, &bus, false, |_, _| {}).await.expect("built"), 40);
    append(&journal, 2).await;
    assert_eq!(republish(&journal, &bus, false, |_, _| {}).await.expect("continued"), 2);
    assert_eq!(republish(&journal, &bus, true, |_, _| {}).await.expect("nothing to do"), 0);
    assert_same(&journal, &bus).await;
}

#[tokio::test]
async fn a_stream_that_holds_other_facts_is_replaced_only_by_force() {
    let (stack, other) = tokio::join!(Stack::start(), Stack::bare());
    let bus = stack.bus().await;
    append(&stack.journal(), 10).await;
    republish(&stack.journal(), &bus, false, |_, _| {}).await.expect("built");
    let restored = other.journal();
    for (facts, expected) in [
        (6, RelayError::StreamAhead { stream: 10, journal: 6 }),
        (8, RelayError::StreamDiverged { position: 10 }),
    ] {
        append(&restored, facts).await;
        match republish(&restored, &bus, false, |_, _| {}).await {
            Err(RepublishError::Refused(why)) => assert_eq!(why, expected),
            result => panic!("{result:?}"),
        }
        assert_eq!(state(&bus).await.expect("a stream").messages, 10, "left as it was");
    }
    assert_eq!(republish(&restored, &bus, true, |_, _| {}).await.expect("replaced"), 14);
    assert_same(&restored, &bus).await;
}
