//! The secret under which people are found again without their name being written, and contents are told
//! apart without being kept.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use service::{BoxError, Config, search::index_key};
use sha2::Sha256;
use vocabulary::names::fold;
use zeroize::Zeroizing;

use super::snapshot::Person;

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
    /// Drawn from that secret.
    pub fn new(secret: &sealing::IndexKey) -> Self {
        Self {
            people: secret.draw(b"jalon/person-index/v1"),
            contents: secret.draw(b"jalon/notification-digest/v1"),
            id: secret.id().to_owned(),
        }
    }

    /// Reads the secret of the configuration; the demonstration makes one when there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold 32 bytes.
    pub fn of(config: &Config) -> Result<Self, BoxError> {
        Ok(Self::new(&index_key(config)?))
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

fn mac(key: &[u8; 32], pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for piece in pieces {
        mac.update(&(piece.len() as u64).to_be_bytes());
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn drawn(byte: u8) -> IndexKey {
        IndexKey::new(&sealing::IndexKey::from_bytes([byte; 32]))
    }

    fn person(family: &str, given: &str) -> Person {
        Person { family_name: family.into(), given_name: given.into(), birth_date: Some(date(1989, 11, 23)) }
    }

    #[test]
    fn a_person_is_found_again_however_the_name_is_written_and_only_under_the_same_secret() {
        let key = drawn(7);
        let digest = key.person(&person("N’Diaye", "Anne-Laure"));
        assert!(digest.is_some());
        assert_eq!(digest, key.person(&person("NDIAYE".replace("ND", "N'D").as_str(), "anne laure")));
        assert_ne!(digest, key.person(&person("Anne-Laure", "N’Diaye")));
        let other = drawn(8);
        assert_ne!(digest, other.person(&person("N’Diaye", "Anne-Laure")));
        assert_ne!(key.id(), other.id());
    }

    #[test]
    fn nobody_is_found_without_a_birth_date_or_a_name() {
        let key = drawn(7);
        assert_eq!(key.person(&Person { birth_date: None, ..person("Essai", "Ana") }), None);
        assert_eq!(key.person(&person(" - ", "Ana")), None);
    }
}
