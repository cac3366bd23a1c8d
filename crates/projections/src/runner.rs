//! Keeps one read model up to date, for as long as the process lives.

use std::{collections::HashSet, sync::Arc, time::Duration};

use contracts::Recorded;
use deadpool_postgres::Pool;
use journal::Journal;
use telemetry::Metrics;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    apply::AnyProjection,
    error::ProjectionError,
    gauges,
    generation::{self, Generation},
    pages::{Pages, Pause},
    source::Source,
    write::{Page, Written},
};

/// Facts written in one transaction, at most.
pub const BATCH: usize = 5_000;

/// The longest page that is traced.
const LINKED: usize = 32;

/// How long the runner stays back after another one was faster, or while readers see another version.
const STAND_BY: Duration = Duration::from_secs(1);

/// Keeps one read model up to date.
///
/// Any number of runners may work on the same model, in any number of processes: the checkpoint lets
/// one of them write each page, and the others stand by.
pub struct Runner<S> {
    pool: Pool,
    journal: Journal,
    source: Arc<Mutex<S>>,
    projection: Arc<dyn AnyProjection>,
    metrics: Metrics,
    wake: Box<dyn Fn(&'static str, i64) + Send + Sync>,
    batch: usize,
}

impl<S> std::fmt::Debug for Runner<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("projection", &self.projection).finish_non_exhaustive()
    }
}

/// Why a page is not written.
enum Halt {
    /// Another runner was faster, or another generation took over.
    Moved,
    Cancelled,
}

impl<S: Source> Runner<S> {
    /// A runner for that read model, installed or not yet. After each commit `wake` hears its name and
    /// its position: give it to [`Positions::set`](crate::Positions::set), and to other processes.
    pub fn new(
        pool: Pool,
        journal: Journal,
        source: S,
        projection: Arc<dyn AnyProjection>,
        metrics: Metrics,
        wake: impl Fn(&'static str, i64) + Send + Sync + 'static,
    ) -> Self {
        let source = Arc::new(Mutex::new(source));
        Self { pool, journal, source, projection, metrics, wake: Box::new(wake), batch: BATCH }
    }

    /// With at most so many facts in a transaction.
    #[must_use]
    pub fn batch(mut self, facts: usize) -> Self {
        self.batch = facts.max(1);
        self
    }

    /// Works until cancelled; the page being written is finished first. What fails for a while is tried
    /// again for ever. Dropped at any point, it loses and doubles nothing.
    pub async fn run(self, cancel: CancellationToken) {
        let gauges = gauges::keep(&self.pool, &self.journal, &*self.projection, &self.metrics);
        tokio::select! {
            () = self.work(&cancel) => {}
            () = gauges => {}
        }
    }

    async fn work(&self, cancel: &CancellationToken) {
        let name = self.projection.name();
        let mut pause = Pause::new();
        let mut told = false;
        while !cancel.is_cancelled() {
            match self.stand().await {
                Ok(Some((generation, position))) => {
                    tracing::debug!(projection = name, generation = generation.number, position, "running");
                    pause.reset();
                    told = false;
                    self.follow(generation, position, cancel).await;
                }
                Ok(None) => {
                    if !std::mem::replace(&mut told, true) {
                        let version = self.projection.version();
                        tracing::warn!(
                            projection = name,
                            version,
                            "readers see another version, or none: waiting"
                        );
                    }
                    cancel.run_until_cancelled(tokio::time::sleep(STAND_BY / 4)).await;
                }
                Err(error) => {
                    tracing::warn!(projection = name, %error, "the checkpoint cannot be read; trying again");
                    cancel.run_until_cancelled(pause.wait()).await;
                }
            }
        }
    }

    /// The generation readers see and where it stands, if this program's version is the one.
    async fn stand(&self) -> Result<Option<(Generation, i64)>, ProjectionError> {
        let client = self.pool.get().await?;
        let active = generation::active(&**client, self.projection.name()).await?;
        Ok(active.filter(|(generation, _)| generation.version == self.projection.version()))
    }

    /// Writes page after page until the checkpoint is found elsewhere.
    async fn follow(&self, generation: Generation, mut after: i64, cancel: &CancellationToken) {
        (self.wake)(generation.name, after);
        let mut pages = Pages::read(generation.name, self.source.clone(), after, self.batch);
        while let Some(page) = cancel.run_until_cancelled(pages.next()).await {
            let written = match page {
                Some(facts) => self.write(&generation, after, &facts, cancel).await,
                None => Err(Halt::Moved),
            };
            match written {
                Ok(last) => after = last,
                Err(Halt::Cancelled) => return,
                Err(Halt::Moved) => return self.stand_by(&generation, cancel).await,
            }
        }
    }

    /// Writes one page, trying for ever. Returns the position reached.
    async fn write(
        &self,
        generation: &Generation,
        after: i64,
        facts: &[Recorded],
        cancel: &CancellationToken,
    ) -> Result<i64, Halt> {
        let may_pass = HashSet::new();
        let projection = &*self.projection;
        let page = Page { projection, generation, status: "active", after, facts, may_pass: &may_pass };
        let mut pause = Pause::new();
        loop {
            match self.write_once(&page).await {
                Ok(Written::Done { applied, parked }) => {
                    self.tell(generation.name, &page, applied, parked);
                    return Ok(page.last());
                }
                Ok(Written::Moved) => return Err(Halt::Moved),
                Err(error) => {
                    tracing::warn!(projection = generation.name, after, %error, "a page cannot be written; trying again");
                    cancel.run_until_cancelled(pause.wait()).await.ok_or(Halt::Cancelled)?;
                }
            }
        }
    }

    async fn write_once(&self, page: &Page<'_>) -> Result<Written, ProjectionError> {
        let mut client = self.pool.get().await?;
        Ok(page.write(&mut client).instrument(span(page)).await?)
    }

    fn tell(&self, name: &'static str, page: &Page<'_>, applied: usize, parked: usize) {
        let last = page.last();
        self.metrics.projection_position.with_label_values(&[name]).set(last);
        self.metrics.projection_facts_total.with_label_values(&[name]).inc_by(applied as u64);
        if parked > 0 {
            self.metrics
                .projection_parked
                .with_label_values(&[name])
                .add(parked.try_into().unwrap_or(i64::MAX));
        }
        (self.wake)(name, last);
    }

    /// Another runner of the same generation is left alone for a moment; another generation is
    /// followed at once.
    async fn stand_by(&self, generation: &Generation, cancel: &CancellationToken) {
        if let Ok(Some((now, _))) = self.stand().await
            && now == *generation
        {
            tracing::debug!(projection = generation.name, "another runner was faster: standing by");
            cancel.run_until_cancelled(tokio::time::sleep(STAND_BY)).await;
        }
    }
}

/// The span of writing a page, linked to the commands behind its facts. Long pages, of a catch-up,
/// have none: nobody follows one command through thousands.
fn span(page: &Page<'_>) -> tracing::Span {
    if page.facts.len() > LINKED {
        return tracing::Span::none();
    }
    let name = page.generation.name;
    let span = tracing::info_span!("project", otel.name = format!("project {name}"), otel.kind = "consumer");
    for fact in page.facts {
        if let Ok(metadata) = fact.metadata() {
            telemetry::context::add_link(&span, &metadata.traceparent);
        }
    }
    span
}
