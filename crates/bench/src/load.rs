//! Loading aggregates of fifty facts, as a command on a long path does first.

use std::sync::Arc;

use contracts::events::Employment;
use eventually::{Repository, aggregate::AggregateRootBuilder};
use journal::{Journal, JournalStore};
use uuid::Uuid;
use vocabulary::SystemIds;

use crate::{
    Error, Row,
    aggregate::Contract,
    quiet, setup,
    timing::{self, Worker},
};

/// Aggregates written to be loaded.
const AGGREGATES: usize = 2000;
/// Facts of each.
const FACTS: u32 = 50;
/// Facts of one command; those of other aggregates come between two commands.
const STEP: u32 = 5;

struct Loader {
    repository: Repository<Contract, JournalStore<Employment>>,
    streams: Arc<Vec<Uuid>>,
    next: usize,
}

impl Worker for Loader {
    async fn step(&mut self) -> Result<(), Error> {
        // A stride prime to their number visits all of them, never two neighbours in turn.
        self.next = (self.next + 397) % self.streams.len();
        let id = self.streams[self.next];
        let root = self.repository.get(id).await.map_err(|error| Error::Command(error.to_string()))?;
        match root.state().facts {
            FACTS => Ok(()),
            other => Err(Error::Command(format!("{other} faits relus au lieu de {FACTS}"))),
        }
    }
}

/// Writes aggregates of fifty facts, then measures how many a second `readers` load and fold.
///
/// # Errors
/// When the database or the journal refuses, or a fact is missing.
pub async fn load(database_url: &str, readers: u32, seconds: f64) -> Result<Row, Error> {
    let journal = setup::journal(database_url).await?;
    let sealer = setup::sealer(database_url).await?;
    let streams = Arc::new((0..AGGREGATES).map(|_| setup::id()).collect::<Vec<_>>());
    write(&journal, &streams).await?;
    let client = setup::connect(database_url).await?;
    client.batch_execute("vacuum analyze").await?;
    quiet::warn_if_busy().await;
    let loaders = (0..readers as usize).map(|reader| {
        let stamp = setup::stamp(Uuid::nil());
        let store = JournalStore::new(journal.clone(), sealer.clone(), Arc::new(SystemIds), stamp);
        let repository = Repository::new(AggregateRootBuilder::from(Contract), store);
        Loader { repository, streams: streams.clone(), next: reader * AGGREGATES / readers.max(1) as usize }
    });
    let timing = timing::run(loaders.collect(), seconds).await?;
    Ok(Row::new("load", readers, &timing))
}

async fn write(journal: &Journal, streams: &[Uuid]) -> Result<(), Error> {
    for expected in (0..FACTS).step_by(STEP as usize) {
        for some in streams.chunks(200) {
            let appends = some.iter().map(|id| journal.append(setup::request(*id, expected, STEP)));
            futures::future::try_join_all(appends).await?;
        }
    }
    Ok(())
}
