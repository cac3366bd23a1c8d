//! The keys of persons: what they are, where they live, how they die.
//!
//! One key per subject, class of data and epoch, in a database of their own (schema `keys`), each
//! wrapped under a key from outside, the [`Kek`].
//!
//! No key is cached: every command asks the database, so that a fence holds from the moment it is
//! committed, in every process, for each that begins after it. What one that had begun still seals is sealed under a key
//! that is destroyed next, and as unreadable as what came before.
//!
//! Forgetting takes two steps: [`KeyRing::fence`] closes the keys to all, [`KeyRing::destroy`] overwrites
//! them. Between the two nothing can be read or written, and everything is still there.
//!
//! Overwriting a row leaves its former bytes for a while in pages, in the log of writes and in
//! backups of the database, but wrapped. Changing the [`Kek`] ([`keks::add`], [`KeyRing::rewrap`]) and
//! destroying the former one ([`keks::remove`]) is what makes those copies mute: within 28 days, when the key
//! changes every 7 days and no backup of this database is kept more than 21.

pub mod index;
mod kek;
pub mod keks;
mod ring;
mod wrap;

pub use index::IndexKey;
pub use kek::{Kek, KekError};
pub use keks::Keks;
pub use ring::{EnvelopeError, Forgotten, Indexed, KeyRing, Rewrapped, Wrapping, admit, migrate};

use crate::Class;
use std::{collections::HashMap, fmt};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The id of a key. Random, stored in clear beside what the key sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key of one subject for one class of data: 32 bytes, wiped from memory when dropped.
pub struct ClassKey(Zeroizing<[u8; 32]>);

impl ClassKey {
    /// A key made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> ClassKey {
        ClassKey(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ClassKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClassKey(secret)")
    }
}

/// Keys of one subject, by class, each with its id.
pub type SubjectKeys = HashMap<Class, (KeyId, ClassKey)>;

/// Keys that cannot be had. Messages hold ids and classes, never bytes of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The subject was forgotten for this class: nothing of it may be sealed again.
    #[error("the subject was forgotten for the class {class}")]
    Forgotten {
        /// The class that was forgotten.
        class: Class,
    },
    /// A key was asked for class trace, which is never sealed.
    #[error("the class {0} is never sealed and has no key")]
    NotPersonal(Class),
    /// Parts name keys that the database never had: it was lost or restored, or the parts altered.
    #[error("{count} keys are not in the database of keys, {first} among them")]
    Unknown {
        /// How many are missing.
        count: usize,
        /// The lowest of them.
        first: KeyId,
    },
    /// A key is wrapped under an outside key that this program was not given.
    #[error("the key {key_id} is wrapped under the outside key {kek_id}, which is not at hand")]
    KekMissing {
        /// The key that cannot be unwrapped.
        key_id: KeyId,
        /// The outside key that is needed.
        kek_id: String,
    },
    /// A row of the database of keys was altered.
    #[error("the key {0} does not unwrap: its row was altered")]
    Altered(KeyId),
    /// The database of keys cannot be reached.
    #[error("the database of keys cannot be reached")]
    Unreachable(#[from] deadpool_postgres::PoolError),
    /// The database of keys refused or failed.
    #[error("the database of keys failed: {0}")]
    Database(String),
    /// The tables of keys could not be brought up to date.
    #[error("the tables of keys cannot be migrated")]
    Migration(#[from] refinery::Error),
}

impl From<tokio_postgres::Error> for KeyError {
    /// Keeps the code and the message, and drops the detail, which may quote a row.
    fn from(error: tokio_postgres::Error) -> KeyError {
        KeyError::Database(match error.as_db_error() {
            Some(refusal) => format!("{}: {}", refusal.code().code(), refusal.message()),
            None => error.to_string(),
        })
    }
}
