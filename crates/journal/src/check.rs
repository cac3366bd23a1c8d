//! Checks J1 and J2 over the whole journal.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use uuid::Uuid;

use crate::{Journal, error::JournalError};

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Facts read.
    pub facts: i64,
    /// Streams they belong to.
    pub streams: usize,
    /// The head the journal announces.
    pub head: i64,
    /// The first faults, at most a hundred.
    pub faults: Vec<Fault>,
}

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A position is missing or doubled.
    #[error("après la position {after} vient la position {found}")]
    Position {
        /// The last good one.
        after: i64,
        /// The one that follows.
        found: i64,
    },
    /// A version is missing or doubled in a stream.
    #[error("position {position} : le flux {stream_id} passe de la version {after} à la version {found}")]
    Version {
        /// Where.
        position: i64,
        /// In which stream.
        stream_id: Uuid,
        /// The last good one.
        after: u32,
        /// The one that follows.
        found: u32,
    },
    /// The head announces another number of facts.
    #[error("la tête annonce {head} faits, le journal en contient {facts}")]
    Head {
        /// What it announces.
        head: i64,
        /// What there is.
        facts: i64,
    },
    /// A stream's row announces another version than its facts.
    #[error("le flux {stream_id} annonce la version {announced}, ses faits vont jusqu’à {found}")]
    Stream {
        /// Which stream.
        stream_id: Uuid,
        /// What its row says.
        announced: u32,
        /// What its facts say.
        found: u32,
    },
}

impl Journal {
    /// Reads the whole journal as it stands when the check begins, and reports every hole, double or
    /// disorder. `progress` hears the position reached now and then.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn check(&self, mut progress: impl FnMut(i64, i64)) -> Result<CheckReport, JournalError> {
        let head = self.head().await?;
        let mut report = CheckReport { head, ..CheckReport::default() };
        let mut versions: HashMap<Uuid, u32> = HashMap::new();
        let mut last = 0;
        let mut facts = Box::pin(self.scan(0, head).await?);
        while let Some(fact) = facts.try_next().await? {
            if fact.position != last + 1 {
                report.fault(Fault::Position { after: last, found: fact.position });
            }
            last = fact.position;
            let version = versions.entry(fact.stream_id).or_default();
            if fact.version != *version + 1 {
                report.fault(Fault::Version {
                    position: fact.position,
                    stream_id: fact.stream_id,
                    after: *version,
                    found: fact.version,
                });
            }
            *version = fact.version;
            report.facts += 1;
            if report.facts % 10_000 == 0 {
                progress(last, head);
            }
        }
        if report.facts != head {
            report.fault(Fault::Head { head, facts: report.facts });
        }
        report.streams = versions.len();
        self.check_streams(&versions, &mut report).await?;
        Ok(report)
    }

    /// Compares the rows that decide versions with the facts, when no append came meanwhile.
    async fn check_streams(
        &self,
        versions: &HashMap<Uuid, u32>,
        report: &mut CheckReport,
    ) -> Result<(), JournalError> {
        let client = self.settings().connect().await?;
        let rows = client.query("select id, version from journal.streams", &[]).await?;
        if self.head().await? != report.head {
            return Ok(());
        }
        for row in &rows {
            let (stream_id, announced): (Uuid, i32) = (row.try_get(0)?, row.try_get(1)?);
            let (announced, found) =
                (announced.cast_unsigned(), versions.get(&stream_id).copied().unwrap_or(0));
            if announced != found {
                report.fault(Fault::Stream { stream_id, announced, found });
            }
        }
        Ok(())
    }
}

impl CheckReport {
    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < 100 {
            self.faults.push(fault);
        }
    }
}
