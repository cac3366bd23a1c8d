//! Where a fact stands: what ties a part to one fact of one case.

use crate::{Class, KeyId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const AAD_LABEL: &[u8] = b"jalon/part-aad/v1\0";
const AAD_LENGTH: usize = AAD_LABEL.len() + 8 + 16 + 8 + 16 + 2 + 2 + 1 + 1 + 16;

/// The place of a fact. A part opens only at the place it was sealed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The journal the fact is in: see [`log_id`].
    pub log_id: [u8; 8],
    /// The handle of the case, which is also whose keys seal the fact. Random, says nothing of the person.
    pub subject: Uuid,
    /// The version of the stream that the fact made.
    pub revision: u64,
    /// The id of the fact.
    pub event_id: Uuid,
    /// The number of the kind of fact.
    pub type_code: u16,
    /// The version of the schema that the fact was written with.
    pub schema_version: u16,
}

/// The id of the journal named `origin` (`jalon.example/journal/1`): the first 8 bytes of its SHA-256.
#[must_use]
pub fn log_id(origin: &str) -> [u8; 8] {
    let digest = Sha256::digest(origin.as_bytes());
    std::array::from_fn(|i| digest[i])
}

impl Place {
    /// The additional data that the part of `class` under `key_id` is authenticated with.
    ///
    /// `label ‖ log_id[8] ‖ subject[16] ‖ u64 revision ‖ event_id[16] ‖ u16 type_code ‖
    /// u16 schema_version ‖ u8 part_index ‖ u8 class ‖ key_id[16]`
    pub(crate) fn aad(&self, class: Class, key_id: KeyId) -> Vec<u8> {
        let mut aad = Vec::with_capacity(AAD_LENGTH);
        aad.extend_from_slice(AAD_LABEL);
        aad.extend_from_slice(&self.log_id);
        aad.extend_from_slice(self.subject.as_bytes());
        aad.extend_from_slice(&self.revision.to_be_bytes());
        aad.extend_from_slice(self.event_id.as_bytes());
        aad.extend_from_slice(&self.type_code.to_be_bytes());
        aad.extend_from_slice(&self.schema_version.to_be_bytes());
        aad.push(crate::part::index(class));
        aad.push(class.code());
        aad.extend_from_slice(key_id.0.as_bytes());
        aad
    }
}
