//! Paths, read to be counted: nobody is shown, so that they are read as a whole, whoever is around whom.

use std::collections::HashMap;

use contracts::common::v1::OrganisationKind;
use service::{Problem, Runtime};
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::cards::Cards;
use crate::views::{directory::Post, milestones::Path};

/// A case, and the days of it that are counted.
pub type Case = (Uuid, Path);

/// The paths that were shared on that platform, at some time.
///
/// # Errors
/// When the read model cannot be read.
pub async fn of_platform(runtime: &Runtime, platform: Uuid) -> Result<Vec<Case>, Problem> {
    read(runtime, "select key, body from read.milestones where platforms @> array[$1::uuid]", platform).await
}

/// The paths of the people whom that structure hosted, at some time.
///
/// # Errors
/// When the read model cannot be read.
pub async fn of_structure(runtime: &Runtime, structure: Uuid) -> Result<Vec<Case>, Problem> {
    read(runtime, "select key, body from read.milestones where structures @> array[$1::uuid]", structure)
        .await
}

async fn read(runtime: &Runtime, sql: &str, id: Uuid) -> Result<Vec<Case>, Problem> {
    let client = runtime.machinery.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&id]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<Path>>(1)?.0))).collect()
}

/// The kinds of the organisations to which something was sent on these paths.
///
/// # Errors
/// When the read model cannot be read.
pub async fn kinds(runtime: &Runtime, paths: &[Case]) -> Result<HashMap<Uuid, OrganisationKind>, Problem> {
    let mut ids: Vec<Uuid> =
        paths.iter().flat_map(|(_, path)| &path.sendings).filter_map(|one| one.addressee_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let cards = Cards::read(runtime, &ids).await?;
    let kind = |id: Uuid| Some((id, cards.organisation(id)?.kind.as_known()?));
    Ok(ids.into_iter().filter_map(kind).collect())
}

/// The posts of these organisations.
///
/// # Errors
/// When the read model cannot be read.
pub async fn posts(runtime: &Runtime, organisations: &[Uuid]) -> Result<Vec<(Uuid, Post)>, Problem> {
    let ids: Vec<String> = organisations.iter().map(Uuid::to_string).collect();
    let sql =
        "select key, body from read.directory where kind = 'post' and body ->> 'organisation_id' = any($1)";
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&ids]).await?;
    let post = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get::<_, Json<Post>>(1)?.0));
    rows.iter().map(post).collect()
}
