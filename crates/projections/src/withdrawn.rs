//! Read models that a release no longer has. What they hold would be kept up to date by nobody, and forgotten by
//! nobody: it goes.

use tokio_postgres::Client;

use crate::{error::ProjectionError, generation::LOCKS};

/// Removes the read models of this database that are not among these: their tables, their views, what they set aside.
/// Their rows stay, so that no generation's number is given again. Returns their names. Before [`install`], since a
/// model may have taken over a table of one that went.
///
/// A program of an earlier release that still runs is fenced: it writes nothing more to them.
///
/// # Errors
/// When the database cannot be reached or refuses, or someone still reads them after 5 seconds. Repeating it goes on.
///
/// [`install`]: crate::install()
pub async fn remove_others(client: &mut Client, known: &[&str]) -> Result<Vec<String>, ProjectionError> {
    const OTHERS: &str = "select name from projections.checkpoint where status <> 'retired' and name <> all($1) \
                          union select projection from projections.view where projection <> all($1) order by 1";
    let mut gone = Vec::new();
    for row in client.query(OTHERS, &[&known]).await? {
        let name: String = row.try_get(0)?;
        remove(client, &name).await?;
        gone.push(name);
    }
    Ok(gone)
}

async fn remove(client: &mut Client, name: &str) -> Result<(), ProjectionError> {
    const DROPS: &str = "\
        select format('drop view if exists read.%I', name) from projections.view where projection = $1 union all \
        select format('drop schema if exists %I cascade', format('%s_v%s_g%s', name, version, generation)) \
        from projections.checkpoint where name = $1";
    let tx = client.transaction().await?;
    tx.batch_execute("set local lock_timeout = '5s'; set local client_min_messages = warning").await?;
    tx.execute("select pg_advisory_xact_lock($1, hashtext($2))", &[&LOCKS, &name]).await?;
    // The rows first: whoever still writes is fenced before the tables go.
    let retired = "update projections.checkpoint set status = 'retired', updated_at = now() \
                   where name = $1 and status <> 'retired'";
    tx.execute(retired, &[&name]).await?;
    tx.execute("delete from projections.parked where name = $1", &[&name]).await?;
    for row in tx.query(DROPS, &[&name]).await? {
        tx.batch_execute(row.try_get(0)?).await?;
    }
    tx.execute("delete from projections.view where projection = $1", &[&name]).await?;
    Ok(tx.commit().await?)
}
