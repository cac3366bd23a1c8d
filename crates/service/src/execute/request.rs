//! What a command is asked with, and what it did.

use access::Actor;
use contracts::common::v1::Source;
use jiff::Timestamp;
use uuid::Uuid;
use vocabulary::{Warning, ids::derived};

/// What a command is about.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// An aggregate that exists.
    Existing(Uuid),
    /// A new one, in that case when it is about a person.
    New {
        /// The person's case; nothing for a new case, and for what is about no person.
        case_id: Option<Uuid>,
    },
    /// A new one whose id is already known, from another tool's own reference.
    Named {
        /// Its id.
        id: Uuid,
        /// The person's case.
        case_id: Option<Uuid>,
    },
    /// The one of that id, which begins now unless it has begun.
    Begun {
        /// Its id, which follows from what it is about.
        id: Uuid,
    },
}

/// Everything beside a command's body.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// The command's id: the same one is applied once.
    pub command_id: Uuid,
    /// The instant.
    pub now: Timestamp,
    /// The version the caller decided on, when they said it.
    pub if_match: Option<u32>,
    /// The conversation; the command itself when it begins one.
    pub correlation_id: Option<Uuid>,
    /// The fact that caused it.
    pub causation_id: Option<Uuid>,
    /// The tool it was first said in.
    pub source: Option<Source>,
    /// Whether a text that says how to reach someone is confirmed.
    pub confirmed: bool,
}

impl Request {
    /// A request of that actor, at that instant, whose id follows from the actor and a key of theirs.
    pub fn keyed(actor: Actor, key: &str, now: Timestamp) -> Self {
        let command_id = derived(&[actor.key().as_bytes(), key.as_bytes()]);
        Self {
            actor,
            command_id,
            now,
            if_match: None,
            correlation_id: None,
            causation_id: None,
            source: None,
            confirmed: false,
        }
    }
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The aggregate.
    pub id: Uuid,
    /// Its version.
    pub version: u32,
    /// Position of its last fact: a query with `min_position` sees it.
    pub position: i64,
    /// Soft rules it departs from.
    pub warnings: Vec<Warning>,
    /// True when nothing had to be done: already so, or the same command had been applied.
    pub repeated: bool,
}
