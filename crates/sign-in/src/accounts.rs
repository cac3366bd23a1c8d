//! Which professional of Jalon comes, when a provider says who they are there.

use deadpool_postgres::Pool;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Error, Identity, secret};

/// Who is who.
#[derive(Clone, Debug)]
pub struct Accounts {
    pool: Pool,
}

/// A professional who is awaited.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Who it is.
    pub professional_id: Uuid,
    /// The SIRET of their organisation: the provider must say the same.
    pub siret: String,
    /// Until when.
    pub until: Timestamp,
}

/// What came of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// They are known from now on.
    Yes(Uuid),
    /// The invitation was used, is too old, or never was.
    NoInvitation,
    /// They come from another organisation.
    OtherOrganisation,
    /// They are someone else here already.
    SomeoneElse,
}

impl Accounts {
    /// Those of that database.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// The professional whom that provider calls so, who enters.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn professional(&self, identity: &Identity, now: Timestamp) -> Result<Option<Uuid>, Error> {
        let row = self
            .pool
            .get()
            .await?
            .query_opt(
                "update sign_in.account set last_used_at = $3 where issuer = $1 and subject = $2
                 returning professional_id",
                &[&identity.issuer, &identity.subject, &now],
            )
            .await?;
        row.map(|row| row.try_get(0)).transpose().map_err(Error::from)
    }

    /// Awaits a professional. Returns the secret to hand over, shown once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invite(&self, invitation: &Invitation) -> Result<String, Error> {
        let given = secret::new()?;
        self.pool
            .get()
            .await?
            .execute(
                "insert into sign_in.invitation values ($1, $2, $3, $4)",
                &[&secret::digest(&given), &invitation.professional_id, &invitation.siret, &invitation.until],
            )
            .await?;
        Ok(given)
    }

    /// What tells that account from any other, without naming anybody.
    pub fn name(identity: &Identity) -> String {
        let digest = secret::digest(&format!("{}\0{}", identity.issuer, identity.subject));
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What an invitation is remembered by while whoever holds it is at the provider.
    pub fn reference(given: &str) -> Vec<u8> {
        secret::digest(given)
    }

    /// Links who came to the professional whom the invitation awaits. The invitation is used up only
    /// when it serves.
    ///
    /// # Errors
    /// When the database refuses; nothing is then changed.
    pub async fn link(&self, identity: &Identity, reference: &[u8], now: Timestamp) -> Result<Linked, Error> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let row = tx
            .query_opt(
                "delete from sign_in.invitation where digest = $1 and expires_at > $2
                 returning professional_id, siret",
                &[&reference, &now],
            )
            .await?;
        let Some(row) = row else { return Ok(Linked::NoInvitation) };
        let (professional_id, siret): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
        if identity.siret.as_deref() != Some(siret.as_str()) {
            // Dropped, the transaction is undone: the invitation still awaits the right person.
            return Ok(Linked::OtherOrganisation);
        }
        // A professional has one account a provider: the new one takes the place of the former.
        tx.execute(
            "delete from sign_in.account where issuer = $1 and professional_id = $2 and subject <> $3",
            &[&identity.issuer, &professional_id, &identity.subject],
        )
        .await?;
        let row = tx
            .query_one(
                "insert into sign_in.account values ($1, $2, $3, $4, $4)
                 on conflict (issuer, subject) do update set last_used_at = excluded.last_used_at
                 returning professional_id",
                &[&identity.issuer, &identity.subject, &professional_id, &now],
            )
            .await?;
        if row.try_get::<_, Uuid>(0)? != professional_id {
            return Ok(Linked::SomeoneElse);
        }
        tx.commit().await?;
        Ok(Linked::Yes(professional_id))
    }

    /// When those who did not enter after that instant last did.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unused_since(&self, last: Timestamp) -> Result<Vec<Timestamp>, Error> {
        let sql = "select last_used_at from sign_in.account where last_used_at <= $1 order by last_used_at";
        let rows = self.pool.get().await?.query(sql, &[&last]).await?;
        rows.iter().map(|row| row.try_get(0).map_err(Error::from)).collect()
    }

    /// Forgets the accounts of those who did not enter after that instant, the second factors of whoever has no account
    /// left, and the invitations that are over. Says how many accounts went.
    ///
    /// # Errors
    /// When the database refuses; nothing is then changed.
    pub async fn forget(&self, last: Timestamp, now: Timestamp) -> Result<u64, Error> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let gone = "delete from sign_in.account where last_used_at <= $1 returning professional_id";
        let gone = tx.query(gone, &[&last]).await?;
        let whose: Vec<Uuid> = gone.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let factors = "delete from sign_in.second_factor where professional_id = any($1)
            and professional_id not in (select professional_id from sign_in.account)";
        tx.execute(factors, &[&whose]).await?;
        tx.execute("delete from sign_in.invitation where expires_at <= $1", &[&now]).await?;
        tx.commit().await?;
        Ok(u64::try_from(whose.len()).unwrap_or_default())
    }

    /// Keeps what the provider wants to hear when that session ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_id_token(
        &self,
        session: &str,
        id_token: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let client = self.pool.get().await?;
        client.execute("delete from sign_in.session where expires_at <= $1", &[&now]).await?;
        client
            .execute(
                "insert into sign_in.session values ($1, $2, $3)",
                &[&secret::digest(session), &id_token, &until],
            )
            .await?;
        Ok(())
    }

    /// What the provider wants to hear at the end of that session, once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_id_token(&self, session: &str) -> Result<Option<String>, Error> {
        let row = self
            .pool
            .get()
            .await?
            .query_opt(
                "delete from sign_in.session where digest = $1 returning id_token",
                &[&secret::digest(session)],
            )
            .await?;
        row.map(|row| row.try_get(0)).transpose().map_err(Error::from)
    }

    /// Hands over to another session of the same person what the provider wants to hear at its end.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn carry_id_token(&self, former: &str, session: &str) -> Result<(), Error> {
        self.pool
            .get()
            .await?
            .execute(
                "update sign_in.session set digest = $2 where digest = $1",
                &[&secret::digest(former), &secret::digest(session)],
            )
            .await?;
        Ok(())
    }
}
