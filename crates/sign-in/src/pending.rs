//! Those who went to the provider and are awaited back.

use deadpool_postgres::Pool;
use jiff::{Timestamp, ToSpan as _};

use crate::{Error, secret};

/// How long someone may take at the provider, in minutes.
const MINUTES: i64 = 10;

/// Those who are awaited back.
#[derive(Clone, Debug)]
pub struct Pending {
    pool: Pool,
}

/// What was said when they left.
#[derive(Debug)]
pub struct Begun {
    /// What ties the provider's word to this departure.
    pub nonce: String,
    /// The secret of the code's challenge, when the provider takes one.
    pub verifier: Option<String>,
    /// Where they wanted to go.
    pub there: String,
    /// The invitation they hold.
    pub invitation: Option<Vec<u8>>,
    /// The session they had: it ends when they come back.
    pub former: Option<String>,
}

impl Pending {
    /// Those of that database.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Remembers a departure under its state.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep(&self, state: &str, begun: &Begun, now: Timestamp) -> Result<(), Error> {
        let until = now.saturating_add(MINUTES.minutes()).unwrap_or(now);
        let client = self.pool.get().await?;
        client.execute("delete from sign_in.pending where expires_at <= $1", &[&now]).await?;
        client
            .execute(
                "insert into sign_in.pending values ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    &secret::digest(state),
                    &begun.nonce,
                    &begun.verifier,
                    &begun.there,
                    &begun.invitation,
                    &until,
                    &begun.former,
                ],
            )
            .await?;
        Ok(())
    }

    /// The departure of that state, once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take(&self, state: &str, now: Timestamp) -> Result<Option<Begun>, Error> {
        let client = self.pool.get().await?;
        let row = client
            .query_opt(
                "delete from sign_in.pending where digest = $1
                 returning nonce, verifier, there, invitation, expires_at, former",
                &[&secret::digest(state)],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let until: Timestamp = row.try_get(4)?;
        Ok((until > now).then_some(Begun {
            nonce: row.try_get(0)?,
            verifier: row.try_get(1)?,
            there: row.try_get(2)?,
            invitation: row.try_get(3)?,
            former: row.try_get(5)?,
        }))
    }
}
