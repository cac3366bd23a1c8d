//! Where a runner takes its facts from.

use std::{future::Future, time::Duration};

use contracts::Recorded;
use journal::{Journal, JournalError};
use messaging::{Reader, ReaderError};
use tokio::sync::watch;

/// The facts, in order.
pub trait Source: Send + 'static {
    /// At most `max` facts after a position, in order and contiguous; waits until there is one. The
    /// future may be dropped at any point, and the next call may begin anywhere.
    fn next(
        &mut self,
        after: i64,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, SourceError>> + Send;
}

/// Facts could not be read. The runner asks again a little later.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

impl From<JournalError> for SourceError {
    fn from(error: JournalError) -> Self {
        Self(error.to_string())
    }
}

impl From<ReaderError> for SourceError {
    fn from(error: ReaderError) -> Self {
        Self(error.to_string())
    }
}

/// A source that skips or repeats a fact is not believed.
pub(crate) fn contiguous(after: i64, page: Vec<Recorded>) -> Result<Vec<Recorded>, SourceError> {
    let wrong = page.iter().zip(after + 1..).find(|(fact, expected)| fact.position != *expected);
    match wrong {
        Some((fact, expected)) => {
            Err(SourceError(format!("la source donne la position {} au lieu de {expected}", fact.position)))
        }
        None if page.is_empty() => Err(SourceError("la source ne donne aucun fait".into())),
        None => Ok(page),
    }
}

/// The facts as the bus brings them, or the journal while it does not.
impl Source for Reader {
    async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        Ok(Reader::next(self, after, max).await?)
    }
}

/// The shortest and the longest wait between two looks at the journal.
const POLLS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(500)];

/// The facts as the journal has them: woken by what this process appends or hears of, and looking by
/// itself now and then, which is what counts.
#[derive(Debug)]
pub struct JournalSource {
    journal: Journal,
    head: watch::Receiver<i64>,
    pause: Duration,
}

impl JournalSource {
    /// The facts of that journal.
    pub fn new(journal: Journal) -> Self {
        let head = journal.watch();
        Self { journal, head, pause: POLLS[0] }
    }
}

impl Source for JournalSource {
    async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        loop {
            // Seen before the journal is read: what comes meanwhile is a change.
            self.head.borrow_and_update();
            let facts = self.journal.after(after, i64::try_from(max).unwrap_or(i64::MAX)).await?;
            if !facts.is_empty() {
                self.pause = POLLS[0];
                return Ok(facts);
            }
            if let Ok(Err(_)) = tokio::time::timeout(self.pause, self.head.changed()).await {
                tokio::time::sleep(self.pause).await;
            }
            self.pause = (self.pause * 2).min(POLLS[1]);
        }
    }
}
