//! Bearer tokens and sessions: 256 random bits, kept as digests, expiring, and seen when they are used.

use std::sync::Arc;

use contracts::{buffa::Enumeration as _, common::v1::Role};
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Actor;

mod own;
mod secret;
mod upkeep;

pub use own::{Choice, Entry, Handed, OwnUse, STAY, WRONG_CODES};
pub use secret::Secret;
pub use upkeep::{Given, Session};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// How long a session lasts at most (ASVS 5.0, 7.3.2): a working day.
pub const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How long a session lasts without being used (ASVS 5.0, 7.3.1).
pub const IDLE: SignedDuration = SignedDuration::from_hours(1);
/// How long what is sensitive may follow a second factor.
pub const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// How long a token may stay unused.
pub const UNUSED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a token that was replaced goes on beside the new one, at most.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How precisely the last use is kept.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);

const FIND: &str = "
select digest, role, professional_id, post_id, organisation_id, second_factor, key_id, session, scopes,
       issued_at, expires_at, last_used_at, second_factor_at,
       exists (select from access.suspension
               where reader = coalesce(held.professional_id, held.post_id, held.organisation_id) and restored_at is null)
from access.token held where key_id = $1 and expires_at > $2 and revoked_at is null";

const GIVE: &str = "
insert into access.token (digest, id, role, professional_id, post_id, organisation_id, session, expires_at,
                          second_factor, key_id, label, scopes, issued_at, second_factor_at, last_used_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

const REVOKE: &str = "
with over as (delete from access.token where key_id = $1 and session)
update access.token set revoked_at = $2 where key_id = $1 and not session and revoked_at is null";

/// The table of tokens cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("access: {0}")]
pub struct AccessError(pub(crate) String);

impl From<tokio_postgres::Error> for AccessError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for AccessError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self(error.to_string())
    }
}

/// Whoever showed a valid secret.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who they are. Their second factor holds for as long as it is fresh.
    pub actor: Actor,
    /// The part of the secret that is not secret.
    pub key_id: String,
    /// Whether they signed in; otherwise they hold a token.
    pub session: bool,
    /// What the token is for; nothing: whatever the role may do.
    pub scopes: Option<Vec<String>>,
    /// Since when.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When they last showed a second factor.
    pub second_factor_at: Option<Timestamp>,
    /// Whether their second factor never grows old.
    pub lasting: bool,
    /// Whether they read and state nothing any more.
    pub suspended: bool,
}

impl Holder {
    /// Whether the token is for what bears that name: `case.read`, or a family, `case.*`.
    pub fn is_for(&self, name: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| {
            scopes.iter().any(|scope| match scope.strip_suffix('*') {
                Some(family) => name.starts_with(family),
                None => name == scope,
            })
        })
    }
}

/// What is given with a secret.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// To whom. Their second factor, when they have one, never grows old.
    pub actor: &'a Actor,
    /// Whether it is a session.
    pub session: bool,
    /// When they signed in, when it was not now.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// When they showed a second factor that grows old.
    pub second_factor_at: Option<Timestamp>,
    /// What it is for; nothing: whatever the role may do.
    pub scopes: Option<&'a [String]>,
    /// What it is called, for whoever looks at the list.
    pub label: &'a str,
}

/// Tokens and sessions.
#[derive(Clone, Debug)]
pub struct Tokens {
    pool: Pool,
    environment: Arc<str>,
}

impl Tokens {
    /// The tokens of that database.
    pub fn new(pool: Pool) -> Self {
        Self { pool, environment: "prod".into() }
    }

    /// Those of that environment only: lowercase letters, written in each secret.
    #[must_use]
    pub fn of(self, environment: &str) -> Self {
        Self { environment: environment.into(), ..self }
    }

