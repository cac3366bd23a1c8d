//! Reads ahead: the next page is read while the present one is written.

use std::{sync::Arc, time::Duration};

use contracts::Recorded;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::tail::Tail;

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

/// The pages after a position, read by a task that ends with them.
pub(crate) struct Pages {
    pages: mpsc::Receiver<Vec<Recorded>>,
    _reading: AbortOnDropHandle<()>,
}

impl Pages {
    pub(crate) fn read(name: &'static str, tail: Arc<Tail>, after: i64, max: usize) -> Self {
        let (sender, pages) = mpsc::channel(1);
        let reading = tokio::spawn(read(name, tail, after, max, sender));
        Self { pages, _reading: AbortOnDropHandle::new(reading) }
    }

    /// The next page. Nothing when reading has ended, which a panic alone can do.
    pub(crate) async fn next(&mut self) -> Option<Vec<Recorded>> {
        self.pages.recv().await
    }
}

async fn read(
    name: &'static str,
    tail: Arc<Tail>,
    mut after: i64,
    max: usize,
    sender: mpsc::Sender<Vec<Recorded>>,
) {
    let mut pause = Pause::new();
    loop {
        match tail.after(after, max).await {
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
