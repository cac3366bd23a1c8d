//! A person is forgotten: keys are fenced, then destroyed.

use super::{FIRST_EPOCH, KeyRing, MINT, Param, codes};
use crate::Class;
use crate::keys::KeyError;
use deadpool_postgres::Transaction;
use std::collections::BTreeMap;
use tokio_postgres::types::Type;
use tokio_postgres::{IsolationLevel, Row};
use uuid::Uuid;

const FENCE: &str = "SELECT keys.fence($1, $2)";

const DESTROY: &str = "SELECT class, epoch FROM keys.destroy($1, $2, false)";

const END: &str = "SELECT class, epoch FROM keys.destroy($1, $2, true)";

/// Taken by whoever changes the keys a person has, so that none is made while they are all closed.
const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))";

/// What forgetting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many keys were destroyed now: none when they were before, or never were.
    pub destroyed: u64,
}

impl KeyRing {
    /// Forgets `subject` for these classes: fences them, then destroys their keys, in one commit.
    ///
    /// What was sealed in them is unreadable from then on, and nothing can be sealed in them again,
    /// even where there never was a key. Doing it again does nothing.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotPersonal`] for class trace. On any error nothing was forgotten, unless the
    /// connection broke during the commit: ask again.
    pub async fn forget(&self, subject: Uuid, classes: &[Class]) -> Result<Forgotten, KeyError> {
        let codes = codes(classes)?;
        let mut client = self.pool.get().await?;
        let transaction = alone(&mut client, subject).await?;
        self.close(&transaction, subject, &codes).await?;
        let destroyed = overwrite(&transaction, DESTROY, subject, &codes).await?;
        transaction.commit().await?;
        Ok(Forgotten { destroyed: destroyed.len() as u64 })
    }

    /// The first half of forgetting: closes the keys of `subject` for these classes to all. Nothing sealed in
    /// them can be read, nothing can be sealed in them, even where there never was a key; the keys are still
    /// there. Doing it again does nothing.
    ///
    /// # Errors
    ///
    /// Those of [`KeyRing::forget`].
    pub async fn fence(&self, subject: Uuid, classes: &[Class]) -> Result<(), KeyError> {
        let codes = codes(classes)?;
        let mut client = self.pool.get().await?;
        let transaction = alone(&mut client, subject).await?;
        self.close(&transaction, subject, &codes).await?;
        Ok(transaction.commit().await?)
    }

    /// The first half of forgetting what came to its end, for a person who goes on being followed: closes the
    /// keys there are. Where there is none, nothing is closed.
    ///
    /// # Errors
    ///
    /// Those of [`KeyRing::forget`].
    pub async fn fence_for_renewal(&self, subject: Uuid, classes: &[Class]) -> Result<(), KeyError> {
        let codes = codes(classes)?;
        let mut client = self.pool.get().await?;
        let transaction = alone(&mut client, subject).await?;
        fence(&transaction, subject, &codes).await?;
        Ok(transaction.commit().await?)
    }

    /// The second half: destroys the keys that [`KeyRing::fence_for_renewal`] closed, and makes another for what
    /// will be said from now on. What was sealed before is unreadable for ever. Doing it again does nothing, nor
    /// does it where the person was forgotten meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`KeyRing::forget`].
    pub async fn renew(&self, subject: Uuid, classes: &[Class]) -> Result<Forgotten, KeyError> {
        let codes = codes(classes)?;
        let mut client = self.pool.get().await?;
        let transaction = alone(&mut client, subject).await?;
        let destroyed = overwrite(&transaction, END, subject, &codes).await?;
        let mut last = BTreeMap::new();
        for row in &destroyed {
            let (class, epoch): (i16, i32) = (row.try_get(0)?, row.try_get(1)?);
            let end = last.entry(class).or_insert(epoch);
            *end = epoch.max(*end);
        }
        for (code, epoch) in last {
            let class = u8::try_from(code).ok().and_then(Class::from_code);
            let class = class.ok_or_else(|| KeyError::Database("a class that is none".to_owned()))?;
            self.mint(&*transaction, subject, &[class], epoch + 1).await?;
        }
        transaction.commit().await?;
        Ok(Forgotten { destroyed: destroyed.len() as u64 })
    }

    /// Fences, in a transaction that is alone with the keys of that person.
    async fn close(
        &self,
        transaction: &Transaction<'_>,
        subject: Uuid,
        codes: &[i16],
    ) -> Result<(), KeyError> {
        let fence_ids: Vec<Uuid> = codes.iter().map(|_| self.new_key_id().0).collect();
        let nothing = vec![Vec::<u8>::new(); codes.len()];
        let fences: [Param<'_>; 7] = [
            (&subject, Type::UUID),
            (&FIRST_EPOCH, Type::INT4),
            (&"", Type::TEXT),
            (&"fenced", Type::TEXT),
            (&fence_ids, Type::UUID_ARRAY),
            (&codes, Type::INT2_ARRAY),
            (&nothing, Type::BYTEA_ARRAY),
        ];
        transaction.execute_typed(MINT, &fences).await?;
        // In a statement of its own, to see the keys that were committed while the fences waited for them.
        fence(transaction, subject, codes).await
    }
}

/// A transaction that nobody shares who changes the keys that person has.
async fn alone(client: &mut deadpool_postgres::Client, subject: Uuid) -> Result<Transaction<'_>, KeyError> {
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    transaction.query_typed(ALONE, &[(&subject, Type::UUID)]).await?;
    Ok(transaction)
}

/// Closes the keys that live.
async fn fence(transaction: &Transaction<'_>, subject: Uuid, codes: &[i16]) -> Result<(), KeyError> {
    let whose: [Param<'_>; 2] = [(&subject, Type::UUID), (&codes, Type::INT2_ARRAY)];
    transaction.execute_typed(FENCE, &whose).await?;
    Ok(())
}

/// Overwrites keys by that statement; returns their rows.
async fn overwrite(
    transaction: &Transaction<'_>,
    sql: &str,
    subject: Uuid,
    codes: &[i16],
) -> Result<Vec<Row>, KeyError> {
    let whose: [Param<'_>; 2] = [(&subject, Type::UUID), (&codes, Type::INT2_ARRAY)];
    Ok(transaction.query_typed(sql, &whose).await?)
}
