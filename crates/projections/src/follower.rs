//! Keeps one read model up to date with what its process reads.

use std::{collections::HashSet, sync::Arc, time::Duration};

use contracts::Recorded;
use deadpool_postgres::Pool;
use telemetry::Metrics;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    apply::{AnyProjection, Group, group},
    error::ProjectionError,
    generation::{self, Generation},
    pages::{Pages, Pause},
    runner::Wake,
    tail::Tail,
    write::{Page, Written, advance},
};

/// The longest page that is traced.
const LINKED: usize = 32;

/// How long it stays back after another one was faster, or while readers see another version.
const STAND_BY: Duration = Duration::from_secs(1);

/// How long facts that concern the model in nothing stay out of its checkpoint.
const UNSAVED: Duration = Duration::from_millis(250);

pub(crate) struct Follower {
    pub(crate) pool: Pool,
    pub(crate) tail: Arc<Tail>,
    pub(crate) projection: Arc<dyn AnyProjection>,
    pub(crate) metrics: Metrics,
    pub(crate) wake: Wake,
    pub(crate) batch: usize,
}

/// Why nothing more is written.
enum Halt {
    /// Another one was faster, or another generation took over.
    Moved,
    Cancelled,
}

/// Where a generation stands.
struct Standing {
    generation: Generation,
    /// What its checkpoint says.
    saved: i64,
    /// What its tables hold: facts that concern it in nothing need no transaction to be behind.
    reached: i64,
    /// When the checkpoint says it, at the latest.
    save_at: Instant,
}

impl Standing {
    /// Facts up to there concern the model in nothing.
    fn pass(&mut self, last: i64) {
        if self.reached == self.saved {
            self.save_at = Instant::now() + UNSAVED;
        }
        self.reached = last;
    }

    fn saved(&mut self, at: i64) {
        (self.saved, self.reached) = (at, at);
    }
}

impl Follower {
    /// Works until cancelled.
    pub(crate) async fn work(&self, cancel: &CancellationToken) {
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

    /// Takes page after page until the checkpoint is found elsewhere.
    async fn follow(&self, generation: Generation, after: i64, cancel: &CancellationToken) {
        (self.wake)(generation.name, after);
        let mut pages = Pages::read(generation.name, self.tail.clone(), after, self.batch);
        let mut standing = Standing { generation, saved: after, reached: after, save_at: Instant::now() };
        loop {
            let taken = tokio::select! {
                () = cancel.cancelled() => Err(Halt::Cancelled),
                () = sleep_until(standing.save_at), if standing.reached > standing.saved => {
                    self.save(&mut standing, cancel).await
                }
                page = pages.next() => match page {
                    Some(facts) => self.take(&mut standing, &facts, cancel).await,
                    None => Err(Halt::Moved),
                }
            };
            match taken {
                Ok(()) => {}
                Err(Halt::Cancelled) => return self.leave(&standing).await,
                Err(Halt::Moved) => return self.stand_by(&standing.generation, cancel).await,
            }
        }
    }

    async fn take(
        &self,
        standing: &mut Standing,
        facts: &[Recorded],
        cancel: &CancellationToken,
    ) -> Result<(), Halt> {
        let groups = group(&*self.projection, facts);
        let (mut applied, mut parked) = (0, 0);
        let Some(last) = facts.last().map(|fact| fact.position) else { return Ok(()) };
        if groups.is_empty() {
            standing.pass(last);
        } else {
            (applied, parked) = self.write(standing, last, &groups, cancel).await?;
            standing.saved(last);
        }
        self.tell(last, applied, parked);
        Ok(())
    }

    /// Writes what concerns the model, trying for ever. Returns how many facts were applied and set aside.
    async fn write(
        &self,
        standing: &Standing,
        last: i64,
        groups: &[Group<'_>],
        cancel: &CancellationToken,
    ) -> Result<(usize, usize), Halt> {
        let may_pass = HashSet::new();
        let page = Page {
            projection: &*self.projection,
            generation: &standing.generation,
            status: "active",
            after: standing.saved,
            last,
            groups,
            may_pass: &may_pass,
        };
        let mut pause = Pause::new();
        loop {
            match self.write_once(&page).await {
                Ok(Written::Done { applied, parked }) => return Ok((applied, parked)),
                Ok(Written::Moved) => return Err(Halt::Moved),
                Err(error) => self.later(standing, &error, &mut pause, cancel).await?,
            }
        }
    }

    async fn write_once(&self, page: &Page<'_>) -> Result<Written, ProjectionError> {
        let mut client = self.pool.get().await?;
        Ok(page.write(&mut client).instrument(span(page)).await?)
    }

    /// The checkpoint says what was reached.
    async fn save(&self, standing: &mut Standing, cancel: &CancellationToken) -> Result<(), Halt> {
        let mut pause = Pause::new();
        loop {
            match self.save_once(standing).await {
                Ok(true) => {
                    standing.saved(standing.reached);
                    return Ok(());
                }
                Ok(false) => return Err(Halt::Moved),
                Err(error) => self.later(standing, &error, &mut pause, cancel).await?,
            }
        }
    }

    async fn save_once(&self, standing: &Standing) -> Result<bool, ProjectionError> {
        let Standing { generation, saved, reached, .. } = standing;
        let client = self.pool.get().await?;
        Ok(advance(&client, generation, "active", *saved, *reached).await?)
    }

    /// What stays unsaved is only read again.
    async fn leave(&self, standing: &Standing) {
        if standing.reached > standing.saved
            && let Err(error) = self.save_once(standing).await
        {
            tracing::debug!(projection = standing.generation.name, %error, "the checkpoint stays behind");
        }
    }

    async fn later(
        &self,
        standing: &Standing,
        error: &ProjectionError,
        pause: &mut Pause,
        cancel: &CancellationToken,
    ) -> Result<(), Halt> {
        let (projection, after) = (standing.generation.name, standing.saved);
        tracing::warn!(projection, after, %error, "facts cannot be written; trying again");
        cancel.run_until_cancelled(pause.wait()).await.ok_or(Halt::Cancelled)
    }

    fn tell(&self, last: i64, applied: usize, parked: usize) {
        let name = self.projection.name();
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

    /// Another one on the same generation is left alone for a moment; another generation is followed at
    /// once.
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
    let facts = || page.groups.iter().flat_map(|group| &group.facts);
    if facts().nth(LINKED).is_some() {
        return tracing::Span::none();
    }
    let name = page.generation.name;
    let span = tracing::info_span!("project", otel.name = format!("project {name}"), otel.kind = "consumer");
    for fact in facts() {
        if let Ok(metadata) = fact.metadata() {
            telemetry::context::add_link(&span, &metadata.traceparent);
        }
    }
    span
}
