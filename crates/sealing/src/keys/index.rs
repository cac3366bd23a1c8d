//! The secret under which people are found again without anything of them being written.
//!
//! `index = HMAC-SHA-256(key, "bi/v1\0" ‖ field ‖ "\0" ‖ normalised)[..16]`, `key` drawn from the secret by HKDF. The
//! secret comes from outside as the [`Kek`] does, and is another one: neither is drawn from the other.
//!
//! Known leak: whoever holds this secret *and* the database of keys can try names until one fits. Who holds the
//! database alone cannot, and who holds the secret alone has nothing to compare with.

use super::kek::read_secret;
use super::{Kek, KekError};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const INDEXES: &[u8] = b"jalon/blind-index/v1";
const ID: &[u8] = b"jalon/index-id/v1";

/// By what someone is found. The codes are stored: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// A family name and a birth date.
    NameAndBirth = 1,
    /// How a family name sounds, and a year of birth.
    SoundAndYear = 2,
    /// An e-mail address.
    Email = 3,
    /// A telephone number, E.164.
    Phone = 4,
}

impl Field {
    /// The stored number of the field.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its name, part of what is digested.
    const fn name(self) -> &'static str {
        match self {
            Field::NameAndBirth => "name-birth",
            Field::SoundAndYear => "sound-year",
            Field::Email => "email",
            Field::Phone => "phone",
        }
    }
}

/// A keyed digest of something by which a person is found.
pub type Index = [u8; 16];

/// The secret, and the keys drawn from it: wiped when dropped.
pub struct IndexKey {
    secret: Zeroizing<[u8; 32]>,
    indexes: Zeroizing<[u8; 32]>,
    id: String,
}

impl IndexKey {
    /// From these secret bytes.
    #[must_use]
    pub fn from_bytes(secret: [u8; 32]) -> IndexKey {
        let secret = Zeroizing::new(secret);
        let id = draw(&secret, ID);
        let id = Sha256::digest(*id)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        IndexKey { indexes: draw(&secret, INDEXES), id, secret }
    }

    /// Reads the secret from a file, as [`Kek::read`] reads its own.
    ///
    /// # Errors
    ///
    /// [`KekError::File`] when the file cannot be read, [`KekError::Malformed`] when it holds something else.
    pub fn read(path: &Path) -> Result<IndexKey, KekError> {
        read_secret(path).map(IndexKey::from_bytes)
    }

    /// Tells this secret from another, and nothing of it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is found by that value of that field. The value is normalised by the caller.
    ///
    /// # Panics
    ///
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn index(&self, field: Field, normalised: &str) -> Index {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.indexes).expect("HMAC takes a key of any length");
        for piece in ["bi/v1", "\0", field.name(), "\0", normalised] {
            mac.update(piece.as_bytes());
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut index = [0; 16];
        index.copy_from_slice(&whole[..16]);
        index
    }

    /// Another key drawn from the secret, for another use, named by its label.
    #[must_use]
    pub fn draw(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        draw(&self.secret, label)
    }

    /// Whether the secret also wraps keys: it must not.
    #[must_use]
    pub fn is_also(&self, kek: &Kek) -> bool {
        self.secret.ct_eq(kek.bytes()).into()
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn draw(secret: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret).expand(label, &mut *key).expect("32 bytes are within what HKDF gives");
    key
}

#[cfg(test)]
mod tests {
    use super::{Field, IndexKey, Kek};

    #[test]
    fn an_index_depends_on_the_secret_the_field_and_the_value() {
        let key = IndexKey::from_bytes([7; 32]);
        let index = key.index(Field::NameAndBirth, "NDIAYE|1989-11-23");
        assert_eq!(index, IndexKey::from_bytes([7; 32]).index(Field::NameAndBirth, "NDIAYE|1989-11-23"));
        assert_ne!(index, IndexKey::from_bytes([8; 32]).index(Field::NameAndBirth, "NDIAYE|1989-11-23"));
        assert_ne!(index, key.index(Field::SoundAndYear, "NDIAYE|1989-11-23"));
        assert_ne!(index, key.index(Field::NameAndBirth, "NDIAYE|1989-11-24"));
        assert_ne!(key.id(), IndexKey::from_bytes([8; 32]).id());
        assert_ne!(key.draw(b"one"), key.draw(b"two"));
    }

    #[test]
    fn an_index_is_the_one_that_was_published() {
        let index = IndexKey::from_bytes([7; 32]).index(Field::NameAndBirth, "NDIAYE|1989-11-23");
        let hex: String = index.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "289cc68a45929bd03999409ce82c571d");
    }

    #[test]
    fn what_a_secret_prints_says_nothing_of_it_and_it_knows_itself() {
        let key = IndexKey::from_bytes([0xab; 32]);
        assert!(!format!("{key:?}").contains("abab") && format!("{key:?}").contains(key.id()));
        assert!(key.is_also(&Kek::from_bytes([0xab; 32])) && !key.is_also(&Kek::from_bytes([0xac; 32])));
    }
}