    /// Creates or upgrades the table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), AccessError> {
        let mut runner = embedded::migrations::runner();
        runner.set_migration_table_name("migration_access");
        runner.run_async(client).await.map_err(|error| AccessError(error.to_string()))?;
        crate::readings::keep(client).await
    }

    /// A new secret for this actor, shown once.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn issue(
        &self,
        actor: &Actor,
        session: bool,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<String, AccessError> {
        let grant =
            Grant { since: None, second_factor_at: None, scopes: None, label: "", actor, session, until };
        Ok(self.give(&grant, now).await?.text)
    }

    /// A new secret, shown once.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn give(&self, grant: &Grant<'_>, now: Timestamp) -> Result<Secret, AccessError> {
        let secret = Secret::new(&self.environment)?;
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(GIVE).await?;
        let actor = grant.actor;
        client
            .execute(
                &statement,
                &[
                    &secret.digest(),
                    &row_id(now),
                    &actor.role.proto_name(),
                    &actor.professional_id,
                    &actor.post_id,
                    &actor.organisation_id,
                    &grant.session,
                    &grant.until,
                    &actor.second_factor,
                    &secret.key_id,
                    &grant.label,
                    &grant.scopes,
                    &grant.since.unwrap_or(now),
                    &grant.second_factor_at,
                    &grant.session.then_some(now),
                ],
            )
            .await?;
        Ok(secret)
    }

    /// Whose secret this is, if it is one and still valid. `seen`: someone is there who uses it; otherwise a page asks
    /// by itself, which keeps no session alive.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn authenticate(
        &self,
        token: &str,
        now: Timestamp,
        seen: bool,
    ) -> Result<Option<Holder>, AccessError> {
        let Some(key_id) = secret::key_id(token, &self.environment) else { return Ok(None) };
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(FIND).await?;
        let Some(row) = client.query_opt(&statement, &[&key_id, &now]).await? else { return Ok(None) };
        let kept: Vec<u8> = row.try_get(0)?;
        if !bool::from(kept.ct_eq(&secret::digest(token))) {
            return Ok(None);
        }
        let holder = holder(&row, now)?;
        let last: Timestamp = row.try_get::<_, Option<Timestamp>>(11)?.unwrap_or(holder.issued_at);
        let unused = now.duration_since(last);
        if unused >= if holder.session { IDLE } else { UNUSED } {
            return Ok(None);
        }
        if seen && (unused >= TOUCH || row.try_get::<_, Option<Timestamp>>(11)?.is_none()) {
            let touch = "update access.token set last_used_at = $2 where key_id = $1";
            client.execute(&client.prepare_cached(touch).await?, &[&key_id, &now]).await?;
        }
        Ok(Some(holder))
    }

    /// Ends a session or a token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke(&self, token: &str, now: Timestamp) -> Result<(), AccessError> {
        let Some(key_id) = secret::key_id(token, &self.environment) else { return Ok(()) };
        let client = self.pool.get().await?;
        let kept = client.query_opt("select digest from access.token where key_id = $1", &[&key_id]).await?;
        let Some(kept) = kept else { return Ok(()) };
        if bool::from(kept.try_get::<_, Vec<u8>>(0)?.ct_eq(&secret::digest(token))) {
            client.execute(REVOKE, &[&key_id, &now]).await?;
        }
        Ok(())
    }
}

fn holder(row: &Row, now: Timestamp) -> Result<Holder, AccessError> {
    let (lasting, second_factor_at): (bool, Option<Timestamp>) = (row.try_get(5)?, row.try_get(12)?);
    let fresh = second_factor_at.is_some_and(|at| at <= now && now.duration_since(at) < FRESH);
    Ok(Holder {
        actor: Actor {
            role: Role::from_proto_name(row.try_get(1)?).unwrap_or_default(),
            professional_id: row.try_get(2)?,
            post_id: row.try_get(3)?,
            organisation_id: row.try_get(4)?,
            second_factor: lasting || fresh,
            system: None,
            purpose: None,
            own: None,
        },
        key_id: row.try_get(6)?,
        session: row.try_get(7)?,
        scopes: row.try_get(8)?,
        issued_at: row.try_get(9)?,
        expires_at: row.try_get(10)?,
        second_factor_at,
        lasting,
        suspended: row.try_get(13)?,
    })
}

fn row_id(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0))
}
