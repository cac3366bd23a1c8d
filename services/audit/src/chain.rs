//! Readings in batches, and the digest of each batch in the journal: a reading that was altered or removed is
//! found, and named.

use std::collections::BTreeSet;

use contracts::{Recorded, events};
use jiff::{SignedDuration, Timestamp};
use service::{BoxError, Domain as _, Request, Runtime, Target, execute};
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::{
    domain::{
        AccessRecorded,
        aggregate::{Access, State},
        chain_id,
        commands::CloseBatch,
    },
    guard::GUARD,
};

/// Readings of a batch at most.
pub const BATCH: usize = 1_000;
/// How long a reading waits for its batch at most.
pub const AGE: SignedDuration = SignedDuration::from_hours(1);
/// Batches older than that may be gone with their month: see `access.keep_readings`.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 364);

const ROWS: &str = "
select id, (extract(epoch from at) * 1000000)::bigint, reader, professional_id, post_id, organisation_id, role,
       name, purpose, emergency, classes, cases, listed, at
from access.reading where id between $1 and $2 order by id limit $3";

/// A reading, as it is digested.
struct Line {
    id: i64,
    at: Timestamp,
    text: String,
}

impl Line {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let one = |index| row.try_get::<_, Option<Uuid>>(index).map(|id| joined(id.as_slice()));
        let many = |index| row.try_get::<_, Vec<Uuid>>(index).map(|ids| joined(&ids));
        let (id, micros): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let text = |index| row.try_get::<_, String>(index);
        let classes: Vec<String> = row.try_get(10)?;
        let fields = [
            id.to_string(),
            micros.to_string(),
            one(2)?,
            one(3)?,
            one(4)?,
            one(5)?,
            text(6)?,
            text(7)?,
            text(8)?,
            row.try_get::<_, bool>(9)?.to_string(),
            classes.join(","),
            many(11)?,
            many(12)?,
        ];
        Ok(Self { id, at: row.try_get(13)?, text: fields.join("|") })
    }
}

fn joined(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",")
}

async fn lines(client: &Client, from: i64, to: i64, limit: usize) -> Result<Vec<Line>, BoxError> {
    let limit = i64::try_from(limit)?;
    let rows = client.query(ROWS, &[&from, &to, &limit]).await?;
    Ok(rows.iter().map(Line::read).collect::<Result<_, _>>()?)
}

