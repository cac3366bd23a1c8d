//! Building a read model from the whole journal beside the one that serves, and putting it in its
//! place in one transaction.

use std::{collections::HashSet, time::Duration};

use contracts::Recorded;
use deadpool_postgres::{Object, Pool};
use futures::TryStreamExt as _;
use journal::Journal;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    apply::{AnyProjection, Group, group},
    error::ProjectionError,
    generation::{self, Generation},
    pages::Pause,
    write::{Page, Written},
};

mod takeover;

use takeover::Taken;

/// Facts folded and written at once.
const BATCH: usize = 20_000;

/// Facts that are left to the take-over itself, which holds the runner still meanwhile.
const LEFT: i64 = 5_000;

/// How long a rebuild goes on without getting any further, while the database does not answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Facts behind.
    pub done: i64,
    /// Facts in the journal.
    pub total: i64,
    /// How fast it goes.
    pub facts_per_second: f64,
    /// How long it will still take at that speed.
    pub eta: Duration,
}

/// A rebuild that took over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The version readers now see.
    pub version: u32,
    /// Its generation.
    pub generation: i32,
    /// Where it stands.
    pub position: i64,
    /// Facts it set aside.
    pub parked: i64,
    /// How long it took.
    pub took: Duration,
}

/// Builds the read model from the journal, beside the one that serves: its next version, or the same
/// anew. Commands go on meanwhile; readers see the new one whole, or not at all.
///
/// # Errors
/// [`ProjectionError::Rebuilding`] when another program is at it; [`ProjectionError::NotActive`] when
/// readers already see a later version; [`ProjectionError::Behind`] and [`ProjectionError::Poorer`]
/// when readers would lose something; and when database or journal do not answer for long. The old one
/// then goes on serving.
pub async fn rebuild(
    pool: &Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    mut progress: impl FnMut(Progress),
) -> Result<Rebuilt, ProjectionError> {
    generation::check_names(projection)?;
    let name = projection.name();
    // Held by a connection of its own, which is closed if this function is dropped midway.
    let mut lock = Object::take(pool.get().await?);
    let lock = lock.transaction().await?;
    lock.batch_execute("set local idle_in_transaction_session_timeout = 0").await?;
    let rebuilt = if generation::try_lock(&lock, name).await? {
        build_beside(pool, journal, projection, &mut progress).await
    } else {
        Err(ProjectionError::Rebuilding(name))
    };
    // Released before the answer, so that whoever rebuilds next is not told that this one goes on. A
    // connection that was lost meanwhile holds nothing any more.
    if let Err(error) = lock.rollback().await {
        tracing::debug!(projection = name, %error, "the lock of the rebuild was lost before its end");
    }
    rebuilt
}

async fn build_beside(
    pool: &Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    progress: &mut impl FnMut(Progress),
) -> Result<Rebuilt, ProjectionError> {
    let (name, began) = (projection.name(), Instant::now());
    let mut client = pool.get().await?;
    refuse_older(&mut client, projection).await?;
    for leftover in generation::leftovers(&client, name).await? {
        tracing::info!(
            projection = name,
            generation = leftover.number,
            "removing what an earlier rebuild left"
        );
        leftover.remove(&mut client).await?;
    }
    let tx = client.transaction().await?;
    let generation = generation::begin(&tx, projection, "building").await?;
    tx.commit().await?;
    tracing::info!(
        projection = name,
        version = generation.version,
        generation = generation.number,
        "rebuilding"
    );
    let may_pass = takeover::skipped(&client, name).await?;
    drop(client);
    let mut building =
        Building { pool, journal, projection, generation, position: 0, may_pass, began, pause: Pause::new() };
    let taken = match building.build(progress).await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::warn!(projection = name, %error, "the rebuild is abandoned; what served goes on serving");
            remove(pool, &building.generation).await;
            return Err(error);
        }
    };
    if let Some(old) = &taken.old {
        remove(pool, old).await;
    }
    let Building { generation, position, .. } = building;
    Ok(Rebuilt {
        version: generation.version,
        generation: generation.number,
        position,
        parked: taken.parked,
        took: began.elapsed(),
    })
}

async fn refuse_older(client: &mut Object, projection: &dyn AnyProjection) -> Result<(), ProjectionError> {
    let (name, wanted) = (projection.name(), projection.version());
    let active = generation::active(&***client, name).await?.map(|(generation, _)| generation.version);
    match active {
        Some(version) if version > wanted => Err(ProjectionError::NotActive { name, wanted, active }),
        _ => Ok(()),
    }
}

struct Building<'a> {
    pool: &'a Pool,
    journal: &'a Journal,
    projection: &'a dyn AnyProjection,
    generation: Generation,
    position: i64,
    may_pass: HashSet<i64>,
    began: Instant,
    pause: Pause,
}

