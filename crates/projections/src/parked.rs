//! The facts that a read model set aside: seen, tried again, or done without.

use std::collections::HashSet;

use deadpool_postgres::Pool;
use journal::Journal;
use tokio_postgres::{GenericClient, types::Type};
use uuid::Uuid;

use crate::{
    apply::{AnyProjection, Group, apply_narrowing},
    error::ProjectionError,
    generation::Generation,
    transaction::Transaction,
    write::settings,
};

/// Facts read back from the journal at a time.
const CHUNK: usize = 5_000;

/// The facts of one key that a read model set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The read model.
    pub name: String,
    /// The key.
    pub key: Uuid,
    /// Position of the fact that cannot be applied.
    pub position: i64,
    /// Its kind, e.g. `jalon.case.v1.CaseOpened`.
    pub kind: String,
    /// Why it cannot be applied; quotes no value of the fact.
    pub reason: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// When it was set aside last, ISO 8601.
    pub parked_at: String,
    /// How many later facts of the key wait behind it.
    pub behind: u64,
}

/// What trying again, or doing without, changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freed {
    /// Facts now applied.
    pub applied: usize,
    /// Facts still set aside: one of them could not be applied.
    pub parked: usize,
    /// Where the read model stands.
    pub position: i64,
}

/// What is set aside in the read models that readers see, of one of them or of all.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn list<C: GenericClient + Sync>(
    client: &C,
    name: Option<&str>,
) -> Result<Vec<Parked>, ProjectionError> {
    const LIST: &str = "select p.name, p.key, p.position, p.kind, coalesce(p.reason, ''), p.attempts, \
                        to_char(p.parked_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
                        (select count(*) from projections.parked b where b.name = p.name \
                         and b.generation = p.generation and b.key = p.key and b.state = 'behind') \
                        from projections.parked p join projections.checkpoint c using (name, generation) \
                        where p.state = 'poison' and c.status = 'active' and ($1::text is null or name = $1) \
                        order by name, position";
    let rows = client.query_typed(LIST, &[(&name, Type::TEXT)]).await?;
    let parked = rows.iter().map(|row| {
        Ok(Parked {
            name: row.try_get(0)?,
            key: row.try_get(1)?,
            position: row.try_get(2)?,
            kind: row.try_get(3)?,
            reason: row.try_get(4)?,
            attempts: row.try_get::<_, i32>(5)?.cast_unsigned(),
            parked_at: row.try_get(6)?,
            behind: row.try_get::<_, i64>(7)?.cast_unsigned(),
        })
    });
    parked.collect()
}

/// Applies the facts of a key that were set aside, in order, in one transaction, as far as they go.
///
/// # Errors
/// When the database or the journal cannot be read, or readers see another version of the model.
pub async fn retry(
    pool: &Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    key: Uuid,
) -> Result<Freed, ProjectionError> {
    free(pool, journal, projection, key, false).await
}

/// Does without the first fact of a key that was set aside, and applies those behind it, as far as they
/// go. Later rebuilds do without it too, unless they can apply it.
///
/// # Errors
/// As [`retry`].
pub async fn skip(
    pool: &Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    key: Uuid,
) -> Result<Freed, ProjectionError> {
    free(pool, journal, projection, key, true).await
}

async fn free(
    pool: &Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    key: Uuid,
    without_first: bool,
) -> Result<Freed, ProjectionError> {
    let mut client = pool.get().await?;
    let tx = Transaction::begin(&mut client).await?;
    let (generation, position) = hold(&tx, projection).await?;
    settings(&tx, &generation).await?;
    // Somebody asked for this: they are told when it is on disk.
    tx.batch_execute("set local synchronous_commit = on").await?;
    let line = Line { tx: &tx, generation: &generation, key };
    if without_first {
        line.skip_first().await?;
    }
    let positions = line.positions().await?;
    let mut applied = 0;
    for chunk in positions.chunks(CHUNK) {
        let facts = journal.at(chunk).await?;
        if facts.len() != chunk.len() {
            let why = "des faits mis de côté ne sont plus dans le journal";
            return Err(ProjectionError::Database(why.into()));
        }
        let group = Group { key, facts: facts.iter().collect() };
        let outcome = apply_narrowing(projection, &tx, vec![group], &HashSet::new()).await?;
        let stop = outcome.stops.get(&key);
        let before = stop.map_or(i64::MAX, |stop| stop.position);
        applied += line.release(chunk, before).await?;
        if let Some(stop) = stop {
            line.stop_at(stop.position, &stop.reason).await?;
            break;
        }
    }
    tx.commit().await?;
    Ok(Freed { applied, parked: positions.len() - applied, position })
}

/// Holds the runner still, and says where it stands.
async fn hold(
    tx: &Transaction<'_>,
    projection: &dyn AnyProjection,
) -> Result<(Generation, i64), ProjectionError> {
    let name = projection.name();
    let found = tx
        .query_opt(
            "select version, generation, position from projections.checkpoint \
             where name = $1 and status = 'active' for update",
            &[&name],
        )
        .await?;
    let wanted = projection.version();
    let Some(row) = found else { return Err(ProjectionError::NotActive { name, wanted, active: None }) };
    let generation = Generation::read(name, &row)?;
    if generation.version != wanted {
        let active = Some(generation.version);
        return Err(ProjectionError::NotActive { name, wanted, active });
    }
    Ok((generation, row.try_get(2)?))
}

/// The facts of one key that wait, in order.
struct Line<'a> {
    tx: &'a Transaction<'a>,
    generation: &'a Generation,
    key: Uuid,
}

impl Line<'_> {
    async fn positions(&self) -> Result<Vec<i64>, tokio_postgres::Error> {
        let rows = self
            .tx
            .query(
                "select position from projections.parked \
                 where name = $1 and generation = $2 and key = $3 and state <> 'skipped' order by position",
                &[&self.generation.name, &self.generation.number, &self.key],
            )
            .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    async fn skip_first(&self) -> Result<(), tokio_postgres::Error> {
        self.tx
            .execute(
                "update projections.parked set state = 'skipped', parked_at = now() \
                 where name = $1 and generation = $2 and key = $3 and state = 'poison'",
                &[&self.generation.name, &self.generation.number, &self.key],
            )
            .await
            .map(drop)
    }

    /// Those of the chunk before a position are applied: they wait no more.
    async fn release(&self, chunk: &[i64], before: i64) -> Result<usize, tokio_postgres::Error> {
        let applied = self
            .tx
            .execute(
                "delete from projections.parked where name = $1 and generation = $2 and key = $3 \
                 and state <> 'skipped' and position = any($4) and position < $5",
                &[&self.generation.name, &self.generation.number, &self.key, &chunk, &before],
            )
            .await?;
        Ok(usize::try_from(applied).unwrap_or(usize::MAX))
    }

    async fn stop_at(&self, position: i64, reason: &str) -> Result<(), tokio_postgres::Error> {
        self.tx
            .execute(
                "update projections.parked set state = 'poison', reason = $4, attempts = attempts + 1, \
                 parked_at = now() where name = $1 and generation = $2 and position = $3",
                &[&self.generation.name, &self.generation.number, &position, &reason],
            )
            .await
            .map(drop)
    }
}