/// SHA-256 of the lines, each ended, in hexadecimal.
fn digest(lines: &[Line]) -> String {
    let mut digest = Sha256::new();
    for line in lines {
        digest.update(line.text.as_bytes());
        digest.update(b"\n");
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The facts of the chain, in their order.
async fn facts(runtime: &Runtime) -> Result<Vec<Recorded>, BoxError> {
    Ok(runtime.journal.stream(chain_id(), 1).await?)
}

/// Closes every batch that is full or old enough.
///
/// # Errors
/// When the database or the journal does not answer.
pub async fn close(runtime: &Runtime) -> Result<(), BoxError> {
    close_older(runtime, AGE).await
}

/// [`close`], for batches whose first reading is older than that.
///
/// # Errors
/// As [`close`].
pub async fn close_older(runtime: &Runtime, age: SignedDuration) -> Result<(), BoxError> {
    let facts = facts(runtime).await?;
    let state = facts.iter().filter_map(|fact| fact.trace().ok()).fold(State::default(), Access::apply);
    let mut from = state.last.map_or(1, |last| last.to + 1);
    let mut client = runtime.pool.get().await?;
    while let Some(to) = complete(&mut client).await? {
        let lines = lines(&client, from, to, BATCH).await?;
        let now = runtime.clock.now();
        let old = lines.first().is_some_and(|first| now.duration_since(first.at) >= age);
        let Some(last) = lines.last().filter(|_| old || lines.len() == BATCH).map(|last| last.id) else {
            break;
        };
        let there: BTreeSet<i64> = lines.iter().map(|line| line.id).collect();
        let command = CloseBatch {
            from,
            to: last,
            count: u32::try_from(lines.len())?,
            digest: digest(&lines),
            skipped: (from..=last).filter(|id| !there.contains(id)).collect(),
        };
        let request = Request::keyed(GUARD, &format!("close {from}"), now);
        let done = execute(runtime, Target::Begun { id: chain_id() }, command, request).await;
        done.map_err(|problem| problem.detail.into_owned())?;
        from = last + 1;
    }
    Ok(())
}

/// Number of the last reading before which none is still to come: whoever holds a number has committed.
async fn complete(client: &mut deadpool_postgres::Object) -> Result<Option<i64>, BoxError> {
    let transaction = client.transaction().await?;
    transaction.execute("select pg_advisory_xact_lock(7304, 1)", &[]).await?;
    // In a statement of its own: it sees what committed before the lock was had.
    let row = transaction.query_one("select max(id) from access.reading", &[]).await?;
    let last = row.try_get(0)?;
    transaction.commit().await?;
    Ok(last)
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Batches that were looked at.
    pub batches: u64,
    /// Readings in them.
    pub readings: u64,
    /// Batches so old that their readings are gone by rule.
    pub gone: u64,
    /// Readings that no batch holds yet.
    pub open: i64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A reading is no longer there.
    Removed(i64),
    /// A reading came where there was none.
    Added(i64),
    /// One of the readings of that batch is not as it was.
    Altered(i64, i64),
    /// That batch does not follow the one before.
    Unchained(i64, i64),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Removed(id) => write!(f, "La lecture {id} a été retirée."),
            Self::Added(id) => write!(f, "La lecture {id} a été ajoutée après coup."),
            Self::Altered(from, to) => write!(f, "Une lecture du lot {from} à {to} a été modifiée."),
            Self::Unchained(from, to) => write!(f, "Le lot {from} à {to} ne suit pas le précédent."),
        }
    }
}

/// Compares every batch with what the journal says of it.
///
/// # Errors
/// When the database or the journal does not answer.
pub async fn check(runtime: &Runtime) -> Result<Report, BoxError> {
    let client = runtime.pool.get().await?;
    let (mut report, mut last, mut previous) = (Report::default(), 0, String::new());
    for fact in facts(runtime).await? {
        let Ok(events::Access::AccessRecorded(batch)) = fact.trace() else { continue };
        if batch.from_reading != last + 1 || batch.previous_digest != previous {
            report.faults.push(Fault::Unchained(batch.from_reading, batch.to_reading));
        }
        if runtime.clock.now().duration_since(fact.recorded_at) > KEPT {
            report.gone += 1;
        } else {
            report.batches += 1;
            report.readings += u64::from(batch.count);
            compare(&client, &batch, &mut report.faults).await?;
        }
        (last, previous) = (batch.to_reading, batch.digest);
    }
    let row = client.query_one("select count(*) from access.reading where id > $1", &[&last]).await?;
    report.open = row.try_get(0)?;
    Ok(report)
}

async fn compare(client: &Client, batch: &AccessRecorded, faults: &mut Vec<Fault>) -> Result<(), BoxError> {
    let lines = lines(client, batch.from_reading, batch.to_reading, usize::MAX >> 1).await?;
    let there: BTreeSet<i64> = lines.iter().map(|line| line.id).collect();
    let known = faults.len();
    for id in batch.from_reading..=batch.to_reading {
        match (there.contains(&id), batch.skipped_readings.contains(&id)) {
            (false, false) => faults.push(Fault::Removed(id)),
            (true, true) => faults.push(Fault::Added(id)),
            _ => {}
        }
    }
    if faults.len() == known && digest(&lines) != batch.digest {
        faults.push(Fault::Altered(batch.from_reading, batch.to_reading));
    }
    Ok(())
}
