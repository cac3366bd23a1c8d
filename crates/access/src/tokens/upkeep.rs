//! What is done with secrets that were given: looked at, replaced, ended.

use jiff::Timestamp;
use uuid::Uuid;

use super::{AccessError, OVERLAP, Secret, Tokens, row_id};

const SESSIONS: &str = "
select key_id, post_id, issued_at, last_used_at, expires_at from access.token
where professional_id = $1 and session and expires_at > $2 and coalesce(last_used_at, issued_at) > $3
order by coalesce(last_used_at, issued_at) desc, key_id";

const TOKENS: &str = "
select key_id, label, role, scopes, issued_at, last_used_at, expires_at, revoked_at from access.token
where not session order by issued_at, key_id";

/// The same again under another secret. The former ends at once when it is a session.
const RENEW: &str = "
with former as (delete from access.token where key_id = $1 and session and expires_at > $2 returning *)
insert into access.token (digest, id, role, professional_id, post_id, organisation_id, session, expires_at,
                          second_factor, key_id, label, scopes, issued_at, last_used_at, second_factor_at)
select $3, $4, role, professional_id, post_id, organisation_id, session, expires_at,
       second_factor, $5, label, scopes, issued_at, $2, $6
from former";

const ROTATE: &str = "
insert into access.token (digest, id, role, professional_id, post_id, organisation_id, session, expires_at,
                          second_factor, key_id, label, scopes, issued_at)
select $3, $4, role, professional_id, post_id, organisation_id, session, $6,
       second_factor, $5, label, scopes, $2
from access.token where key_id = $1 and not session and expires_at > $2 and revoked_at is null";

/// A session, as its holder sees it in the list of their own.
#[derive(Clone, Debug)]
pub struct Session {
    /// What it is called.
    pub key_id: String,
    /// The post acted from.
    pub post_id: Option<Uuid>,
    /// Since when.
    pub issued_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// Until when, at the latest.
    pub expires_at: Timestamp,
}

/// A token, as an administrator sees it in the list.
#[derive(Clone, Debug)]
pub struct Given {
    /// What it is called by the machine.
    pub key_id: String,
    /// What it is called by people.
    pub label: String,
    /// The role.
    pub role: String,
    /// What it is for; nothing: whatever the role may do.
    pub scopes: Option<Vec<String>>,
    /// Since when.
    pub issued_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
}

impl Tokens {
    /// The sessions of a professional that are open, the last used first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(&self, professional: Uuid, now: Timestamp) -> Result<Vec<Session>, AccessError> {
        let since = now.saturating_sub(super::IDLE).unwrap_or(now);
        let rows = self.pool.get().await?.query(SESSIONS, &[&professional, &now, &since]).await?;
        let session = |row: &tokio_postgres::Row| -> Result<Session, AccessError> {
            let issued_at = row.try_get(2)?;
            Ok(Session {
                key_id: row.try_get(0)?,
                post_id: row.try_get(1)?,
                issued_at,
                last_used_at: row.try_get::<_, Option<Timestamp>>(3)?.unwrap_or(issued_at),
                expires_at: row.try_get(4)?,
            })
        };
        rows.iter().map(session).collect()
    }

    /// Ends a session of that professional. Says whether there was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_session(&self, professional: Uuid, key_id: &str) -> Result<bool, AccessError> {
        let end = "delete from access.token where professional_id = $1 and key_id = $2 and session";
        Ok(self.pool.get().await?.execute(end, &[&professional, &key_id]).await? > 0)
    }

    /// Ends all sessions of that professional but one. Says how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_other_sessions(&self, professional: Uuid, but: &str) -> Result<u64, AccessError> {
        let end = "delete from access.token where professional_id = $1 and key_id <> $2 and session";
        Ok(self.pool.get().await?.execute(end, &[&professional, &but]).await?)
    }

    /// The same session under a new secret, whoever it was taken from left outside; from now on with that second
    /// factor. Nothing when it is over.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn renew(
        &self,
        key_id: &str,
        second_factor_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let new = Secret::new(&self.environment)?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&key_id, &now, &new.digest(), &row_id(now), &new.key_id, &second_factor_at];
        let made = self.pool.get().await?.execute(RENEW, &values).await?;
        Ok((made > 0).then_some(new))
    }

    /// All tokens that were given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn given(&self) -> Result<Vec<Given>, AccessError> {
        let rows = self.pool.get().await?.query(TOKENS, &[]).await?;
        let token = |row: &tokio_postgres::Row| -> Result<Given, AccessError> {
            Ok(Given {
                key_id: row.try_get(0)?,
                label: row.try_get(1)?,
                role: row.try_get(2)?,
                scopes: row.try_get(3)?,
                issued_at: row.try_get(4)?,
                last_used_at: row.try_get(5)?,
                expires_at: row.try_get(6)?,
                revoked_at: row.try_get(7)?,
            })
        };
        rows.iter().map(token).collect()
    }

    /// A token in the place of another, until then; the other goes on for that long, [`OVERLAP`] at most. Nothing when
    /// there is no such token, or when it is over.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn rotate(
        &self,
        key_id: &str,
        until: Timestamp,
        overlap: jiff::SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let new = Secret::new(&self.environment)?;
        let end = now.saturating_add(overlap.min(OVERLAP)).unwrap_or(now);
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&key_id, &now, &new.digest(), &row_id(now), &new.key_id, &until];
        if tx.execute(ROTATE, &values).await? == 0 {
            return Ok(None);
        }
        let shorten = "update access.token set expires_at = least(expires_at, $2) where key_id = $1";
        tx.execute(shorten, &[&key_id, &end]).await?;
        tx.commit().await?;
        Ok(Some(new))
    }

    /// Ends a token by its key id. Says whether there was one to end.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_token(&self, key_id: &str, now: Timestamp) -> Result<bool, AccessError> {
        let end = "update access.token set revoked_at = $2
            where key_id = $1 and not session and revoked_at is null and expires_at > $2";
        Ok(self.pool.get().await?.execute(end, &[&key_id, &now]).await? > 0)
    }

    /// Removes the sessions that are over. Tokens that are over stay in the list for a year.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, AccessError> {
        let (idle, year) = (now.saturating_sub(super::IDLE), now.saturating_sub(super::UNUSED * 4));
        let sweep = "delete from access.token
            where session and (expires_at <= $1 or coalesce(last_used_at, issued_at) <= $2)
               or not session and least(expires_at, coalesce(revoked_at, expires_at)) <= $3";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&now, &idle.unwrap_or(now), &year.unwrap_or(Timestamp::MIN)];
        Ok(self.pool.get().await?.execute(sweep, &values).await?)
    }
}
