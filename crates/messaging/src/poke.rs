//! Bridges the signals of this process and those of the others.

use std::time::Duration;

use futures::StreamExt as _;
use journal::Journal;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{Bus, BusError, backoff::Backoff};

/// Commits that follow each other closer than this are told together.
const TOGETHER: Duration = Duration::from_millis(2);

/// Tells the other processes when this one has appended to the journal, and whoever watches the
/// journal here when another one has. Runs until it is cancelled.
pub async fn poke(journal: Journal, bus: Bus, cancel: CancellationToken) {
    let mut backoff = Backoff::new();
    // What the others already know.
    let mut known = 0;
    loop {
        let ended = tokio::select! {
            () = cancel.cancelled() => return,
            ended = bridge(&journal, &bus, &mut known) => ended,
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "wake-ups of other processes are not heard; trying again");
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = sleep(backoff.pause()) => {}
        }
    }
}

async fn bridge(journal: &Journal, bus: &Bus, known: &mut i64) -> Result<(), BusError> {
    let mut wakes = bus.subscribe_wakes_journal().await?;
    let mut heads = journal.watch();
    loop {
        tokio::select! {
            heard = wakes.next() => {
                let Some(position) = heard else { return Ok(()) };
                // Known before it is signalled, or it would be told again.
                *known = position.max(*known);
                journal.signal(position);
            }
            changed = heads.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let head = *heads.borrow_and_update();
                if head > *known && bus.publish_wake_journal(head).await.is_ok() {
                    *known = head;
                    sleep(TOGETHER).await;
                }
            }
        }
    }
}
