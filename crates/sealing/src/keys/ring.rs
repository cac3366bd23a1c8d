//! The database of keys.

use super::wrap::{self, Owner};
use super::{ClassKey, Keks, KeyError, KeyId, SubjectKeys};
use crate::{Class, Randomness};
use deadpool_postgres::Pool;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

mod envelope;
mod forgetting;
mod indexes;
mod living;
mod rotation;

pub use envelope::EnvelopeError;
pub use forgetting::Forgotten;
pub use indexes::Indexed;
pub use rotation::{Rewrapped, Wrapping};

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

/// Lets that role, which owns none of the tables, use keys and make new ones. Closing and destroying them are functions
/// of the owner; wrapping them again is the owner's alone. Repeating it changes nothing.
///
/// # Errors
///
/// When the database refuses, or there is no such role.
pub async fn admit(client: &tokio_postgres::Client, role: &str) -> Result<(), KeyError> {
    const QUOTED: &str = "SELECT quote_ident($1)";
    const RIGHTS: &str = "
        REVOKE ALL ON ALL TABLES IN SCHEMA keys FROM {role};
        GRANT USAGE ON SCHEMA keys TO {role};
        GRANT SELECT, INSERT ON keys.subject_key TO {role};
        GRANT SELECT, INSERT, DELETE ON keys.blind_index TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON keys.blind_index_reader TO {role};
        GRANT EXECUTE ON FUNCTION keys.fence, keys.destroy, keys.living TO {role}";
    let role: String = client.query_typed_one(QUOTED, &[(&role, Type::TEXT)]).await?.try_get(0)?;
    Ok(client.batch_execute(&RIGHTS.replace("{role}", &role)).await?)
}

/// A value of a statement and its type: told with it, a statement takes one round trip and no preparation.
type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// The keys of persons, in their database.
pub struct KeyRing {
    pool: Pool,
    keks: Keks,
    dice: Arc<dyn Randomness>,
    living: OnceLock<living::Living>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keks", &self.keks).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// A ring over `pool`, connected to the database of keys; new keys are wrapped under the one of `keks`
    /// that is in force.
    #[must_use]
    pub fn new(pool: Pool, keks: impl Into<Keks>, dice: Arc<dyn Randomness>) -> KeyRing {
        KeyRing { pool, keks: keks.into(), dice, living: OnceLock::new() }
    }

    /// The outside keys.
    #[must_use]
    pub fn keks(&self) -> &Keks {
        &self.keks
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
    pub async fn sealing_keys(&self, subject: Uuid, classes: &[Class]) -> Result<SubjectKeys, KeyError> {
        let codes = codes(classes)?;
        if codes.is_empty() {
            return Ok(HashMap::new());
        }
        let client = self.pool.get().await?;
        let sealing = client.prepare_typed_cached(SEALING, &[Type::UUID, Type::INT2_ARRAY]).await?;
        let mut keys = self.living(&client.query(&sealing, &[&subject, &codes]).await?)?;
        if keys.len() < codes.len() {
            let missing: Vec<Class> =
                classes.iter().copied().filter(|class| !keys.contains_key(class)).collect();
            self.mint(&**client, subject, &missing, FIRST_EPOCH).await?;
            keys = self.living(&client.query(&sealing, &[&subject, &codes]).await?)?;
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
        let opening = client.prepare_typed_cached(OPENING, &[Type::UUID_ARRAY]).await?;
        let rows = client.query(&opening, &[&wanted]).await?;
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

    /// Writes a new key of that epoch for each class, unless another process did it first.
    async fn mint(
        &self,
        client: &(impl GenericClient + Sync),
        subject: Uuid,
        classes: &[Class],
        epoch: i32,
    ) -> Result<(), KeyError> {
        let kek = self.keks.current_now();
        let mut minted = BTreeMap::new();
        for &class in classes {
            let owner = Owner { key_id: self.new_key_id(), subject, class, epoch };
            let wrapped = wrap::wrap(&kek, &owner, &wrap::mint(&*self.dice), &*self.dice);
            minted.insert(class, (owner.key_id.0, wrapped));
        }
        let codes: Vec<i16> = minted.keys().map(|class| i16::from(class.code())).collect();
        let (ids, wrapped): (Vec<Uuid>, Vec<Vec<u8>>) = minted.into_values().unzip();
        let params: [Param<'_>; 7] = [
            (&subject, Type::UUID),
            (&epoch, Type::INT4),
            (&kek.id(), Type::TEXT),
            (&LIVING, Type::TEXT),
            (&ids, Type::UUID_ARRAY),
            (&codes, Type::INT2_ARRAY),
            (&wrapped, Type::BYTEA_ARRAY),
        ];
        client.execute_typed(MINT, &params).await?;
        Ok(())
    }

    /// The last key of each class, or the refusal when that of one class does not live.
    fn living(&self, rows: &[Row]) -> Result<SubjectKeys, KeyError> {
        let last = last_of_each_class(rows)?;
        let closed =
            last.values().filter(|stored| stored.state != LIVING).map(|stored| stored.owner.class).min();
        if let Some(class) = closed {
            return Err(KeyError::Forgotten { class });
        }
        self.unwrap_all(last)
    }

    fn unwrap_all(&self, stored: HashMap<Class, Stored<'_>>) -> Result<SubjectKeys, KeyError> {
        let keys = stored.into_iter();
        keys.map(|(class, one)| Ok((class, (one.owner.key_id, self.unwrap(&one)?)))).collect()
    }

    fn unwrap(&self, stored: &Stored<'_>) -> Result<ClassKey, KeyError> {
        let key_id = stored.owner.key_id;
        let missing = || KeyError::KekMissing { key_id, kek_id: stored.kek_id.to_owned() };
        let kek = self.keks.find(stored.kek_id).ok_or_else(missing)?;
        wrap::unwrap(&kek, &stored.owner, stored.wrapped)
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

/// Of rows by rising epoch. Keys before the last one came to their end.
fn last_of_each_class(rows: &[Row]) -> Result<HashMap<Class, Stored<'_>>, KeyError> {
    rows.iter().map(Stored::read).map(|read| read.map(|stored| (stored.owner.class, stored))).collect()
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
