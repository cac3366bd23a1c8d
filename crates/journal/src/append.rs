//! What is asked of the journal, and what it answers.

use contracts::FactType;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::error::JournalError;

/// The facts that one command states about one stream.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream_id: Uuid,
    /// The version the decision was taken on; 0 begins the stream.
    pub expected: u32,
    /// The command.
    pub command_id: Uuid,
    /// Fingerprint of the command's body: the same id with another one is refused.
    pub fingerprint: Vec<u8>,
    /// Its facts, at least one, in order.
    pub facts: Vec<NewFact>,
}

/// A case, as it was at some position: what is appended on it alone goes by what it said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmoved {
    /// The case.
    pub case_id: Uuid,
    /// Every fact about it up to this position was read.
    pub since: i64,
}

/// A fact about to be recorded.
#[derive(Clone, Debug)]
pub struct NewFact {
    /// Its id.
    pub event_id: Uuid,
    /// Its kind.
    pub kind: &'static FactType,
    /// The person's case, for a fact about a person.
    pub case_id: Option<Uuid>,
    /// The day it happened.
    pub occurred_on: Date,
    /// The instant it is known.
    pub recorded_at: Timestamp,
    /// Bytes of [`contracts::common::v1::Metadata`].
    pub metadata: Vec<u8>,
    /// Bytes of the message, personal classes sealed.
    pub payload: Vec<u8>,
}

/// What an append did, now or the first time the same command came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The stream.
    pub stream_id: Uuid,
    /// Its version after the last of these facts.
    pub version: u32,
    /// Position of the first of these facts.
    pub first_position: i64,
    /// How many facts.
    pub count: u32,
    /// True when this command had been applied before.
    pub repeated: bool,
}

impl Appended {
    /// Position of the last of these facts.
    pub fn last_position(&self) -> i64 {
        self.first_position + i64::from(self.count) - 1
    }
}

impl Append {
    /// Refuses what no stream could hold.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        if self.facts.is_empty() {
            return Err(JournalError::Database("an append holds at least one fact".into()));
        }
        let version = i64::from(self.expected) + i64::try_from(self.facts.len()).unwrap_or(i64::MAX / 2);
        i32::try_from(version).map(drop).map_err(|_| JournalError::OutOfRange(version))
    }

    /// How many facts, once checked.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.facts.len()).unwrap_or(u32::MAX)
    }

    /// Bytes it weighs in a batch.
    pub(crate) fn weight(&self) -> usize {
        self.facts.iter().map(|fact| fact.payload.len() + fact.metadata.len() + 128).sum()
    }
}
