//! Reads ahead: the next page is read while the present one is written.

use std::{sync::Arc, time::Duration};

use contracts::Recorded;
use tokio::sync::{Mutex, mpsc};
use tokio_util::task::AbortOnDropHandle;

use crate::source::{Source, SourceError};

/// The shortest and the longest wait after a failure.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(5)];

/// How long to wait before trying again, longer each time.
#[derive(Debug)]
pub(crate) struct Pause(Duration);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(PAUSES[0])
    }

    pub(crate) fn reset(&mut self) {
        self.0 = PAUSES[0];
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSES[1]);
    }
}

/// The pages of a source from a position on, read by a task that ends with them.
pub(crate) struct Pages {
    pages: mpsc::Receiver<Vec<Recorded>>,
    _reading: AbortOnDropHandle<()>,
}

impl Pages {
    pub(crate) fn read<S: Source>(name: &'static str, source: Arc<Mutex<S>>, after: i64, max: usize) -> Self {
        let (sender, pages) = mpsc::channel(1);
        let reading = tokio::spawn(read(name, source, after, max, sender));
        Self { pages, _reading: AbortOnDropHandle::new(reading) }
    }

    /// The next page. Nothing when reading has ended, which a panic in the source alone can do.
    pub(crate) async fn next(&mut self) -> Option<Vec<Recorded>> {
        self.pages.recv().await
    }
}

async fn read<S: Source>(
    name: &'static str,
    source: Arc<Mutex<S>>,
    mut after: i64,
    max: usize,
    sender: mpsc::Sender<Vec<Recorded>>,
) {
    // Free as soon as the former reader, if any, has gone.
    let mut source = source.lock().await;
    let mut pause = Pause::new();
    loop {
        let page = source.next(after, max).await.and_then(|page| contiguous(after, page));
        match page {
            Ok(page) => {
                pause.reset();
                after = page.last().map_or(after, |fact| fact.position);
                if sender.send(page).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(projection = name, after, %error, "facts cannot be read; trying again");
                pause.wait().await;
            }
        }
    }
}

/// A source that skips or repeats a fact is not believed.
fn contiguous(after: i64, page: Vec<Recorded>) -> Result<Vec<Recorded>, SourceError> {
    let wrong = page.iter().zip(after + 1..).find(|(fact, expected)| fact.position != *expected);
    match wrong {
        Some((fact, expected)) => {
            Err(SourceError(format!("la source donne la position {} au lieu de {expected}", fact.position)))
        }
        None if page.is_empty() => Err(SourceError("la source ne donne aucun fait".into())),
        None => Ok(page),
    }
}
