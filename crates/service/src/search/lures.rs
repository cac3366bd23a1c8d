//! Invented people who are no one's (`access.honey`): found as others are, so that whoever walks through a stolen
//! list of names meets them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sealing::{
    IndexKey,
    keys::index::{Field, Index},
};
use uuid::Uuid;

use super::by::{self, Who};
use crate::{BoxError, Runtime};

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Lure {
    /// The structure that is said to host them.
    pub structure_id: Uuid,
    /// The post that is said to follow them.
    pub post_id: Option<Uuid>,
}

const LURES: &str = "select case_id, structure_id, family_name, given_name, birth_date from access.honey";

const POST: &str = "
select key from read.directory where kind = 'post' and body ->> 'organisation_id' = $1::text
order by body ->> 'role' <> 'REFERENT_SOCIAL', key limit 1";

/// Those who are found by a name and a birth date, by the id of the case that is none.
pub(super) async fn found(
    runtime: &Runtime,
    key: &IndexKey,
    sought: &[(Field, Index)],
) -> Result<BTreeMap<Uuid, Lure>, BoxError> {
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(LURES).await?;
    let mut found = BTreeMap::new();
    for row in client.query(&statement, &[]).await? {
        let birth: Option<Date> = row.try_get(4)?;
        let (family_name, given_name): (String, String) = (row.try_get(2)?, row.try_get(3)?);
        let who = Who { family_name, given_name, birth_date: birth, ..Who::default() };
        if by::exact(key, &who).iter().any(|digest| sought.contains(digest)) {
            let structure_id: Uuid = row.try_get(1)?;
            let post = client.query_opt(POST, &[&structure_id.to_string()]).await?;
            let post_id = post.map(|row| row.try_get(0)).transpose()?;
            let lure = Lure { structure_id, post_id };
            found.insert(row.try_get(0)?, lure);
        }
    }
    Ok(found)
}
