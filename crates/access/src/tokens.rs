//! Bearer tokens and sessions: 256 random bits, kept as digests, expiring.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::{buffa::Enumeration as _, common::v1::Role};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Actor;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The table of tokens cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("access: {0}")]
pub struct AccessError(String);

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

/// Tokens and sessions.
#[derive(Clone, Debug)]
pub struct Tokens {
    pool: Pool,
}

impl Tokens {
    /// The tokens of that database.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Creates or upgrades the table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), AccessError> {
        let mut runner = embedded::migrations::runner();
        runner.set_migration_table_name("migration_access");
        runner.run_async(client).await.map_err(|error| AccessError(error.to_string()))?;
        Ok(())
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
        let mut secret = [0u8; 32];
        getrandom::fill(&mut secret).map_err(|error| AccessError(error.to_string()))?;
        let token = format!("jal_{}", URL_SAFE_NO_PAD.encode(secret));
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            u64::try_from(now.as_second()).unwrap_or_default(),
            0,
        ));
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached("insert into access.token values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .await?;
        client
            .execute(
                &statement,
                &[
                    &digest(&token),
                    &id,
                    &actor.role.proto_name(),
                    &actor.professional_id,
                    &actor.post_id,
                    &actor.organisation_id,
                    &session,
                    &until,
                    &actor.second_factor,
                ],
            )
            .await?;
        Ok(token)
    }

    /// Whose secret this is, if it is one and still valid.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn authenticate(&self, token: &str, now: Timestamp) -> Result<Option<Actor>, AccessError> {
        if !token.starts_with("jal_") || token.len() > 100 {
            return Ok(None);
        }
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "select role, professional_id, post_id, organisation_id, second_factor from access.token
                 where digest = $1 and expires_at > $2",
            )
            .await?;
        let Some(row) = client.query_opt(&statement, &[&digest(token), &now]).await? else { return Ok(None) };
        let role = Role::from_proto_name(row.try_get(0)?).unwrap_or_default();
        Ok(Some(Actor {
            role,
            professional_id: row.try_get(1)?,
            post_id: row.try_get(2)?,
            organisation_id: row.try_get(3)?,
            second_factor: row.try_get(4)?,
            system: None,
        }))
    }

    /// Ends a session or a token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke(&self, token: &str) -> Result<(), AccessError> {
        let client = self.pool.get().await?;
        client.execute("delete from access.token where digest = $1", &[&digest(token)]).await?;
        Ok(())
    }
}

/// A token has 256 random bits: a plain digest is enough, and finding it by its digest tells nothing.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
