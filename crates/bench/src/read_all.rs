//! Reading the journal from end to end, as a rebuild does.

use std::time::Instant;

use contracts::Recorded;
use futures::{StreamExt as _, TryStreamExt as _};
use journal::Journal;
use tokio_postgres::Row as PostgresRow;

use crate::{Error, Row, quiet, setup, timing::Timing};

/// The least there is to read.
const FACTS: i64 = 200_000;

const ALL: &str = "select position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, \
                   command_id, metadata, payload from journal.facts order by position";

/// Writes facts when there are few, then reads them all through [`Journal::scan`], between two readings
/// by one streamed query decoded into the same struct.
///
/// # Errors
/// When the database or the journal refuses, or a fact is missing.
pub async fn read_all(database_url: &str) -> Result<Row, Error> {
    let journal = setup::journal(database_url).await?;
    while journal.head().await? < FACTS {
        let appends = (0..200).map(|_| journal.append(setup::request(setup::id(), 0, 5)));
        futures::future::try_join_all(appends).await?;
    }
    setup::connect(database_url).await?.batch_execute("vacuum analyze").await?;
    quiet::warn_if_busy().await;
    scanned(&journal).await?;
    let before = streamed(database_url).await?;
    let per_second = scanned(&journal).await?;
    let after = streamed(database_url).await?;
    let each = (10_000_000.0 / per_second).round() / 10.0;
    Ok(Row::new("read-all", 1, &Timing { per_second, p50_us: each, p99_us: each }).beside(before, after))
}

async fn scanned(journal: &Journal) -> Result<f64, Error> {
    let (head, begun) = (journal.head().await?, Instant::now());
    let mut facts = std::pin::pin!(journal.scan(0, head).await?);
    let mut last = 0;
    while let Some(fact) = facts.try_next().await? {
        if fact.position != last + 1 {
            return Err(Error::Command(format!("après {last} vient {}", fact.position)));
        }
        last = fact.position;
    }
    if last != head {
        return Err(Error::Command(format!("lu jusqu’à {last} au lieu de {head}")));
    }
    Ok(last as f64 / begun.elapsed().as_secs_f64())
}

async fn streamed(database_url: &str) -> Result<f64, Error> {
    let client = setup::connect(database_url).await?;
    let statement = client.prepare(ALL).await?;
    let begun = Instant::now();
    let rows = client.query_raw(&statement, std::iter::empty::<i64>()).await?;
    let mut rows = std::pin::pin!(rows.map(|row| decoded(&row?)));
    let mut count = 0_u32;
    while let Some(fact) = rows.try_next().await? {
        count += u32::from(fact.position > 0);
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

fn decoded(row: &PostgresRow) -> Result<Recorded, Error> {
    let code: i16 = row.try_get(3)?;
    let kind =
        contracts::by_code(code.cast_unsigned()).ok_or_else(|| Error::Command("genre inconnu".into()))?;
    Ok(Recorded {
        position: row.try_get(0)?,
        stream_id: row.try_get(1)?,
        version: row.try_get::<_, i32>(2)?.cast_unsigned(),
        kind,
        event_id: row.try_get(4)?,
        case_id: row.try_get(5)?,
        occurred_on: row.try_get(6)?,
        recorded_at: row.try_get(7)?,
        command_id: row.try_get(8)?,
        metadata: row.try_get(9)?,
        payload: row.try_get(10)?,
    })
}
