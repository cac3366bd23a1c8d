//! What a secret looks like: `jal_<environment>_<key id>_<secret>_<check>`.
//!
//! The key id, 10 letters of base32, is not secret: the secret is found and named by it. The secret is 256 random
//! bits, in URL-safe base64. The check, the CRC-32 of all that comes before in base 62, tells a secret from what only
//! looks like one without asking anybody, so that it can be looked for where it should not be.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::AccessError;

const PREFIX: &str = "jal_";
const KEY_ID: usize = 10;
const SECRET: usize = 43;
const CHECK: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new secret. Shown once: only its digest is kept.
#[derive(Clone)]
pub struct Secret {
    /// All of it.
    pub text: String,
    /// The part by which it is found.
    pub key_id: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Secret {
    /// A new one, for that environment: lowercase letters.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(environment: &str) -> Result<Self, AccessError> {
        let (mut id, mut secret) = ([0_u8; 7], [0_u8; 32]);
        for bytes in [&mut id[..], &mut secret[..]] {
            getrandom::fill(bytes).map_err(|error| AccessError(error.to_string()))?;
        }
        let mut key_id = BASE32_NOPAD.encode(&id).to_lowercase();
        key_id.truncate(KEY_ID);
        let text = format!("{PREFIX}{environment}_{key_id}_{}", URL_SAFE_NO_PAD.encode(secret));
        let text = format!("{text}_{}", check(&text));
        Ok(Self { text, key_id })
    }

    /// What is kept of it. It has 256 random bits: a plain digest is enough.
    pub fn digest(&self) -> Vec<u8> {
        digest(&self.text)
    }
}

/// The key id of what is a secret of that environment by its looks.
pub(super) fn key_id<'a>(text: &'a str, environment: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(PREFIX)?.strip_prefix(environment)?.strip_prefix('_')?;
    if rest.len() != KEY_ID + SECRET + CHECK + 2 || !rest.is_ascii() {
        return None;
    }
    let (said, given) = text.split_at(text.len() - CHECK);
    let said = said.strip_suffix('_')?;
    let (key_id, secret) = rest.split_at(KEY_ID);
    let well_formed = secret.starts_with('_') && check(said) == given;
    well_formed.then_some(key_id)
}

pub(super) fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn check(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_looks_in_its_own_environment_only() {
        let secret = Secret::new("prod").unwrap();
        assert_eq!(key_id(&secret.text, "prod"), Some(secret.key_id.as_str()));
        assert_eq!(secret.text.len(), "jal_prod_".len() + 10 + 1 + 43 + 1 + 6);
        for other in ["demo", "pro", "prod_", ""] {
            assert_eq!(key_id(&secret.text, other), None, "{other}");
        }
        assert_ne!(Secret::new("prod").unwrap().text, secret.text);
        assert!(!format!("{secret:?}").contains(&secret.text[20..]));
    }

    #[test]
    fn whatever_letter_is_changed_is_seen_without_asking_anybody() {
        let Secret { text, .. } = Secret::new("prod").unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(key_id(&changed, "prod"), None, "{changed}");
        }
        for wrong in [&text[1..], &text[..text.len() - 1], "", "jal_prod_", "jal_prod_é"] {
            assert_eq!(key_id(wrong, "prod"), None, "{wrong}");
        }
        assert_eq!(key_id(&format!("{text}0"), "prod"), None);
    }
}
