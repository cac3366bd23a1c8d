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
    /// A stream's row announces another first fact than there is: what comes before it is not read.
    #[error("le flux {stream_id} annonce son premier fait à la position {announced}, il est à {found}")]
    Begin {
        /// Which stream.
        stream_id: Uuid,
        /// What its row says.
        announced: i64,
        /// Where it is.
        found: i64,
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
                let version = row.try_get::<_, i32>(1)?.cast_unsigned();
                announced.streams.insert(stream_id, Extent { first: row.try_get(4)?, version });
            }
        }
        Ok(announced)
    }
}

const ANNOUNCED: &str = "
select s.id, s.version, h.position, coalesce((select max(position) from journal.facts), 0), s.first_position
from journal.head h left join journal.streams s on true";

/// What the journal says of itself.
#[derive(Default)]
struct Announced {
    head: i64,
    last: i64,
    streams: HashMap<Uuid, Extent>,
}

/// Where a stream begins, and how far it goes.
#[derive(Clone, Copy)]
struct Extent {
    first: i64,
    version: u32,
}

/// The facts read so far.
#[derive(Default)]
struct Walk {
    report: CheckReport,
    streams: HashMap<Uuid, Extent>,
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
        let stream = self.streams.entry(stream_id).or_insert(Extent { first: position, version: 0 });
        let after = std::mem::replace(&mut stream.version, found);
        if found != after + 1 {
            self.report.fault(Fault::Version { position, stream_id, after, found });
        }
        self.report.facts += 1;
    }

    fn compare(self, announced: Announced) -> CheckReport {
        let Self { mut report, streams, .. } = self;
        report.head = announced.head;
        report.streams = streams.len();
        if announced.last > announced.head {
            report.fault(Fault::Head { head: announced.head, facts: announced.last });
        } else if report.facts != announced.head {
            report.fault(Fault::Head { head: announced.head, facts: report.facts });
        }
        let ids: BTreeSet<&Uuid> = streams.keys().chain(announced.streams.keys()).collect();
        for &stream_id in ids {
            let (said, found) = (announced.streams.get(&stream_id), streams.get(&stream_id));
            let version = |extent: Option<&Extent>| extent.map_or(0, |extent| extent.version);
            if version(said) != version(found) {
                let (announced, found) = (version(said), version(found));
                report.fault(Fault::Stream { stream_id, announced, found });
            }
            if let (Some(said), Some(found)) = (said, found)
                && said.first != found.first
            {
                report.fault(Fault::Begin { stream_id, announced: said.first, found: found.first });
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