impl Building<'_> {
    /// Catches up and takes over; what fails for a while is tried again where it stopped.
    async fn build(&mut self, progress: &mut impl FnMut(Progress)) -> Result<Taken, ProjectionError> {
        let mut reached = (self.position, Instant::now());
        loop {
            let error = match self.finish(progress).await {
                Ok(taken) => return Ok(taken),
                Err(error) => error,
            };
            if self.position > reached.0 {
                reached = (self.position, Instant::now());
                self.pause.reset();
            }
            if !error.is_transient() || reached.1.elapsed() > PATIENCE {
                return Err(error);
            }
            tracing::warn!(projection = self.generation.name, at = self.position, %error, "trying again");
            self.pause.wait().await;
            self.position = self.stored_position().await.unwrap_or(self.position);
        }
    }

    async fn finish(&mut self, progress: &mut impl FnMut(Progress)) -> Result<Taken, ProjectionError> {
        self.catch_up(progress).await?;
        let taken = takeover::take_over(self).await?;
        progress(self.progress(self.position));
        Ok(taken)
    }

    /// Until little is left.
    async fn catch_up(&mut self, progress: &mut impl FnMut(Progress)) -> Result<(), ProjectionError> {
        loop {
            let head = self.journal.head().await?;
            if head - self.position <= LEFT {
                return Ok(());
            }
            let mut pages = Scan::read(self.journal.clone(), self.position, head);
            while let Some(page) = pages.next().await {
                self.write(&page?).await?;
                progress(self.progress(head));
            }
        }
    }

    async fn write(&mut self, facts: &[Recorded]) -> Result<(), ProjectionError> {
        let Some(last) = facts.last().map(|fact| fact.position) else { return Ok(()) };
        let groups = group(self.projection, facts);
        let page = self.page(self.position, last, &groups);
        if page.write(&mut self.pool.get().await?).await? == Written::Moved {
            return self.moved(last).await;
        }
        self.position = last;
        Ok(())
    }

    /// The page was written and its answer lost, or this generation was cleaned away.
    async fn moved(&mut self, last: i64) -> Result<(), ProjectionError> {
        if self.stored_position().await? != last {
            return Err(ProjectionError::Replaced(self.generation.name));
        }
        self.position = last;
        Ok(())
    }

    async fn stored_position(&self) -> Result<i64, ProjectionError> {
        let row = self
            .pool
            .get()
            .await?
            .query_opt(
                "select position from projections.checkpoint where name = $1 and generation = $2",
                &[&self.generation.name, &self.generation.number],
            )
            .await?;
        row.map_or(Err(ProjectionError::Replaced(self.generation.name)), |row| Ok(row.try_get(0)?))
    }

    fn page<'p>(&'p self, after: i64, last: i64, groups: &'p [Group<'p>]) -> Page<'p> {
        Page {
            projection: self.projection,
            generation: &self.generation,
            status: "building",
            after,
            last,
            groups,
            may_pass: &self.may_pass,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a speed for people to read")]
    fn progress(&self, total: i64) -> Progress {
        let facts_per_second = self.position as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let left = (total - self.position).max(0) as f64 / facts_per_second.max(1.0);
        Progress { done: self.position, total, facts_per_second, eta: Duration::from_secs_f64(left) }
    }
}

/// Removes the tables of a generation; if that fails, the next rebuild does it.
async fn remove(pool: &Pool, generation: &Generation) {
    let removed = match pool.get().await {
        Ok(mut client) => generation.remove(&mut client).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = removed {
        tracing::warn!(?generation, %error, "old tables stay until the next rebuild");
    }
}

/// The journal in large pages, read by a task that ends with them.
struct Scan {
    pages: mpsc::Receiver<Result<Vec<Recorded>, ProjectionError>>,
    _reading: AbortOnDropHandle<()>,
}

impl Scan {
    fn read(journal: Journal, after: i64, until: i64) -> Self {
        let (sender, pages) = mpsc::channel(1);
        let reading = tokio::spawn(async move {
            if let Err(error) = scan(&journal, after, until, &sender).await {
                drop(sender.send(Err(error)).await);
            }
        });
        Self { pages, _reading: AbortOnDropHandle::new(reading) }
    }

    async fn next(&mut self) -> Option<Result<Vec<Recorded>, ProjectionError>> {
        self.pages.recv().await
    }
}

async fn scan(
    journal: &Journal,
    after: i64,
    until: i64,
    sender: &mpsc::Sender<Result<Vec<Recorded>, ProjectionError>>,
) -> Result<(), ProjectionError> {
    let mut facts = std::pin::pin!(journal.scan(after, until).await?.try_chunks(BATCH));
    while let Some(page) = facts.try_next().await.map_err(|error| error.1)? {
        if sender.send(Ok(page)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
