//! Writing: facts at a version already known, and whole commands through the traits of `eventually`.

use std::sync::Arc;

use contracts::events::Employment;
use eventually::{Repository, aggregate::AggregateRootBuilder};
use journal::{Journal, JournalStore};
use sealing::Sealer;
use uuid::Uuid;
use vocabulary::SystemIds;

use crate::{
    Error, Row,
    aggregate::{Command, Contract},
    limit, quiet, report, setup,
    timing::{self, Worker},
};

/// Facts of one stream, as an employment usually has.
const LENGTH: u32 = 5;

/// How to measure writing.
#[derive(Clone, Debug)]
pub struct AppendOptions {
    /// How many clients at once, one measure for each.
    pub writers: Vec<u32>,
    /// How long each measure lasts, after a short warm-up.
    pub seconds: f64,
    /// A database that holds nothing else.
    pub database_url: String,
    /// A database of keys that holds nothing else.
    pub keys_url: String,
    /// Tells each row as a line of JSON; otherwise as a line of a table.
    pub json: bool,
}

/// Appends one fact at a time, at the version it knows.
struct Appender {
    journal: Journal,
    stream_id: Uuid,
    version: u32,
}

impl Worker for Appender {
    async fn step(&mut self) -> Result<(), Error> {
        if self.version == LENGTH {
            (self.stream_id, self.version) = (setup::id(), 0);
        }
        let request = setup::request(self.stream_id, self.version, 1);
        self.version = self.journal.append(request).await?.version;
        Ok(())
    }
}

/// Loads an employment, decides, appends what was decided.
struct Commander {
    journal: Journal,
    sealer: Arc<Sealer>,
    stream_id: Uuid,
    version: u32,
}

impl Worker for Commander {
    async fn step(&mut self) -> Result<(), Error> {
        if self.version == LENGTH {
            (self.stream_id, self.version) = (setup::id(), 0);
        }
        let command = match self.version {
            0 => Command::Start,
            version => Command::ChangeHours(20 * 60 + version),
        };
        let (sealer, stamp) = (self.sealer.clone(), setup::stamp(self.stream_id));
        let store = JournalStore::<Employment>::new(self.journal.clone(), sealer, Arc::new(SystemIds), stamp);
        let mut repository = Repository::new(AggregateRootBuilder::from(Contract), store);
        let failed = |error: &dyn std::error::Error| Error::Command(error.to_string());
        let mut root = repository.get(self.stream_id).await.map_err(|error| failed(&error))?;
        root.handle(command).await.map_err(|error| failed(&error))?;
        repository.add(root).await.map_err(|error| failed(&error))?;
        self.version += 1;
        Ok(())
    }
}

/// Measures appends and commands for each number of writers: limit, append, limit, command, limit. Tells each row as
/// soon as it is known.
///
/// # Errors
/// When the database or the journal refuses.
pub async fn append(options: &AppendOptions, tell: impl Fn(&str)) -> Result<Vec<Row>, Error> {
    let (url, seconds) = (&options.database_url, options.seconds);
    let journal = setup::journal(url).await?;
    let sealer = setup::sealer(&options.keys_url).await?;
    let mut rows = Vec::new();
    for &writers in &options.writers {
        quiet::warn_if_busy().await;
        let first = limit::insert(url, writers, seconds).await?.per_second;
        let appenders =
            (0..writers).map(|_| Appender { journal: journal.clone(), stream_id: setup::id(), version: 0 });
        let timing = timing::run(appenders.collect(), seconds).await?;
        let second = limit::insert(url, writers, seconds).await?.per_second;
        rows.push(Row::new("append", writers, &timing).beside(first, second));
        tell(&report::last(&rows, options.json));

        let commanders = (0..writers).map(|_| Commander {
            journal: journal.clone(),
            sealer: sealer.clone(),
            stream_id: setup::id(),
            version: 0,
        });
        let timing = timing::run(commanders.collect(), seconds).await?;
        let third = limit::insert(url, writers, seconds).await?.per_second;
        rows.push(Row::new("command", writers, &timing).beside(second, third));
        tell(&report::last(&rows, options.json));
    }
    Ok(rows)
}
