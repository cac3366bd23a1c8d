//! Wake-ups between processes.

use futures::StreamExt as _;
use messaging::poke;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::{LIMIT, Stack, append, until};

#[tokio::test]
async fn a_commit_in_one_process_wakes_the_others_once() {
    let stack = Stack::start().await;
    let (here, there) = (stack.journal(), stack.journal());
    let cancel = CancellationToken::new();
    let ears = stack.bus().await;
    let mut heard = ears.subscribe_wakes_journal().await.expect("subscribed");
    let tasks = [
        tokio::spawn(poke(here.clone(), stack.bus().await, cancel.clone())),
        tokio::spawn(poke(there.clone(), stack.bus().await, cancel.clone())),
    ];
    let mut watch = there.watch();
    until("the other process", async || {
        append(&here, 2).await;
        *watch.borrow_and_update() > 0
    })
    .await;
    let last = append(&here, 1).await;
    timeout(LIMIT, watch.wait_for(|head| *head == last)).await.expect("in time").expect("a signal");
    append(&there, 1).await;
    let mut told = Vec::new();
    while told.last() != Some(&(last + 1)) {
        told.push(timeout(LIMIT, heard.next()).await.expect("in time").expect("a wake-up"));
    }
    let mut once = told.clone();
    once.dedup();
    assert_eq!(once, told, "nobody repeats what it has heard");
    cancel.cancel();
    for task in tasks {
        task.await.expect("ended");
    }
}

#[tokio::test]
async fn views_that_move_wake_those_who_look_at_them() {
    let stack = Stack::start().await;
    let bus = stack.bus().await;
    let mut heard = bus.subscribe_wakes_views().await.expect("subscribed");
    bus.client().publish("jalon.wake.views", "dossiers not-a-number\n7\n".into()).await.expect("published");
    bus.publish_wake_views(&[("dossiers", 41), ("contrats", 42)]).await.expect("published");
    for told in [("dossiers", 41), ("contrats", 42)] {
        let next = timeout(LIMIT, heard.next()).await.expect("in time");
        assert_eq!(next.as_ref().map(|(name, position)| (name.as_str(), *position)), Some(told));
    }
}
