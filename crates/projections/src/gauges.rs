//! How late read models are, measured beside those who follow: one that is stuck is seen to be late.

use std::time::Duration;

use deadpool_postgres::Pool;
use journal::Journal;
use telemetry::Metrics;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::types::Type;
use vocabulary::clock::{Clock as _, SystemClock};

use crate::error::ProjectionError;

/// How often it is measured.
const EVERY: Duration = Duration::from_secs(1);

const STANDING: &str = "select name, position, (select count(*) from projections.parked p \
                        where p.name = c.name and p.generation = c.generation and p.state <> 'skipped') \
                        from projections.checkpoint c where name = any($1) and status = 'active'";

/// Measures those read models for ever.
pub(crate) async fn keep(pool: &Pool, journal: &Journal, names: Vec<&'static str>, metrics: &Metrics) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = measure(pool, journal, &names, metrics).await {
            tracing::debug!(%error, "the lag of the read models cannot be measured");
        }
    }
}

async fn measure(
    pool: &Pool,
    journal: &Journal,
    names: &[&'static str],
    metrics: &Metrics,
) -> Result<(), ProjectionError> {
    let rows = pool.get().await?.query_typed(STANDING, &[(&names, Type::TEXT_ARRAY)]).await?;
    // Read after the checkpoints: never behind them, unless facts were lost.
    let head = journal.head().await?;
    for row in rows {
        let (name, saved): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        if saved > head {
            let lost = "the journal lost facts that are in a read model: rebuild it";
            tracing::error!(projection = name, position = saved, head, "{lost}");
        }
        let gauge = metrics.projection_position.with_label_values(&[name]);
        // What its follower says itself may be newer than its checkpoint.
        let position = gauge.get().max(saved);
        gauge.set(position);
        let next = if head > position { journal.after(position, 1).await? } else { Vec::new() };
        let age = next.first().map(|fact| SystemClock.now().duration_since(fact.recorded_at).as_secs_f64());
        metrics.projection_lag_facts.with_label_values(&[name]).set((head - position).max(0));
        metrics.projection_lag_seconds.with_label_values(&[name]).set(age.unwrap_or(0.0).max(0.0));
        metrics.projection_parked.with_label_values(&[name]).set(row.try_get(2)?);
    }
    Ok(())
}
