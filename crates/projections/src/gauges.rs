//! How late a read model is, measured beside the runner: a runner that is stuck is seen to be late.

use std::time::Duration;

use deadpool_postgres::Pool;
use journal::Journal;
use telemetry::Metrics;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::types::Type;
use vocabulary::clock::{Clock as _, SystemClock};

use crate::{apply::AnyProjection, error::ProjectionError};

/// How often it is measured.
const EVERY: Duration = Duration::from_secs(1);

const STANDING: &str = "select position, (select count(*) from projections.parked p \
                        where p.name = c.name and p.generation = c.generation and p.state <> 'skipped') \
                        from projections.checkpoint c where name = $1 and status = 'active'";

/// Measures for ever.
pub(crate) async fn keep(pool: &Pool, journal: &Journal, projection: &dyn AnyProjection, metrics: &Metrics) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = measure(pool, journal, projection.name(), metrics).await {
            tracing::debug!(projection = projection.name(), %error, "its lag cannot be measured");
        }
    }
}

async fn measure(
    pool: &Pool,
    journal: &Journal,
    name: &'static str,
    metrics: &Metrics,
) -> Result<(), ProjectionError> {
    let gauge = metrics.projection_position.with_label_values(&[name]);
    let told = gauge.get();
    let rows = pool.get().await?.query_typed(STANDING, &[(&name, Type::TEXT)]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let position: i64 = row.try_get(0)?;
    // Read after the checkpoint: never behind it, unless facts were lost.
    let head = journal.head().await?;
    let next = if head > position { journal.after(position, 1).await? } else { Vec::new() };
    let age = next.first().map(|fact| SystemClock.now().duration_since(fact.recorded_at).as_secs_f64());
    if position > head {
        tracing::error!(
            projection = name,
            position,
            head,
            "the journal lost facts that are in a read model: rebuild it"
        );
    }
    // The runner may have moved while this was read: what it says itself is newer.
    let position = if gauge.get() == told { position } else { gauge.get() };
    gauge.set(position);
    metrics.projection_lag_facts.with_label_values(&[name]).set((head - position).max(0));
    metrics.projection_lag_seconds.with_label_values(&[name]).set(age.unwrap_or(0.0).max(0.0));
    metrics.projection_parked.with_label_values(&[name]).set(row.try_get(1)?);
    Ok(())
}
