//! Facts in order, from the stream while it can give them, from the journal otherwise.

mod tail;

use std::time::Duration;

use contracts::Recorded;
use journal::{Journal, JournalError};
use tail::{Heard, NoTail, Tail};
use tokio::time::{Instant, sleep};

use crate::{Bus, backoff::Backoff, waiting::Waiting};

/// Reads facts in order, each once, without a hole, for whoever keeps their own position.
///
/// The stream is only a shorter way to the same facts. What comes from it is checked to follow
/// without a gap; when it keeps silent, was truncated, lost or made again, or NATS is down, the
/// journal is read, and the stream again once it has caught up.
#[derive(Debug)]
pub struct Reader {
    journal: Journal,
    bus: Option<Bus>,
    tail: Option<Tail>,
    waiting: Waiting,
    backoff: Backoff,
    /// When the stream may be tried again.
    retry_at: Instant,
    /// The stream is too far ahead: pages of the journal are faster.
    far: bool,
}

/// Why nothing can be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// The journal cannot be read.
    #[error("le journal ne peut pas être lu : {0}")]
    Journal(#[from] JournalError),
    /// The journal does not hold the next fact although it holds later ones.
    #[error("le journal passe de la position {after} à {found}")]
    Hole {
        /// The position read before.
        after: i64,
        /// The one found next.
        found: i64,
    },
}

impl Reader {
    /// A reader of that journal, with or without a bus.
    pub fn new(journal: Journal, bus: Option<Bus>) -> Self {
        let waiting = Waiting::new(&journal);
        let (backoff, retry_at) = (Backoff::new(), Instant::now());
        Self { journal, bus, tail: None, waiting, backoff, retry_at, far: false }
    }

    /// The facts after a position: waits until there is at least one, then returns those that are
    /// ready, from `after + 1` on without a gap, at most `max`. Dropping the future loses nothing.
    /// Waits while neither the stream nor the journal answers.
    ///
    /// # Errors
    /// When the journal refuses, or holds what these contracts cannot read.
    pub async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, ReaderError> {
        let max = max.max(1);
        if self.tail.as_ref().is_some_and(|tail| tail.position() != after) {
            self.tail = None;
        }
        loop {
            self.waiting.look();
            if self.tail.is_none() {
                self.try_tail(after).await;
            }
            if let Some(facts) = self.take_tail(max).await {
                return Ok(facts);
            }
            match self.take_page(after, max).await {
                Ok(facts) if facts.is_empty() => {}
                Ok(facts) => return Ok(facts),
                Err(ReaderError::Journal(JournalError::Unavailable(why))) => {
                    tracing::warn!(%why, after, "the journal does not answer; trying again");
                    sleep(self.backoff.pause()).await;
                }
                Err(error) => return Err(error),
            }
            if self.tail.is_none() {
                self.waiting.more().await;
            }
        }
    }

    /// Facts from the stream; none when it has been silent for too long or cannot go on.
    async fn take_tail(&mut self, max: usize) -> Option<Vec<Recorded>> {
        let tail = self.tail.as_mut()?;
        match tail.next(max, &mut self.waiting).await {
            Heard::Facts(facts) => {
                self.backoff.reset();
                self.waiting.arrived();
                return Some(facts);
            }
            Heard::Silence => {}
            Heard::Lost(why) => {
                tracing::debug!(why, "leaving the stream for the journal");
                self.leave_tail();
            }
        }
        None
    }

    async fn take_page(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, ReaderError> {
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let page = self.journal.after(after, limit).await?;
        self.far &= page.len() == max;
        let Some(first) = page.first() else { return Ok(page) };
        if first.position != after + 1 {
            return Err(ReaderError::Hole { after, found: first.position });
        }
        self.waiting.arrived();
        if self.tail.is_some() {
            tracing::debug!(after, "the stream is late; reading the journal");
            self.leave_tail();
        }
        Ok(page)
    }

    fn leave_tail(&mut self) {
        self.tail = None;
        self.retry_at = Instant::now() + self.backoff.pause();
    }

    async fn try_tail(&mut self, after: i64) {
        let Some(bus) = self.bus.as_ref().filter(|bus| bus.link().up) else { return };
        if self.far || Instant::now() < self.retry_at {
            return;
        }
        // Set first: cut short, the attempt is not made again at once.
        self.retry_at = Instant::now() + Duration::from_millis(50);
        match Tail::open(bus, after).await {
            Ok(tail) => self.tail = Some(tail),
            Err(NoTail::Far) => self.far = true,
            Err(NoTail::Unsuited(why)) => {
                tracing::debug!(why, after, "the stream cannot be read from there");
                self.retry_at = Instant::now() + self.backoff.pause();
            }
        }
    }
}
