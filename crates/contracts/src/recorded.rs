//! A fact as it stands in the journal: what it says, and everything beside it.

use jiff::{Timestamp, civil::Date};
use sealing::Place;
use uuid::Uuid;

use crate::{DecodeError, Facts, Message as _, common::v1::Metadata, types::FactType};

/// A recorded fact. Its payload keeps personal classes sealed: only [`Class::Trace`](sealing::Class::Trace)
/// fields can be read from it without a key.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place in the one order of all facts, from 1, without gap.
    pub position: i64,
    /// The aggregate it belongs to.
    pub stream_id: Uuid,
    /// Its place in that aggregate, from 1, without gap.
    pub version: u32,
    /// Its kind.
    pub kind: &'static FactType,
    /// Its own id.
    pub event_id: Uuid,
    /// The person's case, for a fact about a person.
    pub case_id: Option<Uuid>,
    /// The day it happened.
    pub occurred_on: Date,
    /// The instant it was known.
    pub recorded_at: Timestamp,
    /// The command that stated it.
    pub command_id: Uuid,
    /// Bytes of [`Metadata`].
    pub metadata: Vec<u8>,
    /// Bytes of the message, personal classes sealed.
    pub payload: Vec<u8>,
}

impl Recorded {
    /// What is kept beside the fact.
    ///
    /// # Errors
    /// When the stored bytes are not metadata.
    pub fn metadata(&self) -> Result<Metadata, DecodeError> {
        Metadata::decode_from_slice(&self.metadata)
            .map_err(|error| DecodeError { kind: "jalon.common.v1.Metadata".into(), why: error.to_string() })
    }

    /// The fact, with only its `trace` fields filled.
    ///
    /// # Errors
    /// When it is not a fact of that aggregate.
    pub fn trace<E: Facts>(&self) -> Result<E, DecodeError> {
        E::decode(self.kind, &self.payload)
    }

    /// Whose keys seal its personal classes: the person's case, or the aggregate itself when the
    /// fact is about no person followed (the name of a professional, for instance).
    pub fn subject(&self) -> Uuid {
        self.case_id.unwrap_or(self.stream_id)
    }

    /// What the seals of its parts are bound to.
    pub fn place(&self, log_id: [u8; 8]) -> Place {
        Place {
            log_id,
            subject: self.subject(),
            revision: u64::from(self.version),
            event_id: self.event_id,
            type_code: self.kind.code(),
            schema_version: self.kind.schema_version(),
        }
    }
}
