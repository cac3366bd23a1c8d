//! Small secrets that are nobody's data, such as those of one-time codes: sealed right under a key derived from the
//! outside key, and kept by whoever asked.
//!
//! `sealed = kek_id[16] ‖ nonce[12] ‖ AES-256-GCM-SIV(HKDF(kek, "jalon/envelope/v1"), nonce, secret; aad)`, with
//! `aad = kek_id ‖ label`: a sealed secret opens under its own label only.

use super::KeyRing;
use crate::keys::Kek;
use crate::part::cipher;
use aes_gcm_siv::{AeadInOut, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const INFO: &[u8] = b"jalon/envelope/v1";
const ID: usize = 16;
const NONCE: usize = 12;

/// A sealed secret that cannot be opened. Messages hold the id of a key, never bytes.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It is under an outside key that is not at hand.
    #[error("the secret is under the outside key {0}, which is not at hand")]
    KekMissing(String),
    /// It was not sealed under this label, or was altered.
    #[error("the secret was altered, or is another's")]
    Altered,
}

impl KeyRing {
    /// Seals a secret under the outside key in force. `label` says whose it is and what for.
    #[must_use]
    pub fn seal_secret(&self, label: &[u8], secret: &[u8]) -> Vec<u8> {
        let kek = self.keks.current_now();
        let mut nonce = [0; NONCE];
        self.dice.fill(&mut nonce);
        let mut sealed = Zeroizing::new(secret.to_vec());
        cipher(&derived(&kek))
            .encrypt_in_place(&Nonce::from(nonce), &aad(&kek, label), &mut *sealed)
            .expect("a small secret is within what the cipher takes");
        [kek.id().as_bytes(), &nonce, sealed.as_slice()].concat()
    }

    /// Opens what [`KeyRing::seal_secret`] sealed under the same label, whichever outside key was in force.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::KekMissing`] when that key is gone, [`EnvelopeError::Altered`] for anything else.
    pub fn open_secret(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let (id, rest) = sealed.split_first_chunk::<ID>().ok_or(EnvelopeError::Altered)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(EnvelopeError::Altered)?;
        let id = std::str::from_utf8(id).map_err(|_| EnvelopeError::Altered)?;
        let kek = self.keks.find(id).ok_or_else(|| EnvelopeError::KekMissing(id.to_owned()))?;
        let mut secret = Zeroizing::new(rest.to_vec());
        cipher(&derived(&kek))
            .decrypt_in_place(&Nonce::from(*nonce), &aad(&kek, label), &mut *secret)
            .map_err(|_| EnvelopeError::Altered)?;
        Ok(secret)
    }

    /// Whether it is sealed under the outside key in force.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(self.keks.current_now().id().as_bytes())
    }
}

fn derived(kek: &Kek) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, kek.bytes())
        .expand(INFO, &mut *key)
        .expect("32 bytes are within what HKDF gives");
    key
}

fn aad(kek: &Kek, label: &[u8]) -> Vec<u8> {
    [kek.id().as_bytes(), label].concat()
}

#[cfg(test)]
mod tests {
    use super::EnvelopeError;
    use crate::{Kek, Keks, KeyRing, SystemRandomness};
    use deadpool_postgres::{Manager, Pool};
    use std::sync::Arc;

    fn ring(keks: Keks) -> KeyRing {
        let manager = Manager::new("host=nowhere".parse().unwrap(), tokio_postgres::NoTls);
        KeyRing::new(Pool::builder(manager).build().unwrap(), keks, Arc::new(SystemRandomness))
    }

    #[test]
    fn a_secret_opens_under_its_own_label_and_its_own_outside_key_only() {
        let before = ring(Keks::from(Kek::from_bytes([1; 32])));
        let sealed = before.seal_secret(b"totp/a", b"twenty random bytes!");
        assert_eq!(before.open_secret(b"totp/a", &sealed).unwrap().as_slice(), b"twenty random bytes!");
        assert!(before.is_current(&sealed) && !sealed.windows(6).any(|bytes| bytes == b"random"));
        assert_ne!(before.seal_secret(b"totp/a", b"twenty random bytes!"), sealed);
        assert!(matches!(before.open_secret(b"totp/b", &sealed), Err(EnvelopeError::Altered)));
        for bit in 8 * super::ID..8 * sealed.len() {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(before.open_secret(b"totp/a", &flipped).is_err());
        }
        for length in 0..sealed.len() {
            assert!(before.open_secret(b"totp/a", &sealed[..length]).is_err());
        }
        let other = ring(Keks::from(Kek::from_bytes([2; 32])));
        assert!(matches!(other.open_secret(b"totp/a", &sealed), Err(EnvelopeError::KekMissing(_))));
        let after = ring(Keks::from(Kek::from_bytes([2; 32])).with_former(Kek::from_bytes([1; 32])));
        assert_eq!(after.open_secret(b"totp/a", &sealed).unwrap().as_slice(), b"twenty random bytes!");
        assert!(!after.is_current(&sealed));
    }
}
