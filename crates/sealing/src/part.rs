//! One sealed part: its layout and its cryptography, version 1.
//!
//! All integers are big-endian.
//!
//! ```text
//! part       = u8 version = 1 ‖ u8 class ‖ key_id[16] ‖ nonce[12] ‖ commitment[32] ‖ ct
//! commitment = HMAC-SHA-256(key = salt[32], "jalon/part-commit/v1\0" ‖ u8 class ‖ u32 len ‖ plaintext)
//! subkey     = HKDF-SHA-256(ikm = class key, salt = event_id, info = "jalon/part-key/v1\0" ‖ u8 part_index)
//! aad        = "jalon/part-aad/v1\0" ‖ log_id ‖ subject ‖ u64 revision ‖ event_id ‖ u16 type_code
//!              ‖ u16 schema_version ‖ u8 part_index ‖ u8 class ‖ key_id
//! message    = salt ‖ u32 len ‖ plaintext ‖ zeros to a multiple of 64
//! ct         = AES-256-GCM-SIV(subkey, nonce, message, aad)
//! ct_digest  = SHA-256("jalon/part-ct/v1\0" ‖ key_id ‖ nonce ‖ ct)
//! ```
//!
//! The index of a part is the code of its class: a fact has at most one part per class, and a part
//! still opens when the others were taken away.
//!
//! The commitment is to the plaintext and can be shown; its salt is inside the ciphertext, so that
//! destroying the key hides both. It also stops a ciphertext made to open under two keys.

use crate::{Class, ClassKey, KeyId, Place, Randomness};
use aes_gcm_siv::{AeadInOut, Aes256GcmSiv, Key, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const SALT: usize = 32;
const LENGTH: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;
const BLOCK: usize = 64;
/// Bytes of a part before its ciphertext.
pub const HEADER: usize = 1 + 1 + 16 + NONCE + 32;

const COMMIT_LABEL: &[u8] = b"jalon/part-commit/v1\0";
const KEY_LABEL: &[u8] = b"jalon/part-key/v1\0";
const CIPHERTEXT_LABEL: &[u8] = b"jalon/part-ct/v1\0";

/// A part that cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The bytes do not have the layout of a part.
    #[error("a sealed part is malformed")]
    Malformed,
    /// The part is of a later version than this program.
    #[error("a sealed part has version {0}, which is unknown")]
    Version(u8),
    /// The part is of a class that this program does not know.
    #[error("a sealed part has class {0}, which is unknown")]
    Class(u8),
    /// The part was altered, moved from another place, or is under another key.
    #[error("the {0} part does not belong to this place and key, or was altered")]
    Refused(Class),
    /// The part opens but does not hold what its commitment says.
    #[error("the {0} part does not hold what it committed to")]
    Commitment(Class),
    /// The content to seal is longer than 32 bits can count.
    #[error("the {0} part is too long to be sealed")]
    TooLong(Class),
}

/// A part as it is stored, read but not opened: what the ledger needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The class of the content.
    pub class: Class,
    /// The key it is sealed under.
    pub key_id: KeyId,
    /// The nonce of the encryption, 12 bytes.
    pub nonce: [u8; NONCE],
    /// What the content committed to: see [`commitment`].
    pub commitment: [u8; 32],
    /// The encrypted message and its tag.
    pub ciphertext: &'a [u8],
}

/// The content of an opened part, with the salt that proves its commitment to a third person.
#[derive(PartialEq, Eq)]
pub struct Disclosed {
    message: Zeroizing<Vec<u8>>,
    length: usize,
}

impl Disclosed {
    /// The salt of the commitment, 32 bytes.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.message[..SALT]
    }

    /// The wire bytes of the fields of this class.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        &self.message[SALT + LENGTH..][..self.length]
    }
}

impl fmt::Debug for Disclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosed").field("length", &self.length).finish_non_exhaustive()
    }
}

