//! The outside key changes: every key is wrapped again under the new one.

use super::super::wrap;
use super::{KeyRing, Param, Stored};
use crate::keys::KeyError;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

const WRAPPED_OTHERWISE: &str = "\
    SELECT key_id, subject, class, epoch, wrapped, kek_id, state FROM keys.subject_key
    WHERE state <> 'destroyed' AND wrapped <> '' AND kek_id <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED";

const LEFT: &str = "\
    SELECT EXISTS (SELECT FROM keys.subject_key
                   WHERE state <> 'destroyed' AND wrapped <> '' AND kek_id <> $1)";

const WRAPPINGS: &str = "\
    SELECT kek_id, count(*) FROM keys.subject_key WHERE state <> 'destroyed' AND wrapped <> ''
    GROUP BY kek_id ORDER BY kek_id";

const REWRAP: &str = "\
    UPDATE keys.subject_key AS old SET wrapped = new.wrapped, kek_id = $1
    FROM unnest($2::uuid[], $3::bytea[]) AS new (key_id, wrapped) WHERE old.key_id = new.key_id";

/// What wrapping again did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many keys were wrapped again now.
    pub rewrapped: u64,
    /// Whether every living key is now under the current outside key.
    pub finished: bool,
}

/// An outside key, and how many keys it wraps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapping {
    /// Its id.
    pub kek_id: String,
    /// How many keys that are not destroyed are under it.
    pub keys: u64,
}

impl KeyRing {
    /// How many keys are under each outside key.
    ///
    /// # Errors
    ///
    /// When the database of keys cannot be read.
    pub async fn wrappings(&self) -> Result<Vec<Wrapping>, KeyError> {
        let rows = self.pool.get().await?.query_typed(WRAPPINGS, &[]).await?;
        let wrapping = |row: &Row| {
            let keys: i64 = row.try_get(1)?;
            Ok(Wrapping { kek_id: row.try_get(0)?, keys: keys.unsigned_abs() })
        };
        rows.iter().map(wrapping).collect()
    }

    /// Wraps again, under the outside key in force, up to `at_most` keys that are under a former one: those
    /// that live and those that are only fenced. When it is finished the former outside keys open nothing but
    /// backups.
    ///
    /// # Errors
    ///
    /// [`KeyError::KekMissing`] when keys are under an outside key that is not at hand;
    /// [`KeyError::Altered`] when one does not unwrap.
    pub async fn rewrap(&self, at_most: u32) -> Result<Rewrapped, KeyError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let limit = i64::from(at_most);
        let kek = self.keks.current_now();
        let kek_id = kek.id();
        let current: Param<'_> = (&kek_id, Type::TEXT);
        let rows =
            transaction.query_typed(WRAPPED_OTHERWISE, &[current.clone(), (&limit, Type::INT8)]).await?;
        let mut ids = Vec::with_capacity(rows.len());
        let mut wrapped = Vec::with_capacity(rows.len());
        for row in &rows {
            let stored = Stored::read(row)?;
            ids.push(stored.owner.key_id.0);
            wrapped.push(wrap::wrap(&kek, &stored.owner, &self.unwrap(&stored)?, &*self.dice));
        }
        let new: [Param<'_>; 3] = [current.clone(), (&ids, Type::UUID_ARRAY), (&wrapped, Type::BYTEA_ARRAY)];
        let rewrapped = transaction.execute_typed(REWRAP, &new).await?;
        let left: bool = transaction.query_typed_one(LEFT, &[current]).await?.try_get(0)?;
        transaction.commit().await?;
        Ok(Rewrapped { rewrapped, finished: !left })
    }
}
