//! The secret under which people are found again without their name being written, and contents are told
//! apart without being kept.

use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sealing::Kek;
use serde::Serialize;
use service::{BoxError, Config};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{names::fold, snapshot::Person};

/// The keys drawn from the secret.
pub struct IndexKey {
    people: Zeroizing<[u8; 32]>,
    contents: Zeroizing<[u8; 32]>,
    id: String,
}

impl std::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl IndexKey {
    /// From 32 secret bytes.
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, secret);
        let draw = |label: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            hkdf.expand(label, &mut *key).expect("32 bytes are within what HKDF gives");
            key
        };
        let id = draw(b"jalon/index-id/v1");
        Self {
            people: draw(b"jalon/person-index/v1"),
            contents: draw(b"jalon/notification-digest/v1"),
            id: hex(&Sha256::digest(*id)[..8]),
        }
    }

    /// Reads the secret of the configuration; the demonstration makes one when there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold 32 bytes.
    pub fn of(config: &Config) -> Result<Self, BoxError> {
        let path = path(config);
        if config.demonstration && !path.exists() {
            // Two processes may try at once: the first one wins, both read the same file below.
            let _ = Kek::generate_file(&path);
        }
        Self::read(&path)
    }

    fn read(path: &Path) -> Result<Self, BoxError> {
        let text = std::fs::read(path).map(Zeroizing::new);
        let text =
            text.map_err(|error| format!("the index key {} cannot be read: {error}", path.display()))?;
        let secret = decode(text.trim_ascii());
        let secret = secret.ok_or_else(|| format!("the index key {} is not 32 bytes", path.display()))?;
        Ok(Self::from_bytes(&secret))
    }

    /// Tells this secret from another: an index made with another one is made again.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a person is found again by; nothing without a birth date or a name.
    pub fn person(&self, person: &Person) -> Option<Vec<u8>> {
        let birth = person.birth_date?.to_string();
        let (family, given) = (fold(&person.family_name), fold(&person.given_name));
        let named = !family.is_empty() && !given.is_empty();
        named.then(|| mac(&self.people, &[family.as_bytes(), given.as_bytes(), birth.as_bytes()]).to_vec())
    }

    /// What tells a content from another one.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn content(&self, content: &impl Serialize) -> Result<String, serde_json::Error> {
        let bytes = Zeroizing::new(serde_json::to_vec(content)?);
        Ok(hex(&mac(&self.contents, &[&bytes])[..16]))
    }
}

/// Where the secret is; beside the key that wraps all keys when nothing was said.
fn path(config: &Config) -> PathBuf {
    if config.index_key_file.as_os_str().is_empty() {
        return config.kek_file.with_file_name("index.key");
    }
    config.index_key_file.clone()
}

fn mac(key: &[u8; 32], pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for piece in pieces {
        mac.update(&(piece.len() as u64).to_be_bytes());
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

/// 64 hexadecimal digits, or base64.
fn decode(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = if text.len() == 64 {
        let pairs = text.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        Zeroizing::new(pairs.collect::<Option<Vec<u8>>>()?)
    } else {
        Zeroizing::new(BASE64_STANDARD.decode(text).ok()?)
    };
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn person(family: &str, given: &str) -> Person {
        Person { family_name: family.into(), given_name: given.into(), birth_date: Some(date(1989, 11, 23)) }
    }

    #[test]
    fn a_person_is_found_again_however_the_name_is_written_and_only_under_the_same_secret() {
        let key = IndexKey::from_bytes(&[7; 32]);
        let digest = key.person(&person("N’Diaye", "Anne-Laure"));
        assert!(digest.is_some());
        assert_eq!(digest, key.person(&person("NDIAYE".replace("ND", "N'D").as_str(), "anne laure")));
        assert_ne!(digest, key.person(&person("Anne-Laure", "N’Diaye")));
        let other = IndexKey::from_bytes(&[8; 32]);
        assert_ne!(digest, other.person(&person("N’Diaye", "Anne-Laure")));
        assert_ne!(key.id(), other.id());
    }

    #[test]
    fn nobody_is_found_without_a_birth_date_or_a_name() {
        let key = IndexKey::from_bytes(&[7; 32]);
        assert_eq!(key.person(&Person { birth_date: None, ..person("Essai", "Ana") }), None);
        assert_eq!(key.person(&person(" - ", "Ana")), None);
    }

    #[test]
    fn a_secret_is_read_from_hexadecimal_and_base64_and_refused_otherwise() {
        assert_eq!(decode("ab".repeat(32).as_bytes()).as_deref(), Some(&[0xab; 32]));
        assert_eq!(decode(BASE64_STANDARD.encode([0xab; 32]).as_bytes()).as_deref(), Some(&[0xab; 32]));
        for wrong in ["", "ab", &"g".repeat(64), &BASE64_STANDARD.encode([0; 31]), &"é".repeat(32)] {
            assert_eq!(decode(wrong.as_bytes()).as_deref(), None, "{wrong}");
        }
    }
}
