//! Keeps read models up to date, for as long as the process lives.

use std::sync::Arc;

use deadpool_postgres::Pool;
use journal::Journal;
use telemetry::Metrics;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{apply::AnyProjection, follower::Follower, gauges, source::Source, tail::Tail};

/// Facts written in one transaction, at most.
pub const BATCH: usize = 5_000;

/// Who hears how far a read model is.
pub(crate) type Wake = Arc<dyn Fn(&'static str, i64) + Send + Sync>;

/// Keeps the read models of a process up to date: their facts are read once for all, and each model
/// advances by itself.
///
/// Any number of runners may work on the same models, in any number of processes: the checkpoint of a
/// model lets one of them write each page, and the others stand by.
pub struct Runner<S> {
    pool: Pool,
    journal: Journal,
    source: S,
    projections: Vec<Arc<dyn AnyProjection>>,
    metrics: Metrics,
    wake: Wake,
    batch: usize,
}

impl<S> std::fmt::Debug for Runner<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("projections", &self.projections).finish_non_exhaustive()
    }
}

impl<S: Source> Runner<S> {
    /// A runner for those read models, installed or not yet. Each time one has advanced, `wake` hears its
    /// name and its position: give it to [`Positions::set`](crate::Positions::set), and to other processes.
    pub fn new(
        pool: Pool,
        journal: Journal,
        source: S,
        projections: Vec<Arc<dyn AnyProjection>>,
        metrics: Metrics,
        wake: impl Fn(&'static str, i64) + Send + Sync + 'static,
    ) -> Self {
        Self { pool, journal, source, projections, metrics, wake: Arc::new(wake), batch: BATCH }
    }

    /// With at most so many facts in a transaction.
    #[must_use]
    pub fn batch(mut self, facts: usize) -> Self {
        self.batch = facts.max(1);
        self
    }

    /// Works until cancelled; the pages being written are finished first. What fails for a while is tried
    /// again for ever. Dropped at any point, it loses and doubles nothing.
    pub async fn run(self, cancel: CancellationToken) {
        let tail = Arc::new(Tail::new(self.journal.clone()));
        let mut followers = JoinSet::new();
        for projection in &self.projections {
            let follower = Follower {
                pool: self.pool.clone(),
                tail: tail.clone(),
                projection: projection.clone(),
                metrics: self.metrics.clone(),
                wake: self.wake.clone(),
                batch: self.batch,
            };
            let cancel = cancel.clone();
            followers.spawn(async move { follower.work(&cancel).await });
        }
        let names = self.projections.iter().map(|projection| projection.name()).collect();
        tokio::select! {
            () = async { while followers.join_next().await.is_some() {} } => {}
            () = tail.read(self.source) => {}
            () = gauges::keep(&self.pool, &self.journal, names, &self.metrics) => {}
        }
    }
}
