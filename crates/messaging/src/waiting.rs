//! Waiting for more facts: a signal shortens the wait, polling ends it.

use std::time::Duration;

use journal::Journal;
use tokio::{sync::watch, time::sleep};

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

/// How long the bus may keep silent after a signal that there is more.
const SIGNALLED: Duration = Duration::from_millis(250);
/// How long the bus may keep silent without one.
const UNSIGNALLED: Duration = Duration::from_secs(1);

/// The patience of one loop that follows the journal.
#[derive(Debug)]
pub(crate) struct Waiting {
    heads: watch::Receiver<i64>,
    pause: Duration,
}

impl Waiting {
    pub fn new(journal: &Journal) -> Self {
        Self { heads: journal.watch(), pause: SHORTEST }
    }

    /// Called before each look at the journal: only signals that come later end the next wait.
    pub fn look(&mut self) {
        self.heads.mark_unchanged();
    }

    /// Something came: the next waits are short again.
    pub fn arrived(&mut self) {
        self.pause = SHORTEST;
    }

    /// Waits for a signal, or for 20 ms, then longer and longer, up to 500 ms.
    pub async fn more(&mut self) {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST);
        tokio::select! {
            // Whatever the signal says, the journal is asked: it need not be right.
            Ok(()) = self.heads.changed() => {}
            () = sleep(pause) => {}
        }
    }

    /// Ends when whoever should deliver has kept silent for too long.
    pub async fn silence(&mut self) {
        tokio::select! {
            Ok(()) = self.heads.changed() => sleep(SIGNALLED).await,
            () = sleep(UNSIGNALLED) => {}
        }
    }
}