impl<'a> Part<'a> {
    /// Reads the layout of a part. Nothing is verified but its shape.
    ///
    /// # Errors
    ///
    /// [`PartError::Malformed`], [`PartError::Version`] or [`PartError::Class`].
    pub fn parse(bytes: &'a [u8]) -> Result<Part<'a>, PartError> {
        let &version = bytes.first().ok_or(PartError::Malformed)?;
        if version != VERSION {
            return Err(PartError::Version(version));
        }
        let (header, ciphertext) = bytes.split_at_checked(HEADER).ok_or(PartError::Malformed)?;
        let message = ciphertext.len().checked_sub(TAG).ok_or(PartError::Malformed)?;
        if message == 0 || !message.is_multiple_of(BLOCK) {
            return Err(PartError::Malformed);
        }
        let class = Class::from_code(header[1]).ok_or(PartError::Class(header[1]))?;
        Ok(Part {
            class,
            key_id: KeyId(Uuid::from_bytes(array(&header[2..18]))),
            nonce: array(&header[18..30]),
            commitment: array(&header[30..]),
            ciphertext,
        })
    }

    /// Opens the part at `place` with `key`, and checks its commitment in constant time.
    ///
    /// # Errors
    ///
    /// [`PartError::Refused`] when it was altered, moved or is under another key,
    /// [`PartError::Commitment`] when its content is not the one committed to.
    pub fn open(&self, place: &Place, key: &ClassKey) -> Result<Disclosed, PartError> {
        let subkey = subkey(key, place.event_id, index(self.class));
        let aad = place.aad(self.class, self.key_id);
        let mut message = Zeroizing::new(self.ciphertext.to_vec());
        cipher(&subkey)
            .decrypt_in_place(&Nonce::from(self.nonce), &aad, &mut *message)
            .map_err(|_| PartError::Refused(self.class))?;
        let length = content_length(&message).ok_or(PartError::Commitment(self.class))?;
        let disclosed = Disclosed { message, length };
        let committed = commitment(disclosed.salt(), self.class, disclosed.plaintext());
        match bool::from(committed.ct_eq(&self.commitment)) {
            true => Ok(disclosed),
            false => Err(PartError::Commitment(self.class)),
        }
    }

    /// The digest of the ciphertext: shows without any key that the part was not altered.
    #[must_use]
    pub fn ct_digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(CIPHERTEXT_LABEL);
        digest.update(self.key_id.0.as_bytes());
        digest.update(self.nonce);
        digest.update(self.ciphertext);
        digest.finalize().into()
    }
}

/// Seals `plaintext` as the part of `class` of the fact at `place`.
///
/// # Errors
///
/// [`PartError::TooLong`] beyond 4 GiB.
pub fn seal(
    place: &Place,
    class: Class,
    (key_id, key): (KeyId, &ClassKey),
    plaintext: &[u8],
    dice: &dyn Randomness,
) -> Result<Vec<u8>, PartError> {
    let length = u32::try_from(plaintext.len()).map_err(|_| PartError::TooLong(class))?;
    let mut random = Zeroizing::new([0; SALT + NONCE]);
    dice.fill(&mut *random);
    let (salt, nonce) = random.split_at(SALT);
    let nonce: [u8; NONCE] = array(nonce);

    let unpadded = SALT + LENGTH + plaintext.len();
    let mut message = Zeroizing::new(Vec::with_capacity(unpadded.next_multiple_of(BLOCK) + TAG));
    message.extend_from_slice(salt);
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(plaintext);
    message.resize(unpadded.next_multiple_of(BLOCK), 0);

    let subkey = subkey(key, place.event_id, index(class));
    cipher(&subkey)
        .encrypt_in_place(&Nonce::from(nonce), &place.aad(class, key_id), &mut *message)
        .map_err(|_| PartError::TooLong(class))?;

    let mut part = Vec::with_capacity(HEADER + message.len());
    part.extend_from_slice(&[VERSION, class.code()]);
    part.extend_from_slice(key_id.0.as_bytes());
    part.extend_from_slice(&nonce);
    part.extend_from_slice(&commitment(salt, class, plaintext));
    part.extend_from_slice(&message);
    Ok(part)
}

/// What a part commits to: whoever is shown salt and plaintext can compute it again.
///
/// The length is written on 32 bits; longer content cannot be sealed and commits to nothing that
/// a part can hold.
#[must_use]
pub fn commitment(salt: &[u8], class: Class, plaintext: &[u8]) -> [u8; 32] {
    let length = u32::try_from(plaintext.len()).unwrap_or(u32::MAX);
    mac(salt, &[COMMIT_LABEL, &[class.code()], &length.to_be_bytes(), plaintext])
}

/// The index of the part of `class` among the parts of a fact.
pub(crate) const fn index(class: Class) -> u8 {
    class.code()
}

/// The length of the content of a decrypted message, `None` when the message is not well padded.
fn content_length(message: &[u8]) -> Option<usize> {
    let (length, content) = message.get(SALT..)?.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let padding = content.get(length..)?;
    (padding.len() < BLOCK && padding.iter().all(|&byte| byte == 0)).then_some(length)
}

fn subkey(key: &ClassKey, event_id: Uuid, index: u8) -> Zeroizing<[u8; 32]> {
    let mut subkey = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(event_id.as_bytes()), key.bytes())
        .expand_multi_info(&[KEY_LABEL, &[index]], &mut *subkey)
        .expect("32 bytes are within what HKDF gives");
    subkey
}

pub(crate) fn cipher(key: &[u8; 32]) -> Aes256GcmSiv {
    Aes256GcmSiv::new(<&Key<Aes256GcmSiv>>::from(key))
}

fn mac(key: &[u8], pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

/// The bytes of a slice whose length is known to be `N`.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

#[cfg(test)]
mod tests;
