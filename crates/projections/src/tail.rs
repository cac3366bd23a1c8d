//! The facts of a process, read once for all its read models.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use contracts::Recorded;
use journal::Journal;
use tokio::sync::watch;

use crate::{
    pages::Pause,
    source::{Source, SourceError, contiguous},
};

/// Facts kept for whoever follows close behind.
const KEPT: usize = 2_000;

/// Facts asked of the source at once.
const PAGE: usize = 500;

/// The last facts as one reader brings them, and the journal for whoever is further behind.
pub(crate) struct Tail {
    journal: Journal,
    /// Contiguous, up to `last`.
    kept: Mutex<VecDeque<Recorded>>,
    last: watch::Sender<i64>,
}

impl Tail {
    /// Of that journal; nothing is known of it yet.
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal, kept: Mutex::default(), last: watch::channel(0).0 }
    }

    /// Reads for ever, from the present end of the journal on.
    pub(crate) async fn read<S: Source>(&self, mut source: S) {
        let mut pause = Pause::new();
        let mut after = loop {
            match self.journal.head().await {
                Ok(head) => break head,
                Err(error) => tracing::warn!(%error, "the end of the journal cannot be read; trying again"),
            }
            pause.wait().await;
        };
        self.last.send_replace(after);
        loop {
            match source.next(after, PAGE).await.and_then(|page| contiguous(after, page)) {
                Ok(page) => {
                    pause.reset();
                    after += i64::try_from(page.len()).unwrap_or(i64::MAX);
                    self.keep(page);
                    self.last.send_replace(after);
                }
                Err(error) => {
                    tracing::warn!(after, %error, "facts cannot be read; trying again");
                    pause.wait().await;
                }
            }
        }
    }

    /// At most `max` facts after a position, in order and contiguous; waits until there is one.
    pub(crate) async fn after(&self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        let mut last = self.last.subscribe();
        loop {
            if *last.borrow_and_update() > after {
                if let Some(facts) = self.kept(after, max) {
                    return Ok(facts);
                }
                return contiguous(
                    after,
                    self.journal.after(after, i64::try_from(max).unwrap_or(i64::MAX)).await?,
                );
            }
            if last.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn keep(&self, page: Vec<Recorded>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(page);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    /// Nothing when the next fact is no longer kept.
    fn kept(&self, after: i64, max: usize) -> Option<Vec<Recorded>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = usize::try_from(after + 1 - kept.front()?.position).ok()?;
        let facts: Vec<Recorded> = kept.iter().skip(behind).take(max).cloned().collect();
        (!facts.is_empty()).then_some(facts)
    }
}
