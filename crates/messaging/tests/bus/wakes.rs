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
async fn a_view_that_moves_wakes_those_who_look_at_it() {
    let stack = Stack::start().await;
    let bus = stack.bus().await;
    let mut ours = bus.subscribe_wakes_view("dossiers").await.expect("subscribed");
    let mut others = bus.subscribe_wakes_view("contrats").await.expect("subscribed");
    bus.client().publish("jalon.wake.view.dossiers", "not a number".into()).await.expect("published");
    bus.publish_wake_view("dossiers", 41).await.expect("published");
    bus.publish_wake_view("contrats", 42).await.expect("published");
    assert_eq!(timeout(LIMIT, ours.next()).await.expect("in time"), Some(41));
    assert_eq!(timeout(LIMIT, others.next()).await.expect("in time"), Some(42));
}
