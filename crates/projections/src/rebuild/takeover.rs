//! Putting a new generation in the place of the one that serves.

use std::{collections::HashSet, time::Duration};

use tokio_postgres::Client;

use super::{Building, LEFT};
use crate::{
    apply::group,
    error::ProjectionError,
    generation::{self, Generation},
    transaction::Transaction,
    write::Written,
};

/// How long the runner may be held still.
const WITHIN: Duration = Duration::from_secs(30);

/// What a take-over did.
pub(super) struct Taken {
    /// The generation that served before.
    pub(super) old: Option<Generation>,
    /// Facts that the new one set aside.
    pub(super) parked: i64,
}

/// The facts that the generation that serves does without.
pub(super) async fn skipped(client: &Client, name: &'static str) -> Result<HashSet<i64>, ProjectionError> {
    let rows = client
        .query(
            "select p.position from projections.parked p join projections.checkpoint c using (name, generation) \
             where p.name = $1 and p.state = 'skipped' and c.status = 'active'",
            &[&name],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// One transaction: the runner is held still, the last facts are applied, the views are switched. The
/// views are waited for a second at most, for readers queue behind whoever waits.
pub(super) async fn take_over(building: &mut Building<'_>) -> Result<Taken, ProjectionError> {
    let too_long = |_| ProjectionError::Unavailable("la bascule dure trop longtemps".into());
    let (taken, position) = tokio::time::timeout(WITHIN, attempt(building)).await.map_err(too_long)??;
    building.position = position;
    Ok(taken)
}

async fn attempt(building: &Building<'_>) -> Result<(Taken, i64), ProjectionError> {
    let mut client = building.pool.get().await?;
    let tx = Transaction::begin(&mut client).await?;
    tx.batch_execute("set local lock_timeout = '1s'").await?;
    let name = building.generation.name;
    let served = hold(&tx, name).await?;
    if let Some((served, position)) = &served
        && *served == building.generation
    {
        // An earlier attempt was committed and its answer lost.
        let parked = parked(&tx, served).await?;
        return Ok((Taken { old: None, parked }, *position));
    }
    // Not what the checkpoint says: the runner may have told readers of facts that concerned the old version
    // in nothing, and the new one may hold them.
    let goal = building.journal.head().await?;
    let position = apply_last(building, &tx, goal).await?;
    if let Some((old, seen)) = &served {
        if position < *seen {
            return Err(ProjectionError::Behind { old: *seen, new: position });
        }
        let facts = newly_parked(&tx, old, *seen, &building.generation).await?;
        if facts > 0 {
            return Err(ProjectionError::Poorer { facts });
        }
    }
    switch(&tx, building).await?;
    let parked = parked(&tx, &building.generation).await?;
    tx.batch_execute("set local synchronous_commit = on").await?;
    tx.commit().await?;
    let old = served.map(|(generation, _)| generation);
    tracing::info!(projection = name, generation = building.generation.number, position, "took over");
    Ok((Taken { old, parked }, position))
}

/// The generation that serves, which cannot move until the end of the transaction.
async fn hold(
    tx: &Transaction<'_>,
    name: &'static str,
) -> Result<Option<(Generation, i64)>, ProjectionError> {
    let held = "select from projections.checkpoint where name = $1 and status = 'active' for update";
    tx.execute(held, &[&name]).await?;
    Ok(generation::active(&**tx, name).await?)
}

/// Applies what is left up to a position, and returns the one reached.
async fn apply_last(
    building: &Building<'_>,
    tx: &Transaction<'_>,
    goal: i64,
) -> Result<i64, ProjectionError> {
    let mut position = building.position;
    while position < goal {
        let facts = building.journal.after(position, LEFT).await?;
        let Some(last) = facts.last().map(|fact| fact.position) else { break };
        let groups = group(building.projection, &facts);
        let page = building.page(position, last, &groups);
        if page.write_within(tx, true).await? == Written::Moved {
            return Err(ProjectionError::Replaced(building.generation.name));
        }
        position = last;
    }
    Ok(position)
}

/// How many facts the new generation set aside and the old one did not.
async fn newly_parked(
    tx: &Transaction<'_>,
    old: &Generation,
    seen: i64,
    new: &Generation,
) -> Result<i64, ProjectionError> {
    let row = tx
        .query_one(
            "select count(*) from projections.parked n where n.name = $1 and n.generation = $2 \
             and n.state <> 'skipped' and n.position <= $3 and not exists (select from projections.parked o \
             where o.name = n.name and o.generation = $4 and o.position = n.position)",
            &[&new.name, &new.number, &seen, &old.number],
        )
        .await?;
    Ok(row.try_get(0)?)
}

async fn parked(tx: &Transaction<'_>, generation: &Generation) -> Result<i64, ProjectionError> {
    let row = tx
        .query_one(
            "select count(*) from projections.parked \
             where name = $1 and generation = $2 and state <> 'skipped'",
            &[&generation.name, &generation.number],
        )
        .await?;
    Ok(row.try_get(0)?)
}

async fn switch(tx: &Transaction<'_>, building: &Building<'_>) -> Result<(), ProjectionError> {
    let Generation { name, number, .. } = &building.generation;
    tx.execute(
        "update projections.checkpoint set status = 'retired', updated_at = now() \
         where name = $1 and status = 'active'",
        &[name],
    )
    .await?;
    let taken = tx
        .execute(
            "update projections.checkpoint set status = 'active', updated_at = now() \
             where name = $1 and generation = $2 and status = 'building'",
            &[name, number],
        )
        .await?;
    if taken != 1 {
        return Err(ProjectionError::Replaced(name));
    }
    generation::show(&**tx, building.projection, &building.generation).await
}
