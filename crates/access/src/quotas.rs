//! How often one may do what walks through persons, and how often one may be wrong: counted in the database, for all
//! processes together. What is counted and for whom is kept as a digest only.

use std::time::Duration;

use deadpool_postgres::Pool;
use sha2::{Digest as _, Sha256};

use crate::AccessError;

/// So many within a time.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// How many.
    pub most: u32,
    /// Within how long.
    pub within: Duration,
}

/// What is counted, and for whom.
fn digest(what: &str, whose: &str) -> Vec<u8> {
    Sha256::digest(format!("{what}\0{whose}")).to_vec()
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

const TAKE: &str = "
select extract(epoch from access.take_quota($1, $2, make_interval(secs => $3)))::float8";

/// Takes one of that quota; when there is none left, how long until there is.
///
/// # Errors
/// When the database does not answer.
pub async fn take(
    pool: &Pool,
    what: &str,
    whose: &str,
    quota: Quota,
) -> Result<Option<Duration>, AccessError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(TAKE).await?;
    let params = (digest(what, whose), count(quota.most), quota.within.as_secs_f64());
    let row = client.query_one(&statement, &[&params.0, &params.1, &params.2]).await?;
    Ok(wait(row.try_get(0)?))
}

const WAIT: &str = "select extract(epoch from access.wait_to_try($1))::float8";

/// How long the next try has to wait, of each of these: what is tried, and by whom.
///
/// # Errors
/// When the database does not answer.
pub async fn wait_to_try(pool: &Pool, tries: &[(&str, &str)]) -> Result<Option<Duration>, AccessError> {
    let keys: Vec<Vec<u8>> = tries.iter().map(|(what, whose)| digest(what, whose)).collect();
    let client = pool.get().await?;
    let statement = client.prepare_cached(WAIT).await?;
    Ok(wait(client.query_one(&statement, &[&keys]).await?.try_get(0)?))
}

/// A wait of the database, which may have passed meanwhile.
fn wait(seconds: Option<f64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}

const WRONG: &str = "select access.tried_wrong($1, $2, make_interval(secs => $3))";

/// One was wrong; so many within that time wait for nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn tried_wrong(pool: &Pool, what: &str, whose: &str, free: Quota) -> Result<(), AccessError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(WRONG).await?;
    let params = (digest(what, whose), count(free.most), free.within.as_secs_f64());
    client.execute(&statement, &[&params.0, &params.1, &params.2]).await?;
    Ok(())
}

/// One was right: what was wrong before is forgotten.
///
/// # Errors
/// When the database does not answer.
pub async fn tried_right(pool: &Pool, what: &str, whose: &str) -> Result<(), AccessError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached("select access.tried_right($1)").await?;
    client.execute(&statement, &[&digest(what, whose)]).await?;
    Ok(())
}

/// Forgets what counts for nothing any more.
///
/// # Errors
/// When the database refuses.
pub async fn keep(client: &tokio_postgres::Client) -> Result<(), AccessError> {
    client.execute("select access.forget_quotas()", &[]).await?;
    Ok(())
}
