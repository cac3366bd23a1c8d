//! The database of keys.

use super::wrap::{self, Owner, WRAPPED};
use super::{ClassKey, Kek, KeyError, KeyId};
use crate::{Class, Randomness};
use deadpool_postgres::Pool;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Row};
use uuid::Uuid;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The first epoch, under which both a first key and a fence where no key ever was are written:
/// whichever comes first keeps the other out.
const FIRST_EPOCH: i32 = 0;

const LIVING: &str = "living";

const SEALING: &str = "\
    SELECT key_id, subject, class, epoch, wrapped, kek_id, state FROM keys.subject_key
    WHERE subject = $1 AND class = ANY ($2) ORDER BY class, epoch";

const OPENING: &str = "\
    SELECT key_id, subject, class, epoch, wrapped, kek_id, state FROM keys.subject_key
    WHERE key_id = ANY ($1)";

const MINT: &str = "\
    INSERT INTO keys.subject_key (key_id, subject, class, epoch, wrapped, kek_id, state)
    SELECT new.key_id, $1, new.class, $2, new.wrapped, $3, $4
    FROM unnest($5::uuid[], $6::smallint[], $7::bytea[]) AS new (key_id, class, wrapped)
    ON CONFLICT (subject, class, epoch) DO NOTHING";

const DESTROY: &str = "\
    UPDATE keys.subject_key SET state = 'destroyed', wrapped = $3
    WHERE subject = $1 AND class = ANY ($2) AND state <> 'destroyed' AND wrapped <> ''";

const WRAPPED_OTHERWISE: &str = "\
    SELECT key_id, subject, class, epoch, wrapped, kek_id, state FROM keys.subject_key
    WHERE state = 'living' AND kek_id <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED";

const LEFT: &str = "\
    SELECT EXISTS (SELECT FROM keys.subject_key WHERE state = 'living' AND kek_id <> $1)";

const REWRAP: &str = "\
    UPDATE keys.subject_key AS old SET wrapped = new.wrapped, kek_id = $1
    FROM unnest($2::uuid[], $3::bytea[]) AS new (key_id, wrapped) WHERE old.key_id = new.key_id";

/// Brings the tables of keys up to date in the database that `client` is connected to.
///
/// # Errors
///
/// [`KeyError::Migration`] when the database refuses, or has other migrations than this program's.
pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), KeyError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("keys_migrations");
    runner.run_async(client).await?;
    Ok(())
}

/// A value of a statement and its type: told with it, a statement takes one round trip and no preparation.
type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// What forgetting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many keys were destroyed now: none when they were before, or never were.
    pub destroyed: u64,
}

/// What wrapping again did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many keys were wrapped again now.
    pub rewrapped: u64,
    /// Whether every living key is now under the current outside key.
    pub finished: bool,
}

/// The keys of persons, in their database.
pub struct KeyRing {
    pool: Pool,
    kek: Kek,
    former: Vec<Kek>,
    dice: Arc<dyn Randomness>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("kek", &self.kek)
            .field("former", &self.former)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// A ring over `pool`, connected to the database of keys; new keys are wrapped under `kek`.
    #[must_use]
    pub fn new(pool: Pool, kek: Kek, dice: Arc<dyn Randomness>) -> KeyRing {
        KeyRing { pool, kek, former: Vec::new(), dice }
    }

    /// Also reads the keys wrapped under `former`, an outside key on its way out: see [`KeyRing::rewrap`].
    #[must_use]
    pub fn with_former(mut self, former: Kek) -> KeyRing {
        self.former.push(former);
        self
    }

