//! Checks J1 and J2 over the whole journal.

use std::collections::{BTreeSet, HashMap};

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
        /// What there is, or the last position there is.
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
    /// Reads the whole journal and reports every hole, double or disorder. Appends may go on meanwhile:
    /// what they add until the streams are compared is read too. `progress` hears the position reached
    /// now and then.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn check(
        &self,
        mut progress: impl FnMut(i64, i64) + Send,
    ) -> Result<CheckReport, JournalError> {
        let mut walk = Walk::default();
        let head = self.head().await?;
        walk.until(self, head, &mut progress).await?;
        let announced = self.announced().await?;
        walk.until(self, announced.head, &mut progress).await?;
        Ok(walk.compare(announced))
    }

    /// What the streams and the head say, and the last fact there is, all of one instant.
    async fn announced(&self) -> Result<Announced, JournalError> {
        let client = self.settings().connect().await?;
        let rows = client.query(ANNOUNCED, &[]).await?;
        let mut announced = Announced::default();
        for row in &rows {
            announced.head = row.try_get(2)?;
            announced.last = row.try_get(3)?;
            if let Some(stream_id) = row.try_get::<_, Option<Uuid>>(0)? {
                announced.versions.insert(stream_id, row.try_get::<_, i32>(1)?.cast_unsigned());
            }
        }
        Ok(announced)
    }
}

const ANNOUNCED: &str = "
select s.id, s.version, h.position, coalesce((select max(position) from journal.facts), 0)
from journal.head h left join journal.streams s on true";

/// What the journal says of itself.
#[derive(Default)]
struct Announced {
    head: i64,
    last: i64,
    versions: HashMap<Uuid, u32>,
}

/// The facts read so far.
#[derive(Default)]
struct Walk {
    report: CheckReport,
    versions: HashMap<Uuid, u32>,
    last: i64,
}

impl Walk {
    async fn until(
        &mut self,
        journal: &Journal,
        head: i64,
        progress: &mut (impl FnMut(i64, i64) + Send),
    ) -> Result<(), JournalError> {
        let mut facts = Box::pin(journal.scan(self.last, head).await?);
        while let Some(fact) = facts.try_next().await? {
            self.step(fact.position, fact.stream_id, fact.version);
            if self.report.facts % 10_000 == 0 {
                progress(self.last, head);
            }
        }
        Ok(())
    }

    fn step(&mut self, position: i64, stream_id: Uuid, found: u32) {
        if position != self.last + 1 {
            self.report.fault(Fault::Position { after: self.last, found: position });
        }
        self.last = position;
        let version = self.versions.entry(stream_id).or_default();
        let after = std::mem::replace(version, found);
        if found != after + 1 {
            self.report.fault(Fault::Version { position, stream_id, after, found });
        }
        self.report.facts += 1;
    }

    fn compare(self, announced: Announced) -> CheckReport {
        let Self { mut report, versions, .. } = self;
        report.head = announced.head;
        report.streams = versions.len();
        if report.facts != announced.head || announced.last > announced.head {
            let facts = report.facts.max(announced.last);
            report.fault(Fault::Head { head: announced.head, facts });
        }
        let streams: BTreeSet<&Uuid> = versions.keys().chain(announced.versions.keys()).collect();
        for stream_id in streams {
            let version = |of: &HashMap<Uuid, u32>| of.get(stream_id).copied().unwrap_or(0);
            let (announced, found) = (version(&announced.versions), version(&versions));
            if announced != found {
                report.fault(Fault::Stream { stream_id: *stream_id, announced, found });
            }
        }
        report
    }
}

impl CheckReport {
    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < 100 {
            self.faults.push(fault);
        }
    }
}
