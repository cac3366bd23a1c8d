//! What is recorded of each reading, and whether whoever reads has read too much. Decided and written in one
//! transaction, in the database: two processes never let through what one would not.

use std::collections::BTreeSet;

use contracts::{Class, buffa::Enumeration as _};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{AccessError, Actor};

/// Different people that one professional may open in an hour.
pub const AN_HOUR: i32 = 40;
/// Different people that one professional may open in a day.
pub const A_DAY: i32 = 120;

/// What one answer opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The personal classes; `trace` when a case was looked at without any.
    pub classes: BTreeSet<Class>,
    /// Whose data were opened.
    pub cases: BTreeSet<Uuid>,
    /// Whose name only was shown, in a list of one’s own circle.
    pub listed: BTreeSet<Uuid>,
    /// What was asked for by its id, whether it is there or not.
    pub asked: BTreeSet<Uuid>,
    /// Whether something was open by an emergency only.
    pub emergency: bool,
}

impl Opened {
    /// Whether nothing is to be recorded.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.listed.is_empty() && self.asked.is_empty()
    }
}

/// Why nothing may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Too many different people: they are suspended as of now.
    Volume,
    /// Someone nobody has a reason to ask for: they are suspended as of now.
    Honey,
    /// They were suspended before.
    Suspended,
}

/// Whom readings are counted for: the professional; for a machine, what its token is of.
pub fn reader(actor: &Actor) -> Option<Uuid> {
    actor.professional_id.or(actor.post_id).or(actor.organisation_id)
}

const RECORD: &str = "select access.record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Records what an answer opened, before it leaves.
///
/// # Errors
/// When it could not be committed: nothing may be shown then.
pub async fn record(
    pool: &Pool,
    actor: &Actor,
    name: &str,
    opened: &Opened,
    at: Timestamp,
) -> Result<Option<Stopped>, AccessError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(RECORD).await?;
    let ids = |ids: &BTreeSet<Uuid>| ids.iter().copied().collect::<Vec<_>>();
    let classes: Vec<&str> = opened.classes.iter().map(|class| class.name()).collect();
    let purpose = actor.reads_for().map_or("", |purpose| purpose.proto_name());
    let row = client
        .query_one(
            &statement,
            &[
                &at,
                &actor.professional_id,
                &actor.post_id,
                &actor.organisation_id,
                &actor.role.proto_name(),
                &name,
                &purpose,
                &opened.emergency,
                &classes,
                &ids(&opened.cases),
                &ids(&opened.listed),
                &ids(&opened.asked),
                &AN_HOUR,
                &A_DAY,
            ],
        )
        .await?;
    Ok(match row.try_get::<_, Option<&str>>(0)? {
        None => None,
        Some("VOLUME") => Some(Stopped::Volume),
        Some("HONEY") => Some(Stopped::Honey),
        Some(_) => Some(Stopped::Suspended),
    })
}

/// Makes the months to come, and drops those that are over since a year.
///
/// # Errors
/// When the database refuses.
pub async fn keep(client: &tokio_postgres::Client) -> Result<(), AccessError> {
    client.execute("select access.keep_readings()", &[]).await?;
    Ok(())
}