    /// The keys to seal data of `subject` with, one per class asked, made where there was none.
    ///
    /// One round trip when all exist, none when `classes` is empty. Any number of processes may ask
    /// at once: they get the same keys.
    ///
    /// # Errors
    ///
    /// [`KeyError::Forgotten`] when the subject was forgotten for one of the classes, now or in
    /// another process; [`KeyError::NotPersonal`] for class trace.
    pub async fn sealing_keys(
        &self,
        subject: Uuid,
        classes: &[Class],
    ) -> Result<HashMap<Class, (KeyId, ClassKey)>, KeyError> {
        let codes = codes(classes)?;
        if codes.is_empty() {
            return Ok(HashMap::new());
        }
        let client = self.pool.get().await?;
        let params: [Param<'_>; 2] = [(&subject, Type::UUID), (&codes, Type::INT2_ARRAY)];
        let mut keys = self.living(&client.query_typed(SEALING, &params).await?)?;
        if keys.len() < codes.len() {
            let missing: Vec<Class> =
                classes.iter().copied().filter(|class| !keys.contains_key(class)).collect();
            self.mint(&client, subject, &missing).await?;
            keys = self.living(&client.query_typed(SEALING, &params).await?)?;
        }
        Ok(keys)
    }

    /// The keys of these ids, in one query. The destroyed and the fenced are absent.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unknown`] when the database never had one of them, which is not the same as having
    /// destroyed it; [`KeyError::KekMissing`] and [`KeyError::Altered`] when one does not unwrap.
    pub async fn opening_keys(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, ClassKey>, KeyError> {
        let mut wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let client = self.pool.get().await?;
        let rows = client.query_typed(OPENING, &[(&wanted, Type::UUID_ARRAY)]).await?;
        let mut keys = HashMap::with_capacity(rows.len());
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            let stored = Stored::read(row)?;
            known.push(stored.owner.key_id.0);
            if stored.state == LIVING {
                keys.insert(stored.owner.key_id, self.unwrap(&stored)?);
            }
        }
        known.sort_unstable();
        wanted.retain(|id| known.binary_search(id).is_err());
        match wanted.first() {
            Some(&first) => Err(KeyError::Unknown { count: wanted.len(), first: KeyId(first) }),
            None => Ok(keys),
        }
    }

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
        let transaction =
            client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;

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
        let zeros = [0_u8; WRAPPED].as_slice();
        let whose: [Param<'_>; 3] =
            [(&subject, Type::UUID), (&codes, Type::INT2_ARRAY), (&zeros, Type::BYTEA)];
        let destroyed = transaction.execute_typed(DESTROY, &whose).await?;
        transaction.commit().await?;
        Ok(Forgotten { destroyed })
    }

    /// Wraps again, under the current outside key, up to `at_most` living keys that are under a former
    /// one. When it is finished, and every process runs with the current one, the former outside keys
    /// serve nothing and can be destroyed.
    ///
    /// # Errors
    ///
    /// [`KeyError::KekMissing`] when keys are under an outside key not given to
    /// [`KeyRing::with_former`]; [`KeyError::Altered`] when one does not unwrap.
    pub async fn rewrap(&self, at_most: u32) -> Result<Rewrapped, KeyError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let limit = i64::from(at_most);
        let current: Param<'_> = (&self.kek.id(), Type::TEXT);
        let rows =
            transaction.query_typed(WRAPPED_OTHERWISE, &[current.clone(), (&limit, Type::INT8)]).await?;
        let mut ids = Vec::with_capacity(rows.len());
        let mut wrapped = Vec::with_capacity(rows.len());
        for row in &rows {
            let stored = Stored::read(row)?;
            ids.push(stored.owner.key_id.0);
            wrapped.push(wrap::wrap(&self.kek, &stored.owner, &self.unwrap(&stored)?, &*self.dice));
        }
        let new: [Param<'_>; 3] = [current.clone(), (&ids, Type::UUID_ARRAY), (&wrapped, Type::BYTEA_ARRAY)];
        let rewrapped = transaction.execute_typed(REWRAP, &new).await?;
        let left: bool = transaction.query_typed_one(LEFT, &[current]).await?.try_get(0)?;
        transaction.commit().await?;
        Ok(Rewrapped { rewrapped, finished: !left })
    }

    /// Writes a new key for each class, unless another process did it first.
    async fn mint(
        &self,
        client: &tokio_postgres::Client,
        subject: Uuid,
        classes: &[Class],
    ) -> Result<(), KeyError> {
        let mut minted = BTreeMap::new();
        for &class in classes {
            let owner = Owner { key_id: self.new_key_id(), subject, class, epoch: FIRST_EPOCH };
            let wrapped = wrap::wrap(&self.kek, &owner, &wrap::mint(&*self.dice), &*self.dice);
            minted.insert(class, (owner.key_id.0, wrapped));
        }
        let codes: Vec<i16> = minted.keys().map(|class| i16::from(class.code())).collect();
        let (ids, wrapped): (Vec<Uuid>, Vec<Vec<u8>>) = minted.into_values().unzip();
        let params: [Param<'_>; 7] = [
            (&subject, Type::UUID),
            (&FIRST_EPOCH, Type::INT4),
            (&self.kek.id(), Type::TEXT),
            (&LIVING, Type::TEXT),
            (&ids, Type::UUID_ARRAY),
            (&codes, Type::INT2_ARRAY),
            (&wrapped, Type::BYTEA_ARRAY),
        ];
        client.execute_typed(MINT, &params).await?;
        Ok(())
    }

    /// The last living key of each class, or the refusal when one class is fenced.
    fn living(&self, rows: &[Row]) -> Result<HashMap<Class, (KeyId, ClassKey)>, KeyError> {
        let mut last = HashMap::new();
        for row in rows {
            let stored = Stored::read(row)?;
            if stored.state != LIVING {
                return Err(KeyError::Forgotten { class: stored.owner.class });
            }
            last.insert(stored.owner.class, stored);
        }
        last.into_iter()
            .map(|(class, stored)| Ok((class, (stored.owner.key_id, self.unwrap(&stored)?))))
            .collect()
    }

    fn unwrap(&self, stored: &Stored<'_>) -> Result<ClassKey, KeyError> {
        let key_id = stored.owner.key_id;
        let kek = std::iter::once(&self.kek)
            .chain(&self.former)
            .find(|kek| kek.id() == stored.kek_id)
            .ok_or_else(|| KeyError::KekMissing { key_id, kek_id: stored.kek_id.to_owned() })?;
        wrap::unwrap(kek, &stored.owner, stored.wrapped)
    }

    fn new_key_id(&self) -> KeyId {
        let mut bytes = [0; 16];
        self.dice.fill(&mut bytes);
        KeyId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// A row of the table of keys.
struct Stored<'a> {
    owner: Owner,
    wrapped: &'a [u8],
    kek_id: &'a str,
    state: &'a str,
}

impl<'a> Stored<'a> {
    fn read(row: &'a Row) -> Result<Stored<'a>, KeyError> {
        let key_id = KeyId(row.try_get(0)?);
        let class: i16 = row.try_get(2)?;
        let class = u8::try_from(class).ok().and_then(Class::from_code).ok_or(KeyError::Altered(key_id))?;
        let owner = Owner { key_id, subject: row.try_get(1)?, class, epoch: row.try_get(3)? };
        Ok(Stored { owner, wrapped: row.try_get(4)?, kek_id: row.try_get(5)?, state: row.try_get(6)? })
    }
}

/// The codes of the classes, sorted and each once, as the database holds them.
fn codes(classes: &[Class]) -> Result<Vec<i16>, KeyError> {
    if let Some(&class) = classes.iter().find(|class| !class.is_personal()) {
        return Err(KeyError::NotPersonal(class));
    }
    let mut codes: Vec<i16> = classes.iter().map(|class| i16::from(class.code())).collect();
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}
